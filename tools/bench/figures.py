"""Measurements as Markdown, and their place in `docs/benchmarks.md`. Pure but for asking what machine this is."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from importlib.metadata import version

import psutil

from tools.bench.measures import HeldMemory, Measured, TargetVerdict

_MARKED = re.compile(
    r"(<!-- measured: (?P<name>[\w-]+) -->\n)(?P<text>.*?)(<!-- end of (?P=name) -->)", re.DOTALL
)


def table(results: Iterable[Measured]) -> str:
    """A line for each command."""
    rows = [
        (
            one.step.title,
            one.door,
            f"{one.seconds:.1f} s",
            f"{one.floor:.1f} s",
            f"{one.seconds / one.floor:.2f}",
            f"{one.step.waits:g} s" if one.step.waits else "-",
            f"{one.plugin_mb:.0f} MB",
            ", ".join(f"{number} {call}" for call, number in one.calls.items()) or "none",
        )
        for one in results
    ]
    head = ("command", "door", "ours", "floor", "ratio", "DLI takes", "plugin", "calls")
    return _markdown([head, *rows])


def waiting(found: Mapping[str, HeldMemory]) -> str:
    """A line for each door."""
    rows = [
        (door, f"{one.jobs:,}", f"{one.mb:.0f} MB", f"{one.threads}", f"{one.idle_mb:.0f} MB")
        for door, one in found.items()
    ]
    return _markdown([("door", "jobs that wait", "memory", "threads", "memory before the first job"), *rows])


def targets(verdicts: Iterable[TargetVerdict]) -> str:
    """A line for each target."""
    rows = [
        (
            v.what,
            f"{v.measured:.1f} {v.unit}",
            f"{v.limit:.1f} {v.unit}",
            v.formula,
            "yes" if v.met else "**no**",
        )
        for v in verdicts
    ]
    return _markdown([("target", "measured", "at most", "that is", "met"), *rows])


def timings(found: Mapping[str, float]) -> str:
    """A line for each micro-benchmark."""
    return _markdown([("what", "takes"), *((what, f"{took:,.1f} ms") for what, took in found.items())])


def circumstances(engine: str) -> str:
    """Machine, date and versions."""
    memory = psutil.virtual_memory().total / 1024**3
    when = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    load = os.getloadavg()[0]
    return (
        f"Measured on {when}: {platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB; "
        f"Python {platform.python_version()}, engine {engine}, Pulumi's SDK {version('pulumi')}, "
        f"dli-provider {version('dli-provider')}; load before the start {load:.1f}.\n"
    )


def renew(text: str, sections: Mapping[str, str]) -> str:
    """A document with these measured sections; others stay as they are. Raises LookupError for one without a place."""
    places = {match["name"] for match in _MARKED.finditer(text)}
    if missing := sorted(sections.keys() - places):
        raise LookupError(f"the document has no place for {', '.join(missing)}")
    return _MARKED.sub(
        lambda match: (
            match[0] if match["name"] not in sections else f"{match[1]}{sections[match['name']]}{match[4]}"
        ),
        text,
    )


def _markdown(rows: list[tuple[str, ...]]) -> str:
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body]) + "\n"
