"""`dli graph`: which jobs of a stack feed which, and what a deployment would do to each. Lays nothing out itself."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dli_provider.cli.documents import document_text
from dli_provider.cli.options import stack_option
from dli_provider.cli.screen import hide, put, say

if TYPE_CHECKING:  # `--help` does without
    from dli_provider.graph.picture import Graph

FORMATS = {".mmd": "mermaid", ".svg": "svg", ".json": "json"}


@click.command("graph")
@stack_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "svg", "json"]),
    help="Layout.  [default: by the ending of --out, else text]",
)
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write the graph to.")
@click.option("--changes", is_flag=True, help="Only jobs that change, and those that read what they write.")
@click.option("--offline", is_flag=True, help="Ask only the stack's state, not DLI.")
def group(
    stack: str | None, form: str | None, as_json: bool, out: Path | None, changes: bool, offline: bool
) -> None:
    """Draw the jobs of a stack and the tables between them, such as topics of Kafka.

    The colour of a job says what a deployment of the program as it is now would do to it: grey nothing, green a change
    that it runs on through, blue a new job, yellow a restart, red a loss of state, a deletion or a refusal. Only reads.
    """
    if as_json and form not in (None, "json"):
        raise click.UsageError("--json and --format exclude each other")
    from dli_provider.workspace.access import secrets_of
    from dli_provider.workspace.stack import Stack
    from dli_provider.workspace.stack_graph import stack_graph

    chosen = Stack.select(stack)
    hide(secrets_of(chosen))
    graph = stack_graph(chosen, lambda _: None, offline=offline, changes=changes)
    form = "json" if as_json else form or FORMATS.get(out.suffix if out else "", "text")
    if not graph.boxes:
        say(f"stack {chosen.name} has no jobs to draw" + (" that change" if changes else ""), err=True)
    put(laid_out(graph, form, f"Jobs of stack {chosen.name}"), out)


def laid_out(graph: Graph, form: str, title: str) -> str:
    """The graph in one of the formats."""
    if form == "json":
        return document_text("graph", asdict(graph))
    if form == "svg":
        from dli_provider.graph.svg import svg, too_large

        if large := too_large(graph):
            raise click.ClickException(f"{large}; take --changes, or another --format")
        return svg(graph, title)
    if form == "mermaid":
        from dli_provider.graph.mermaid import mermaid

        return mermaid(graph)
    from dli_provider.graph.paragraphs import lines

    return "".join(f"{line}\n" for line in lines(graph))
