"""A job as it was: in a commit, under a digest, or in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from dli_provider.promotion.artefact import DIGITS, Artefact, read_artefacts
from dli_provider.promotion.layout import Layout
from dli_provider.promotion.problems import text_of
from dli_provider.promotion.repository import Repository
from dli_provider.workspace import Unusable

_DIGEST: Final = re.compile(rf"[0-9a-f]{{{DIGITS}}}")
_LOOKED_BACK: Final = 200  # commits


@dataclass(frozen=True)
class OldVersion:
    """A job's SQL and the text of its settings, None where only SQL was named; `shown` says where it was."""

    sql: str = field(repr=False)
    settings: str | None
    shown: str


def old_version(layout: Layout, release: str, job: str, named: str) -> OldVersion:
    """The version that is named by a file, a digest or a commit of git, looked for in this order. Raises Unusable."""
    file = layout.path(named)
    if named.endswith(".sql"):
        if not file.is_file():
            raise Unusable(f"{job}: there is no file {named}. Name it as seen from {layout.root}.")
        beside = file.with_suffix(".yaml")
        settings = text_of(beside) if beside.is_file() else None
        return OldVersion(text_of(file, named), settings, named)
    repository = Repository(layout.root)
    found = _by_digest(layout, repository, release, job, named) if _DIGEST.fullmatch(named) else None
    found = found or repository.artefact(named, release, job)
    if found is None:
        raise Unusable(
            f"{job}: {named} is no file, no digest that a release of this job has or had, and no commit of git that"
            f" has {release}/{job}.sql. A shallow clone lacks older commits: fetch them."
        )
    return OldVersion(found.sql, found.settings, f"{release}/{job}.sql of {named}")


def _by_digest(
    layout: Layout, repository: Repository, release: str, job: str, digest: str
) -> Artefact | None:
    """Among what the stacks have now, else in the history of this release."""
    for folder in sorted(layout.path(release).parent.iterdir()):
        held = read_artefacts(folder).get(job)
        if held and held.digest == digest:
            return held
    at = PurePosixPath(release)
    for commit in repository.commits(*(str(at / f"{job}{suffix}") for suffix in (".sql", ".yaml")))[
        :_LOOKED_BACK
    ]:
        past = repository.artefact(commit.name, release, job)
        if past and past.digest == digest:
            return past
    return None
