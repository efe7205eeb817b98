"""What generated rows have to aim at: what a query compares, by what it groups and joins, how long its windows are.

Columns go by their last name: two columns of one name get values of one kind, which does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from dli_provider.sql import Token, TokenKind, computed, is_computed, outline, tokens

_UNITS: Final = {
    "MILLISECOND": 1,
    "SECOND": 1_000,
    "MINUTE": 60_000,
    "HOUR": 3_600_000,
    "DAY": 86_400_000,
    "WEEK": 604_800_000,
    "MONTH": 30 * 86_400_000,
    "YEAR": 365 * 86_400_000,
}
_ENDS_PHRASE: Final = frozenset(
    [
        "SELECT",
        "FROM",
        "WHERE",
        "AND",
        "OR",
        "ON",
        "HAVING",
        "GROUP",
        "ORDER",
        "BY",
        "PARTITION",
        "WHEN",
        "THEN",
        "ELSE",
        "END",
        "CASE",
        "JOIN",
        "LEFT",
        "RIGHT",
        "FULL",
        "INNER",
        "CROSS",
        "UNION",
        "EXCEPT",
        "INTERSECT",
        "DISTINCT",
        "INSERT",
        "INTO",
        "LIMIT",
        "FETCH",
        "WINDOW",
        "VALUES",
        "AS",
        "USING",
        "SET",
    ]
)
_ENDS_KEYS: Final = frozenset(
    [
        "SELECT",
        "FROM",
        "WHERE",
        "HAVING",
        "ORDER",
        "WINDOW",
        "LIMIT",
        "FETCH",
        "UNION",
        "EXCEPT",
        "INTERSECT",
        "ROWS",
        "RANGE",
        "ON",
        "JOIN",
    ]
)
_COMPARES: Final = frozenset(["=", "<", ">", "<=", ">=", "<>", "!=", "LIKE", "IN", "BETWEEN", "SIMILAR"])
_COUNTS: Final = frozenset(["COUNT", "ROW_NUMBER", "RANK", "DENSE_RANK"])
_SUMS: Final = frozenset(["SUM", "AVG"])
_NUMERIC: Final = frozenset(
    ["TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "NUMERIC", "REAL"]
)
_TIMES: Final = frozenset(["TIMESTAMP", "TIMESTAMP_LTZ", "DATE", "TIME"])
_READS_TIME: Final = frozenset(["TO_TIMESTAMP", "TO_DATE", "UNIX_TIMESTAMP"])
_READS_EPOCH: Final = frozenset(["TO_TIMESTAMP_LTZ", "FROM_UNIXTIME"])
_JSON: Final = re.compile(r"JSON_(VALUE|QUERY|EXISTS)")


@dataclass(frozen=True)
class Threshold:
    """A literal that a condition compares with columns, with a count or with a sum."""

    text: str
    columns: frozenset[str] = frozenset()
    counted: bool = False
    summed: bool = False

    @property
    def number(self) -> float | None:
        """Its value, where it is a number."""
        plain = self.text.strip("'")
        return float(plain) if re.fullmatch(r"-?\d+(\.\d*)?", plain) else None


@dataclass
class Aims:
    """What the rows are aimed at. `spans` are the lengths of windows and the like in milliseconds.

    `texts` says of columns what their texts or numbers have to be read as by the query: a `number`, a `time`, `seconds`
    or `milliseconds` since 1970. `paths` are the fields of JSON that it looks for in a text.
    `ordered` are the columns of an ORDER BY, `tied` those with more behind them: the rest decides only where rows have
    the same of the first.
    """

    thresholds: set[Threshold] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    spans: set[int] = field(default_factory=set)
    counts: set[int] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    paths: dict[str, set[str]] = field(default_factory=dict)
    divisors: set[str] = field(default_factory=set)
    ordered: set[str] = field(default_factory=set)
    tied: set[str] = field(default_factory=set)
    _meets: dict[str, str] = field(default_factory=dict)

    def group(self, column: str) -> str:
        """Which columns share its values: one name for all those that are compared with each other."""
        while (above := self._meets.get(column, column)) != column:
            column = above
        return column

    def meet(self, one: str, other: str) -> None:
        """Two columns are compared with each other, so they draw from the same values."""
        self._meets[self.group(one)] = self.group(other)

    def near(self, column: str) -> list[Threshold]:
        """The literals that the column, or one that shares its values, is compared with."""
        mine = self.group(column)
        found = [each for each in self.thresholds if any(self.group(name) == mine for name in each.columns)]
        return sorted(found, key=lambda each: (each.text, each.counted, each.summed))

    def is_key(self, column: str) -> bool:
        """Whether rows meet by the column, or by one that shares its values: then few values are best."""
        mine = self.group(column)
        return any(self.group(name) == mine for name in self.keys)


def aims(scripts: Iterable[str]) -> Aims:
    """What rows for all of these scripts have to aim at. Raises `Unreadable` and `Unparsable` as `outline` does."""
    found = Aims()
    for sql in scripts:
        # What a view calls a column, the queries above it call it too.
        aliases: _Aliases = {}
        readers = [_AimReader(found, list(_flat(tokens(text))), aliases) for text in queries(sql)]
        for reader in readers:
            reader.read()
        for reader in readers:
            reader.judge()
    return found


def queries(sql: str) -> Iterator[str]:
    """The texts of a script that compute something: INSERTs, views, and columns that are computed from others."""
    script = outline(sql)
    for name, text in script.definitions.items():
        if name in script.view_names:
            yield text
        elif (table := script.tables.get(name)) is not None:
            yield from (computed(column.expr, column.name) for column in table.columns if is_computed(column))
    yield from script.inserts


@dataclass(frozen=True)
class _Word:
    """A token; of a dotted name, the last part with `dotted`."""

    text: str
    kind: TokenKind
    dotted: bool = False

    @property
    def name(self) -> bool:
        return self.kind in (TokenKind.NAME, TokenKind.QUOTED)

    @property
    def literal(self) -> bool:
        return self.kind in (TokenKind.STRING, TokenKind.NUMBER)


def _flat(toks: Sequence[Token]) -> Iterator[_Word]:
    at = 0
    while at < len(toks):
        tok, dotted = toks[at], False
        while (
            tok.kind in (TokenKind.NAME, TokenKind.QUOTED) and at + 2 < len(toks) and toks[at + 1].text == "."
        ):
            at, dotted = at + 2, True
            tok = toks[at]
        if tok.kind is not TokenKind.HINT:
            yield _Word(tok.text, tok.kind, dotted)
        at += 1


@dataclass
class _Phrase:
    """One side of AND, one item, one argument: what stands together in it."""

    names: list[str] = field(default_factory=list)
    literals: list[str] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    left: int = -1
    """How many of the names stood before the first `=`."""


_Aliases: TypeAlias = dict[str, list[_Phrase]]
"""What stands before AS in all the items that are called so."""


class _AimReader:
    """Reads one statement, word by word. Knows no grammar: only what stands near what."""

    def __init__(self, aims: Aims, words: list[_Word], aliases: _Aliases) -> None:
        self._aims, self._words = aims, words
        self._phrases: list[_Phrase] = [_Phrase()]
        self._item = _Phrase()
        self._aliases = aliases
        self._open: list[str] = []
        """What each open parenthesis holds: a query, or anything else."""
        self._keys: int | None = None
        """How many parentheses were open where the list of keys began that is being read."""
        self._order: int | None = None
        """The same of an ORDER BY."""
        self._ordered = ""
        self._between = 0
        self._case: list[str] | None = None

    def read(self) -> None:
        """Adds to the aims what single words show."""
        at = 0
        while at < len(self._words):
            at = self._step(at)

    def judge(self) -> None:
        """Adds to the aims what is compared with what, once all names are known."""
        for phrase in self._phrases:
            self._judge(phrase)

    def _step(self, at: int) -> int:
        word = self._words[at]
        if word.text == "INTERVAL" and word.kind is TokenKind.WORD:
            return self._interval(at)
        if word.text in ("(", ")"):
            self._parenthesis(word.text, at)
        elif word.kind is TokenKind.WORD or word.text == ",":
            self._key_word(word.text, at)
        elif word.name:
            self._named(word, at)
        elif word.literal:
            self._literal(at)
        else:
            self._sign(word.text)
        return at + 1

    def _next(self, at: int) -> str:
        return self._words[at + 1].text if at + 1 < len(self._words) else ""

    def _new_phrase(self) -> None:
        self._phrases.append(_Phrase())

    # -- one kind of word each -------------------------------------------------------------------------------------

    def _parenthesis(self, text: str, at: int) -> None:
        if text == "(":
            lists = self._next(at) in ("SELECT", "WITH", "VALUES")
            lists = lists or (at > 0 and self._words[at - 1].text == "MATCH_RECOGNIZE")
            self._open.append("query" if lists else "")
            return
        if self._open and self._open.pop() == "query":
            self._new_phrase()
        if self._keys is not None and len(self._open) < self._keys:
            self._keys = None
        if self._order is not None and len(self._open) < self._order:
            self._order = None

    def _key_word(self, text: str, at: int) -> None:
        before = self._words[at - 1].text if at else ""
        if (before, text) in (("GROUP", "BY"), ("PARTITION", "BY"), ("SELECT", "DISTINCT")):
            self._keys = len(self._open)
        elif text in _ENDS_KEYS:
            self._keys = None
        self._order_word(before, text)
        if text in ("CAST", "TRY_CAST"):
            self._cast(at)
        if text == "AS":
            self._alias(at)
        if text == "SELECT" or (text == "," and not (self._open and not self._open[-1])):
            self._item = _Phrase()
        if self._ends_phrase(text, at):
            self._new_phrase()
        if text == "WHEN" and self._case:
            # CASE x WHEN 1: each WHEN compares x.
            self._phrases[-1].names += self._case
            self._phrases[-1].words.add("=")
        for phrase in (self._phrases[-1], self._item):
            phrase.words.add(text)

    def _order_word(self, before: str, text: str) -> None:
        if (before, text) == ("ORDER", "BY"):
            self._order, self._ordered = len(self._open), ""
        elif text in _ENDS_KEYS:
            self._order = None
        elif text == "," and self._order == len(self._open) and self._ordered:
            self._aims.tied.add(self._ordered)

    def _ends_phrase(self, text: str, at: int) -> bool:
        if text == "BETWEEN":
            self._between += 1
        elif text == "AND" and self._between:
            self._between -= 1
            return False
        elif text == "CASE":
            self._case = None if self._next(at) == "WHEN" else [self._words[at + 1].text]
        elif text == "END":
            self._case = None
        if text == ",":
            return not (self._open and not self._open[-1])
        return text in _ENDS_PHRASE

    def _named(self, word: _Word, at: int) -> None:
        if self._next(at) == "(":
            self._called(word.text.upper(), at)
            return
        if self._keys is not None:
            self._aims.keys.add(word.text)
        if self._order is not None:
            self._ordered = word.text
            self._aims.ordered.add(word.text)
        for phrase in (self._phrases[-1], self._item):
            phrase.names.append(word.text)
        if at and self._words[at - 1].text in ("/", "%"):
            self._aims.divisors.add(word.text)

    def _literal(self, at: int) -> None:
        text = self._words[at].text
        if at and self._words[at - 1].text == "-" and at > 1 and not self._words[at - 2].name:
            text = "-" + text
        self._phrases[-1].literals.append(text)
        behind, before = self._next(at), self._words[at - 1].text if at else ""
        # As many rows as a frame, a LIMIT or the repetition in a pattern speaks of.
        if behind in ("PRECEDING", "FOLLOWING", "ROW", "ROWS") or before in ("LIMIT", "FIRST", "{"):
            self._count(text)

    def _sign(self, text: str) -> None:
        phrase = self._phrases[-1]
        phrase.words.add(text)
        if text == "=" and phrase.left < 0:
            phrase.left = len(phrase.names)

    def _interval(self, at: int) -> int:
        """Steps over INTERVAL '1' HOUR, or '0:10' MINUTE TO SECOND."""
        literal = self._words[at + 1].text.strip("'") if at + 1 < len(self._words) else ""
        unit = self._next(at + 1).rstrip("S")
        end = at + 3
        if self._next(at + 2) == "TO":
            smallest = self._next(at + 3).rstrip("S")
            end = at + 5
        else:
            smallest = unit
        length = interval(literal, unit, smallest)
        if length:
            self._aims.spans.add(length)
            self._phrases[-1].words.add("INTERVAL")
        return end

    def _called(self, name: str, at: int) -> None:
        for phrase in (self._phrases[-1], self._item):
            phrase.words.add(name)
        argument = self._words[at + 2] if at + 2 < len(self._words) else None
        if argument is None or not argument.name:
            return
        if name in _READS_TIME:
            self._aims.texts.setdefault(argument.text, "time")
        elif name in _READS_EPOCH:
            around = [word.text for word in self._words[at + 3 : at + 6]]
            milliseconds = "3" in around or "1000" in around
            self._aims.texts[argument.text] = "milliseconds" if milliseconds else "seconds"
        elif _JSON.fullmatch(name):
            self._json(argument.text, at)

    def _json(self, column: str, at: int) -> None:
        path = self._words[at + 4].text.strip("'") if at + 4 < len(self._words) else ""
        if path.startswith("$."):
            self._aims.paths.setdefault(column, set()).add(path[2:])

    def _cast(self, at: int) -> None:
        """CAST(a AS INT): what is in `a` has to read as a number."""
        depth, names = 0, list[str]()
        for index in range(at + 1, len(self._words)):
            word = self._words[index]
            depth += (word.text == "(") - (word.text == ")")
            if word.text == "AS" and depth == 1:
                kind = self._next(index).upper()
                role = "number" if kind in _NUMERIC else "time" if kind in _TIMES else ""
                # Of a calculation the parts are numbers already.
                if role and len(names) == 1:
                    self._aims.texts.setdefault(names[0], role)
                return
            if depth == 0:
                return
            if word.name:
                names.append(word.text)

    def _alias(self, at: int) -> None:
        following = self._words[at + 1] if at + 1 < len(self._words) else None
        # `hit AS hit.outcome = ...` of a pattern names no column.
        if following is None or not following.name or following.dotted or self._next(at + 1) == "(":
            return
        if self._open and not self._open[-1]:
            return  # CAST(a AS ...), or the name of a table in a FROM in parentheses
        alias, item = following.text, self._item
        self._aliases.setdefault(alias, []).append(item)
        if len(item.names) == 1 and not item.words - {"SELECT", "DISTINCT", ",", "ALL"}:
            self._aims.meet(alias, item.names[0])

    # -- what a phrase says ----------------------------------------------------------------------------------------

    def _judge(self, phrase: _Phrase) -> None:
        if not phrase.words & _COMPARES:
            return
        around = [phrase, *(item for name in phrase.names for item in self._aliases.get(name, ()))]
        words = set().union(*(each.words for each in around))
        columns = frozenset(name for each in around for name in each.names)
        counted, summed = bool(words & _COUNTS), bool(words & _SUMS)
        for literal in phrase.literals:
            self._aims.thresholds.add(Threshold(literal, columns, counted, summed))
            if counted:
                self._count(literal)
        if 0 < phrase.left < len(phrase.names) and "INTERVAL" not in phrase.words:
            one, other = phrase.names[phrase.left - 1], phrase.names[phrase.left]
            self._aims.meet(one, other)
            self._aims.keys.update([one, other])
        if "IN" in phrase.words and len(phrase.names) == 1 and not phrase.literals:
            self._meet_subquery(phrase)

    def _meet_subquery(self, phrase: _Phrase) -> None:
        """`a IN (SELECT b ...)`: the phrase behind it begins with b."""
        behind = self._phrases[self._phrases.index(phrase) + 1 :][:1]
        if behind and behind[0].names:
            self._aims.meet(phrase.names[0], behind[0].names[0])
            self._aims.keys.update([phrase.names[0], behind[0].names[0]])

    def _count(self, literal: str) -> None:
        if literal.isdecimal():
            self._aims.counts.add(int(literal))


def interval(literal: str, unit: str, smallest: str) -> int:
    """The length of an interval in milliseconds; 0 where it is not understood. `'0:10' MINUTE TO SECOND` is 10 s."""
    parts = re.split(r"[ :.]", literal.lstrip("-"))
    names = ["DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND"]
    if not all(part.isdecimal() for part in parts):
        return 0
    if len(parts) == 1:
        return int(parts[0]) * _UNITS.get(unit, 0)
    if unit not in names or smallest not in names:
        return 0
    begins = names.index(unit)
    return sum(
        int(part) * _UNITS[name]
        for part, name in zip(parts, names[begins : begins + len(parts)], strict=False)
    )
