"""What a deployment of a stack would do, by the engine's own preview of it: each job in a word and in a line."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dli_provider import properties
from dli_provider.cli import engine
from dli_provider.cli.project import Project
from dli_provider.cli.stack import Previewed, Recorded, Stack
from dli_provider.lifecycle.foresight import foresee
from dli_provider.lifecycle.plan import Plan
from dli_provider.lifecycle.planner import plan_create
from dli_provider.lifecycle.steps import StopJob
from dli_provider.promotion.candidate import Candidate
from dli_provider.promotion.gate import Check, disagreements
from dli_provider.promotion.layout import CANDIDATES
from dli_provider.promotion.mistakes import Mistakes
from dli_provider.promotion.proposal import Effect
from dli_provider.spec.job import JobSpec


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
                jobs = stack.previewed(environ={CANDIDATES: folder})
                declared = made.result()
        except (Mistakes, engine.Failed) as failed:
            return (), (Check("review", stack.name, False, str(failed)),)
    recorded = {job.urn: job for job in stack.recorded()}
    found = tuple(effect for job in jobs if (effect := _effect(job, recorded.get(job.urn))))
    return found, (_review(stack.name, jobs, declared),)


def _review(stack: str, jobs: Iterable[Previewed], declared: Mapping[str, JobSpec]) -> Check:
    """Whether what was previewed is what would be promoted: a program may make its jobs in another way."""
    previewed = {job.name: properties.spec(job.new) for job in jobs if job.new is not None}
    wrong = sorted({*previewed} ^ {*declared})
    wrong += [
        f"{name} ({', '.join(others)})"
        for name in sorted(previewed.keys() & declared.keys())
        if (others := disagreements(declared[name], previewed[name]))
    ]
    if not wrong:
        return Check("review", stack, True, "its preview goes through")
    reason = f"its program makes something else of its release: {'; '.join(wrong)}"
    return Check("review", stack, False, f"{reason}. docs/promotion.md tells what a program has to do")


def _effect(job: Previewed, recorded: Recorded | None) -> Effect | None:
    """None where nothing is done."""
    if job.new is None:
        return Effect(job.name, "DELETE", f"{job.name}: DELETE - the job is deleted, and its state with it")
    new = properties.spec(job.new)
    if recorded is None:
        return _planned(job.name, "CREATE", plan_create(new))
    bag = recorded.outputs
    ahead = foresee(properties.spec(bag), new, properties.seen(bag), properties.record(bag), job.unknown)
    if not ahead.changes:
        return None
    if ahead.replaces:
        return Effect(job.name, "REPLACE", ahead.lines[0], restarts=True)
    return _planned(job.name, ahead.plan.verb, ahead.plan)


def _planned(job: str, verb: str, plan: Plan) -> Effect:
    headline = plan.headline() if verb != "CREATE" else f"{job}: CREATE - {plan.because}"
    stops = any(isinstance(step, StopJob) for step in plan.steps)
    return Effect(job, verb, headline, plan.details(), restarts=stops)
