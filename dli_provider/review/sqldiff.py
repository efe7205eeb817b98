"""The change of an SQL text, line by line with context; what only changes its looks is folded into a line. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from dli_provider.sql import same_meaning

_CONTEXT = 3


@dataclass(frozen=True)
class SqlDiff:
    """`lines` begin with "+", "-", " " or, for lines left out, "@"; `added` and `removed` count what is not folded."""

    lines: tuple[str, ...]
    added: int
    removed: int

    @property
    def cosmetic(self) -> bool:
        """Whether nothing but the looks changes."""
        return not (self.added or self.removed)


def sql_diff(old: str, new: str) -> SqlDiff | None:
    """The difference of two masked texts; None where there is none."""
    if old == new:
        return None
    olds, news = old.splitlines(), new.splitlines()
    if same_meaning(old, new):
        return SqlDiff(("@ only comments, white space or the case of key words differ",), 0, 0)
    lines: list[str] = []
    added = removed = 0
    for group in SequenceMatcher(None, olds, news, autojunk=False).get_grouped_opcodes(_CONTEXT):
        lines.append(f"@ line {group[0][3] + 1}")
        for kind, old_from, old_to, new_from, new_to in group:
            before, after = olds[old_from:old_to], news[new_from:new_to]
            if kind == "equal":
                lines += [f" {line}" for line in before]
            elif _alike(before, after):
                lines.append(_folded(before, after))
            else:
                added, removed = added + len(after), removed + len(before)
                lines += [*_signed("-", before), *_signed("+", after)]
    return SqlDiff(tuple(lines), added, removed)


def _alike(before: list[str], after: list[str]) -> bool:
    return same_meaning("\n".join(before), "\n".join(after))


def _folded(before: list[str], after: list[str]) -> str:
    count = max(len(before), len(after))
    return f"@ {count} line{'s' if count != 1 else ''} with changes of comments, white space or case only"


def _signed(sign: str, lines: list[str]) -> Iterator[str]:
    return (f"{sign}{line}" for line in lines)
