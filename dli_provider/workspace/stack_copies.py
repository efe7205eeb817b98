"""Copies of a stack, for review: made and removed through Pulumi. Touches nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from dli_provider.promotion.environment import REVIEW_OF, WITHOUT
from dli_provider.promotion.problems import Problems
from dli_provider.workspace import Failed, Tell, Unusable, pulumi_command
from dli_provider.workspace.access import in_its_place
from dli_provider.workspace.deployments import deploy, destroy
from dli_provider.workspace.new_stack import with_config_of
from dli_provider.workspace.project import Project
from dli_provider.workspace.stack import Stack


def create_copy(
    name: str, origin: str, *, running: bool = False, without: Sequence[str] = (), tell: Tell
) -> None:
    """Declare the jobs of a stack once more, as stack `name`. What was made is removed when that fails."""
    project = Project.here()
    # Before anything is made: there has to be such a stack, and a copy belongs where its jobs are.
    in_its_place(project.stack(origin))
    if name in {stack.name.rpartition("/")[2] for stack in Stack.all(project.layout.root)}:
        raise Unusable(f"there is a stack {name} already. Remove it, or choose another name.")
    own = project.layout.project
    settings = {f"{own}:{REVIEW_OF}": origin, f"{own}:desired_state": "running" if running else "stopped"}
    if without:
        settings[f"{own}:{WITHOUT}"] = ",".join(without)
    copy = Stack(name, project.layout.root)
    try:
        with_config_of(project, origin, name)
        for key, value in settings.items():
            pulumi_command.run(copy.folder, "config", "set", key, value, "--stack", name)
        deploy(copy, tell)
    except (Failed, Unusable, Problems):
        # Half a copy is of no use, and its jobs would cost money that nobody looks after.
        _remove(project, copy, tell)
        raise


def destroy_copy(name: str, tell: Tell) -> None:
    """Delete the jobs of a copy, the stack and its config. Raises Failed for a stack that is no copy."""
    project = Project.here()
    copy = project.stack(name)
    # The one thing that keeps `preview-stack destroy prod` from doing so.
    if f"{project.layout.project}:{REVIEW_OF}" not in copy.config:
        raise Failed(f"{name} is no copy of a stack, and so not ours to remove.")
    _remove(project, copy, tell)


def _remove(project: Project, copy: Stack, tell: Tell) -> None:
    """The jobs first: while there is one, stack and config stay, so that it can be tried again."""
    if copy.name in {stack.name for stack in Stack.all(copy.folder)}:
        destroy(copy, tell)
        # Removing any stack leaves none selected; a person's own choice is put back.
        stacks = pulumi_command.ask(copy.folder, "stack", "ls", "--json")
        selected = [str(each["name"]) for each in stacks if each["current"] and each["name"] != copy.name]
        pulumi_command.run(copy.folder, "stack", "rm", copy.name, "--yes", "--preserve-config")
        for name in selected:
            pulumi_command.run(copy.folder, "stack", "select", name)
    project.layout.path(project.layout.config_file(copy.name)).unlink(missing_ok=True)
