"""Where a command speaks to: the DLI of a stack, or the one that the environment names."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.workspace.stack import Stack

Command = TypeVar("Command", bound=Callable[..., Any])


def stack_option(command: Command) -> Command:
    """`--stack`, for commands that can do without."""
    return click.option(
        "--stack", help="Stack whose DLI, credentials and jobs are meant; left out, those of the environment."
    )(command)


def selected(name: str | None) -> Stack | None:
    """The stack of this name; None without a name."""
    from dli_provider.workspace.stack import Stack

    return Stack.select(name) if name else None


def connected(stack: Stack | None) -> Client:
    """A client for the DLI of the stack, or of the environment (`DLI_ENDPOINT`, `HW_REGION_NAME` ...). Close it."""
    from dli_provider.connect import connect
    from dli_provider.settings import Settings

    return connect(stack.settings() if stack else Settings.from_config(lambda _: None, os.environ))
