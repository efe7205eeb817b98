"""The graph as SVG, drawn by us: no program and no script is needed for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import pairwise

from dli_provider.graph.layers import Place, Placed, laid_out
from dli_provider.graph.picture import Arrow, ArrowFate, Box, Graph

STYLE = """
.graph text { font: 13px system-ui, sans-serif; fill: var(--graph-ink); }
.graph .note { font-size: 11.5px; } .graph .table text { font-family: ui-monospace, monospace; font-size: 12px; }
.graph rect { fill: var(--graph-rest); stroke: var(--graph-rest-line); stroke-width: 1.5; }
.graph .good rect { fill: var(--graph-good); stroke: var(--graph-good-line); }
.graph .busy rect { fill: var(--graph-busy); stroke: var(--graph-busy-line); }
.graph .warn rect { fill: var(--graph-warn); stroke: var(--graph-warn-line); }
.graph .bad rect { fill: var(--graph-bad); stroke: var(--graph-bad-line); }
.graph .table rect { fill: none; } .graph .outside rect { stroke-dasharray: 5 4; }
.graph path { fill: none; stroke: var(--graph-line); stroke-width: 1.5; }
.graph marker path { fill: var(--graph-line); stroke: none; }
.graph .new path { stroke-width: 2.5; } .graph .gone path { stroke-dasharray: 3 4; }
.graph .arrow text { font-size: 11.5px; paint-order: stroke; stroke: var(--graph-paper); stroke-width: 4px; }
.graph a:hover rect, .graph a:focus rect { stroke-width: 3; }
"""
LIGHT = """--graph-ink: #1d2430; --graph-paper: #fff; --graph-line: #697386; --graph-rest: #f2f4f7;
  --graph-rest-line: #8a94a6; --graph-good: #e6f6ec; --graph-good-line: #18794e; --graph-busy: #e3effd;
  --graph-busy-line: #1a63c7; --graph-warn: #fff3d6; --graph-warn-line: #9a6700; --graph-bad: #fdeceb;
  --graph-bad-line: #b42318;"""
DARK = """--graph-ink: #e6e9ef; --graph-paper: #14181f; --graph-line: #98a2b3; --graph-rest: #1f2530;
  --graph-rest-line: #7d889b; --graph-good: #12331f; --graph-good-line: #5fd39a; --graph-busy: #10294a;
  --graph-busy-line: #6ea8fe; --graph-warn: #3a2c0c; --graph-warn-line: #e3b341; --graph-bad: #3c1715;
  --graph-bad-line: #ff8a80;"""
ALONE = f"""svg {{ {LIGHT} background: var(--graph-paper); }}
@media (prefers-color-scheme: dark) {{ svg {{ {DARK} }} }}
"""
"""The colours of a drawing that stands in no page."""
LARGEST = 300
"""Boxes that are drawn: of more nobody sees anything, and to lay them out takes minutes."""
_LONGEST = 34
"""Characters of a name that are drawn; all of it is in the box's title."""
_LETTER, _SMALL_LETTER, _EDGE = 7.4, 6.4, 12.0
_GAP, _BETWEEN, _MARGIN = 18.0, 66.0, 14.0
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def too_large(graph: Graph) -> str:
    """Why the graph is not drawn, in words; "" where it is."""
    return (
        f"{len(graph.boxes)} boxes are too many to draw; up to {LARGEST} are"
        if len(graph.boxes) > LARGEST
        else ""
    )


def svg(graph: Graph, title: str, *, alone: bool = True) -> str:
    """The drawing of a graph that is not too large. `alone` brings its colours along, for a file of its own; a page has
    STYLE and the colours itself."""
    sizes = {box.key: _size(box) for box in graph.boxes}
    # Room for what is written at an arrow, or it would run into the boxes.
    room = {
        (arrow.source, arrow.target): max(_BETWEEN, len(_cut(arrow.note)) * _SMALL_LETTER + 2 * _EDGE)
        for arrow in graph.arrows
    }
    layout = laid_out(sizes, room, gap=_GAP)
    width, height = layout.width + 2 * _MARGIN, layout.height + 2 * _MARGIN
    style = f"<style>{ALONE}{STYLE}</style>" if alone else ""
    parts = [*_arrows(graph, layout, sizes), *_boxes(graph, layout, sizes)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" role="img" aria-label="{_text(title)}" '
        f'viewBox="{-_MARGIN:g} {-_MARGIN:g} {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}">'
        f"<title>{_text(title)}</title>{style}"
        '<defs><marker id="graph-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path d="M0 0L8 4L0 8z"/></marker></defs>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _boxes(graph: Graph, layout: Placed, sizes: dict[str, tuple[float, float]]) -> Iterator[str]:
    for box in graph.boxes:
        (wide, high), at = sizes[box.key], layout.places[box.key]
        kind = f"job {box.tone.value}" if box.is_job else "table"
        classes = f"{kind} outside" if box.outside else kind
        round_ = 6 if box.is_job else high / 2
        left, top = at.x - wide / 2, at.y - high / 2
        said = f"{box.name}: {box.note}" if box.note else box.name
        drawn = [
            f"<title>{_text(said)}</title>",
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="{round_:.0f}"/>',
        ]
        lift = 8 if box.note else 0
        drawn.append(_words(at.x, at.y + 4 - lift, _cut(box.name)))
        if box.note:
            drawn.append(_words(at.x, at.y + 12, _cut(box.note), "note"))
        inside = "".join(drawn)
        if box.link:
            inside = f'<a href="{_text(box.link)}">{inside}</a>'
        yield f'<g class="{classes}">{inside}</g>'


def _arrows(graph: Graph, layout: Placed, sizes: dict[str, tuple[float, float]]) -> Iterator[str]:
    for arrow in graph.arrows:
        stops = _stops(arrow, layout, sizes)
        path = f"M{stops[0].x:.1f} {stops[0].y:.1f}"
        for one, then in pairwise(stops):
            middle = (one.x + then.x) / 2
            path += f"C{middle:.1f} {one.y:.1f} {middle:.1f} {then.y:.1f} {then.x:.1f} {then.y:.1f}"
        half = len(stops) // 2
        one, then = stops[half - 1], stops[half]
        note = _words((one.x + then.x) / 2, (one.y + then.y) / 2 - 5, _cut(arrow.note)) if arrow.note else ""
        title = f"<title>{_text(_told(arrow, graph))}</title>"
        yield f'<g class="arrow {arrow.fate.value}">{title}<path d="{path}" marker-end="url(#graph-tip)"/>{note}</g>'


def _stops(arrow: Arrow, layout: Placed, sizes: dict[str, tuple[float, float]]) -> list[Place]:
    one, then = layout.places[arrow.source], layout.places[arrow.target]
    # One that leads back, from right to left, leaves and arrives at the other sides.
    way = 1 if one.x <= then.x else -1
    begin = Place(one.x + way * sizes[arrow.source][0] / 2, one.y)
    end = Place(then.x - way * sizes[arrow.target][0] / 2, then.y)
    return [begin, *layout.ways[arrow.source, arrow.target], end]


def _told(arrow: Arrow, graph: Graph) -> str:
    ends = f"{graph.box(arrow.source).name} to {graph.box(arrow.target).name}"
    what = [
        ends,
        *([arrow.fate.value] if arrow.fate is not ArrowFate.STAYS else []),
        *([arrow.note] if arrow.note else []),
    ]
    return ": ".join(what)


def _size(box: Box) -> tuple[float, float]:
    letters = max(len(_cut(box.name)), len(_cut(box.note)))
    return max(letters * _LETTER, 40.0) + 2 * _EDGE, 46.0 if box.note else 32.0


def _words(x: float, y: float, text: str, kind: str = "") -> str:
    style = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle"{style}>{_text(text)}</text>'


def _cut(text: str) -> str:
    # The end of a name tells more than its middle: prefixes are shared.
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[: half - 1]}…{text[-half:]}"


def _text(text: str) -> str:
    """Escaped, and without the letters that no XML may have."""
    return escape(_NO_XML.sub("", text))
