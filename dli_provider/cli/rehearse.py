"""`dli rehearse`: a change of SQL tried out on a real Flink before it is deployed. Lays out the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dli_provider.cli.documents import say_document
from dli_provider.cli.options import stack_option
from dli_provider.cli.screen import say

if TYPE_CHECKING:  # Flink's part is loaded only once there is something to rehearse
    from dli_provider.workspace.rehearsing import Rehearsal
    from dli_provider.workspace.stack_rehearsals import Rehearser

_STYLE: dict[str, dict[str, Any]] = {
    "proven": {"fg": "green", "bold": True},
    "differs": {"fg": "red", "bold": True},
    "refused": {"fg": "red", "bold": True},
    "cannot tell": {"fg": "yellow", "bold": True},
}
EVIDENCE = "This is evidence on generated rows, and no proof for all rows."


@click.command(name="rehearse")
@click.argument("names", nargs=-1, metavar="[JOB ... | OLD.sql NEW.sql]")
@stack_option
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Which rows are made up."
)
@click.option("--parallelism", type=click.IntRange(1, 4), default=1, show_default=True, help="Of both jobs.")
@click.option(
    "--state-backend",
    "backend",
    type=click.Choice(["hashmap", "rocksdb"]),
    default="hashmap",
    show_default=True,
    help="Where Flink keeps state; the two take different changes of form.",
)
@click.option(
    "--flink-version", default="", metavar="V", help="Version of Flink that the job of OLD.sql runs on."
)
@click.option(
    "--jar",
    "jars",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, resolve_path=True),
    help="A jar with functions that OLD.sql and NEW.sql use. Repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def group(
    names: Sequence[str],
    stack: str | None,
    seed: int,
    parallelism: int,
    backend: Any,
    flink_version: str,
    jars: tuple[str, ...],
    as_json: bool,
) -> None:
    """Rehearse changes of SQL: the old SQL runs, is stopped with a savepoint, and the new SQL goes on from it.

    Rows are made up that aim at the query, and what comes after the switch is compared with what a job brings that had
    the new SQL all along. Named are two files, or jobs of a stack; without any, all jobs of the stack whose SQL a
    deployment would change. Runs on a Flink of this machine; nothing outside is touched.

    Verdicts: proven, differs (with the first row that does), refused (with Flink's message), cannot tell (with why).

    Exit code 0: all are proven; 1: not all; 2: nothing could be rehearsed.
    """
    from dli_provider.cli.local_flink import fetched
    from dli_provider.workspace.rehearsing import Conditions
    from dli_provider.workspace.sql_diff import text_of
    from dli_provider.workspace.stack_rehearsals import layout_here, rehearser

    files = _files(names, stack)
    if flink_version and not files:
        raise click.UsageError("--flink-version is for files: of a job it is known")
    if jars and not files:
        raise click.UsageError("--jar is for files: that of a job lies beside its tests (docs/testing.md)")
    texts = tuple(text_of(file) for file in files)  # before a Flink is fetched for them
    conditions = Conditions(seed, parallelism, backend)
    found: dict[str, Rehearsal] = {}
    with rehearser(fetched, conditions, None if files else layout_here()) as by:
        held = (
            _of_files(files[1].stem, texts, jars, by, flink_version) if files else _of_stack(names, stack, by)
        )
        for name, rehearsal in held:
            found[name] = rehearsal
            if not as_json:
                _show(name, rehearsal)
    if as_json:
        say_document(
            "rehearse", {"rehearsals": [{"job": name, **facts(each)} for name, each in found.items()]}
        )
    elif found:
        say(EVIDENCE, dim=True)
    else:
        say("No SQL of these jobs changes: there is nothing to rehearse.")
    raise click.exceptions.Exit(0 if all(each.verdict.word == "proven" for each in found.values()) else 1)


def _files(names: Sequence[str], stack: str | None) -> tuple[Path, ...]:
    """The two files that are named, where files are."""
    files = tuple(Path(name) for name in names if name.endswith(".sql"))
    if not files:
        return ()
    if len(files) != 2 or len(names) != 2 or stack:
        raise click.UsageError("name two files, OLD.sql and NEW.sql, or jobs of a --stack")
    for file in files:
        if not file.is_file():
            raise click.UsageError(f"there is no file {file}")
    return files


def _of_files(
    name: str, texts: tuple[str, ...], jars: tuple[str, ...], by: Rehearser, flink_version: str
) -> Iterator[tuple[str, Rehearsal]]:
    from dli_provider.workspace.rehearsing import RehearsedChange

    old, new = texts
    yield name, by.held(RehearsedChange(old, new, jars=(jars, jars)), flink_version)


def _of_stack(names: Sequence[str], stack: str | None, by: Rehearser) -> Iterator[tuple[str, Rehearsal]]:
    from dli_provider.workspace import Unusable
    from dli_provider.workspace.reviewing import review_stack
    from dli_provider.workspace.stack import Stack
    from dli_provider.workspace.stack_rehearsals import held_for

    def tell(line: str) -> None:
        say(line, err=True)

    _, reviewed = review_stack(Stack.select(stack), tell)
    known = {name for subject, job in reviewed for name in (subject.resource, job.name)}
    if unknown := [name for name in names if name not in known]:
        raise Unusable(
            f"the stack has no job {' and none '.join(unknown)}; it has {', '.join(sorted(known))}"
        )
    wanted = [(each, job) for each, job in reviewed if not names or {each.resource, job.name} & {*names}]
    yield from held_for(wanted, by, tell)


def facts(rehearsal: Rehearsal) -> dict[str, Any]:
    """A rehearsal as JSON has it."""
    verdict, first = rehearsal.verdict, rehearsal.verdict.divergence
    return {
        "verdict": verdict.word,
        "because": verdict.because,
        "first_difference": first
        and {"sink": first.sink, "key": dict(first.key), "wanted": first.wanted, "got": first.got},
        "rows": verdict.rows,
        "changes": verdict.changes,
        "notes": list(verdict.notes),
        "seed": rehearsal.conditions.seed,
        "parallelism": rehearsal.conditions.parallelism,
        "state_backend": rehearsal.conditions.backend,
        "flink_version": rehearsal.flink_version,
        "seconds": round(rehearsal.seconds, 2),
    }


def _show(name: str, rehearsal: Rehearsal) -> None:
    verdict, conditions = rehearsal.verdict, rehearsal.conditions
    say(f"{name}: {verdict.word}", **_STYLE[verdict.word])
    say(f"  {verdict.because}")
    for note in verdict.notes:
        say(f"  note: {note}")
    ran = f"{verdict.rows} rows, seed {conditions.seed}, parallelism {conditions.parallelism}, {conditions.backend}"
    say(f"  Flink {rehearsal.flink_version}, {ran}, {rehearsal.seconds:.1f} s", dim=True)
