"""Tables that fit: where there is not room for all columns the least important go, and never what tells rows apart.

In a pipe or a file nothing limits them, so that a program gets every column and each row is one line.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_GAP = 2
_UNLIMITED = 100_000


@dataclass(frozen=True)
class TableColumn:
    """A column; the one with the highest `rank` goes first, and one of rank 0 never."""

    heading: str
    rank: int = 0
    right: bool = False


@dataclass(frozen=True)
class Row:
    """The cells of a row, and the style of them all."""

    cells: Sequence[str]
    style: str = ""


def room(console: Console) -> int:
    """How many letters fit into a line: of a terminal, or as COLUMNS says; elsewhere as many as there are."""
    named = os.environ.get("COLUMNS", "")
    if named.isdigit() and int(named):
        return int(named)
    # FORCE_COLOR makes a terminal of a pipe, and a pipe has no width.
    return console.width if console.file.isatty() else _UNLIMITED


def fitting(columns: Sequence[TableColumn], rows: Iterable[Row], width: int) -> tuple[Table, tuple[str, ...]]:
    """The table as it fits into so many letters, and the headings of the columns that had to go."""
    rows = list(rows)
    widths = [
        max(map(cell_len, [column.heading, *(row.cells[at] for row in rows)]))
        for at, column in enumerate(columns)
    ]
    shown = list(range(len(columns)))
    while sum(widths[at] + _GAP for at in shown) - _GAP > width:
        least = max(shown, key=lambda at: columns[at].rank)
        if columns[least].rank == 0:
            break
        shown.remove(least)
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold")
    for at in shown:
        # What may not go is broken into lines where even that is too wide: a name that is cut off names nothing.
        table.add_column(
            columns[at].heading, justify="right" if columns[at].right else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(row.cells[at]) for at in shown), style=row.style)
    return table, tuple(column.heading for at, column in enumerate(columns) if at not in shown)


def left_out(headings: Sequence[str]) -> Text:
    """The line below a table that could not show all."""
    return Text(f"no room for: {', '.join(headings)}; a wider terminal, or --json, has it", style="dim")
