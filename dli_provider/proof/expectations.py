"""Expected tables written anew into the file of cases, everything else in it left as it is, comments too."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dli_provider.proof.cases import CaseTable


@dataclass(frozen=True)
class NewTable:
    """A table, and the text that is to stand in its place."""

    table: CaseTable
    text: str


def rewritten(text: str, tables: Sequence[NewTable]) -> str:
    """The text of a file of cases with these tables in the place of the old ones; those in CSV files are not in it."""
    for each in sorted(tables, key=lambda one: one.table.span or (0, 0), reverse=True):
        if each.table.span is None:
            continue
        start, end = each.table.span
        if each.table.braced:
            quoted = json.dumps(each.text.rstrip("\n"), ensure_ascii=False)
            text = text[:start] + quoted + text[end:]
            continue
        # The parts of a block are as far in as the key that it belongs to, and two more.
        line = text.rfind("\n", 0, start) + 1
        key = text[line:start]
        inner = " " * (len(key) - len(key.lstrip(" -")) + 2)
        kept = text[start:end]
        inner = " " * each.table.indent if kept.startswith(("|", ">")) and "\n" in kept.strip() else inner
        body = "".join(f"{inner}{one}\n" for one in each.text.splitlines())
        # What the block ends with, such as an empty line or a comment behind it, stays.
        tail = kept[len(kept.rstrip()) :].removeprefix("\n") if kept.startswith(("|", ">")) else ""
        rest = text[end:]
        text = text[:start] + "|\n" + body + tail + (rest if kept.endswith("\n") else rest.removeprefix("\n"))
    return text
