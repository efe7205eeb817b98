"""`dli init`: begins a project that works. Lays out what was written, and the commands that come next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dli_provider.cli.screen import counted, say
from dli_provider.emulator import DEFAULT_PORT

if TYPE_CHECKING:
    from dli_provider.workspace.generating import Generated
    from dli_provider.workspace.new_project import NewProject
    from dli_provider.workspace.new_stack import NewStack


@click.command("init")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", help="Name of the project.  [default: the folder's]")
@click.option("--from-live", is_flag=True, help="Declare the live SQL jobs that no stack owns.")
@click.option("--queue", help="The same, of the jobs on this queue.")
@click.option(
    "--from-tfstate",
    "tfstate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Declare the jobs in a Terraform state file, as `dli generate` does.",
)
@click.option(
    "--from-stack",
    "bridged",
    metavar="FILE",
    help="Declare the jobs in the export of a Pulumi stack that has them by pulumi-huaweicloud.",
)
@click.option(
    "--stack", metavar="NAME", help="Make a further stack of the project around this folder instead."
)
@click.option(
    "--like", metavar="STACK", help="Whose config that stack begins with.  [default: the one before it]"
)
def group(
    folder: Path,
    name: str | None,
    from_live: bool,
    queue: str | None,
    tfstate: Path | None,
    bridged: str | None,
    stack: str | None,
    like: str | None,
) -> None:
    """Begin a Pulumi project in DIR: its program, a stack, a job with SQL, settings and a test, a recipe for CI.

    It runs on a local DLI of its own as it is. With --from-live, --queue, --from-tfstate or --from-stack it declares
    jobs of the DLI that the environment names (HW_REGION_NAME, HW_PROJECT_ID ...) instead. Nothing is written over.
    """
    live = sum(map(bool, (from_live or queue, tfstate, bridged)))
    if live > 1:
        raise click.UsageError("--from-live, --from-tfstate and --from-stack exclude each other")
    if stack:
        if name or live or folder != Path():
            raise click.UsageError(
                "--stack makes a stack of the project around this folder; take the rest out"
            )
        from dli_provider.workspace.new_stack import add_stack

        say("\n".join(_next_stack(add_stack(stack, like))))
        return
    if like:
        raise click.UsageError("--like says whose config a further stack begins with; name it with --stack")
    from dli_provider.workspace.new_project import begin, project_name

    chosen = project_name(folder, name)
    if live:
        _of_live_jobs(folder, chosen, queue, tfstate, bridged)
    else:
        say("\n".join(_next(begin(folder, chosen, local_port=DEFAULT_PORT))))


def _of_live_jobs(
    folder: Path, name: str, queue: str | None, tfstate: Path | None, bridged: str | None
) -> None:
    from dli_provider.workspace import Failed
    from dli_provider.workspace.access import place_of_environment
    from dli_provider.workspace.generating import generate
    from dli_provider.workspace.new_project import begin

    # Asked first: where DLI cannot be asked, or has nothing to declare, nothing is to be written.
    where = place_of_environment()
    found = generate(folder / "live", None, queue=queue, tfstate=tfstate, bridged=bridged)
    if not found.declarations:
        raise Failed("\n".join(_nothing(found, queue, str(tfstate or bridged or ""))))
    made = begin(folder, name, where=where, beside=[path.relative_to(folder) for path in found.texts])
    found.write()
    say("\n".join(_next(made, found)))


def _nothing(found: Generated, queue: str | None, file: str) -> Iterator[str]:
    where = f"of {file}" if file else f"on queue {queue}" if queue else "in this project"
    yield f"DLI has no SQL job {where} that no stack owns, so there is nothing to declare, and nothing was written"
    for job, why in found.left.items():
        yield f"    {job}: {why}"
    yield "What to do: see what there is with `dli status --all --no-stack`; or begin with a sample job: `dli init`"


def _next(made: NewProject, found: Generated | None = None) -> Iterator[str]:
    yield f"wrote project {made.name} in {made.folder}: {', '.join(made.files)}"
    if found is not None:
        for job, why in found.left.items():
            yield f"left out: {job}: {why}"
        yield f"declared {counted(len(found.declarations), 'live job')} in {found.program}"
    begin = [f"cd {shlex.quote(str(made.folder))}"] if str(made.folder) != "." else []
    begin.append(". ./.envrc")
    if made.port is not None:
        begin.append("dli emulator start")
    if not made.stack_made:
        yield "pulumi is not on PATH, so stack dev is not made yet: install it, https://www.pulumi.com/docs/install/"
        begin.append("pulumi stack select --create dev")
    yield "next:"
    yield f"    {' && '.join(begin)}"
    if found is not None:
        # Taken out of the SQL: without them the program does not run.
        yield from (f"    pulumi config set --secret {key}" for key in found.keys)
    yield "    pulumi up"
    if found is None:
        yield "then: `dli status`; edit stacks/releases/dev/, and `dli review` says what that would do"
        return
    yield "every job is adopted as it is, without a write; `dli status` calls it unclaimed until a change marks it"
    if found.managed:
        yield "then let go of them where they were, which touches no job, and only then take them out of that program:"
        yield from (f"    {each.let_go}" for each in found.managed)


def _next_stack(made: NewStack) -> Iterator[str]:
    yield f"made stack {made.name}, and {made.file} like that of {made.like}: look through it"
    if made.project_id:
        yield f"its jobs are apart from those of {made.like} on the local DLI: dli:projectId is {made.project_id}"
    else:
        yield f"it names the DLI project of {made.like}, where no two jobs have one name: set dli:projectId to its own"
    if made.secrets:
        yield f"its secrets are those of {made.like}, too: {', '.join(made.secrets)}"
    if made.before:
        yield "next: commit it, and"
        yield f"    dli promote {made.before} {made.name}"
    elif made.route:
        yield f"nothing is promoted to it: {made.route} does not name it after another stack"
