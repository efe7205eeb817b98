"""What a deployment of a stack would do, by its review: each job in a word and in a line."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dli_provider.cli.render import words
from dli_provider.cli.review import review_stack
from dli_provider.job.fields import JobSpec
from dli_provider.promotion.candidate import Candidate
from dli_provider.promotion.environment import way_out
from dli_provider.promotion.gate import Check, disagreements
from dli_provider.promotion.layout import CANDIDATES
from dli_provider.promotion.problems import Problems
from dli_provider.promotion.proposal import Effect
from dli_provider.review.report import JobReview, Report, Severity
from dli_provider.review.subject import Subject
from dli_provider.workspace import engine
from dli_provider.workspace.project import Project
from dli_provider.workspace.stack import Stack


def effects(
    project: Project, stack: Stack, candidate: Candidate
) -> tuple[tuple[Effect, ...], tuple[Check, ...]]:
    """What the target's deployment would do once the candidate is its release, and whether it would go through.

    The files of the candidate lie in a folder of their own meanwhile: the release itself is not touched.
    """
    with tempfile.TemporaryDirectory(prefix="dli-candidate-") as folder:
        candidate.stage(Path(folder))
        try:
            with ThreadPoolExecutor(1) as beside:
                made = beside.submit(project.declared, stack, Path(folder))
                report, reviewed = review_stack(
                    stack, False, None, lambda _: None, environ={CANDIDATES: folder}
                )
                declared = made.result()
        except (Problems, engine.Failed) as failed:
            return (), (Check("review", stack.name, False, str(failed)),)
    found = tuple(_effect(job) for job in report.changed)
    subjects = [subject for subject, _ in reviewed]
    queries = {subject.resource: subject.new.sql_body or "" for subject in subjects if subject.new}

    def remedy(job: JobReview) -> str:
        sql = queries.get(job.resource, "")
        return way_out(project.layout.project, stack.name, job.resource, sql, job.remedy)

    return found, tuple(_objections(report, remedy)) or (_same(stack.name, subjects, declared),)


def _objections(report: Report, remedy: Callable[[JobReview], str]) -> Iterable[Check]:
    """What the review itself says no to: changes that a deployment refuses, and errors by the project's rules."""
    for job in report.jobs:
        if job.refusal:
            yield Check("review", job.name, False, f"{job.refusal}. What to do: {remedy(job)}")
    for finding in report.findings:
        if finding.severity is Severity.ERROR:
            reason = f"{finding.reason} ({finding.rule}). What to do: {finding.remedy}"
            yield Check("review", finding.subject, False, reason)


def _same(stack: str, subjects: Iterable[Subject], declared: Mapping[str, JobSpec]) -> Check:
    """Whether what was reviewed is what would be promoted: a program may make its jobs in another way."""
    reviewed = {job.resource: job.new for job in subjects if job.new is not None and job.op != "delete"}
    wrong = sorted({*reviewed} ^ {*declared})
    wrong += [
        f"{name} ({', '.join(others)})"
        for name in sorted(reviewed.keys() & declared.keys())
        if (others := disagreements(declared[name], reviewed[name]))
    ]
    if not wrong:
        return Check("review", stack, True, "its preview goes through")
    reason = f"its program makes something else of its release: {'; '.join(wrong)}"
    return Check("review", stack, False, f"{reason}. docs/promotion.md tells what a program has to do")


def _effect(job: JobReview) -> Effect:
    action = words.action(job)
    state = f"state {words.state(job)}" + (f": {job.because}" if job.because else "")
    return Effect(
        job.resource,
        action,
        f"{job.name}: {action} ({words.causes(job)}) - {state}",
        " -> ".join(job.steps),
        restarts=job.pauses,
    )
