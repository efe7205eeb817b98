"""From settings to a client: the only place that knows how the parts of the API client fit together.

The cloud and a local DLI differ in their settings alone. Importing this module is cheap: what it joins is
imported when it is used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.api.signing import KeyAuth, TokenAuth
    from dli_provider.settings import Settings


def connect(settings: Settings, *, before_write: Callable[[], None] | None = None) -> Client:
    """A client for one project: thread-safe, with open connections; ends with `close()` or `with`.

    `before_write` is called right before each attempt of a call that is not a GET; what it raises stops the
    call. Nothing is sent until the first call.
    """
    from dli_provider.api.client import Client
    from dli_provider.api.transport import Transport

    return Client(Transport(settings, _auth(settings), before_write=before_write))


def _auth(settings: Settings) -> KeyAuth | TokenAuth | None:
    from dli_provider.api.signing import KeyAuth, TokenAuth

    if settings.token:
        return TokenAuth(settings.token)
    if settings.access_key:
        return KeyAuth(settings.access_key, settings.secret_key, settings.project_id, settings.security_token)
    return None
