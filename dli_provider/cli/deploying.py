"""Deploys a stack through Pulumi's automation API, with the engine's own progress, and watches what was deployed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from dli_provider.cli import engine
from dli_provider.cli.stack import Stack
from dli_provider.lifecycle.waiting import Clock, SystemClock
from dli_provider.promotion.gate import Check

Tell = Callable[[str], None]
_GLANCE = 10.0


def deploy(stack: Stack, tell: Tell) -> None:
    """`pulumi up`. Raises Failed when it fails; what the engine says is told as it says it."""
    from pulumi import automation

    engine_beside_us = str(Path(sys.prefix) / "bin")
    os.environ["PATH"] = os.pathsep.join([engine_beside_us, os.environ.get("PATH", os.defpath)])

    def say(text: str) -> None:
        tell(text.rstrip("\n"))

    # The automation API selects the stack that it works on; a person's own choice is put back.
    before = _selected(stack)
    workspace = automation.LocalWorkspace(work_dir=str(stack.folder))
    try:
        automation.Stack.select(stack.name, workspace).up(on_output=say, on_error=say, color="never")
    except automation.CommandError:
        raise engine.Failed(f"the deployment of stack {stack.name} failed; its own words are above") from None
    finally:
        if before and before != stack.name:
            workspace.select_stack(before)


def soak_in(look: Callable[[], Sequence[Check]], tell: Tell, clock: Clock | None = None) -> None:
    """Wait until every check says yes. Raises Failed as soon as waiting cannot help: a job failed, or was restarted."""
    clock, said = clock or SystemClock(), ""
    while waiting := [check for check in look() if not check.passed]:
        hopeless = next((check for check in waiting if not check.wait), None)
        if hopeless:
            raise engine.Failed(f"the canary is not well: {hopeless.subject}: {hopeless.reason}")
        if waiting[0].reason != said:
            tell(f"{waiting[0].subject}: {waiting[0].reason}")
        said = waiting[0].reason
        clock.sleep(min(_GLANCE, max(check.wait for check in waiting)))
    tell("The canary has soaked.")


def _selected(stack: Stack) -> str | None:
    stacks = engine.ask(stack.folder, "stack", "ls", "--json")
    return next((str(each["name"]) for each in stacks if each["current"]), None)
