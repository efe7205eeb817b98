"""Who is calling: authentication put on a prepared request, as late as possible, again for every attempt.

Credentials stay in here; nothing in here is shown.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase

# Headers that a proxy on the way may change (Connection, Accept-Encoding, User-Agent) are left out of the
# signature.
_SIGNED = ("Content-Type", "Host", "X-Project-Id", "X-Sdk-Date", "X-Security-Token")


_EXPIRES = re.compile(rb'"expires_at"\s*:\s*"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z"')


def token_expiry(token: str) -> float | None:
    """When a token expires, in seconds since the epoch; None where it does not say.

    A token that IAM has signed holds, in Base64, what IAM answered when it was issued, with `token.expires_at`. IAM API
    reference, 'Obtaining a User Token Through Password Authentication'.
    """
    try:
        # A token travels in a header, with "-" where Base64 has "/"; what is left of a last group does not matter.
        held = base64.b64decode(token[: len(token) // 4 * 4].replace("-", "/"))
    except (binascii.Error, ValueError):
        return None
    found = _EXPIRES.search(held)
    if found is None:
        return None
    try:
        expires = datetime.strptime(found[1].decode(), "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return None
    return expires.replace(tzinfo=timezone.utc).timestamp()


@dataclass(frozen=True)
class TokenAuth(AuthBase):
    """An IAM token, scoped to the project. DLI API reference, 'Authentication'."""

    token: str = field(repr=False)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["X-Auth-Token"] = self.token
        return request


class _Keys(NamedTuple):
    """All that the signer takes from the SDK's own credentials, whose module is slow to import."""

    ak: str
    sk: str

    def __repr__(self) -> str:
        return "_Keys()"


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


class KeyAuth(AuthBase):
    """Access key and secret key, with the security token of temporary keys: signature SDK-HMAC-SHA256.

    The signing is that of the vendor's own `huaweicloudsdkcore`. Its signer holds no state, so any number of
    threads may share this object. DLI API reference, 'Authentication'.
    """

    def __init__(
        self,
        access_key: str,
        secret_key: str,
        project_id: str,
        security_token: str = "",
        *,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        # Imported here because users of a token, or of nothing, need not wait for it.
        from huaweicloudsdkcore.sdk_request import SdkRequest  # type: ignore[import-untyped]
        from huaweicloudsdkcore.signer.signer import Signer  # type: ignore[import-untyped]

        self._request = SdkRequest
        self._signer = Signer(_Keys(access_key, secret_key))
        self._project_id = project_id
        self._security_token = security_token
        self._now = now

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        url = urlsplit(str(request.url))
        headers = request.headers
        # Set by hand, since `requests` adds it only after signing, and it is part of the signature.
        headers["Host"] = url.netloc
        headers["X-Project-Id"] = self._project_id
        headers["X-Sdk-Date"] = self._now().strftime("%Y%m%dT%H%M%SZ")
        if self._security_token:
            headers["X-Security-Token"] = self._security_token
        signed = self._signer.sign(
            self._request(
                method=str(request.method),
                schema=url.scheme,
                host=url.netloc,
                resource_path=url.path,
                # Also keys without a value: what is signed has to be what is sent.
                query_params=parse_qsl(url.query, keep_blank_values=True),
                header_params={name: str(headers[name]) for name in _SIGNED if name in headers},
                body=request.body or "",
            )
        )
        headers["Authorization"] = signed.header_params["Authorization"]
        return request
