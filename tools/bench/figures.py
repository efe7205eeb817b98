"""Measurements as Markdown, and their place in `docs/benchmarks.md`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from tools.bench.measures import PROCESSES, STEPS, HeldMemory, Measured, TargetVerdict, verdicts
from tools.bench.micro import PLANNING
from tools.bench.record import Measurements, Single

_ORDER = {step.key: number for number, step in enumerate(STEPS)}

_MARKED = re.compile(
    r"(<!-- measured: (?P<name>[\w-]+) -->\n)(?P<text>.*?)(<!-- end of (?P=name) -->)", re.DOTALL
)


def sections(found: Measurements) -> dict[str, str]:
    """Every section that can be written, by its name."""
    texts = {
        f"jobs-{jobs}": _section([one for one in found.commands if one.jobs == jobs])
        for jobs in sorted({one.jobs for one in found.commands})
    }
    if found.waiting:
        texts["waiting"] = f"{_where(found.waiting)}\n{_waiting(found.waiting)}"
    if found.micro:
        texts["micro"] = f"{_where([found.micro])}\n{_timings(found.micro.milliseconds)}"
    planning = found.micro.milliseconds.get(PLANNING) if found.micro else None
    if judged := verdicts(found.commands, found.waiting, planning):
        texts["targets"] = _targets(judged)
    return texts


def _section(results: Sequence[Measured]) -> str:
    results = sorted(results, key=lambda one: (_ORDER[one.key], one.door))
    largest = max(results, key=lambda one: one.ours.state_bytes)
    state = (
        f"State: {largest.ours.state_bytes:,} bytes a job, of a trivial resource {largest.floor.state_bytes:,}, with "
        f"the same arguments {largest.alike.state_bytes:,}."
    )
    parallel = f"`--parallel {largest.parallel}`. {state}"
    return "\n\n".join([_where(results).rstrip(), parallel, _table(results), _cpu(results)])


def _where(made: Sequence[Measured] | Sequence[HeldMemory] | Sequence[Single]) -> str:
    """On which machines, and when: a line for each machine and version."""
    days = {one.where: sorted(_day(each) for each in made if each.where == one.where) for one in made}
    return "".join(
        f"Measured {moments[0]}{f' to {moments[-1]}' if moments[-1] != moments[0] else ''}: {where}.\n"
        for where, moments in days.items()
    )


def _day(one: Measured | HeldMemory | Single) -> str:
    return one.made.partition(",")[0]


def _table(results: Iterable[Measured]) -> str:
    """A line for each command."""
    rows = [
        (
            one.step.title,
            one.door,
            f"{one.ours.seconds:.1f} s",
            f"{one.floor.seconds:.1f} s",
            f"{one.ours.seconds / one.floor.seconds:.2f}",
            f"{one.alike.seconds:.1f} s",
            f"{one.ours.seconds / one.alike.seconds:.2f}",
            f"{one.waits:g} s" if one.waits else "-",
            f"{one.ours.plugin_mb:.0f} MB",
            ", ".join(f"{number} {call}" for call, number in one.calls.items()) or "none",
            one.made,
        )
        for one in results
    ]
    floors = ("floor", "ratio", "floor, same arguments", "ratio")
    return _markdown(
        [("command", "door", "ours", *floors, "DLI takes", "plugin", "calls", "measured"), *rows]
    )


def _cpu(results: Iterable[Measured]) -> str:
    """CPU seconds of each command, by process: ours, and how far beyond the floor with the same arguments."""
    rows = [
        (
            one.step.title,
            one.door,
            *(f"{took.cpu_seconds:.1f} s" for took in (one.ours, one.floor, one.alike)),
            *(
                f"{one.ours.cpu[process]:.1f} s ({one.ours.cpu[process] - one.alike.cpu[process]:+.1f})"
                for process in PROCESSES
            ),
            f"{one.dli_cpu:.1f} s",
        )
        for one in results
    ]
    head = (
        "command",
        "door",
        "CPU, ours",
        "floor",
        "floor, same arguments",
        *(f"of ours: {one}" for one in PROCESSES),
        "local DLI, beside it",
    )
    return _markdown([head, *rows])


def _waiting(found: Iterable[HeldMemory]) -> str:
    """A line for each door."""
    rows = [
        (one.door, f"{one.jobs:,}", f"{one.mb:.0f} MB", f"{one.threads}", f"{one.idle_mb:.0f} MB", one.made)
        for one in found
    ]
    head = ("door", "jobs that wait", "memory", "threads", "memory before the first job", "measured")
    return _markdown([head, *rows])


def _targets(verdicts: Iterable[TargetVerdict]) -> str:
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


def _timings(found: Mapping[str, float]) -> str:
    """A line for each micro-benchmark."""
    return _markdown([("what", "takes"), *((what, f"{took:,.1f} ms") for what, took in found.items())])


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
