"""The graph of a stack: its jobs, the tables between them, and what a deployment would do to each job. Reads only."""

from __future__ import annotations

from collections.abc import Mapping

from dli_provider.graph.picture import Graph
from dli_provider.review.jobs_around import draw, whole
from dli_provider.review.mask import Mask
from dli_provider.workspace import Tell
from dli_provider.workspace.access import secrets_of
from dli_provider.workspace.reviewing import review_stack
from dli_provider.workspace.stack import Stack


def stack_graph(
    stack: Stack,
    say: Tell,
    *,
    offline: bool = False,
    changes: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Graph:
    """All jobs of a stack; with `changes` only those that change, and the jobs of the project that read from them.

    `environ` is added to the environment that the program runs in.
    """
    report, reviewed = review_stack(stack, say, offline=offline, environ=environ)
    if changes:
        return report.graph or Graph()
    return draw(whole(reviewed), Mask.of([*secrets_of(stack), *stack.settings().secrets]))
