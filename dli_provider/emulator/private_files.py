"""Files that nobody but their owner may read: what the local DLI keeps holds SQL as it was sent, and a log-in.

The files of a state file are those of its name, whatever their ending. A folder is ours if it is called `.dli`, which
the engine's command in a checkout makes as well, or if our `.gitignore` is in it, or if it is Flink's.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_IGNORED: Final = "*\n"
_FOLDER: Final = ".dli"


def make_private(state: Path) -> list[Path]:
    """Make the folder of a state file, out of version control, and close to others what is there of it already.

    Returns what stood open to others until now. A folder that was there before us stays as its owner has it.
    """
    folder = state.parent
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        (folder / ".gitignore").write_text(_IGNORED)
    return [path for path in _ours(state) if closed(path)]


def _ours(state: Path) -> Iterator[Path]:
    note = state.parent / ".gitignore"
    noted = note.is_file() and note.read_text(errors="replace") == _IGNORED
    if noted or state.parent.name == _FOLDER:
        yield state.parent
    for suffix in ("-wal", "-shm"):
        yield state.with_name(state.name + suffix)
    yield state
    for suffix in (".json", ".log", ".lock", ".token", ".flink"):
        yield state.with_suffix(suffix)


def closed(path: Path) -> bool:
    """Close a file or folder to others. Returns whether it was there and open; never follows a link elsewhere."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(mode) or not mode & _OTHERS:
        return False
    path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
    return True


def create(path: Path) -> None:
    """An empty file for its owner alone, unless one is there, which is closed to others."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    closed(path)


def own_token(state: Path) -> str:
    """The token of a state file, the same each time; made when there is none."""
    file = token_of(state)
    create(file)
    token = file.read_text().strip()
    if not token:
        token = secrets.token_urlsafe(32)
        file.write_text(token)
    return token


def token_of(state: Path) -> Path:
    """Where the token of a state file is kept."""
    return state.with_suffix(".token")
