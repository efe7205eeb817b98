"""Which way calls take, as the environment has it: proxies and certificates."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from dli_provider.errors import Misconfigured, Unavailable
from tests.api.scripted import DETAIL, Server, client, failure

_PATIENCE = 10.0
_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def _nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*_VARIABLES, *map(str.upper, _VARIABLES), *_CERTIFICATES):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("host", "excepted", "asked"),
    [
        ("dli.invalid", "", True),
        ("dli.invalid", "other.test", True),
        ("dli.invalid", "dli.invalid", False),
        ("dli.invalid", "other.test, .invalid", False),
        ("dli.invalid", "192.0.2.0/24", True),
        ("dli.invalid", "*", False),
        ("192.0.2.7", "192.0.2.0/24", False),
        ("192.0.2.7", "192.0.2.7", False),
        ("192.0.2.7", "192.0.3.0/24,dli.invalid", True),
    ],
)
def test_a_proxy_is_asked_unless_the_address_is_excepted(
    host: str, excepted: str, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server([DETAIL]) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", excepted)
        with client(f"http://{host}", retry_attempts=1, connect_timeout=0.2) as jobs:
            if asked:
                assert jobs.get(7).name == "orders"
            else:
                failure(Unavailable, jobs.get, 7)
    assert [request.headers["Host"] for request in proxy.requests] == [host] * asked


def _headers(proxy: Server) -> dict[str, str]:
    return {name.lower(): value for name, value in proxy.requests[0].headers.items()}


@pytest.mark.parametrize("variable", ["http_proxy", "all_proxy"])
def test_a_proxy_may_be_named_without_a_scheme_and_with_a_login(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server([DETAIL]) as proxy:
        monkeypatch.setenv(variable, proxy.url.replace("http://", "us%65r:p%40ss@"))
        with client("http://dli.invalid", retry_attempts=1) as jobs:
            assert jobs.get(7).name == "orders"
    assert proxy.requests[0].target.startswith("http://dli.invalid/v1.0/")
    assert _headers(proxy)["proxy-authorization"] == "Basic dXNlcjpwQHNz"  # user:p@ss


def test_of_https_a_proxy_sees_only_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server() as proxy:
        monkeypatch.setenv("https_proxy", proxy.url.replace("http://", "http://user:pass@"))
        with client("https://dli.invalid", retry_attempts=1) as jobs:
            failure(Unavailable, jobs.get, 7)
    assert [(each.method, each.target) for each in proxy.requests] == [("CONNECT", "dli.invalid:443")]
    assert _headers(proxy)["proxy-authorization"] == "Basic dXNlcjpwYXNz"
    assert _headers(proxy).keys() <= {"host", "proxy-authorization"}


@contextmanager
def _socks(behind: str) -> Iterator[str]:
    """A SOCKS proxy that leads one connection to the server `behind` it, whatever it is asked for."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def lead() -> None:
            came, _ = door.accept()
            host, _, port = behind.removeprefix("http://").partition(":")
            with came, socket.create_connection((host, int(port))) as on:
                came.recv(100)
                came.sendall(b"\x05\x00")  # version 5, no log-in
                asked.append(came.recv(300)[5:-2].decode())
                came.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")  # it is reached
                on.sendall(came.recv(65536))
                reached.append(on)
                with suppress(OSError):
                    while piece := on.recv(65536):
                        came.sendall(piece)

        asked: list[str] = []
        reached: list[socket.socket] = []
        thread = threading.Thread(target=lead)
        thread.start()
        yield f"socks5h://127.0.0.1:{door.getsockname()[1]}"
        with suppress(OSError):
            reached[0].shutdown(socket.SHUT_RDWR)
        thread.join(_PATIENCE)
        assert asked == ["dli.invalid"], "the proxy looks up the name"


def test_a_socks_proxy_is_asked_and_its_answers_have_a_time_limit_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Server([DETAIL]) as server, _socks(server.url) as proxy:
        monkeypatch.setenv("all_proxy", proxy)
        with client("http://dli.invalid", retry_attempts=1) as jobs:
            assert jobs.get(7).name == "orders"

    def drips(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        with suppress(OSError):
            for _ in range(100):
                handler.wfile.write(b" ")
                time.sleep(0.05)

    with Server([drips]) as server, _socks(server.url) as proxy:
        monkeypatch.setenv("all_proxy", proxy)
        with client("http://dli.invalid", retry_attempts=1, read_timeout=0.3) as jobs:
            assert "did not answer in time" in failure(Unavailable, jobs.get, 7).reasons[0]


def test_a_socks_proxy_without_a_version_is_wrong_and_nothing_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks://127.0.0.1:1080")
    with client("https://dli.invalid") as jobs:
        wrong = failure(Misconfigured, jobs.run, 7, resume_savepoint=False)
    assert "ALL_PROXY" in wrong.remedy
    assert wrong.certainly_not_done


@pytest.mark.parametrize("name", _CERTIFICATES)
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_variable_that_names_no_certificates_is_wrong_and_nothing_was_sent(
    name: str, content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content:
        (tmp_path / "own.pem").write_text(content)
    monkeypatch.setenv(name, str(tmp_path / "own.pem"))
    with Server() as server, client(server.url.replace("http", "https")) as jobs:
        wrong = failure(Misconfigured, jobs.run, 7, resume_savepoint=False)
    assert wrong.reasons[0] == "REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names no certificates"
    assert wrong.certainly_not_done


@pytest.fixture(scope="module")
def own_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody trusts, with its key in the same file."""
    pem = tmp_path_factory.mktemp("tls") / "own.pem"
    subprocess.run(
        [
            *["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
            *["-days", "1", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
            *["-addext", "keyUsage=critical,digitalSignature,keyCertSign"],
            *["-keyout", str(pem), "-out", f"{pem}.crt"],
        ],
        check=True,
        capture_output=True,
    )
    pem.write_text(pem.read_text() + Path(f"{pem}.crt").read_text())
    return pem


def _served(own: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own)
    return context


def test_a_certificate_that_nobody_trusts_is_refused(own_certificate: Path) -> None:
    with Server(tls=_served(own_certificate)) as server, client(server.url) as jobs:
        wrong = failure(Misconfigured, jobs.get, 7)
    assert "is not trusted" in wrong.reasons[0]
    assert server.requests == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_spoken_to_over_https_is_trusted_as_dli_is(
    scheme: str, own_certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server([DETAIL], tls=_served(own_certificate)) as proxy:
        monkeypatch.setenv(f"{scheme}_proxy", proxy.url)
        with client(f"{scheme}://dli.invalid", retry_attempts=1) as jobs:
            wrong = failure(Misconfigured, jobs.get, 7)
        assert "is not trusted" in wrong.reasons[0]
        assert proxy.requests == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own_certificate))
        with client(f"{scheme}://dli.invalid", retry_attempts=1) as jobs:
            if scheme == "http":
                assert jobs.get(7).name == "orders"
            else:
                failure(Misconfigured, jobs.get, 7)  # what is behind it here does not speak TLS
        assert [request.method for request in proxy.requests] == ["GET" if scheme == "http" else "CONNECT"]


@pytest.mark.parametrize("name", _CERTIFICATES)
def test_certificates_are_loaded_once_for_all_connections(
    name: str, own_certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They take memory and CPU; of each connection's own, a deployment's would be most of its plugin."""
    trusted = tmp_path / "trusted.pem"
    trusted.write_text(own_certificate.read_text())
    monkeypatch.setenv(name, str(trusted))
    others = 4
    together = threading.Barrier(others)

    def when_all_are_here(handler: BaseHTTPRequestHandler) -> None:
        together.wait(_PATIENCE)  # so each has a connection of its own
        DETAIL(handler)

    script = [DETAIL, *[when_all_are_here] * others]
    with Server(script, tls=_served(own_certificate)) as server, client(server.url) as jobs:
        assert jobs.get(7).name == "orders"
        trusted.unlink()
        with ThreadPoolExecutor(others) as pool:
            assert [*pool.map(lambda number: jobs.get(number).name, range(others))] == ["orders"] * others
