"""The official release: checked against what is published, and given up soon when it cannot be had."""

import functools
import hashlib
import http.server
import io
import socket
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

from dli_provider.downloads import Unreachable
from tools.setup import engine_release, pulumi_engine
from tools.setup.long_steps import SetupError

ARCHIVE = "pulumi-v9.8.7-linux-x64.tar.gz"
CHECKSUMS = "pulumi-9.8.7-checksums.txt"


@dataclass
class DownloadSite:
    """A site with releases: whatever lies in `root`, on a loopback port."""

    root: Path
    address: str
    asked: list[str] = field(default_factory=list)

    def publish(self, archive: bytes, checksum: str | None = None) -> None:
        (self.root / ARCHIVE).write_bytes(archive)
        told = checksum or hashlib.sha256(archive).hexdigest()
        (self.root / CHECKSUMS).write_text(
            f"{'0' * 64}  pulumi-v9.8.7-darwin-x64.tar.gz\n{told}  {ARCHIVE}\n"
        )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[DownloadSite]:
    root = tmp_path / "site"
    root.mkdir()
    asked: list[str] = []

    class ReleaseHandler(http.server.SimpleHTTPRequestHandler):
        def send_head(self) -> io.BytesIO | BinaryIO | None:
            asked.append(self.path)
            return super().send_head()

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(ReleaseHandler, directory=str(root))
    )
    serving = threading.Thread(target=server.serve_forever, args=(0.02,))
    serving.start()
    yield DownloadSite(root, f"http://127.0.0.1:{server.server_port}", asked)
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    (tmp_path / "staged").mkdir()
    return tmp_path / "staged"


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(name)
            tar.addfile(member, io.BytesIO(name.encode()))
    return out.getvalue()


def fetch(staged: Path, address: str) -> None:
    engine_release.fetch(staged, "v9.8.7", "linux-x64", pulumi_engine.PROGRAMS, address)


def test_the_engine_and_nothing_else_is_unpacked(site: DownloadSite, staged: Path) -> None:
    site.publish(
        archive(
            *(f"pulumi/{name}" for name in pulumi_engine.PROGRAMS), "pulumi/pulumi-language-go", "../evil"
        )
    )
    fetch(staged, site.address)
    assert {file.name for file in staged.iterdir()} == set(pulumi_engine.PROGRAMS)
    assert all(file.stat().st_mode & 0o777 == 0o755 for file in staged.iterdir())
    assert (staged / "pulumi").read_text() == "pulumi/pulumi"


def test_another_archive_than_published_is_refused(site: DownloadSite, staged: Path) -> None:
    site.publish(archive("pulumi/pulumi"), checksum="ab" * 32)
    with pytest.raises(SetupError, match=f"{'ab' * 32} is published: nothing was installed"):
        fetch(staged, site.address)
    assert list(staged.iterdir()) == []


def test_without_a_published_checksum_nothing_is_downloaded(site: DownloadSite, staged: Path) -> None:
    (site.root / CHECKSUMS).write_text("<html>please log in to this network</html>")
    with pytest.raises(Unreachable, match="no checksum is published"):
        fetch(staged, site.address)
    assert site.asked == [f"/{CHECKSUMS}"]


def test_an_archive_cut_off_is_given_up(staged: Path, cut_site: str) -> None:
    with pytest.raises(Unreachable, match="cut off after 4 of 1000 bytes"):
        fetch(staged, cut_site)
    assert list(staged.iterdir()) == []


def test_a_site_that_refuses_is_given_up_at_once(staged: Path, nowhere: str) -> None:
    started = time.monotonic()
    with pytest.raises(Unreachable, match="refused"):
        fetch(staged, nowhere)
    assert time.monotonic() - started < 5


def test_a_site_that_never_answers_is_given_up_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(Unreachable):
            engine_release.checksums(f"http://127.0.0.1:{silent.getsockname()[1]}/{CHECKSUMS}", seconds=0.3)
        assert time.monotonic() - started < 5


@pytest.fixture
def cut_site() -> Iterator[str]:
    """A site whose archive ends long before the length that it told."""
    listing = f"HTTP/1.0 200 OK\r\n\r\n{'0' * 64}  {ARCHIVE}\n".encode()
    half = b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"

    def serve() -> None:
        for answer in (listing, half):
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        serving.join(timeout=10)
