"""The graph as lines of text: what each job reads and writes, and who reads that."""

from __future__ import annotations

from collections.abc import Iterator

from dli_provider.graph.picture import Arrow, ArrowFate, Box, Graph


def lines(graph: Graph) -> Iterator[str]:
    """A paragraph for each job, by name."""
    by_key = {box.key: box for box in graph.boxes}
    for job in (box for box in graph.boxes if box.is_job):
        yield job.name + (f": {job.note}" if job.note else "")
        for arrow in graph.arrows:
            if arrow.target == job.key:
                yield f"  reads  {by_key[arrow.source].name}{_marked(arrow)}"
        for arrow in graph.arrows:
            if arrow.source == job.key:
                yield f"  writes {by_key[arrow.target].name}{_marked(arrow)}{_readers(arrow, graph, by_key)}"
    for name in graph.unread:
        yield f"The SQL of {name} is not understood; arrows may be missing."


def readers(graph: Graph) -> tuple[str, ...]:
    """Which jobs that nothing is done to read what others of the graph write, a sentence each."""
    by_key = {box.key: box for box in graph.boxes}
    found = []
    for job in (box for box in graph.boxes if box.outside):
        for read in (arrow for arrow in graph.arrows if arrow.target == job.key):
            writers = [
                by_key[each.source].name
                for each in graph.arrows
                if each.target == read.source and not by_key[each.source].outside
            ]
            if writers:
                verb = "write" if len(writers) > 1 else "writes"
                found.append(
                    f"{job.name} reads {by_key[read.source].name}, which {' and '.join(writers)} {verb}"
                )
    return tuple(found)


def _marked(arrow: Arrow) -> str:
    fate = f" ({arrow.fate.value})" if arrow.fate is not ArrowFate.STAYS else ""
    return fate + (f", {arrow.note}" if arrow.note else "")


def _readers(arrow: Arrow, graph: Graph, by_key: dict[str, Box]) -> str:
    names = [by_key[each.target].name for each in graph.arrows if each.source == arrow.target]
    return f" -> {', '.join(names)}" if names else ""
