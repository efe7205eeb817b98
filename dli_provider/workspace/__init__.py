"""A checkout and its stacks: what the engine and DLI say of their jobs, what is proposed and what is deployed.

Decides and acts for the command line, and prints nothing: what there is to say is returned, or passed to a callable of
the caller's. Knows neither `cli` nor the packages that it prints with.
"""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[str], None]
"""Takes what there is to say while something goes on, a line at a time."""


class Unusable(Exception):
    """There is nothing to work with: no project, no stack, no engine, no Flink."""


class Failed(Exception):
    """It was tried and failed; the message is the engine's own where there is one."""
