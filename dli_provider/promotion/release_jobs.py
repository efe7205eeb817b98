"""The jobs that an environment and a release make. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dli_provider.likeness import likeliest
from dli_provider.promotion.environment import SQL, Environment, Placement
from dli_provider.promotion.placeholders import fill, in_secret_places
from dli_provider.promotion.problems import collecting
from dli_provider.promotion.release import Definition, Release


@dataclass(frozen=True)
class StackJob:
    """One job to declare. `arguments` are all but the SQL, which is `secret` where a secret value is part of it.

    `after` are the jobs that must be deployed before it.
    """

    name: str
    arguments: Mapping[str, object]
    sql_body: str = field(repr=False)
    secret: bool
    after: tuple[str, ...] = ()


def pipeline(environment: Environment, release: Release) -> tuple[StackJob, ...]:
    """The jobs of a stack. Raises Problems for everything in which release and environment do not match."""
    with collecting() as problems:
        problems.extend(_disagreements(environment, release))
    return tuple(_job(definition, environment) for definition in release.jobs)


def _job(definition: Definition, environment: Environment) -> StackJob:
    place = environment.placement(definition.name)
    names = {placeholder.name for placeholder in definition.placeholders}
    return StackJob(
        definition.name,
        {"name": definition.name, **_scaled(definition.settings, place), **place.arguments()},
        fill(definition.sql, definition.placeholders, environment.values),
        secret=bool(names & environment.secrets),
    )


def _scaled(settings: Mapping[str, object], place: Placement) -> Mapping[str, object]:
    parallel = settings.get("parallel_number", 1)
    # A parallel_number of a wrong type is left as it is: the check of arguments reports it by name.
    if place.scale == 1 or not isinstance(parallel, int):
        return settings
    return {**settings, "parallel_number": parallel * place.scale}


def _disagreements(environment: Environment, release: Release) -> Iterator[str]:
    stack, config = environment.stack, environment.file
    jobs = [definition.name for definition in release.jobs]
    # Most likely a misspelt name, whose job would silently be treated like all others.
    for name in sorted(environment.single.keys() - set(jobs)):
        yield f"{config}: jobs.{name} is for no job of {release.folder}. {likeliest(name, jobs)}"
    uses = _uses(release)
    for name, use in uses.items():
        command = f"pulumi config set {'--secret ' if use.secret else ''}{SQL}:{name} --stack {stack}"
        if name not in environment.values:
            yield f"{use.file}, line {use.line}: @{{{name}}} has no value in {config}. Set it: {command}"
        # Where a secret belongs, a plain value would stand in the config file, and so in git.
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
            # One place where it is a secret is enough, and the message names that place.
            if place.name not in found or (place.name in secret and not found[place.name].secret):
                found[place.name] = _Use(definition.sql_file, place.line, place.name in secret)
    return found
