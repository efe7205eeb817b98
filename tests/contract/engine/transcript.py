"""What a command told, fit to be reviewed as a golden file: in a fixed order, without ids, times and addresses.

Progress, which depends on when it was looked at, and the engine's own closing words ("error: update failed") are left
out: plans, warnings and errors stay.
"""

from __future__ import annotations

import re

from tests.support import golden
from tests.support.pulumi_project import Told

_VARYING = (
    (r"\b\d{8}T\d{6}Z(-\d+)?\b", "<time>"),
    (r"\b\d\d:\d\d:\d\d UTC\b", "<time of day>"),
    (r"\bjob \d+\b", "job <id>"),
    (r"\bid \d+\b", "id <id>"),
    (r"\brequest id \w+", "request id <request id>"),
    (r"checkpoint/\d+_\d+/chk-\d+/", "checkpoint/<id>/"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:<port>"),
    (r"\blocal/[\w-]+", "local/<project id>"),
)


_PROGRESS = re.compile(r"info: \S+: [a-z]")


def messages(told: Told) -> list[str]:
    """Every message under Diagnostics with the lines that belong to it, sorted, as jobs speak in any order."""
    found: list[list[str]] = []
    for line in told.diagnostics.splitlines():
        text = line.strip()
        if not text or re.fullmatch(r"pulumi\S* \(.*\):|error: (\w+ failed|an unhandled error .*)", text):
            continue
        if re.match(r"(info|warning|error): ", text):
            found.append([text])
        else:
            found[-1].append(f"    {text}")
    return sorted("\n".join(lines) for lines in found if not _PROGRESS.match(lines[0]))


def check(name: str, told: Told, *, update: bool) -> None:
    """Compare the messages with the golden file of this name, or write it."""
    text = "\n".join(messages(told))
    for pattern, word in _VARYING:
        text = re.sub(pattern, word, text)
    golden.check(f"engine/{name}.txt", text.splitlines(), update=update)
