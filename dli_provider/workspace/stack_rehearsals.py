"""Rehearsals of what a deployment changes: which jobs of a stack have one, from which SQL to which."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from dli_provider.flink import pins
from dli_provider.flink.failures import FlinkError
from dli_provider.flink.provision import Distribution
from dli_provider.flink.row_runner import RowRunner
from dli_provider.flink.sessions import session_settings
from dli_provider.job.fields import JobSpec
from dli_provider.promotion.layout import Layout
from dli_provider.proof.rehearsal import CANNOT_TELL, RehearsalVerdict
from dli_provider.review.rehearsed import ReviewedJobs
from dli_provider.review.report import Action, JobReview, ReportedRehearsal
from dli_provider.review.subject import Subject
from dli_provider.sql import same_meaning
from dli_provider.workspace import Tell, Unusable
from dli_provider.workspace.folder import project_around
from dli_provider.workspace.local_jars import loaded, local_jar, missing
from dli_provider.workspace.rehearsing import Conditions, Rehearsal, RehearsedChange, rehearse

_OTHER_RULES: Final = re.compile(r"1\.\d(\D.*)?|1\.1[0-2](\D.*)?")
"""Versions of Flink that keep state by other rules than the one that is here."""
_MINOR: Final = re.compile(r"\d+\.\d+")


@dataclass(frozen=True)
class Rehearser:
    """Holds rehearsals on one warm Flink, which is fetched and started when the first is held."""

    fetch: Callable[[], Distribution]
    conditions: Conditions
    layout: Layout | None = None
    """The project, where jobs of a stack are rehearsed: the jars that they name are looked for in it."""

    @cached_property
    def flink(self) -> RowRunner:
        """The warm Flink. Raises FlinkError where there is none to be had."""
        return RowRunner(self.fetch(), os.environ)

    def close(self) -> None:
        """End it, if it was started."""
        if "flink" in self.__dict__:
            self.flink.close()

    def held(self, change: RehearsedChange, flink_version: str = "") -> Rehearsal:
        """The rehearsal of a change of a job that runs on this version of Flink; "" where that is not known.

        Raises Unusable where no Flink can be run here.
        """
        if _OTHER_RULES.fullmatch(flink_version):
            because = (
                f"Flink {flink_version} keeps state by other rules than Flink {pins.VERSION}, which is here"
            )
            return Rehearsal(RehearsalVerdict(CANNOT_TELL, because), self.conditions, 0.0)
        try:
            found = rehearse(self.flink, change, self.conditions)
        except FlinkError as error:
            raise Unusable(f"no rehearsal can be held: {error}") from error
        return found.noted(f"the job runs on Flink {flink_version}") if _another(flink_version) else found

    def with_jars(self, change: RehearsedChange, old: JobSpec, new: JobSpec) -> RehearsedChange:
        """The same with the jars that the two definitions name, as far as they are here."""
        if self.layout is None:
            return change
        before, after = (local_jar(self.layout, spec.udf_jar_url) for spec in (old, new))
        lacking = missing(after, self.layout.root) or missing(before, self.layout.root)
        return replace(change, jars=(loaded(before), loaded(after)), lacking=lacking)


def _another(flink_version: str) -> bool:
    named, here = _MINOR.match(flink_version), _MINOR.match(pins.VERSION)
    return bool(named and here and named[0] != here[0])


def layout_here() -> Layout | None:
    """The project around this folder, for the jars beside its tests. Only one with a `Pulumi.yaml` has those; another
    has stacks all the same, whose jobs can be rehearsed."""
    root = project_around(Path.cwd())
    return Layout.of(root) if root and (root / "Pulumi.yaml").is_file() else None


@contextmanager
def rehearser(
    fetch: Callable[[], Distribution], conditions: Conditions, layout: Layout | None = None
) -> Iterator[Rehearser]:
    """Who holds rehearsals, for as long as the block lasts; of a project's stacks where one is given."""
    by = Rehearser(fetch, conditions, layout)
    try:
        yield by
    finally:
        by.close()


def rehearsable(subject: Subject, job: JobReview) -> RehearsedChange | None:
    """The change of a job's SQL that a deployment makes and that goes on from state; None where there is none."""
    goes_on = job.action in (Action.RESTART, Action.RUN, Action.STOP) or job.refusal
    if subject.op != "update" or subject.old is None or subject.new is None or not goes_on:
        return None
    return change_of(subject.old, subject.new)


def change_of(old: JobSpec, new: JobSpec) -> RehearsedChange | None:
    """The change from one definition's query to the other's; None where they mean the same, or are not known."""
    settings = tuple(session_settings(spec.runtime_config) for spec in (old, new))
    if not old.sql_body or not new.sql_body:
        return None
    if same_meaning(old.sql_body, new.sql_body) and settings[0] == settings[1]:
        return None
    before, after = (tuple(sorted(each.items())) for each in settings)
    return RehearsedChange(old.sql_body, new.sql_body, (before, after))


def held_for(
    reviewed: Iterable[tuple[Subject, JobReview]], by: Rehearser, say: Tell
) -> Iterator[tuple[str, Rehearsal]]:
    """The rehearsals of all changes of SQL in a review, one after the other, with the job's resource."""
    for subject, job in reviewed:
        change = rehearsable(subject, job)
        if change is not None and subject.old is not None and subject.new is not None:
            say(f"rehearsing {job.name}")
            change = by.with_jars(change, subject.old, subject.new)
            yield subject.resource, _of_their_jars(by.held(change, subject.new.flink_version or ""), change)


def _of_their_jars(held: Rehearsal, change: RehearsedChange) -> Rehearsal:
    """With what was taken for the job's own functions: found by its name, a jar need not be what runs at DLI, and the
    two versions of a job may have jars of one name that do different things."""
    before, after = change.jars
    for jar in dict.fromkeys((*before, *after)):
        of = " of both versions" if before == after else ""
        held = held.noted(
            f"the functions{of} are those of the local {Path(jar).name}, whatever DLI has of that name"
        )
    return held


def reported(by: Rehearser) -> Callable[[ReviewedJobs, Tell], Mapping[str, ReportedRehearsal]]:
    """What holds rehearsals for a review."""
    return lambda reviewed, say: {name: as_reported(each) for name, each in held_for(reviewed, by, say)}


def as_reported(held: Rehearsal) -> ReportedRehearsal:
    """A rehearsal as a review tells it."""
    verdict, conditions = held.verdict, held.conditions
    return ReportedRehearsal(
        verdict.word,
        verdict.because,
        verdict.rows,
        verdict.changes,
        verdict.notes,
        conditions.seed,
        conditions.parallelism,
        conditions.backend,
        held.flink_version,
        round(held.seconds, 2),
    )
