"""Who gets in at all: every request passes here first, whether it is for DLI, the admin interface or the console.

The local DLI listens on the loopback interface only, but the pages that a browser shows run on the same machine,
wherever they came from. What they cannot do is say that they are not from elsewhere: a foreign name that was made to
lead here is still in `Host`, the page that asks is in `Origin` and `Sec-Fetch-Site`, and without asking first a page
can send no body that calls itself JSON. Log-ins are checked later, by `auth`.
"""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Collection, Mapping
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dli_provider.secrets import visible

_log = logging.getLogger(__name__)

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""With every answer that does not bring its own: nothing in it is run or shown inside of a page from elsewhere."""

_LOOPBACK: Final = re.compile(r"localhost|[a-z0-9.-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\]")
"""Names that lead to this machine whoever resolves them: browsers ask nobody for `.localhost` (RFC 6761)."""
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:]+\]|[a-z0-9._-]+)(?::\d{1,5})?")
_JSON: Final = re.compile(r"application/json\s*(?:;.*)?", re.IGNORECASE)
_PAGES: Final = ("", "jobs", "graph", "requests", "faults")  # the console's, by the first part of their paths
_FORM: Final = ("POST", "/faults")  # the console's one form, which carries a token of its own
_DRAINED: Final = 2**20  # bytes of a refused body that are read, so that its sender gets to see the answer


class NotLetIn(Exception):
    """The request is not let in: the HTTP status, and why, with the remedy."""

    def __init__(self, status: int, why: str) -> None:
        self.status = status
        super().__init__(why)


class Door:
    """Lets in what names this machine and comes from no page elsewhere. `hosts` are further names to be asked by."""

    def __init__(self, app: ASGIApp, hosts: Collection[str] = ()) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in _RAW if one[0] not in there)]
            await send(message)

        # `uvicorn` joins headers of one name for nobody: the first `Host` must not be the only one that is checked.
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            text = value.decode("latin-1")
            key = name.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        try:
            check(scope["method"], scope["path"], headers, self._hosts)
        except NotLetIn as refused:
            _log.warning("not let in: %s %s: %s", scope["method"], visible(scope["path"]), refused)
            await _drain(receive)
            await _answer(refused, protected)
            return
        await self._app(scope, receive, protected)


def check(method: str, path: str, headers: Mapping[str, str], hosts: Collection[str]) -> None:
    """Raises `NotLetIn` for a request that may have been sent by a page from elsewhere. Header names in small
    letters."""
    host = headers.get("host", "").lower()
    named = _HOST.fullmatch(host)
    if named is None or not (named["name"] in hosts or _LOOPBACK.fullmatch(named["name"])):
        raise NotLetIn(
            403,
            f"the local DLI is not asked by the name {visible(host)[:200]!r}: use http://127.0.0.1 or http://localhost"
            " with its port; a name of your own, such as that of a proxy or a container, is let in by"
            " `dli emulator start --allow-host NAME`",
        )
    origin = headers.get("origin")
    if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
        raise NotLetIn(403, f"a page of {visible(origin)[:200]!r} asks, and {_NO_PAGES}")
    site = headers.get("sec-fetch-site", "none")
    if site not in ("none", "same-origin") and not _follows_a_link(method, path, headers):
        raise NotLetIn(
            403, f"a page from elsewhere asks (Sec-Fetch-Site: {visible(site)[:40]}), and {_NO_PAGES}"
        )
    kind = headers.get("content-type", "")
    if _has_body(headers) and not _JSON.fullmatch(kind.strip()) and (method, path) != _FORM:
        raise NotLetIn(
            415,
            f"the body is {visible(kind)[:100] or 'of no type'}, and only JSON is taken: send it with"
            " `Content-Type: application/json`",
        )


_NO_PAGES: Final = (
    "pages from elsewhere may neither call the local DLI nor read from it: call it from a program, or open the console"
    " in a window of its own"
)


def _follows_a_link(method: str, path: str, headers: Mapping[str, str]) -> bool:
    """Whether a person follows a link to a page of the console: whoever made the link cannot read it."""
    opened = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return method == "GET" and opened and path.split("/")[1] in _PAGES


def _has_body(headers: Mapping[str, str]) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


async def _drain(receive: Receive) -> None:
    read = 0
    while read < _DRAINED:
        message = await receive()
        read += len(message.get("body", b""))
        if not message.get("more_body"):
            return


async def _answer(refused: NotLetIn, send: Send) -> None:
    """In the form of the gateway before DLI, which turns away what it does not know; under a code that DLI has not."""
    request_id = uuid.uuid4().hex
    body = {"error_msg": str(refused), "error_code": f"LOCAL.0{refused.status}", "request_id": request_id}
    headers = {"content-type": "application/json", "x-request-id": request_id, "cache-control": "no-store"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refused.status, "headers": raw})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


_RAW: Final = tuple((name.lower().encode(), value.encode()) for name, value in HEADERS.items())
