"""What a broken connection means: whether the request can have arrived, and how to say it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError

from dli_provider.api.retry import Trouble
from dli_provider.errors import DliError, Misconfigured, Unavailable

BROKEN_CONNECTIONS = (requests.RequestException, OSError)


@dataclass(frozen=True)
class Outage:
    """One attempt without an answer."""

    trouble: Trouble
    reason: str
    remedy: str

    def error(self, subject: str) -> DliError:
        """The outage as an error of the tree."""
        kind = Misconfigured if self.trouble is Trouble.FINAL else Unavailable
        return kind(subject, self.reason, remedy=self.remedy)


_CHECK_ENDPOINT = (
    "check dli:endpoint [DLI_ENDPOINT] or dli:region [HW_REGION_NAME], the network, and any proxy"
)
_LOOK = "repeat the command; the job is looked at first"


def outage(error: Exception, endpoint: str) -> Outage:
    """What it means that `requests` raised this. The error's own text is not shown: it quotes the request."""
    causes = [*_causes(error)]

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if has(ssl.SSLError):
        verified = not has(ssl.SSLCertVerificationError)
        return Outage(
            Trouble.CUT if verified else Trouble.FINAL,
            f"no secure connection to {endpoint}"
            + ("" if verified else ": its certificate is not trusted or not for this name"),
            "check that dli:endpoint [DLI_ENDPOINT] speaks https (a local DLI speaks http://), "
            "and REQUESTS_CA_BUNDLE where a proxy has a certificate of its own",
        )
    if has(NameResolutionError):
        return Outage(Trouble.NOT_SENT, f"the host name of {endpoint} cannot be resolved", _CHECK_ENDPOINT)
    if has(requests.ConnectTimeout):
        return Outage(Trouble.NOT_SENT, f"{endpoint} cannot be reached in time", _CHECK_ENDPOINT)
    if has(NewConnectionError):
        return Outage(Trouble.NOT_SENT, f"{endpoint} cannot be reached", _CHECK_ENDPOINT)
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
