"""The links in `.venv/bin`, and which defaults `pulumi` gets through them."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.setup import CHECKOUT
from tools.setup.pulumi_engine import PROGRAMS, Engine, link

TELL = (
    'for name in PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE PULUMI_HOME; do eval "echo \\"\\$$name\\""; done'
)


@pytest.fixture
def linked(tmp_path: Path, program: Callable[[Path, str], Path]) -> Path:
    """A checkout, in a folder with a space, whose engine tells the environment that it got."""
    checkout = tmp_path / "a checkout"
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / "stacks").mkdir()
    program(checkout / "tools" / "pulumi", (CHECKOUT / "tools" / "pulumi").read_text())
    programs = {name: program(tmp_path / "cache" / name, TELL) for name in PROGRAMS}
    link(Engine(programs, "v9.8.7", "test"), checkout)
    return checkout


def told(checkout: Path, folder: Path, **environ: str) -> list[str]:
    """What the engine sees as backend, passphrase and home when `pulumi` is typed in `folder`."""
    plain = {"PATH": os.environ["PATH"], **environ}
    answer = subprocess.run(
        [checkout / ".venv" / "bin" / "pulumi"],
        cwd=folder,
        env=plain,
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.splitlines()


def test_every_program_is_linked(linked: Path) -> None:
    assert {link.name for link in (linked / ".venv" / "bin").iterdir()} == set(PROGRAMS)


def test_linking_again_changes_nothing(linked: Path) -> None:
    def inodes() -> dict[str, int]:
        links = [*(linked / ".venv" / "bin").iterdir(), *(linked / ".venv" / "libexec").iterdir()]
        return {str(link): link.lstat().st_ino for link in links}

    before = inodes()
    engine = Engine({name: linked.parent / "cache" / name for name in PROGRAMS}, "v9.8.7", "test")
    link(engine, linked)
    assert inodes() == before


def test_links_follow_a_new_engine_and_replace_files(
    linked: Path, program: Callable[[Path, str], Path]
) -> None:
    (linked / ".venv" / "bin" / "pulumi").unlink()
    program(linked / ".venv" / "bin" / "pulumi", "echo an old copy")
    newer = {name: program(linked.parent / "newer" / name, "echo newer") for name in PROGRAMS}
    link(Engine(newer, "v9.9.0", "test"), linked)
    assert told(linked, linked) == ["newer"]


@pytest.mark.parametrize("folder", [".", "stacks"])
def test_inside_the_checkout_the_local_defaults_hold(linked: Path, folder: str) -> None:
    backend, home = linked / ".dli" / "backend", linked / ".dli" / "pulumi"
    assert told(linked, linked / folder) == [f"file://{backend}", "local-demo", str(home)]
    assert backend.is_dir()


def test_elsewhere_nothing_is_set(linked: Path) -> None:
    sibling = linked.with_name("a checkout of another project")
    sibling.mkdir()
    assert told(linked, sibling) == ["", "", ""]


def test_a_backend_of_ones_own_gets_no_default_at_all(linked: Path) -> None:
    assert told(linked, linked, PULUMI_BACKEND_URL="s3://mine") == ["s3://mine", "", ""]


def test_what_is_exported_already_wins(linked: Path) -> None:
    mine = told(linked, linked, PULUMI_CONFIG_PASSPHRASE="mine", PULUMI_HOME="/my/home")
    assert mine[1:] == ["mine", "/my/home"]
    assert told(linked, linked, PULUMI_CONFIG_PASSPHRASE="")[1] == "", "an empty passphrase is a passphrase"
    assert told(linked, linked, PULUMI_CONFIG_PASSPHRASE_FILE="/my/file")[1] == ""
