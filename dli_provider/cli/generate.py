"""`dli generate`: live jobs written as a Pulumi program that adopts them. Lays out what was written, and what next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dli_provider.cli.documents import say_document
from dli_provider.cli.options import chosen, no_stack_option, stack_option
from dli_provider.cli.screen import counted, say

if TYPE_CHECKING:
    from dli_provider.workspace.generating import Generated


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
    "--from-stack",
    "bridged",
    metavar="FILE|STACK",
    help="The jobs of a Pulumi stack that has them by pulumi-huaweicloud: its export, or its name.",
)
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write to."
)
@click.option("--force", is_flag=True, help="Write over the files of an earlier run.")
@click.option("--set-secrets", is_flag=True, help="Put the secrets into the config of the stack, encrypted.")
@click.option(
    "--door",
    type=click.Choice(["dynamic", "plugin"]),
    default="dynamic",
    show_default=True,
    help="How the program declares them: by dli_provider, or by the plugin's own package, pulumi_dli.",
)
@click.option("--json", "as_json", is_flag=True, help="Say what was written as JSON.")
@no_stack_option
@stack_option
def group(
    wanted: tuple[str, ...],
    everything: bool,
    queue: str | None,
    tfstate: Path | None,
    bridged: str | None,
    out: Path,
    force: bool,
    set_secrets: bool,
    door: str,
    as_json: bool,
    stack: str | None,
    no_stack: bool,
) -> None:
    """Write live jobs as a Pulumi program that takes them over.

    OUT gets jobs.py, which declares them, and an .sql file for each. Secrets in SQL are taken out; the program reads
    them from the stack's config. `pulumi up` then adopts the jobs as they are: it changes nothing at DLI.
    """
    if sum(map(bool, (wanted, everything, queue, tfstate, bridged))) != 1:
        raise click.UsageError(
            "say which jobs: --job, --all, --queue, --from-tfstate or --from-stack, and just one of them"
        )
    from dli_provider.workspace.generating import PROGRAM, generate

    # The file is the user's to edit once it is written.
    if (out / PROGRAM).exists() and not force:
        raise click.UsageError(f"{out / PROGRAM} is there already; write over it with --force")
    picked = chosen(stack, no_stack)
    # Without a stack there is no config that could take them.
    if set_secrets and picked is None:
        raise click.UsageError("--set-secrets needs a stack: name one with --stack")
    found = generate(
        out,
        picked,
        wanted=wanted,
        queue=queue,
        tfstate=tfstate,
        bridged=bridged,
        set_secrets=set_secrets,
        door=door,
    )
    found.write()
    if as_json:
        say_document("generate", _facts(found))
    else:
        say("\n".join(_text(found)))
    # Also beside JSON: whoever reads only the program finds it there as a comment.
    for one in found.declarations:
        if one.unsaid:
            say(f"{one.resource}: {one.unsaid}", err=True)
    # Exit code 1, so that a script does not go on with an old file.
    if not found.declarations:
        raise SystemExit(1)


def _text(found: Generated) -> Iterator[str]:
    if found.declarations:
        yield f"wrote {found.program} and the SQL of {counted(len(found.declarations), 'job')} beside it"
    else:
        yield "nothing was written: there is no job to declare"
    for name, why in found.left.items():
        yield f"left out: {name}: {why}"
    for one in found.declarations:
        for problem in one.problems:
            yield f"look at {one.resource}: DLI has it as it is, but {problem}"
    if found.keys:
        yield "secrets were taken out of the SQL; put them into the stack's config, each as it stands in the job's SQL:"
        yield from (f"    pulumi config set --secret {key}" for key in found.keys)
    if not found.declarations:
        return
    folders = (part for part in found.program.parent.parts if part not in (".", "/"))
    module = ".".join([*folders, found.program.stem])
    yield f"next: `import {module}` in the program, and `pulumi preview`: every job is adopted, and nothing is changed"
    if found.managed:
        yield "then let go of them where they were, which touches no job, and only then take them out of that program:"
        yield from (f"    {each.let_go}" for each in found.managed)


def _facts(found: Generated) -> dict[str, Any]:
    jobs = [
        {
            "resource": one.resource,
            "job_id": str(one.job_id),
            "problems": [*one.problems],
            "beyond": [*one.beyond],
        }
        for one in found.declarations
    ]
    program = str(found.program) if found.declarations else None
    commands = [each.let_go for each in found.managed]
    facts = {"program": program, "jobs": jobs, "left_out": found.left}
    return {**facts, "secrets": [*found.keys], "let_go": commands}
