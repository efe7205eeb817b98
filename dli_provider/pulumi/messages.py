"""How errors read in a terminal under Pulumi, and who a resource belongs to: what all resources here share."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any

import pulumi

from dli_provider.errors import DliError


def owner_of(resource_name: str, opts: pulumi.ResourceOptions | None) -> pulumi.Input[str]:
    """Who declares a resource. Those of one name are told apart as Pulumi does it, by the types of all parents."""
    stack = f"{pulumi.get_project()}/{pulumi.get_stack()}"
    parent = opts.parent if opts else None
    if parent is None:
        return f"{stack}/{resource_name}"
    name = f"{parent.pulumi_resource_name}.{resource_name}"
    # The output itself would make the resource wait for its parent, and a component waits for its children.
    known: Awaitable[Any] = parent.urn.future()
    urn: pulumi.Output[str] = pulumi.Output.from_input(known)
    return urn.apply(lambda text: f"{stack}/{text.split('::')[2]}::{name}")


@contextmanager
def for_the_terminal() -> Iterator[None]:
    """Turn an error into one that Pulumi prints well: `rolled back: orders (job 7): ...`.

    Pulumi prints an exception's class with its module, and the cause before it; hence a class without either.
    """
    try:
        yield
    except DliError as error:
        kind = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower()
        raise type(kind, (Exception,), {"__module__": "builtins"})(error.text()) from None
