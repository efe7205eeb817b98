"""Tables of systems that are not here: each keeps its schema and is given a connector that only stands in for its own.

A stand-in has the schema and the kind of changes of the real connector. It makes up its rows, answers look-ups, throws
away what is written, and looks at no option.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from dli_provider.flink import compiled
from dli_provider.flink.statements import Statement, pieces
from dli_provider.sql import Piece

_FOLDER: Final = Path(__file__).with_name("stand_in")
_SERVICE: Final = "META-INF/services/org.apache.flink.table.factories.Factory"


@dataclass(frozen=True)
class StoodIn:
    """A table whose connector was put in the place of another."""

    table: str
    connector: str


def stand_in(
    statements: Sequence[Statement], there: Collection[str], rows_per_second: int = 5
) -> tuple[list[Statement], list[StoodIn]]:
    """The same statements, each table whose connector is not `there` on a stand-in. Lines stay lines."""
    found: list[StoodIn] = []
    changed: list[Statement] = []
    for statement in statements:
        value = _connector(statement)
        if value is None or (connector := value.text[1:-1].lower()) in there:
            changed.append(statement)
            continue
        found.append(StoodIn(_table(statement), connector))
        options = (
            f"'stand-in', 'stand-in.for' = '{connector}', 'stand-in.rows-per-second' = '{rows_per_second}'"
        )
        text = statement.text[: value.start] + options + statement.text[value.start + len(value.text) :]
        changed.append(replace(statement, text=text))
    return changed, found


def jar(
    runtime: Path, root: Path, classes: str, version: str, rows: Literal["running", "planned"]
) -> Path | None:
    """The connector, compiled once into the cache; `None` where there is no compiler, only a runtime.

    `planned`: it makes up no rows, for versions of Flink on which nothing runs here.
    """
    return compiled.jar(
        runtime,
        root,
        _FOLDER / "StandIn.java",
        classes,
        {_SERVICE: "dli.StandIn\n"},
        version,
        (_FOLDER / rows / "Rows.java",),
    )


def _connector(statement: Statement) -> Piece | None:
    """The literal that names the connector of a CREATE TABLE."""
    if "TABLE" not in statement.words or statement.words[:1] not in (("CREATE",), ("REPLACE",)):
        return None
    cut = pieces(statement.text)
    for key, equals, value in zip(cut, cut[1:], cut[2:], strict=False):
        if (key.text, equals.text, value.text[:1]) == ("'connector'", "=", "'"):
            return value
    return None


def _table(statement: Statement) -> str:
    texts = [statement.text[piece.start : piece.end] for piece in pieces(statement.text)]
    at = next(index for index, text in enumerate(texts) if text.upper() == "TABLE") + 1
    if [text.upper() for text in texts[at : at + 3]] == ["IF", "NOT", "EXISTS"]:
        at += 3
    end = next(
        (
            index
            for index in range(at, len(texts))
            if texts[index] not in (".",) and index > at and texts[index - 1] != "."
        ),
        at + 1,
    )
    return "".join(texts[at:end]).replace("`", "")
