"""What the local DLI keeps is for its owner alone: new files, those that stood open before, and nothing of others."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from dli_provider.emulator.private_files import closed, make_private, own_token, token_of
from dli_provider.emulator.server import Emulator
from tests.emulator.plain import Api


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def everything(folder: Path) -> dict[str, int]:
    """The modes of a folder and all that is in it."""
    return {str(path.relative_to(folder.parent)): mode(path) for path in [folder, *folder.rglob("*")]}


@pytest.fixture(autouse=True)
def _others_may_read() -> Iterator[None]:
    before = os.umask(0o000)
    yield
    os.umask(before)


def test_a_new_state_file_and_all_beside_it(tmp_path: Path) -> None:
    state = tmp_path / "kept" / "emulator.db"
    with Emulator.start(state) as dli:
        Api(dli).made("orders")
        found = everything(state.parent)
    assert found.keys() >= {"kept", "kept/emulator.db", "kept/emulator.db-wal"}
    assert {name: oct(bits) for name, bits in found.items() if bits & 0o077} == {}


def test_what_stood_open_is_closed_and_named_once(tmp_path: Path) -> None:
    folder = tmp_path / ".dli"
    state = folder / "emulator.db"
    folder.mkdir(mode=0o755)
    (folder / ".gitignore").write_text("*\n")
    (folder / "emulator.flink").mkdir(mode=0o777)
    for name in ("emulator.db", "emulator.db-wal", "emulator.json", "emulator.log", "emulator.lock"):
        (folder / name).touch(mode=0o644)
    named = make_private(state)
    assert {path.name for path in named} == {path.name for path in [folder, *folder.iterdir()]} - {
        ".gitignore"
    }
    assert {oct(mode(path)) for path in named} == {"0o600", "0o700"}
    assert make_private(state) == []


def test_the_folder_is_closed_also_where_the_engine_made_it_first(tmp_path: Path) -> None:
    folder = tmp_path / ".dli"
    (folder / "backend").mkdir(parents=True)
    assert make_private(folder / "emulator.db") == [folder]
    assert mode(folder) == 0o700


def test_a_folder_of_somebody_else_stays_as_it_is(tmp_path: Path) -> None:
    shared, state = tmp_path / "shared", tmp_path / "shared" / "mine.db"
    shared.mkdir(mode=0o755)
    (shared / "theirs.txt").touch(mode=0o644)
    state.touch(mode=0o644)
    assert make_private(state) == [state]
    assert (mode(shared), mode(shared / "theirs.txt")) == (0o755, 0o644)


def test_no_link_is_followed(tmp_path: Path) -> None:
    theirs, link = tmp_path / "theirs", tmp_path / "emulator.log"
    theirs.touch(mode=0o644)
    link.symlink_to(theirs)
    assert not closed(link)
    assert mode(theirs) == 0o644


def test_the_token_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    state = tmp_path / "emulator.db"
    token = own_token(state)
    assert (len(token) >= 40, mode(token_of(state))) == (True, 0o600)
    assert own_token(state) == token
    assert own_token(tmp_path / "other.db") != token
