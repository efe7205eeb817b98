"""Deploys a stack through Pulumi's automation API, with the engine's own progress, and watches what was deployed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dli_provider.promotion.gate import Check
from dli_provider.run.waiting import Clock, SystemClock
from dli_provider.workspace import Failed, Tell, pulumi_command
from dli_provider.workspace.stack import Stack

if TYPE_CHECKING:  # it takes half a second to load, and most commands deploy nothing
    from pulumi.automation import Stack as PulumiStack

_GLANCE = 10.0
"""Seconds between two looks at a canary: a job that fails is noticed before it has failed for long."""


def deploy(stack: Stack, tell: Tell) -> None:
    """`pulumi up`. Raises Failed when it fails; what the engine says is passed on as it says it."""
    with _handle(stack, "deployment") as handle:
        handle.up(on_output=_lines(tell), on_error=_lines(tell), color="never")


def destroy(stack: Stack, tell: Tell) -> None:
    """`pulumi destroy`, in the same way."""
    with _handle(stack, "destruction") as handle:
        handle.destroy(on_output=_lines(tell), on_error=_lines(tell), color="never")


@contextmanager
def _handle(stack: Stack, act: str) -> Iterator[PulumiStack]:
    """The stack as the automation API has it, which selects what it works on; a person's own choice is put back."""
    from pulumi.automation import CommandError, LocalWorkspace
    from pulumi.automation import Stack as PulumiStack

    # The automation API looks for the engine on PATH alone; it lies beside our own Python, as in `pulumi_command`.
    beside_us = str(Path(sys.prefix) / "bin")
    os.environ["PATH"] = os.pathsep.join([beside_us, os.environ.get("PATH", os.defpath)])
    stacks = pulumi_command.ask(stack.folder, "stack", "ls", "--json")
    before = next((str(each["name"]) for each in stacks if each["current"]), stack.name)
    workspace = LocalWorkspace(work_dir=str(stack.folder))
    try:
        yield PulumiStack.select(stack.name, workspace)
    except CommandError:
        raise Failed(f"the {act} of stack {stack.name} failed; its own words are above") from None
    finally:
        if before != stack.name:
            workspace.select_stack(before)


def _lines(tell: Tell) -> Tell:
    return lambda text: tell(text.rstrip("\n"))


def soak_in(look: Callable[[], Sequence[Check]], tell: Tell, clock: Clock | None = None) -> None:
    """Wait until every check says yes. Raises Failed as soon as waiting cannot help: a job failed, or was restarted."""
    clock, said = clock or SystemClock(), ""
    while waiting := [check for check in look() if not check.passed]:
        hopeless = next((check for check in waiting if not check.wait), None)
        if hopeless:
            raise Failed(f"the canary is not well: {hopeless.subject}: {hopeless.reason}")
        # Said again only when it changes, so that a soak of an hour is not a page of the same line.
        if waiting[0].reason != said:
            tell(f"{waiting[0].subject}: {waiting[0].reason}")
        said = waiting[0].reason
        clock.sleep(min(_GLANCE, max(check.wait for check in waiting)))
    tell("The canary has soaked.")
