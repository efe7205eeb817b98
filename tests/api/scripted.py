"""A tiny HTTP server that answers what it is told to, call after call, and remembers what it was asked."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

import pytest

from dli_provider.api.client import Client
from dli_provider.api.transport import Transport
from dli_provider.errors import DliError
from dli_provider.settings import Settings

PROJECT = "0123456789abcdef0123456789abcdef"

E = TypeVar("E", bound=DliError)
Reply = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    raw_body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def body(self) -> object:
        return json.loads(self.raw_body) if self.raw_body else None


def reply(body: object, status: int = 200, **headers: str) -> Reply:
    """An answer; a text is sent as it is, anything else as JSON. Underscores in header names become dashes."""
    content = (body if isinstance(body, str) else json.dumps(body)).encode()

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if status != 204:
            handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if status != 204:
            handler.wfile.write(content)

    return send


def refusal(code: str, message: str = "no", status: int = 400, **headers: str) -> Reply:
    """DLI's usual no."""
    return reply({"error_code": code, "error_msg": message}, status, **headers)


YES = reply({"is_success": "true", "message": ""})
DETAIL = reply({"is_success": "true", "job_detail": {"job_id": 7, "name": "orders", "status": "job_init"}})


def cut(handler: BaseHTTPRequestHandler) -> None:
    """Take the request and close the connection without an answer."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def half(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection in the middle of the answer."""
    handler.send_response_only(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"is_success":')
    cut(handler)


def late(seconds: float) -> Reply:
    """Answer yes, but only after some time."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return send


@dataclass
class Server:
    """Answers with `script`, in order; over https where it has `tls`. A request beyond its end gets HTTP 418, which
    nothing here asks for."""

    script: list[Reply] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    tls: ssl.SSLContext | None = None

    def __enter__(self) -> Server:
        server = self

        class ScriptedHandler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                raw_body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server.requests.append(Request(self.command, self.path, dict(self.headers), raw_body))
                (server.script.pop(0) if server.script else reply({}, 418))(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_CONNECT = answer  # noqa: N815 (names of the base class)

            def log_message(self, format: str, *args: object) -> None: ...

        class Listener(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

        self._http = Listener(("127.0.0.1", 0), ScriptedHandler)
        if self.tls:
            self._http.socket = self.tls.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self._http.server_port}"


@dataclass
class Time:
    """A clock that only sleeping moves, and that remembers the sleeps."""

    now: float = 0.0
    sleeps: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


def client(
    url: str,
    time: Time | None = None,
    before_write: Callable[[], None] | None = None,
    chance: float = 0.5,
    read_timeout: float = 5.0,
    retry_attempts: int = 4,
    connect_timeout: float = 5.0,
) -> Client:
    """A client without a login whose waits take no time."""
    time = time or Time()
    settings = Settings(
        url,
        PROJECT,
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        retry_attempts=retry_attempts,
    )
    transport = Transport(
        settings, before_write=before_write, sleep=time.sleep, clock=time.clock, chance=lambda: chance
    )
    return Client(transport)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def failure(kind: type[E], action: Callable[..., object], *args: object, **kwargs: object) -> E:
    """The error of this kind, or of a kind below it, that the action ends in."""
    with pytest.raises(kind) as caught:
        action(*args, **kwargs)
    return caught.value
