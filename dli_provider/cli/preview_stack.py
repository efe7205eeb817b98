"""`dli preview-stack`: copies of a stack, for review. Makes and removes them through Pulumi; touches nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click
import yaml  # type: ignore[import-untyped]  # comes with Pulumi, without types

from dli_provider.cli.wording import names, refusals_told
from dli_provider.promotion.environment import REVIEW_OF, WITHOUT
from dli_provider.promotion.problems import Problems
from dli_provider.workspace import engine
from dli_provider.workspace.deployments import deploy
from dli_provider.workspace.deployments import destroy as destroy_jobs
from dli_provider.workspace.project import Project
from dli_provider.workspace.stack import Stack


@click.group(name="preview-stack")
def group() -> None:
    """Copies of a stack's jobs under names of their own, to be looked at and thrown away.

    A copy reads with its own consumer groups and writes to its own topics, and is stopped until you run it.
    """


@group.command()
@click.argument("name")
@click.option("--from", "origin", required=True, metavar="STACK", help="The stack to copy.")
@click.option("--running", is_flag=True, help="Run the jobs; they are stopped otherwise.")
@click.option("--without", type=names, default="", metavar="A,B", help="Leave these jobs out.")
@refusals_told
def create(name: str, origin: str, running: bool, without: Sequence[str]) -> None:
    """Declare the jobs of a stack once more, as stack NAME. What was made is removed when that fails."""
    project = Project.here()
    project.stack(origin)
    if name in {stack.name.rpartition("/")[2] for stack in Stack.all(project.layout.root)}:
        raise engine.Unusable(f"there is a stack {name} already. Remove it, or choose another name.")
    own = project.layout.project
    settings = {f"{own}:{REVIEW_OF}": origin, f"{own}:desired_state": "running" if running else "stopped"}
    if without:
        settings[f"{own}:{WITHOUT}"] = ",".join(without)
    copy = Stack(name, project.layout.root)
    try:
        _initialise(project, origin, name, settings)
        deploy(copy, click.echo)
    except (engine.Failed, engine.Unusable, Problems):
        _remove(project, copy)
        raise
    click.echo(f"Stack {name} is a copy of {origin}. Remove it: dli preview-stack destroy {name}")


@group.command()
@click.argument("name")
@refusals_told
def destroy(name: str) -> None:
    """Delete the jobs of a copy, the stack and its config. Topics that its jobs made in Kafka are not removed."""
    project = Project.here()
    copy = project.stack(name)
    if f"{project.layout.project}:{REVIEW_OF}" not in copy.config:
        raise engine.Failed(f"{name} is no copy of a stack, and so not ours to remove.")
    _remove(project, copy)
    click.echo(f"Stack {name} is gone.")


def _initialise(project: Project, original: str, name: str, settings: Mapping[str, str]) -> None:
    """A new stack with the config of the original, which the engine encrypts anew."""
    folder, file = project.layout.root, project.layout.path(project.layout.config_file(original))
    held = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    provider = ["--secrets-provider", held["secretsprovider"]] if "secretsprovider" in held else []
    engine.run(folder, "stack", "init", name, "--copy-config-from", original, "--no-select", *provider)
    for key, value in settings.items():
        engine.run(folder, "config", "set", key, value, "--stack", name)


def _remove(project: Project, copy: Stack) -> None:
    """The jobs first: while there is one, stack and config stay, so that it can be tried again."""
    if copy.name in {stack.name for stack in Stack.all(copy.folder)}:
        destroy_jobs(copy, click.echo)
        # Removing any stack leaves none selected; a person's own choice is put back.
        stacks = engine.ask(copy.folder, "stack", "ls", "--json")
        selected = [str(each["name"]) for each in stacks if each["current"] and each["name"] != copy.name]
        engine.run(copy.folder, "stack", "rm", copy.name, "--yes", "--preserve-config")
        for name in selected:
            engine.run(copy.folder, "stack", "select", name)
    project.layout.path(project.layout.config_file(copy.name)).unlink(missing_ok=True)
