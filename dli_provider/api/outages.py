"""What a broken connection means: whether the request can have arrived, and how to say it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import requests
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from dli_provider.api.reading import NoCertificatesError
from dli_provider.api.retry import Trouble
from dli_provider.errors import DliError, Misconfigured, Unavailable

BROKEN_CONNECTIONS = (requests.RequestException, HTTPError, OSError)

_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST")


@dataclass(frozen=True)
class Outage:
    """One attempt without an answer."""

    trouble: Trouble
    reason: str
    remedy: str

    def error(self, subject: str) -> DliError:
        """The outage as an error of the tree."""
        kind = Misconfigured if self.trouble is Trouble.FINAL else Unavailable
        error = kind(subject, self.reason, remedy=self.remedy)
        error.certainly_not_done = self.trouble is not Trouble.CUT
        return error


_CHECK_ENDPOINT = (
    "check dli:endpoint [DLI_ENDPOINT] or dli:region [HW_REGION_NAME], the network, and any proxy"
)
_CHECK_CERTIFICATE = "set REQUESTS_CA_BUNDLE to the certificates of the proxy on the way, if there is one"
_CHECK_SCHEME = "check dli:endpoint [DLI_ENDPOINT]: a local DLI starts with http://"
_START = "start the local DLI (dli emulator start), or check dli:endpoint [DLI_ENDPOINT]"
_LOOK = "repeat the command; the job is looked at first"
# Nothing was sent, and repeating it mends nothing.
_WRONG_HERE: dict[type[Exception], tuple[str, str]] = {
    NoCertificatesError: (
        "REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names no certificates",
        "have it name the file with the certificates that are trusted, or unset it",
    ),
    requests.exceptions.InvalidProxyURL: (
        "the environment names a proxy that cannot be asked",
        "correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY: http://..., https://..., or socks5h://... with PySocks "
        "installed; or set NO_PROXY",
    ),
}


def outage(error: Exception, endpoint: str, local: bool) -> Outage:
    """What it means that `requests` raised this. The error's own text is not shown: it quotes the request."""
    causes = [*_causes(error)]

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    # From the particular to the general: these errors wrap each other, and a timeout while connecting is a Timeout too.
    if has(ssl.SSLCertVerificationError):
        reason = f"the certificate of {endpoint} is not trusted, or not for this name"
        return Outage(Trouble.FINAL, reason, _CHECK_CERTIFICATE)
    if any(isinstance(cause, ssl.SSLError) and cause.reason in _NOT_TLS for cause in causes):
        return Outage(Trouble.FINAL, f"{endpoint} does not speak https", _CHECK_SCHEME)
    if found := _WRONG_HERE.get(type(error)):
        return Outage(Trouble.FINAL, *found)
    if has(NameResolutionError):
        # Repeated, since a resolver may fail for a moment; the request cannot have left.
        return Outage(Trouble.NOT_SENT, f"the host name of {endpoint} cannot be resolved", _CHECK_ENDPOINT)
    if has(requests.ConnectTimeout):
        return Outage(Trouble.NOT_SENT, f"{endpoint} cannot be reached in time", _CHECK_ENDPOINT)
    if has(NewConnectionError):
        return Outage(Trouble.NOT_SENT, f"{endpoint} cannot be reached", _START if local else _CHECK_ENDPOINT)
    if has(requests.Timeout, TimeoutError):
        return Outage(Trouble.CUT, f"{endpoint} did not answer in time", _LOOK)
    if has(requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
        return Outage(Trouble.FINAL, f"{endpoint} is not an address", _CHECK_ENDPOINT)
    return Outage(Trouble.CUT, f"the connection to {endpoint} broke before the answer was complete", _LOOK)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps, in its arguments or as its cause.

    Not its `__context__`: a call made while an earlier failure is being handled would inherit that
    failure's meaning.
    """
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        candidate = waiting.pop()
        if not isinstance(candidate, BaseException) or id(candidate) in seen:
            continue
        seen.add(id(candidate))
        yield candidate
        waiting += [candidate.__cause__, getattr(candidate, "reason", None), *candidate.args]
