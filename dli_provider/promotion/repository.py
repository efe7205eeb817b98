"""What git knows of a project's files. Only asks; the one thing that this package never does is commit."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dli_provider.promotion.artefact import Artefact
from dli_provider.promotion.layout import Layout
from dli_provider.promotion.manifest import Manifest


@dataclass(frozen=True)
class Commit:
    """A commit, by its full name, and the moment it was made, in seconds since 1970."""

    name: str
    time: float

    @property
    def short(self) -> str:
        """Enough of its name to find it again."""
        return self.name[:12]


@dataclass(frozen=True)
class Repository:
    """The repository around a folder. Names of files are relative to that folder."""

    folder: Path

    @property
    def exists(self) -> bool:
        """Whether the folder is under git at all."""
        return self._git("rev-parse", "--is-inside-work-tree") is not None

    def uncommitted(self, *names: str) -> list[str]:
        """The files at or below these names that are not as they were committed, or not committed at all."""
        told = self._git("status", "--porcelain", "-uall", "-z", "--", *names)
        # A rename has two fields; the second one, the old name, has no status before it.
        return sorted(entry[3:] for entry in (told or "").split("\0") if entry[2:3] == " ")

    def commits(self, *names: str) -> list[Commit]:
        """The commits that changed one of these files, the newest first."""
        told = self._git("log", "--format=%H %ct", "--", *names) or ""
        return [Commit(name, float(time)) for name, time in (line.split() for line in told.splitlines())]

    def has(self, commit: str) -> bool:
        """Whether the commit is in this clone."""
        return self._git("cat-file", "-e", f"{commit}^{{commit}}") is not None

    def text(self, commit: str, name: str) -> str | None:
        """A file as it was in a commit; None where it was not there."""
        return self._git("show", f"{commit}:./{name}")

    def artefact(self, commit: str, release: str, job: str) -> Artefact | None:
        """A job as it was in a commit."""
        folder = PurePosixPath(release)
        sql, settings = (self.text(commit, str(folder / f"{job}{suffix}")) for suffix in (".sql", ".yaml"))
        return None if sql is None or settings is None else Artefact(sql, settings)

    def _git(self, *arguments: str) -> str | None:
        """What git answers; None where it fails, or is not there."""
        try:
            done = subprocess.run(
                ["git", *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            return None
        return done.stdout.decode("utf-8", errors="replace") if done.returncode == 0 else None


def unfounded(manifest: Manifest, repository: Repository, layout: Layout) -> Iterator[str]:
    """The jobs whose origin never had this version: files and manifest were edited together.

    A commit that is not in this clone (it was squashed, or the clone is shallow) says nothing either way.
    """
    for job, entry in sorted(manifest.jobs.items()):
        release = layout.release(entry.origin)
        # What is not in this clone cannot be compared, and a shallow clone in CI is no offence.
        if entry.commit and repository.has(entry.commit):
            there = repository.artefact(entry.commit, release, job)
            if there is None or there.digest != entry.digest:
                yield (
                    f"{job}: the manifest says {entry.digest} of {entry.origin}, which had "
                    f"{there.digest if there else 'no such job'} in commit {entry.commit}. Promote it again."
                )
