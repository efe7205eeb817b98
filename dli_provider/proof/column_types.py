"""Types of columns as trees, read from the words of their definition: what kind of value to make, and how large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_WHOLE = {"TINYINT": 7, "SMALLINT": 15, "INT": 31, "INTEGER": 31, "BIGINT": 63}
_SAME: Mapping[str, str] = {
    "INTEGER": "INT",
    "VARCHAR": "STRING",
    "CHARACTER": "CHAR",
    "REAL": "FLOAT",
    "DEC": "DECIMAL",
    "NUMERIC": "DECIMAL",
    "BINARY": "BYTES",
    "VARBINARY": "BYTES",
}
_KNOWN = frozenset(
    [
        "TINYINT",
        "SMALLINT",
        "INT",
        "BIGINT",
        "FLOAT",
        "DOUBLE",
        "DECIMAL",
        "STRING",
        "CHAR",
        "BOOLEAN",
        "DATE",
        "TIME",
        "TIMESTAMP",
        "TIMESTAMP_LTZ",
        "BYTES",
        "ARRAY",
        "MAP",
        "ROW",
    ]
)
_NESTED = frozenset(["ARRAY", "MAP", "ROW"])


@dataclass(frozen=True)
class ColumnType:
    """A type. `kind` is one of Flink's names, the shortest where there are several; "" where it is not known here.

    `size` is the length of a text, or the precision of a number or time; `scale` that of a decimal. `parts` are the
    fields of a row by name, the element of an array, or key and value of a map.
    """

    kind: str
    size: int = 0
    scale: int = 0
    nullable: bool = True
    parts: tuple[tuple[str, ColumnType], ...] = ()

    @property
    def whole(self) -> bool:
        """Whether its values are whole numbers."""
        return self.kind in _WHOLE

    @property
    def number(self) -> bool:
        """Whether its values are numbers."""
        return self.whole or self.kind in ("FLOAT", "DOUBLE", "DECIMAL")

    @property
    def known(self) -> bool:
        """Whether values of it can be made."""
        return self.kind in _KNOWN and all(part.known for _, part in self.parts)

    @property
    def bits(self) -> int:
        """How many bits a whole number of it has, without its sign."""
        return _WHOLE.get(self.kind, 63)


def column_type(words: tuple[str, ...]) -> ColumnType:
    """The type that the words of a column begin with."""
    found, _ = _read(words, 0)
    return found


def _read(words: tuple[str, ...], at: int) -> tuple[ColumnType, int]:
    name = words[at].lstrip("`").upper() if at < len(words) else ""
    at += 1
    kind, size, scale = _SAME.get(name, name), 0, 0
    parts: tuple[tuple[str, ColumnType], ...] = ()
    if kind in _NESTED and words[at : at + 1] in (("<",), ("(",)):
        parts, at = _parts(words, at + 1, named=kind == "ROW")
    elif words[at : at + 1] == ("(",):
        end = words.index(")", at)
        numbers = [int(word) for word in words[at + 1 : end] if word.isdecimal()]
        size, scale, at = (*numbers, 0, 0)[0], (*numbers, 0, 0)[1], end + 1
    following = tuple(word.lstrip("`").upper() for word in words[at : at + 5])
    if following[:4] == ("WITH", "LOCAL", "TIME", "ZONE"):
        kind, at = "TIMESTAMP_LTZ", at + 4
    elif following[:3] == ("WITH", "TIME", "ZONE"):
        kind, at = "", at + 3
    elif following[:3] == ("WITHOUT", "TIME", "ZONE"):
        at += 3
    nullable = words[at : at + 2] != ("NOT", "NULL")
    at += 0 if nullable else 2
    found = ColumnType(kind, size, scale, nullable, parts)
    while words[at : at + 1] == ("ARRAY",):
        found, at = ColumnType("ARRAY", parts=(("", found),)), at + 1
    return found, at


def _parts(words: tuple[str, ...], at: int, *, named: bool) -> tuple[tuple[tuple[str, ColumnType], ...], int]:
    """The types between brackets, the first of which has been read, and where the text goes on behind them."""
    found: list[tuple[str, ColumnType]] = []
    while at < len(words) and words[at] not in (">", ")"):
        name = ""
        if named:
            name, at = words[at].removeprefix("`"), at + 1
        part, at = _read(words, at)
        found.append((name, part))
        if words[at : at + 1] == ("COMMENT",):
            at += 2
        if words[at : at + 1] == (",",):
            at += 1
    return tuple(found), at + 1
