"""Walking over the words of one statement: what the parsers of queries and statements are built on."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass

from dli_provider.sql.ast import Expr, is_name

_DEEPEST = 200


class Unparsable(Exception):
    """The words do not have the shape that was expected. Nothing is wrong with them: they are just not understood."""


@dataclass
class Cursor:
    """A place in the words of a statement."""

    words: Expr
    at: int = 0

    @property
    def now(self) -> str:
        """The word at the cursor, empty at the end."""
        return self.words[self.at] if self.at < len(self.words) else ""

    def sees(self, *expected: str) -> bool:
        """Whether exactly these words come next."""
        return self.words[self.at : self.at + len(expected)] == expected

    def accepts(self, *expected: str) -> bool:
        """Steps over these words if they come next."""
        found = self.sees(*expected)
        self.at += len(expected) * found
        return found

    def expects(self, *expected: str) -> None:
        """Steps over these words, which must come next."""
        if not self.accepts(*expected):
            raise Unparsable

    def take(self) -> str:
        """The word at the cursor, which moves on."""
        if self.at >= len(self.words):
            raise Unparsable
        self.at += 1
        return self.words[self.at - 1]

    def name(self) -> str:
        """The identifier at the cursor, without its back-tick."""
        if not is_name(self.now):
            raise Unparsable
        return self.take()[1:]

    def path(self) -> tuple[str, ...]:
        """A dotted name."""
        parts = [self.name()]
        while self.sees(".") and is_name("".join(self.words[self.at + 1 : self.at + 2])):
            self.at += 1
            parts.append(self.name())
        return tuple(parts)

    def until(self, stop: Callable[[Cursor], bool]) -> Expr:
        """The words up to where `stop` holds outside parentheses, or to the end of the enclosing ones."""
        start, depth = self.at, 0
        while self.at < len(self.words):
            if depth == 0 and (self.now == ")" or stop(self)):
                break
            depth += (self.now in "([{") - (self.now in ")]}")
            # Each level is walked once more than the one around it; nobody writes so many.
            if depth > _DEEPEST:
                raise Unparsable
            self.at += 1
        return self.words[start : self.at]

    def inside(self) -> Cursor:
        """A cursor over what the parentheses here enclose; this one steps behind them."""
        self.expects("(")
        start = self.at
        self.until(never)
        inner = Cursor(self.words[start : self.at])
        self.expects(")")
        return inner

    def done(self) -> None:
        """Nothing may be left."""
        if self.at < len(self.words):
            raise Unparsable

    def list_of(self, stop: Container[str] = ()) -> tuple[Expr, ...]:
        """Expressions between commas, up to one of the stop words."""
        found = []
        while True:
            found.append(self.until(lambda here: here.now == "," or here.now in stop))
            if not self.accepts(","):
                return tuple(found)


def never(_: Cursor) -> bool:
    """For `Cursor.until`: do not stop before the enclosing parentheses end."""
    return False


def conjuncts(expr: Expr) -> tuple[Expr, ...]:
    """The conditions that AND joins at the outermost level; the AND of BETWEEN does not count."""
    cursor = Cursor(expr)
    found: list[Expr] = []
    start, between, cases = 0, False, 0
    while cursor.at < len(expr):
        cursor.until(lambda here: here.now in ("AND", "OR", "BETWEEN", "CASE", "END"))
        if cursor.now == "OR" and not cases:
            return (expr,)
        cases += (cursor.now == "CASE") - (cursor.now == "END")
        if cursor.now == "AND" and not cases:
            if not between:
                found.append(expr[start : cursor.at])
                start = cursor.at + 1
            between = False
        elif not cases:
            between = between or cursor.now == "BETWEEN"
        cursor.at += 1
    found.append(expr[start:])
    if not all(found):
        raise Unparsable
    return tuple(map(_unwrapped, found))


def _unwrapped(expr: Expr) -> Expr:
    cursor = Cursor(expr)
    if cursor.sees("("):
        inner = cursor.inside()
        if cursor.at == len(expr) and "OR" not in inner.words and "SELECT" not in inner.words:
            return _unwrapped(inner.words) if len(conjuncts(inner.words)) == 1 else expr
    return expr
