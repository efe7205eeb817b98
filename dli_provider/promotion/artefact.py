"""The files of a release as they are: what is copied, compared by digest, and found again in git.

A digest is over the whole text of a job's two files, comments included: what was promoted is the same artefact, not
merely one that means the same. Ends of lines do not count, for git may change them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DIGITS = 12
"""Hex digits of a digest, as of all short digests here: as many as a person compares by eye."""


@dataclass(frozen=True)
class Artefact:
    """One job's two files."""

    sql: str = field(repr=False)
    settings: str = field(repr=False)

    @property
    def digest(self) -> str:
        """What names this version of the job."""
        parts = [_plain(self.sql), _plain(self.settings)]
        # With the lengths, so that text moved from one file to the other gives another digest.
        return _hex("".join(f"{len(part)}:{part}" for part in parts))

    def write(self, folder: Path, job: str) -> None:
        """Put the files into a release's folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{job}.sql").write_text(self.sql, encoding="utf-8", newline="")
        (folder / f"{job}.yaml").write_text(self.settings, encoding="utf-8", newline="")


Artefacts = Mapping[str, Artefact]
"""The artefacts of a release, by job."""


def read_artefacts(folder: Path) -> dict[str, Artefact]:
    """The artefacts in a folder; a job of which one file is missing has an empty one there. {} where there is none."""
    if not folder.is_dir():
        return {}
    names = sorted({file.stem for file in folder.iterdir() if file.suffix in (".sql", ".yaml")})
    return {name: Artefact(_read(folder / f"{name}.sql"), _read(folder / f"{name}.yaml")) for name in names}


def release_digest(jobs: Mapping[str, str]) -> str:
    """What names a whole release: the digest of its jobs' digests."""
    return _hex("".join(f"{name}={digest}\n" for name, digest in sorted(jobs.items())))


def digests(artefacts: Artefacts) -> dict[str, str]:
    """The digest of each job."""
    return {name: artefact.digest for name, artefact in artefacts.items()}


def _read(file: Path) -> str:
    # Not read_text, which has no newline argument before Python 3.13: a copy must keep the ends of lines.
    return file.read_bytes().decode("utf-8", errors="replace") if file.is_file() else ""


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
