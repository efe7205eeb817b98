"""Who may click: a form that was on a page of this very server. The door has let in no page from elsewhere by then; a
form has a token besides, because browsers that are old send nothing that tells the door.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class CrossSiteRequest(Exception):
    """The form is not one of this server; the text says why."""


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
