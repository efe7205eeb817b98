"""Chooses live jobs, and makes a Pulumi program of them that adopts them. Writes files, and nothing at DLI."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dli_provider.errors import NotFound
from dli_provider.generate.declaring import JobDeclaration, declare
from dli_provider.generate.extraction import Secrets
from dli_provider.generate.python_text import NAMESPACE, program, sql_files
from dli_provider.generate.stack_export import bridged_jobs
from dli_provider.generate.tfstate import Managed, managed_jobs
from dli_provider.job.wire import EVERY_JOB
from dli_provider.plan.ownership import RESERVED_PREFIX, owner_of
from dli_provider.promotion.problems import text_of
from dli_provider.run.look import tags_of
from dli_provider.workspace.access import connected
from dli_provider.workspace.pulumi_command import ask

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.api.job_answers import LiveJob
    from dli_provider.workspace.stack import Stack

PROGRAM = "jobs.py"
_AT_ONCE = 8


@dataclass(frozen=True)
class Generated:
    """What is declared in `program`; which jobs were `left` out, and why; which config `keys` wait for their secret;
    the jobs that another tool still manages; and the texts of the files, by their paths."""

    program: Path
    declarations: Sequence[JobDeclaration]
    left: Mapping[str, str]
    keys: Sequence[str]
    managed: Sequence[Managed]
    # As bytes: an SQL text keeps the ends of its lines, or it would be another one.
    texts: Mapping[Path, bytes] = field(repr=False)

    def write(self) -> None:
        """Write the files; none where there is no job to declare."""
        for path, text in self.texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)


@dataclass
class _Chosen:
    """The jobs to declare, each with its tags and, where it is not the job's, the name of its resource; and why others
    are left out."""

    jobs: list[tuple[LiveJob, Mapping[str, str], str]] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)


def generate(
    out: Path,
    stack: Stack | None,
    *,
    wanted: Sequence[str] = (),
    queue: str | None = None,
    tfstate: Path | None = None,
    bridged: str | None = None,
    set_secrets: bool = False,
    door: str = "dynamic",
) -> Generated:
    """The `wanted` jobs, those in a Terraform state, those in a stack of a bridge to it (`bridged`: its export, or its
    name), or else all (of a queue) that no stack owns, as files of the folder `out`, which are not written yet.
    `set_secrets` puts the secrets into the config of the stack. The program declares them by the `door` that is named.
    """
    managed = _managed_elsewhere(tfstate, bridged)
    with connected(stack) as api:
        chosen = _chosen(api, wanted, queue) if managed is None else _managed(api, managed)
    secrets = Secrets()
    declarations = [declare(live, tags, secrets, name) for live, tags, name in chosen.jobs]
    files = {PROGRAM: program(declarations, door), **sql_files(declarations)} if declarations else {}
    if set_secrets and stack:
        for name, value in secrets.values.items():
            stack.set_secret(f"{NAMESPACE}:{name}", value)
    keys = [] if set_secrets else [f"{NAMESPACE}:{name}" for name in secrets.values]
    texts = {out / name: text.encode() for name, text in files.items()}
    return Generated(out / PROGRAM, declarations, chosen.left, keys, managed or (), texts)


def _managed_elsewhere(tfstate: Path | None, bridged: str | None) -> tuple[Managed, ...] | None:
    """The jobs in a state of Terraform, or in a stack of a bridge; None where neither is named."""
    if tfstate:
        return managed_jobs(text_of(tfstate), str(tfstate))
    if not bridged:
        return None
    # A file first: the engine takes any word for a stack, and asks for one in vain.
    if Path(bridged).is_file():
        return bridged_jobs(text_of(Path(bridged)), bridged)
    return bridged_jobs(
        json.dumps(ask(Path.cwd(), "stack", "export", "--stack", bridged)), f"stack {bridged}"
    )


def _chosen(api: Client, wanted: Sequence[str], queue: str | None) -> _Chosen:
    """The SQL jobs that were named, or all that no stack owns. Raises NotFound for a name that no job has."""
    live = list(api.list_all(queue_name=queue, show_detail=True))
    if wanted:
        known = {key: job for job in live for key in (job.name, str(job.job_id))}
        if missing := [each for each in wanted if each not in known]:
            reasons = [f"DLI has no job with the id or name {each!r} in this project" for each in missing]
            raise NotFound("generate", reasons, remedy="list them with `dli status`")
        live = list({known[each].job_id: known[each] for each in wanted}.values())
    # A job named explicitly is taken even if another stack owns it: that is how jobs move between stacks.
    return _with_tags(api, [(job, "") for job in sorted(live, key=lambda job: job.name)], owned=bool(wanted))


def _managed(api: Client, managed: Iterable[Managed]) -> _Chosen:
    live = {job.job_id: job for job in api.list_all(show_detail=True)}
    gone = {
        f"{each.address} (job {each.job_id})": "DLI does not have it"
        for each in managed
        if each.job_id not in live
    }
    there = [(live[each.job_id], each.resource) for each in managed if each.job_id in live]
    chosen = _with_tags(api, there, owned=False)
    return _Chosen(chosen.jobs, {**gone, **chosen.left})


def _with_tags(api: Client, jobs: Sequence[tuple[LiveJob, str]], *, owned: bool) -> _Chosen:
    """The jobs with their tags, without those that are no SQL jobs and, unless `owned`, those that a stack owns."""
    chosen = _Chosen()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        tags = pool.map(lambda job: tags_of(api, job[0].job_id), jobs)
        for (live, name), found in zip(jobs, tags, strict=True):
            shown = f"{live.name} (job {live.job_id})"
            if live.job_type not in EVERY_JOB:
                chosen.left[shown] = f"it is a {live.job_type}, not a Flink SQL job"
            elif not owned and any(key.startswith(f"{RESERVED_PREFIX}stack") for key in found or ()):
                chosen.left[shown] = f"it belongs to {owner_of(found or {})}"
            else:
                chosen.jobs.append((live, found or {}, name))
    return chosen
