"""Shows SQL to Flink's own planner: that of files, or of a stack's jobs with the files that those were written in.

Nothing is deployed, and nothing runs.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dli_provider.flink import java
from dli_provider.flink.cluster import Cluster
from dli_provider.flink.failures import FlinkError
from dli_provider.flink.plans import judged
from dli_provider.flink.provision import Distribution
from dli_provider.flink.sessions import own_jars, session_settings
from dli_provider.workspace import Unusable
from dli_provider.workspace.sql_diff import text_of
from dli_provider.workspace.stack import Stack

_PLACEHOLDER: Final = re.compile(r"@\\?\{\w+\\?\}")
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "build", "dist"})


@dataclass(frozen=True)
class CheckedSql:
    """The SQL of one job, and what to call it by. `jars` are those that it may load, as the SQL names them."""

    job: str
    file: str
    sql: str = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    jars: tuple[str, ...] = ()


@dataclass(frozen=True)
class FlinkProblem:
    """What Flink says, and where: `file` is the file that the SQL comes from, or else the job's name."""

    file: str
    line: int
    column: int
    message: str
    job: str


@dataclass(frozen=True)
class FlinkVerdict:
    """What Flink refuses, and the tables that were planned with a stand-in, by their connector."""

    problems: tuple[FlinkProblem, ...] = ()
    stood_in: Mapping[str, Sequence[str]] = field(default_factory=dict)


def require_java() -> None:
    """Raises Unusable where there is no Java that Flink runs on."""
    try:
        java.find(os.environ)
    except FlinkError as error:
        raise Unusable(str(error)) from None


def checked(scripts: Sequence[CheckedSql], fetch: Callable[[], Distribution]) -> FlinkVerdict:
    """What Flink's planner says of them; `fetch` brings Flink, and says how that goes. Raises Unusable without it."""
    if not scripts:
        return FlinkVerdict()
    problems: list[FlinkProblem] = []
    stood_in: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix="dli-check-") as home:
        try:
            # It only plans, so it needs none of the processes that run jobs.
            cluster = Cluster.start(fetch(), os.environ, Path(home), tasks=False)
        except FlinkError as error:
            raise Unusable(str(error)) from error
        with cluster as flink:
            for script in scripts:
                problems += _problems(flink, script, stood_in)
    return FlinkVerdict(tuple(problems), stood_in)


def _problems(flink: Cluster, script: CheckedSql, stood_in: dict[str, list[str]]) -> Iterator[FlinkProblem]:
    refused, found = judged(flink, script.sql, script.settings, script.jars)
    for table in found:
        stood_in.setdefault(table.connector, []).append(f"{script.job}.{table.table}")
    for each in refused:
        message = each.message
        # Flink quotes what it does not understand, and that may be the value of an option.
        for secret in script.secrets:
            message = message.replace(secret, "[secret]")
        yield FlinkProblem(script.file, each.line, each.column, message, script.job)


def of_files(files: Sequence[Path], jars: Sequence[str] = ()) -> list[CheckedSql]:
    """Each file as a job of its name. Placeholders stay as they are: they stand in literals, which Flink takes.

    Raises Unusable for one that cannot be read.
    """
    return [CheckedSql(file.stem, str(file), text_of(file), jars=(*jars,)) for file in files]


def of_stack(name: str | None) -> list[CheckedSql]:
    """The jobs that the program of a stack declares now. Raises what reading a stack raises."""
    stack = Stack.select(name)
    written = list(_written(stack.folder, stack.name))
    scripts = []
    for job in stack.previewed(refresh=False):
        if job.new is None or not isinstance(job.new.get("sql_body"), str):
            continue
        sql = str(job.new["sql_body"])
        file = next((file for file, pattern in written if pattern.fullmatch(sql)), job.name)
        scripts.append(
            CheckedSql(
                job.name,
                file,
                sql,
                session_settings(job.new.get("runtime_config")),
                stack.secrets,
                own_jars(job.new.get("udf_jar_url")),
            )
        )
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
