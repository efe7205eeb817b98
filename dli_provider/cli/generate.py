"""`dli generate`: live jobs written as a Pulumi program that adopts them. Writes files, and nothing at DLI."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dli_provider.workspace.place import connected, selected, stack_option

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.api.job_answers import LiveJob
    from dli_provider.generate.declaring import JobDeclaration
    from dli_provider.generate.tfstate import Managed

_PROGRAM = "jobs.py"
_AT_ONCE = 8


@dataclass
class _Chosen:
    """The jobs to declare, each with its tags and, where it is not the job's, the name of its resource; and why others
    are left out."""

    jobs: list[tuple[LiveJob, Mapping[str, str], str]] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)


@click.command("generate")
@click.option("--job", "wanted", multiple=True, metavar="NAME|ID", help="A job; may be given several times.")
@click.option("--all", "everything", is_flag=True, help="Every SQL job that no stack owns.")
@click.option("--queue", help="Every SQL job on this queue that no stack owns.")
@click.option(
    "--from-tfstate",
    "tfstate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The jobs in a Terraform state file; also tells how Terraform lets them go.",
)
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write to."
)
@click.option("--force", is_flag=True, help="Write over the files of an earlier run.")
@click.option("--set-secrets", is_flag=True, help="Put the secrets into the config of --stack, encrypted.")
@click.option("--json", "as_json", is_flag=True, help="Say what was written as JSON.")
@stack_option
def group(
    wanted: tuple[str, ...],
    everything: bool,
    queue: str | None,
    tfstate: Path | None,
    out: Path,
    force: bool,
    set_secrets: bool,
    as_json: bool,
    stack: str | None,
) -> None:
    """Write live jobs as a Pulumi program that takes them over.

    OUT gets jobs.py, which declares them, and an .sql file for each. Secrets in SQL are taken out; the program reads
    them from the stack's config. `pulumi up` then adopts the jobs as they are: it changes nothing at DLI.
    """
    if sum(map(bool, (wanted, everything, queue, tfstate))) != 1:
        raise click.UsageError(
            "say which jobs: --job, --all, --queue or --from-tfstate, and just one of them"
        )
    if set_secrets and not stack:
        raise click.UsageError("--set-secrets needs --stack")
    if (out / _PROGRAM).exists() and not force:
        raise click.UsageError(f"{out / _PROGRAM} is there already; write over it with --force")
    from dli_provider.generate.declaring import declare
    from dli_provider.generate.extraction import Secrets
    from dli_provider.generate.python_text import NAMESPACE, program, sql_files
    from dli_provider.generate.tfstate import managed_jobs

    managed = managed_jobs(tfstate.read_text(encoding="utf-8"), str(tfstate)) if tfstate else ()
    chosen_stack = selected(stack)
    with connected(chosen_stack) as api:
        chosen = _managed(api, managed) if tfstate else _chosen(api, wanted, queue)
    secrets = Secrets()
    declarations = [declare(live, tags, secrets, name) for live, tags, name in chosen.jobs]
    if declarations:
        out.mkdir(parents=True, exist_ok=True)
        (out / _PROGRAM).write_bytes(program(declarations).encode())
        for name, text in sql_files(declarations).items():
            (out / name).write_bytes(text.encode())
    if set_secrets and chosen_stack:
        for name, value in secrets.values.items():
            chosen_stack.set_secret(f"{NAMESPACE}:{name}", value)
    keys = [] if set_secrets else [f"{NAMESPACE}:{name}" for name in secrets.values]
    report = _json if as_json else _text
    for line in report(out, declarations, chosen.left, keys, managed):
        click.echo(line)
    if not declarations:
        raise SystemExit(1)


def _chosen(api: Client, wanted: Sequence[str], queue: str | None) -> _Chosen:
    """The SQL jobs that were named, or all that no stack owns. Raises NotFound for a name that no job has."""
    from dli_provider.errors import NotFound

    live = list(api.list_all(queue_name=queue, show_detail=True))
    if wanted:
        known = {key: job for job in live for key in (job.name, str(job.job_id))}
        if missing := [each for each in wanted if each not in known]:
            reasons = [f"DLI has no job with the id or name {each!r} in this project" for each in missing]
            raise NotFound("generate", reasons, remedy="list them with `dli status`")
        live = list({known[each].job_id: known[each] for each in wanted}.values())
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
    from dli_provider.job.wire import EVERY_JOB
    from dli_provider.plan.ownership import RESERVED_PREFIX, owner_of
    from dli_provider.run.look import tags_of

    chosen = _Chosen()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        tags = pool.map(lambda job: tags_of(api, job[0].job_id), jobs)
        for (live, name), found in zip(jobs, tags, strict=True):
            shown = f"{live.name} (job {live.job_id})"
            if live.job_type not in EVERY_JOB:
                chosen.left[shown] = f"it is a {live.job_type}, not a Flink SQL job"
            elif not owned and any(key.startswith(f"{RESERVED_PREFIX}stack") for key in found):
                chosen.left[shown] = f"it belongs to {owner_of(found)}"
            else:
                chosen.jobs.append((live, found, name))
    return chosen


def _text(
    out: Path,
    declarations: Sequence[JobDeclaration],
    left: Mapping[str, str],
    keys: Sequence[str],
    managed: Sequence[Managed],
) -> Iterator[str]:
    if declarations:
        yield f"wrote {out / _PROGRAM} and the SQL of {len(declarations)} jobs beside it"
    else:
        yield "nothing was written: there is no job to declare"
    for name, why in left.items():
        yield f"left out: {name}: {why}"
    for one in declarations:
        for problem in one.problems:
            yield f"look at {one.resource}: DLI has it as it is, but {problem}"
    if keys:
        yield "secrets were taken out of the SQL; put them into the stack's config, each as it stands in the job's SQL:"
        yield from (f"    pulumi config set --secret {key}" for key in keys)
    if not declarations:
        return
    module = ".".join([*(part for part in out.parts if part not in (".", "/")), Path(_PROGRAM).stem])
    yield f"next: `import {module}` in the program, and `pulumi preview`: every job is adopted, and nothing is changed"
    if managed:
        yield "then let Terraform forget them, which touches no job:"
        yield from (f"    {each.let_go}" for each in managed)


def _json(
    out: Path,
    declarations: Sequence[JobDeclaration],
    left: Mapping[str, str],
    keys: Sequence[str],
    managed: Sequence[Managed],
) -> Iterator[str]:
    jobs = [
        {"resource": one.resource, "job_id": one.job_id, "problems": [*one.problems]} for one in declarations
    ]
    program = str(out / _PROGRAM) if declarations else None
    commands = [each.let_go for each in managed]
    yield json.dumps(
        {"program": program, "jobs": jobs, "left_out": left, "secrets": [*keys], "terraform": commands},
        indent=2,
    )
