"""What the provider's processes under one engine tell each other: which jobs are declared there, made or not yet.

Each door is a process of its own, and so is each provider that a program declares. A job that is taken out of one of
them may be the very one that another has imported, or was to have and has not got: deleted, it would be lost to a state
that has it, or be made anew, and empty, by the next deployment. Within one process the `ledger` knows that.

Each process has a file, which it holds locked. The lock ends with it, whatever ends it, so a file that was left behind
says nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkstemp
from threading import Lock

from dli_provider.downloads import cache_folder
from dli_provider.errors import Conflict

_FOLDER = "wanted-jobs"
_OLD = 600.0
"""Seconds after which a file that nobody holds is taken away: one that is new may be about to be locked."""


@dataclass
class Neighbours:
    """The processes of one `engine`, which has its address for a name; None outside a plugin, where there are none."""

    engine: str | None
    environ: Mapping[str, str] = field(repr=False)
    _own: tuple[int, Path] | None = None
    _tried: bool = False
    _opening: Lock = field(default_factory=Lock, repr=False)

    def want(self, place: str, name: object, owner: str) -> None:
        """Note that a resource is declared here whose job is to be made or taken over."""
        self._note(f"{_key(place, name)} {owner}\n")

    def have(self, place: str, name: object, job_id: int, owner: str) -> None:
        """Note that a resource that is declared here has this job."""
        self._note(f"{_key(place, name)} \n{_key(place, job_id)} {owner}\n")

    def wanted_by(self, place: str, name: object) -> str:
        """The resource of another process that was to have the job of this name, and has not; "" where none was."""
        return self._last(_key(place, name))

    def held_by(self, place: str, job_id: int) -> str:
        """The resource of another process that has this job; "" where none has."""
        return self._last(_key(place, job_id))

    def _last(self, key: str) -> str:
        found = (_after(f"\n{key} ", said) for said in self._said())
        return next(filter(None, found), "")

    def _note(self, lines: str) -> None:
        if self.engine is None:
            return
        # Where nothing can be written there, each process knows of itself only.
        with suppress(OSError, RuntimeError):
            with self._opening:
                if not self._tried:
                    # Once: where it cannot be locked, a thousand files would be opened in vain.
                    self._tried = True
                    self._own = self._opened()
            if self._own:
                os.write(self._own[0], lines.encode())  # in one write, so that lines stay whole

    def _opened(self) -> tuple[int, Path]:
        folder = self._folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for each in folder.iterdir():
            with suppress(OSError):
                if time.time() - each.stat().st_mtime > _OLD and not _is_held(each):
                    each.unlink()
        own, path = mkstemp(prefix=self._prefix(), dir=folder)
        try:
            fcntl.flock(own, fcntl.LOCK_EX)
        except OSError:
            os.close(own)
            Path(path).unlink()
            raise
        return own, Path(path)

    def _said(self) -> Iterator[str]:
        """What each other process has noted."""
        if self.engine is None:
            return
        files: list[Path] = []
        with suppress(OSError, RuntimeError):
            files += self._folder().glob(f"{self._prefix()}*")
        for each in files:
            # One that is taken away just now must not hide the others.
            with suppress(OSError):
                if (self._own is None or each != self._own[1]) and _is_held(each):
                    yield f"\n{each.read_text(encoding='utf-8', errors='replace')}"

    def _folder(self) -> Path:
        return cache_folder(self.environ) / _FOLDER

    def _prefix(self) -> str:
        return f"{hashlib.sha256((self.engine or '').encode()).hexdigest()[:16]}-"


def awaited_elsewhere(subject: str, owner: str, wanted_by: str, name: object) -> Conflict:
    """The error for a job that a resource of another process needs: of the other door, or of another provider."""
    former = f"name={owner.split('/', 2)[-1]!r}, " if wanted_by != owner else ""
    return Conflict(
        subject,
        f"{wanted_by}, declared by the other door or another provider, is to have the job of this name, and has not "
        "made it or taken it over; it is not touched, and not forgotten",
        remedy=f"say there that it is the same resource, with aliases=[pulumi.Alias({former}type_=<the type until now, "
        f"as in the URN>)], and nothing is written to DLI; or take it over there with adopt={name!r}; if it is to go, "
        "give the other one another name, or deploy without that first",
    )


def _after(beginning: str, said: str) -> str:
    """The rest of the last line that begins so; "" where none does."""
    return said.rpartition(beginning)[2].partition("\n")[0] if beginning in said else ""


def _key(place: str, job: object) -> str:
    """Of a job in a place, by its name or its id, which is a number and no name."""
    return hashlib.sha256(f"{place}\n{job!r}".encode()).hexdigest()[:32]


def _is_held(path: Path) -> bool:
    with path.open() as there:
        try:
            fcntl.flock(there, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
