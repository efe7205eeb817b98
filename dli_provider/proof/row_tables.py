"""Tables of rows as people write them: columns apart by `|`, or CSV. And written again, so that the columns stand.

    op | article | on_hand
    +I | a1      | 10
    -D | a2      | null

The first line names the columns. An empty cell and `null` are null; what stands in quotes is a text as it is, such as
`''`, `'null'` or `'a | b'`. A column `op` (not in quotes) has the kind of each change.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

OPS = ("+I", "-U", "+U", "-D")
_OP = "op"
_QUOTES = "'\""
_WIDEST = 60  # a longer value does not push the other columns out of sight


@dataclass(frozen=True)
class TableRow:
    """A row: its kind, empty where the table has no column for it; its values by column; its line, counted from 0."""

    op: str
    values: Mapping[str, str | None]
    line: int
    starts: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Where in its line each value begins, counted from 0."""


@dataclass(frozen=True)
class RowTable:
    """A table. `has_op`: its rows are changes."""

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    has_op: bool = False


class TableFault(Exception):
    """A table that cannot be read: why, in which line and where in it, both counted from 0."""

    def __init__(self, message: str, line: int, start: int = 0) -> None:
        super().__init__(message)
        self.message, self.line, self.start = message, line, start


@dataclass(frozen=True)
class _TableCell:
    text: str
    start: int
    quoted: bool

    @property
    def value(self) -> str | None:
        return None if not self.quoted and self.text in ("", "null", "NULL") else self.text


def drawn(text: str) -> RowTable:
    """The table in a text with columns apart by `|`. Raises TableFault for the first thing that is wrong."""
    return _table(_drawn_lines(text))


def from_csv(text: str) -> RowTable:
    """The table in a CSV text. Raises TableFault."""
    reader = csv.reader(text.splitlines(), strict=True)
    lines: list[tuple[int, list[_TableCell]]] = []
    while True:
        at = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return _table(lines)
        except csv.Error as error:
            raise TableFault(f"this is not CSV: {error}", at) from None
        if cells:
            lines.append((at, [_TableCell(cell, 0, quoted=False) for cell in cells]))


def draw(columns: Sequence[str], rows: Iterable[tuple[str, Mapping[str, str | None]]], *, ops: bool) -> str:
    """A table as text, which read again is the same."""
    header = [*([_OP] if ops else []), *(_quoted(name, name == _OP) for name in columns)]
    body = [
        [*([op] if ops else []), *(_written(values.get(name)) for name in columns)] for op, values in rows
    ]
    widths = [
        max(len(line[at]) for line in [header, *body] if len(line[at]) <= _WIDEST or line is header)
        for at in range(len(header))
    ]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [header, *body]
    ]
    return "\n".join(lines) + "\n"


def as_csv(columns: Sequence[str], rows: Iterable[tuple[str, Mapping[str, str | None]]], *, ops: bool) -> str:
    """A table as CSV, in which null is an empty cell."""
    out = _Written()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*([_OP] if ops else []), *columns])
    writer.writerows(
        [*([op] if ops else []), *(values.get(name) or "" for name in columns)] for op, values in rows
    )
    return "".join(out.parts)


class _Written:
    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, part: str) -> None:
        self.parts.append(part)


def _written(value: str | None) -> str:
    if value is None:
        return "null"
    doubtful = value.strip() != value or value in ("", "null", "NULL") or "|" in value or "\n" in value
    return _quoted(value, doubtful or value[0] in _QUOTES)


def _quoted(text: str, doubtful: bool) -> str:
    if not doubtful:
        return text
    mark = "'" if "'" not in text else '"'
    return mark + text.replace(mark, mark * 2) + mark


def _drawn_lines(text: str) -> Iterator[tuple[int, list[_TableCell]]]:
    for number, line in enumerate(text.splitlines()):
        bare = line.strip()
        if not bare or not bare.strip("|-+: "):  # the line under a header, as Markdown has it
            continue
        cells = list(_cells(line, number))
        if bare.startswith("|"):
            cells = cells[1:]
        if bare.endswith("|") and len(bare) > 1 and not cells[-1].text and not cells[-1].quoted:
            cells = cells[:-1] if bare.startswith("|") else cells
        yield number, cells


def _cells(line: str, number: int) -> Iterator[_TableCell]:
    at = 0
    while True:
        while at < len(line) and line[at].isspace():
            at += 1
        start = at
        if at < len(line) and line[at] in _QUOTES:
            text, at = _literal(line, at, number)
            yield _TableCell(text, start, quoted=True)
            rest = line[at:].partition("|")[0]
            if rest.strip():
                raise TableFault(f"there is more behind the quotes: {rest.strip()}", number, at)
            at += len(rest)
        else:
            end = line.find("|", at)
            end = len(line) if end < 0 else end
            yield _TableCell(line[at:end].strip(), start, quoted=False)
            at = end
        if at >= len(line):
            return
        at += 1


def _literal(line: str, start: int, number: int) -> tuple[str, int]:
    mark, at, text = line[start], start + 1, ""
    while True:
        end = line.find(mark, at)
        if end < 0:
            raise TableFault(f"the quotes ({mark}) are never closed", number, start)
        text += line[at:end]
        if line[end + 1 : end + 2] != mark:
            return text, end + 1
        text, at = text + mark, end + 2


def _table(lines: Iterable[tuple[int, list[_TableCell]]]) -> RowTable:
    found = iter(lines)
    number, header = next(found, (0, []))
    has_op = bool(header) and header[0].text.lower() == _OP and not header[0].quoted
    columns = tuple(cell.text for cell in header[1 if has_op else 0 :])
    for cell in header:
        if not cell.text or columns.count(cell.text) > 1:
            what = f"the column {cell.text} is there twice" if cell.text else "a column has no name"
            raise TableFault(what, number, cell.start)
    return RowTable(columns, tuple(_row(columns, has_op, number, cells) for number, cells in found), has_op)


def _row(columns: tuple[str, ...], has_op: bool, number: int, cells: list[_TableCell]) -> TableRow:
    wanted = len(columns) + has_op
    if len(cells) != wanted:
        many = f"{len(cells)} cell{'' if len(cells) == 1 else 's'}, and the header has {wanted} columns"
        raise TableFault(f"this row has {many}", number, cells[min(wanted, len(cells) - 1)].start)
    op = cells[0].text if has_op else ""
    if has_op and op not in OPS:
        raise TableFault(f"op is one of {', '.join(OPS)}, not {op or 'empty'}", number, cells[0].start)
    held = list(zip(columns, cells[1 if has_op else 0 :], strict=True))
    values = {name: cell.value for name, cell in held}
    return TableRow(op, values, number, {name: cell.start for name, cell in held})
