"""Where SQL to be checked comes from: files, or the jobs of a stack with the files that those were written in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_PLACEHOLDER: Final = re.compile(r"@\\?\{\w+\\?\}")
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "build", "dist"})


@dataclass(frozen=True)
class Script:
    """The SQL of one job, and what to call it by."""

    job: str
    file: str
    sql: str = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = field(default=(), repr=False)


def of_files(files: Sequence[Path]) -> list[Script]:
    """Each file as a job of its name. Placeholders stay as they are: they stand in literals, which Flink takes."""
    return [Script(file.stem, str(file), file.read_text(encoding="utf-8")) for file in files]


def of_stack(name: str | None) -> list[Script]:
    """The jobs that the program of a stack declares now. Raises what reading a stack raises."""
    from dli_provider.pulumi.sql_check import session_settings
    from dli_provider.workspace.stack import Stack

    stack = Stack.select(name)
    written = list(_written(stack.folder, stack.name))
    scripts = []
    for job in stack.previewed(refresh=False):
        if job.new is None or not isinstance(job.new.get("sql_body"), str):
            continue
        sql = str(job.new["sql_body"])
        file = next((file for file, pattern in written if pattern.fullmatch(sql)), job.name)
        scripts.append(Script(job.name, file, sql, session_settings(job.new), stack.secrets))
    return scripts


def _written(folder: Path, stack: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """SQL files of a project, those of the stack's own folders first: any text may stand where a placeholder does."""
    found: list[Path] = []
    for where, folders, files in os.walk(folder):
        folders[:] = [each for each in folders if not each.startswith(".") and each not in _SKIPPED]
        found += [Path(where) / each for each in files if each.endswith(".sql")]
    for file in sorted(found, key=lambda each: (stack not in each.parts, each)):
        text = re.escape(file.read_text(encoding="utf-8", errors="replace"))
        pattern = re.compile(_PLACEHOLDER.sub(lambda _: ".*", text))
        yield os.path.relpath(file), pattern
