"""The graph as mermaid, which GitHub, GitLab and many editors draw."""

from __future__ import annotations

import re

from dli_provider.graph.picture import ArrowFate, Box, Graph, Tone

# Light enough for dark letters and with a border that shows on black: what the reader's page looks like is not known.
_COLOURS = {
    Tone.REST: "fill:#f2f4f7,stroke:#8a94a6,color:#1d2430",
    Tone.GOOD: "fill:#e6f6ec,stroke:#18794e,color:#1d2430",
    Tone.BUSY: "fill:#e3effd,stroke:#1a63c7,color:#1d2430",
    Tone.WARN: "fill:#fff3d6,stroke:#9a6700,color:#1d2430",
    Tone.BAD: "fill:#fdeceb,stroke:#b42318,color:#1d2430",
}
_LETTERS, _ARROWS = 50_000, 500
"""What GitHub and GitLab draw at most: mermaid's own `maxTextSize` and `maxEdges`."""
_LINES = {ArrowFate.STAYS: "-->", ArrowFate.NEW: "==>", ArrowFate.GONE: "-.->"}


def mermaid(graph: Graph) -> str:
    """A flowchart, from left to right."""
    lines = ["flowchart LR"]
    lines += [f"  {box.key}{_shape(box)}" for box in graph.boxes]
    for arrow in graph.arrows:
        note = f'|"{_text(arrow.note)}"|' if arrow.note else ""
        lines.append(f"  {arrow.source} {_LINES[arrow.fate]}{note} {arrow.target}")
    for tone, colours in _COLOURS.items():
        if among := [box.key for box in graph.boxes if box.is_job and box.tone is tone]:
            lines += [f"  classDef {tone.value} {colours}", f"  class {','.join(among)} {tone.value}"]
    if outside := [box.key for box in graph.boxes if box.outside]:
        lines += ["  classDef outside stroke-dasharray:5 4", f"  class {','.join(outside)} outside"]
    return "\n".join(lines) + "\n"


def is_drawn(graph: Graph) -> bool:
    """Whether sites draw it: of one that is too large they show an error."""
    return len(graph.arrows) <= _ARROWS and len(mermaid(graph)) <= _LETTERS


def _shape(box: Box) -> str:
    # Mermaid takes no empty label.
    said = (_text(box.name) or "#160;") + (f"<br>{_text(box.note)}" if box.note else "")
    return f'["{said}"]' if box.is_job else f'(["{said}"])'


def _text(text: str) -> str:
    """Nothing in a name ends its label, or is read as markup; mermaid writes a letter as its number."""
    return re.sub(r"[^\w \-:;,()/=>+.…]|^\d+\.|^[-+] ", lambda found: "".join(map(_number, found[0])), text)


def _number(letter: str) -> str:
    return f"#{ord(letter)};" if letter not in "\r\n\t" else " "
