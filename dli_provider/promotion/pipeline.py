"""The pipeline of a stack: the jobs that it declares, read from its files, in the order in which to declare them.

Programs of users written before `dli_provider.program` was there import `stack_jobs` from here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from dli_provider.promotion.environment import Environment
from dli_provider.promotion.layout import Layout
from dli_provider.promotion.manifest import read_manifest
from dli_provider.promotion.problems import Problems, text_of
from dli_provider.promotion.release import read_release
from dli_provider.promotion.release_jobs import StackJob, pipeline
from dli_provider.promotion.review_stack import for_review


def stack_jobs(
    layout: Layout,
    stack: str,
    config: Mapping[str, str],
    secrets: Collection[str] = (),
    releases: Path | None = None,
) -> tuple[StackJob, ...]:
    """The jobs that a stack of a project declares, in the order in which to declare them; `config` maps whole keys to
    texts, `secrets` names the encrypted ones. `releases` is another folder of releases to read from; left out, it may
    be named by the environment. Raises Problems.
    """
    environment = Environment.from_config(layout.project, stack, config, secrets, layout.config_file(stack))
    source = environment.review_of or stack
    folder = layout.release_to_read(source, releases)
    jobs = pipeline(environment, read_release(folder, layout.release(source)))
    # A copy is not ordered: nothing is promoted to it, and the manifest speaks of the names of the originals.
    if environment.review_of:
        return for_review([job for job in jobs if job.name not in environment.without], stack)
    file = folder / "manifest.json"
    # The first stack of the path has no manifest: nothing was promoted to it.
    if not file.is_file():
        return jobs
    return in_order(jobs, read_manifest(text_of(file, layout.manifest(stack)), layout.manifest(stack)).after)


def in_order(jobs: tuple[StackJob, ...], after: Mapping[str, Sequence[str]]) -> tuple[StackJob, ...]:
    """The jobs in an order in which each comes after those that it waits for. Raises Problems for a circle."""
    known = {job.name: job for job in jobs}
    # A job that was taken out since is waited for no more.
    waits = {name: tuple(one for one in after.get(name, ()) if one in known) for name in known}
    try:
        sequence = tuple(TopologicalSorter(waits).static_order())
    except CycleError:
        raise Problems(["manifest.json: jobs wait for each other in a circle. Promote them again."]) from None
    return tuple(replace(known[name], after=waits[name]) for name in sequence)
