"""JSON over HTTP to a Flink process on this machine. One call is one request; nothing is repeated."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

from dli_provider.flink.failures import RestError

# Straight to the loopback address, whatever proxy the environment names.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Rest:
    """The REST interface at `url`, such as `http://127.0.0.1:34567`."""

    def __init__(self, url: str, timeout: float = 60.0) -> None:
        self.url = url
        self._timeout = timeout

    def get(self, path: str, **query: str) -> Any:
        """What is at a path."""
        return self._ask("GET", path + (f"?{urlencode(query)}" if query else ""))

    def post(self, path: str, body: Any = None) -> Any:
        """Have something done."""
        return self._ask("POST", path, {} if body is None else body)

    def patch(self, path: str) -> Any:
        """Have something ended."""
        return self._ask("PATCH", path)

    def delete(self, path: str) -> Any:
        """Have something removed."""
        return self._ask("DELETE", path)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(
            self.url + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with _OPENER.open(asked, timeout=self._timeout) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                raise RestError(error.code, _reason(error.read())) from error
        except (OSError, ValueError) as error:
            raise RestError(0, f"{method} {self.url}{path}: {error}") from error


def _reason(body: bytes) -> str:
    try:
        errors = json.loads(body)["errors"]
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")
    return "\n".join(str(error) for error in errors)
