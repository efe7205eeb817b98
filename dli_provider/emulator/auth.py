"""Who is asking: SDK-HMAC-SHA256 signatures and tokens, verified from what was received.

Written from the signing documents alone ("API Gateway, 'AK/SK Signing and Authentication Algorithm'"), so that it can
disagree with whoever signs.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, unquote, unquote_plus

from dli_provider.emulator.rejections import Rejection

ALGORITHM = "SDK-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Access=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]+)"
)
_SKEW = timedelta(minutes=15)
_LARGEST_SIGNED_BODY = 12 * 1024 * 1024


@dataclass(frozen=True)
class Key:
    """An access key with its secret, and the security token that a temporary one demands."""

    access: str
    secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Credentials:
    """Who may come in. Empty: everybody."""

    keys: tuple[Key, ...] = ()
    tokens: tuple[str, ...] = field(default=(), repr=False)

    @property
    def anyone(self) -> bool:
        """No credentials were configured."""
        return not self.keys and not self.tokens

    def asked_for(self) -> list[str]:
        """The identities that may come in, without their secrets."""
        return sorted(
            [f"key {key.access}" for key in self.keys] + [_token_identity(token) for token in self.tokens]
        )


@dataclass(frozen=True)
class Received:
    """The parts of a request that a signature covers, as they arrived. Header names are lower-case."""

    method: str
    raw_path: str
    raw_query: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def identity(headers: Mapping[str, str]) -> str:
    """Whom the request claims to come from: an access key, a hash of a token, or `nobody`. Never the token itself."""
    claimed = re.search(r"Access=([^,\s]+)", headers.get("authorization", ""))
    if claimed:
        return f"key {claimed[1]}"
    token = headers.get("x-auth-token")
    return _token_identity(token) if token else "nobody"


def _token_identity(token: str) -> str:
    return f"token {hashlib.sha256(token.encode()).hexdigest()[:12]}"


def verify(received: Received, credentials: Credentials, *, check_skew: bool) -> None:
    """Let the request in or raise a `Rejection` with HTTP 401."""
    if credentials.anyone:
        return
    authorization = received.headers.get("authorization", "")
    token = received.headers.get("x-auth-token")
    if authorization.startswith(ALGORITHM):
        _verify_signature(received, authorization, credentials, check_skew=check_skew)
    elif token is None:
        raise _unauthorized("neither a signature nor a token")
    elif not any(hmac.compare_digest(token.encode(), known.encode()) for known in credentials.tokens):
        raise _unauthorized("unknown token")


def _verify_signature(
    received: Received, authorization: str, credentials: Credentials, *, check_skew: bool
) -> None:
    parts = _AUTHORIZATION.fullmatch(authorization.strip())
    if parts is None:
        raise _unauthorized("Authorization cannot be parsed")
    access, names, signature = parts.groups()
    key = next((key for key in credentials.keys if key.access == access), None)
    if key is None:
        raise _unauthorized(f"unknown access key {access}")
    if key.security_token is not None and received.headers.get("x-security-token") != key.security_token:
        raise _unauthorized("wrong security token")
    signed = names.split(";")
    absent = [name for name in signed if name not in received.headers]
    if absent:
        raise _unauthorized(f"signed header {absent[0]} is absent")
    date = received.headers.get("x-sdk-date")
    if date is None or "x-sdk-date" not in signed:
        raise _unauthorized("X-Sdk-Date is absent or not signed")
    if check_skew and abs(_moment(date) - datetime.now(timezone.utc)) > _SKEW:
        raise _unauthorized("the signature expired: X-Sdk-Date is more than 15 minutes off")
    if len(received.body) > _LARGEST_SIGNED_BODY:
        raise Rejection("APIGW.0201", "a signed body may have 12 MB", status=413)
    if not hmac.compare_digest(sign(received, signed, key.secret), signature):
        raise _unauthorized("wrong signature")


def sign(received: Received, signed: Iterable[str], secret: str) -> str:
    """The signature that these parts should carry: lower-case hex."""
    canonical = hashlib.sha256(canonical_request(received, signed).encode()).hexdigest()
    to_sign = f"{ALGORITHM}\n{received.headers['x-sdk-date']}\n{canonical}"
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def canonical_request(received: Received, signed: Iterable[str]) -> str:
    """The request in the one spelling that both sides hash."""
    names = list(signed)
    return "\n".join(
        [
            received.method.upper(),
            _canonical_path(received.raw_path),
            _canonical_query(received.raw_query),
            "".join(f"{name}:{received.headers[name].strip()}\n" for name in names),
            ";".join(names),
            _payload_hash(received),
        ]
    )


def _canonical_path(raw: str) -> str:
    path = "/".join(_encoded(segment) for segment in unquote(raw).split("/"))
    return path if path.endswith("/") else path + "/"


def _canonical_query(raw: str) -> str:
    pairs = [pair.partition("=") for pair in raw.split("&") if pair]
    plain = sorted((unquote_plus(name), unquote_plus(value)) for name, _, value in pairs)
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in plain)


def _payload_hash(received: Received) -> str:
    declared = received.headers.get("x-sdk-content-sha256")
    if declared and received.body:
        return declared
    return hashlib.sha256(received.body).hexdigest()


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def _moment(date: str) -> datetime:
    try:
        return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        raise _unauthorized("X-Sdk-Date is not YYYYMMDDTHHMMSSZ") from None


def _unauthorized(why: str) -> Rejection:
    return Rejection("APIGW.0301", why, status=401)
