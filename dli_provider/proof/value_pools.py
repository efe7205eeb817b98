"""The values that generated rows are made of: few enough to meet each other, on both sides of every literal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import Any, Final

from dli_provider.proof.aims import Aims, Threshold
from dli_provider.proof.column_types import ColumnType

_WORDS: Final = ("a", "b", "A", "c", "d", "e")
_MORE_WORDS: Final = ("f", "", "Zoe", "b c", "É")
_NUMBERS: Final = (1, 2, 3, 4, 5, 6)
_MORE_NUMBERS: Final = (7, 8, 13, 21, 40, 0, -2)
KEYS: Final = 6
"""At least so many values of a column by which rows meet; of others there are more."""
RARE: Final = 20
"""So many more values of such a column, which hardly any row has."""
_AROUND: Final = 3  # values beside each literal
_NEAR: Final = 0.5
_NULLS: Final = 0.06
_TIES: Final = 0.8
"""So often has what an ORDER BY names first its least value or its greatest, so that what stands behind it decides."""
_FARTHER: Final = 0.15
"""The share of values by which rows are ordered that go beyond all before."""
_DAY: Final = 86_400_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_BEGIN: Final = datetime(2026, 1, 1, tzinfo=timezone.utc)
_DATE: Final = re.compile(r"'?(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?")


def begin(aims: Aims) -> int:
    """When the generated time begins, in milliseconds since 1970: beside the first date that the query names."""
    dates = [found for each in aims.thresholds if (found := _moment(each.text)) is not None]
    return min(dates, default=_millis(_BEGIN)) // _DAY * _DAY


def iso(moment: int, precision: int = 3) -> str:
    """A time in milliseconds since 1970 as text: `2026-01-01 00:00:00.000`."""
    at = _EPOCH + timedelta(milliseconds=moment)
    fraction = f".{at.microsecond // 1000:03}"[: precision + 1] if precision else ""
    return f"{at:%Y-%m-%d %H:%M:%S}{fraction}"


def _millis(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _moment(text: str) -> int | None:
    found = _DATE.match(text)
    if not found:
        return None
    try:
        at = datetime(*(int(part or 0) for part in found.groups()), tzinfo=timezone.utc)  # type: ignore[misc,arg-type]
    except ValueError:
        return None
    return _millis(at)


@dataclass
class Pools:
    """Makes the values of columns. `types` are the types that each column name has somewhere.

    `nulls` is false where null values made the job itself fail.
    """

    aims: Aims
    types: Mapping[str, tuple[ColumnType, ...]]
    random: Random
    nulls: bool = True
    _far: int = 0
    _known: dict[tuple[str, bool], list[Any]] = field(default_factory=dict)

    def value(self, column: str, kind: ColumnType, moment: int) -> Any:
        """One value of a column that no row meets another by."""
        if self._is_null(column, kind):
            return None
        if kind.kind in ("ARRAY", "MAP", "ROW"):
            return self._nested(column, kind, moment)
        return self._plain(column, kind, moment)

    def key(
        self, column: str, kind: ColumnType, moment: int, place: int | None, barred: Collection[int] = ()
    ) -> Any:
        """The value at a place of those by which rows meet; with None, at any of the first places but the barred."""
        if place is None and self._is_null(column, kind):
            return None
        if kind.kind in _MAKERS or column in self.aims.texts or column in self.aims.paths:
            return self._plain(column, kind, moment)
        if kind.parts:
            return self._nested(column, kind, moment)
        usual, rare = self._pool(column), self._rare(column)
        if place is None:
            place = self.random.choice([at for at in range(len(usual)) if at not in barred])
        return _fit(usual[place % len(usual)] if place < KEYS else rare[place - KEYS], kind)

    def _is_null(self, column: str, kind: ColumnType) -> bool:
        return (
            self.nulls and kind.nullable and column not in self.aims.texts and self.random.random() < _NULLS
        )

    def _plain(self, column: str, kind: ColumnType, moment: int) -> Any:
        made = _MAKERS.get(kind.kind)
        if made is not None:
            return made(self, column, kind, moment)
        if column in self.aims.texts and self.aims.texts[column] != "number":
            return self._as_time(column, kind, moment)
        if column in self.aims.paths:
            return self._json(column, moment)
        if column in self.aims.ordered - self.aims.tied and kind.number and self.random.random() < _FARTHER:
            return _fit(self._farther(), kind)
        pool, near = self._pool(column), len(self.aims.near(column)) * _AROUND
        # Every other value lies beside a literal, however many other values there are.
        if near and self.random.random() < _NEAR:
            pool = pool[:near]
        if column in self.aims.tied and self.random.random() < _TIES:
            pool = [min(pool), max(pool)]
        return _fit(self.random.choice(pool), kind)

    def _farther(self) -> int:
        """A number beyond all before it, up or down: else the first places of an order are soon taken for good."""
        self._far += 1
        return self.random.choice([-1, 1]) * (100 + self._far)

    def _pool(self, column: str) -> list[Any]:
        """The values of the column, which all columns share that it is compared with; those near literals first."""
        group, key = self.aims.group(column), self.aims.is_key(column)
        if (group, key) not in self._known:
            near = self.aims.near(column)
            zero = not any(name in self.aims.divisors for name in self._members(column))
            found = _numbers(near, key=key, zero=zero) if self._numeric(column) else _texts(near, key=key)
            self._known[group, key] = found
        return self._known[group, key]

    def _rare(self, column: str) -> list[Any]:
        """More values of a key, each for a row or two: what is kept of them depends on just those rows."""
        if not self._numeric(column):
            return [f"k{number:02}" for number in range(RARE)]
        numbers = [each.number for each in self.aims.near(column) if each.number is not None]
        low, high = int(min(numbers, default=0)), int(max(numbers, default=0))
        positive = any(name in self.aims.divisors for name in self._members(column))
        below = bool(numbers) and not positive
        return [low - 10 - number if below and number % 2 else high + 20 + number for number in range(RARE)]

    def _members(self, column: str) -> list[str]:
        group = self.aims.group(column)
        return [column, *(name for name in self.types if self.aims.group(name) == group)]

    def _numeric(self, column: str) -> bool:
        return any(self._reads_as_number(name) for name in self._members(column))

    def _reads_as_number(self, column: str) -> bool:
        return self.aims.texts.get(column) == "number" or any(
            kind.number for kind in self.types.get(column, ())
        )

    def _as_time(self, column: str, kind: ColumnType, moment: int) -> Any:
        role = self.aims.texts[column]
        if kind.number:
            return moment if role == "milliseconds" else moment // 1000
        return iso(moment, 0)

    def _json(self, column: str, moment: int) -> str:
        document: dict[str, Any] = {}
        for path in sorted(self.aims.paths[column]):
            *outer, last = path.split(".")
            inside = document
            for part in outer:
                inside = inside.setdefault(part, {})
            inside[last] = self._plain(last, ColumnType("STRING"), moment)
        return json.dumps(document)

    def _nested(self, column: str, kind: ColumnType, moment: int) -> Any:
        if kind.kind == "ROW":
            return {name: self.value(name, part, moment) for name, part in kind.parts}
        if kind.kind == "ARRAY":
            return [self.value(column, kind.parts[0][1], moment) for _ in range(self.random.randrange(4))]
        keys = [str(self._plain(column, kind.parts[0][1], moment)) for _ in range(2)]
        return {name: self.value(column, kind.parts[1][1], moment) for name in keys}

    def boolean(self, *_: object) -> bool:
        """Either."""
        return self.random.random() < 0.5

    def date(self, column: str, _kind: ColumnType, moment: int) -> str:
        """The day of the row, the day before, or a day beside one that the query names."""
        days = [moment, moment - _DAY]
        for each in self.aims.near(column):
            named = _moment(each.text)
            days += [named - _DAY, named, named + _DAY] if named is not None else []
        return iso(self.random.choice(days))[:10]

    def time(self, _column: str, _kind: ColumnType, moment: int) -> str:
        """The time of day of the row."""
        return iso(moment)[11:19]

    def timestamp(self, column: str, kind: ColumnType, moment: int) -> str:
        """The time of the row, one a little before, or one beside a time that the query names."""
        times = [
            moment,
            moment,
            moment - 1000,
            moment - self.random.choice(sorted(self.aims.spans) or [5000]),
        ]
        for each in self.aims.near(column):
            named = _moment(each.text)
            times += [named - 1000, named, named + 1000] if named is not None else []
        return iso(self.random.choice(times), min(kind.size or 6, 3))

    def data(self, *_: object) -> str:
        """Bytes, as base64."""
        return self.random.choice(["YQ==", "YmM=", ""])


_MAKERS: Final[Mapping[str, Callable[[Pools, str, ColumnType, int], Any]]] = {
    "BOOLEAN": Pools.boolean,
    "DATE": Pools.date,
    "TIME": Pools.time,
    "TIMESTAMP": Pools.timestamp,
    "TIMESTAMP_LTZ": Pools.timestamp,
    "BYTES": Pools.data,
}


def _numbers(near: Collection[Threshold], *, key: bool, zero: bool) -> list[Any]:
    """Numbers on both sides of each literal; of sums, parts of them."""
    found: list[Any] = []
    for each in near:
        number = each.number
        if number is None or each.counted:
            continue
        exact = int(number) if number == int(number) else number
        if each.summed:
            found += [int(number / 8), int(number / 3), exact]
        else:
            found += [exact - 1, exact, exact + 1]
    more = _NUMBERS if key else (*_NUMBERS, *_MORE_NUMBERS)
    found = [number for number in dict.fromkeys([*found, *more]) if zero or number > 0]
    return found[: max(KEYS, len(near) * _AROUND)] if key else found


def _texts(near: Iterable[Threshold], *, key: bool) -> list[Any]:
    """Each literal, texts like it, and some others."""
    found: list[str] = []
    for each in near:
        if each.counted or each.text[:1] != "'":
            continue
        text = each.text[1:-1].replace("''", "'")
        if "%" in text or "_" in text:
            inner = text.replace("%", "").replace("_", "-")
            found += [inner, f"x{inner}x", inner[:-1]]
        else:
            found += [text] if key else [text, text.swapcase()]
    more = _WORDS if key else (*_WORDS, *_MORE_WORDS)
    return list(dict.fromkeys([*found, *more]))


def _fit(drawn: Any, kind: ColumnType) -> Any:
    """A value of the pool as one of the column's type."""
    if kind.number:
        # A text where a number is wanted comes only from a column that is compared with one.
        number = drawn if isinstance(drawn, int | float) else len(str(drawn))
        if kind.whole:
            return max(-(2**kind.bits), min(int(number), 2**kind.bits - 1))
        if kind.kind == "DECIMAL":
            largest = 10 ** ((kind.size or 10) - kind.scale) - 1
            held = max(-largest, min(number, largest))
            return str(Decimal(str(held)).quantize(Decimal(1).scaleb(-kind.scale)))
        # Multiples of a quarter add up exactly, in whatever order they are added.
        return round(float(number) * 4) / 4 + (0.25 if isinstance(number, int) and number % 3 == 1 else 0)
    text = str(drawn)
    if kind.kind == "CHAR":
        return text[: kind.size or 1].ljust(kind.size or 1)
    return text[: kind.size] if kind.size else text
