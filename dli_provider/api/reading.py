"""How an answer is read: so much of it at most, and in so much time at most, however slowly it drips. And the
connections that do so, which share what they trust."""

from __future__ import annotations

import io
import socket
import time
import zlib
from http.client import HTTPResponse
from pathlib import Path
from threading import Lock
from typing import Any

from requests import Response
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidProxyURL
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.util.ssl_ import create_urllib3_context

MOST = 128 * 1024 * 1024
"""Bytes of an answer, unpacked: a page of a hundred jobs with the longest SQL there can be, and more."""
_PIECE = 64 * 1024


class TooLongError(Exception):
    """There is more of the answer than is read. `length` is how much was, in bytes."""

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length


class CutShortError(OSError):
    """The answer ends before what was packed in it does."""


def read(response: Response, most: int = MOST) -> bytes:
    """The body of an answer, unpacked. Raises TooLongError, and what a broken connection raises.

    Unpacked here and not by the HTTP client: a few packed bytes may stand for any number, and are only unpacked as far
    as is read.
    """
    packed = response.headers.get("Content-Encoding", "").strip().lower() in ("gzip", "x-gzip", "deflate")
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 32) if packed else None
    found = bytearray()
    try:
        for piece in response.raw.stream(_PIECE, decode_content=False):
            room = most + 1 - len(found)
            found += inflate.decompress(piece, room) if inflate else piece
            if len(found) > most:
                raise TooLongError(len(found))
    except zlib.error as broken:
        raise CutShortError("the answer cannot be unpacked") from broken
    finally:
        # Where all was read, the connection is back in its pool by now; where not, it can be of no more use.
        response.close()
    if inflate and found and not inflate.eof:
        raise CutShortError("the answer ends in the middle")
    return bytes(found)


class _UntilDeadline(io.RawIOBase):
    """What arrives on a socket until a deadline. Without it, each byte that arrives would begin the wait anew."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket, self._raw = sock, sock.makefile("rb", buffering=0)
        allowed = sock.gettimeout()
        self._deadline = None if allowed is None else time.monotonic() + allowed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            self._socket.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(HTTPResponse):
    """An answer, of which all has to be there within the time that its connection allows for a read."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_UntilDeadline(sock))


def _timed(pools: Any) -> dict[str, Any]:
    """Pools by their schemes, of connections that read so: of any kind, as a SOCKS proxy has its own."""

    def timed(pool: Any) -> Any:
        connection = type("TimedConnection", (pool.ConnectionCls,), {"response_class": _TimedResponse})
        return type("TimedPool", (pool,), {"ConnectionCls": connection})

    return {scheme: timed(pool) for scheme, pool in pools.items()}


class NoCertificatesError(OSError):
    """What the environment names holds no certificates, or is not there."""


class TimedAdapter(HTTPAdapter):
    """Connections whose read timeout is for the whole of an answer, also through a proxy. All of them trust the same
    certificates, which are loaded once: by itself `requests` has each connection load them anew, for 0.7 MB and 30 ms
    of CPU."""

    def __init__(self, pool_maxsize: int) -> None:
        self._trust = create_urllib3_context()
        self._loading, self._loaded = Lock(), False
        super().__init__(pool_maxsize=pool_maxsize)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._trust, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _timed(self.poolmanager.pool_classes_by_scheme)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        with self._loading:
            if proxy in self.proxy_manager:
                return self.proxy_manager[proxy]
            if not proxy.lower().startswith("socks"):
                kwargs["proxy_ssl_context"] = self._trust  # of a proxy that is spoken to over https itself
            try:
                manager = super().proxy_manager_for(proxy, ssl_context=self._trust, **kwargs)
            except ValueError as error:
                # socks://, of no version, and any SOCKS where PySocks is not installed
                raise InvalidProxyURL(proxy) from error
            manager.pool_classes_by_scheme = _timed(manager.pool_classes_by_scheme)
            return manager

    def cert_verify(self, conn: Any, url: str, verify: bool | str, _cert: Any) -> None:
        """Trust what `verify` names, for True what certifi does. It is the same for all calls."""
        proxied = conn.proxy is not None and conn.proxy.scheme == "https"
        if not (proxied or url.lower().startswith("https")):
            return
        with self._loading:
            if not self._loaded:
                self._load(DEFAULT_CA_BUNDLE_PATH if verify is True else str(verify))
                self._loaded = True
        conn.cert_reqs = "CERT_REQUIRED"
        # Else each connection would load them into the context once more.
        conn.ca_certs = conn.ca_cert_dir = None

    def _load(self, named: str) -> None:
        try:
            if Path(named).is_dir():
                self._trust.load_verify_locations(capath=named)
            else:
                self._trust.load_verify_locations(named)
        except OSError as error:  # ssl.SSLError, too: a file without certificates
            raise NoCertificatesError(named) from error
