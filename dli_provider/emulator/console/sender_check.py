"""Who may look and click: a browser that was pointed at this machine by its user, not by a page from elsewhere.

The server listens on the loopback interface only, but pages from anywhere run on the same machine. A foreign name that
resolves to the loopback address is refused by its `Host`, a form posted by a foreign page by its `Origin` and because
it cannot know the token.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from typing import Final

LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class CrossSiteRequest(Exception):
    """The request did not come from where a user of this machine would send it from; the text says why."""


def check_sender(headers: Mapping[str, str]) -> None:
    """Raises `CrossSiteRequest` unless the address asked for names this machine, and no page from elsewhere asks."""
    host = headers.get("host", "")
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    if name.lower() not in LOOPBACK_NAMES:
        raise CrossSiteRequest(
            f"The local DLI shows this only under {', '.join(sorted(LOOPBACK_NAMES))}, not {host!r}."
        )
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        raise CrossSiteRequest(f"A page of {origin!r} has asked for this.")


class FormToken:
    """Lives as long as the server; its token is in every form."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)

    def check_form(self, token: str) -> None:
        """Raises `CrossSiteRequest` unless the form was on a page of this very server."""
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            raise CrossSiteRequest(
                "The page is from before the local DLI was started anew: go back and load it again."
            )
