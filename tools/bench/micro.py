"""How long single decisions take, and imports: no engine, no DLI."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from dli_provider.job.constraints import violations
from dli_provider.job.diff import diff
from dli_provider.job.fields import JobSpec
from dli_provider.plan.live_job import LastSeen, Record
from dli_provider.plan.preview import foresee
from dli_provider.sql import same_meaning
from tools.bench.programs import sql

MIB = 1024 * 1024
_PLANNING = "diff and plan of a change of SQL, "
PLANNING = _PLANNING + "1 MiB"
"""What a target is set for."""
_TIMES = 5


def timings() -> dict[str, float]:
    """What, and the milliseconds that it takes: the best of a few times, each with SQL that was never seen before."""
    found: dict[str, float] = {}
    for size, text in (("2 kB", sql(1)), ("1 MiB", large_sql())):
        pairs = [_pair(text, number) for number in range(_TIMES)]
        found |= {
            f"check, {size} of SQL": _best(pairs, lambda old, _: violations(old.model_dump())),
            f"same SQL but for a comment, {size}": _best(
                pairs, lambda old, _: same_meaning(_sql(old), "-- a comment\n" + _sql(old))
            ),
            f"diff, nothing changed, {size}": _best(
                [(old, old.model_copy()) for old, _ in pairs], lambda old, same: diff(old, same)
            ),
        }
        pairs = [_pair(text, _TIMES + number) for number in range(_TIMES)]
        found[_PLANNING + size] = _best(
            pairs, lambda old, new: foresee(old, new, LastSeen("job_running"), Record(), frozenset())
        )
    for module in ("dli_provider", "dli_provider.resource", "dli_provider.program"):
        found[f"import of {module}, with Pulumi's SDK"] = min(_import(module) for _ in range(_TIMES))
    found["import of Pulumi's SDK alone"] = min(_import("pulumi.dynamic") for _ in range(_TIMES))
    return found


def _pair(text: str, number: int) -> tuple[JobSpec, JobSpec]:
    """A job and its next version, in SQL of their own."""
    text = text.replace("kafka:9092", f"kafka-{number}:9092")
    changed = text.replace("'print-identifier' = '1'", "'print-identifier' = '2'")
    assert changed != text
    old = JobSpec(name="orders", queue_name="q", checkpoint_enabled=True, obs_bucket="b", sql_body=text)
    return old, old.model_copy(update={"sql_body": changed})


def _sql(spec: JobSpec) -> str:
    return spec.sql_body or ""


def large_sql() -> str:
    """A script of 1 MiB: many views over one table, as generated SQL has them."""
    head = sql(1).rsplit("INSERT", 1)[0]
    view = "CREATE VIEW v{} AS SELECT k, v * {} AS v FROM clicks WHERE v > {} AND k <> 'none';\n"
    tail = "INSERT INTO totals SELECT k, SUM(v) FROM clicks GROUP BY k;\n"
    views: list[str] = []
    size = len(head) + len(tail)
    while (size := size + len(view.format(*[len(views)] * 3))) <= MIB:
        views.append(view.format(*[len(views)] * 3))
    return head + "".join(views) + tail


def _best(pairs: Sequence[tuple[JobSpec, JobSpec]], what: Callable[[JobSpec, JobSpec], object]) -> float:
    took = []
    for old, new in pairs:
        began = time.perf_counter()
        what(old, new)
        took.append((time.perf_counter() - began) * 1000)
    return min(took)


def _import(module: str) -> float:
    program = f"import time; began = time.perf_counter(); import {module}; print(time.perf_counter() - began)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(told.stdout) * 1000
