"""The pipeline of a stack: an environment and a release make jobs. Pure but for `stack_jobs`, which reads the files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from dli_provider.promotion.environment import SQL, Environment, Place
from dli_provider.promotion.layout import Layout
from dli_provider.promotion.manifest import read_manifest
from dli_provider.promotion.mistakes import Mistakes, collecting, likeliest
from dli_provider.promotion.placeholders import fill, in_secret_places
from dli_provider.promotion.release import Definition, Release, read_release
from dli_provider.promotion.review_stack import for_review


@dataclass(frozen=True)
class Job:
    """One job to declare. `arguments` are all but the SQL, which is `secret` where a secret value is part of it.

    `after` are the jobs that must be deployed before it.
    """

    name: str
    arguments: Mapping[str, object]
    sql_body: str = field(repr=False)
    secret: bool
    after: tuple[str, ...] = ()


def stack_jobs(
    layout: Layout,
    stack: str,
    config: Mapping[str, str],
    secrets: Collection[str] = (),
    releases: Path | None = None,
) -> tuple[Job, ...]:
    """The jobs that a stack of a project declares, in the order in which to declare them; `config` maps whole keys to
    texts, `secrets` names the encrypted ones. `releases` is another folder of releases to read from; left out, it may
    be named by the environment. Raises Mistakes.
    """
    environment = Environment.from_config(layout.project, stack, config, secrets, layout.config_file(stack))
    source = environment.review_of or stack
    folder = layout.release_to_read(source, releases)
    jobs = pipeline(environment, read_release(folder, layout.release(source)))
    if environment.review_of:
        return for_review([job for job in jobs if job.name not in environment.without], stack)
    file = folder / "manifest.json"
    if not file.is_file():
        return jobs
    return in_order(jobs, read_manifest(file.read_text(encoding="utf-8"), layout.manifest(stack)).after)


def in_order(jobs: tuple[Job, ...], after: Mapping[str, Sequence[str]]) -> tuple[Job, ...]:
    """The jobs in an order in which each comes after those that it waits for. Raises Mistakes for a circle."""
    known = {job.name: job for job in jobs}
    waits = {name: tuple(one for one in after.get(name, ()) if one in known) for name in known}
    try:
        sequence = tuple(TopologicalSorter(waits).static_order())
    except CycleError:
        raise Mistakes(["manifest.json: jobs wait for each other in a circle. Promote them again."]) from None
    return tuple(replace(known[name], after=waits[name]) for name in sequence)


def pipeline(environment: Environment, release: Release) -> tuple[Job, ...]:
    """The jobs of a stack. Raises Mistakes for whatever the two do not agree on."""
    with collecting() as mistakes:
        mistakes.extend(_disagreements(environment, release))
    return tuple(_job(definition, environment) for definition in release.jobs)


def _job(definition: Definition, environment: Environment) -> Job:
    place = environment.place(definition.name)
    names = {placeholder.name for placeholder in definition.placeholders}
    return Job(
        definition.name,
        {"name": definition.name, **_scaled(definition.settings, place), **place.arguments()},
        fill(definition.sql, definition.placeholders, environment.values),
        secret=bool(names & environment.secrets),
    )


def _scaled(settings: Mapping[str, object], place: Place) -> Mapping[str, object]:
    parallel = settings.get("parallel_number", 1)
    if place.scale == 1 or not isinstance(parallel, int):
        return settings
    return {**settings, "parallel_number": parallel * place.scale}


def _disagreements(environment: Environment, release: Release) -> Iterator[str]:
    stack, config = environment.stack, environment.file
    jobs = [definition.name for definition in release.jobs]
    for name in sorted(environment.single.keys() - set(jobs)):
        yield f"{config}: jobs.{name} is for no job of {release.folder}. {likeliest(name, jobs)}"
    uses = _uses(release)
    for name, use in uses.items():
        command = f"pulumi config set {'--secret ' if use.secret else ''}{SQL}:{name} --stack {stack}"
        if name not in environment.values:
            yield f"{use.file}, line {use.line}: @{{{name}}} has no value in {config}. Set it: {command}"
        elif use.secret and name not in environment.secrets:
            yield f"{config}: {SQL}:{name} is a secret in {use.file}. Encrypt it: {command}"
    for name in sorted(environment.values.keys() - uses.keys()):
        yield (
            f"{config}: {SQL}:{name} is used by no SQL in {release.folder}. "
            f"Remove it: pulumi config rm {SQL}:{name} --stack {stack}"
        )


@dataclass(frozen=True)
class _Use:
    """Where a placeholder stands first, or first in the place of a secret."""

    file: str
    line: int
    secret: bool


def _uses(release: Release) -> Mapping[str, _Use]:
    found: dict[str, _Use] = {}
    for definition in release.jobs:
        secret = in_secret_places(definition.sql, definition.placeholders)
        for place in definition.placeholders:
            if place.name not in found or (place.name in secret and not found[place.name].secret):
                found[place.name] = _Use(definition.sql_file, place.line, place.name in secret)
    return found
