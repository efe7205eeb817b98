"""Jars with a job's own functions, as files of this machine: what lies on OBS or in DLI is not fetched for a test."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final

from dli_provider.promotion.layout import Layout

TESTS: Final = "tests"
"""Beside the releases: the cases of each job, and the jars that the jobs name."""


def local_jar(layout: Layout, named: object) -> Path | None:
    """Where the jar of a job's `udf_jar_url` is looked for; None where it names none."""
    if not isinstance(named, str) or not (name := PurePosixPath(named).name):
        return None
    # By its name alone: where the real one lies differs from environment to environment.
    return layout.path(str(PurePosixPath(layout.folder) / TESTS / name))


def loaded(jar: Path | None) -> tuple[str, ...]:
    """What a run loads: the jar, where it is there. A job may name one and use none of its functions."""
    return (str(jar),) if jar and jar.is_file() else ()


def missing(jar: Path | None, root: Path) -> str:
    """What to do where SQL is refused and its jar is not there; "" where it is, or none is named."""
    if jar is None or jar.is_file():
        return ""
    return f". The job's own functions come from {jar.name}, which is not here: copy it to {jar.relative_to(root)}"
