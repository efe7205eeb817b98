"""A further stack of a project, with a config like that of one that is there. Writes nothing over."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import yaml  # type: ignore[import-untyped]  # comes with Pulumi, without types

from dli_provider.promotion.environment import ONE_JOB
from dli_provider.promotion.problems import mapping_of
from dli_provider.settings import is_local
from dli_provider.workspace import Unusable, pulumi_command
from dli_provider.workspace.folder import configured_stacks
from dli_provider.workspace.new_project import own_project_id
from dli_provider.workspace.project import Project

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_BOUND = ("dli:reviewed", "dli:movedFrom")
"""What the origin's config says of one deployment of its own."""


@dataclass(frozen=True)
class NewStack:
    """What was made: the stack, its config, the stack that this is like. `project_id` is the new one of a stack on the
    local DLI; None elsewhere, where only its owner can name one. `before` is the stack that releases come from."""

    name: str
    file: str
    like: str
    project_id: str | None
    secrets: tuple[str, ...]
    before: str | None
    route: str


def add_stack(name: str, like: str | None = None) -> NewStack:
    """Make a stack with a config like that of another: by default that which releases come from, or the only one.

    What the other's config says of single live jobs for once, such as a consent, stays there. Raises Unusable, before
    anything is made, where there is such a stack or config already; Problems; Failed with the engine's words.
    """
    if not _NAME.fullmatch(name):
        raise Unusable(f"{name!r} cannot be the name of a stack: take letters, digits, - and _")
    project = Project.here()
    layout, written = project.layout, configured_stacks(project.layout.root)
    file = layout.config_file(name)
    if name in written:
        raise Unusable(
            f"{file} is there already, and nothing is written over: `pulumi stack init {name}` makes its stack"
        )
    path = project.route.stacks if layout.path(layout.route).is_file() else ()
    before = path[path.index(name) - 1] if name in path[1:] else None
    origin = like or _origin([before] if before in written else written)
    project.stack(origin)
    with_config_of(project, origin, name)
    config = layout.path(file)
    held = mapping_of(config, file)
    configured = held.get("config")
    kept = lasting(configured if isinstance(configured, dict) else {}, layout.project)
    project_id = own_project_id(f"{layout.project}-{name}") if _on_local_dli(kept) else None
    if project_id:
        kept["dli:projectId"] = project_id
    config.write_text(yaml.safe_dump({**held, "config": kept}, sort_keys=False), encoding="utf-8")
    secrets = tuple(key for key, value in kept.items() if isinstance(value, dict) and "secure" in value)
    return NewStack(name, file, origin, project_id, secrets, before, layout.route if path else "")


def with_config_of(project: Project, original: str, name: str) -> None:
    """A new stack with the config of the original, which the engine encrypts again."""
    folder, file = project.layout.root, project.layout.path(project.layout.config_file(original))
    held = mapping_of(file)
    provider = ["--secrets-provider", str(held["secretsprovider"])] if "secretsprovider" in held else []
    pulumi_command.run(
        folder, "stack", "init", name, "--copy-config-from", original, "--no-select", *provider
    )


def _origin(written: Iterable[str]) -> str:
    names = list(written)
    if len(names) != 1:
        raise Unusable(
            f"say with --like whose config it is to have: {', '.join(names) or 'there is none yet'}"
        )
    return names[0]


def lasting(config: Mapping[str, object], project: str) -> dict[str, object]:
    """A config without what concerns one live job once: another stack's jobs would lose state by it."""
    once = {f"{project}:{name}" for name in ONE_JOB} | set(_BOUND)
    kept = {key: value for key, value in config.items() if key not in once}
    jobs = kept.get(f"{project}:jobs")
    if isinstance(jobs, str):  # as `pulumi config set` without --path writes it
        with suppress(ValueError):
            jobs = json.loads(jobs)
    if isinstance(jobs, dict):
        left = {
            job: {name: value for name, value in changes.items() if name not in ONE_JOB}
            for job, changes in jobs.items()
            if isinstance(changes, dict)
        }
        kept[f"{project}:jobs"] = {job: changes for job, changes in left.items() if changes}
    return kept


def _on_local_dli(config: Mapping[str, object]) -> bool:
    endpoint = config.get("dli:endpoint")
    return isinstance(endpoint, str) and is_local(urlsplit(endpoint))
