"""How long single decisions take, and imports: no engine, no DLI."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from dli_provider.lifecycle.foresight import foresee
from dli_provider.lifecycle.observed import Record, Seen
from dli_provider.spec.diff import diff
from dli_provider.spec.job import JobSpec
from dli_provider.spec.rules import violations
from dli_provider.spec.sql import same_meaning
from tools.bench.programs import sql

MIB = 1024 * 1024
_TIMES = 5
_NONE: frozenset[str] = frozenset()


def timings() -> dict[str, float]:
    """What, and the milliseconds that it takes: the best of a few times."""
    small, large = sql(1), large_sql()
    found: dict[str, float] = {}
    for size, text in (("2 kB", small), ("1 MiB", large)):
        changed = text.replace("'print-identifier' = '1'", "'print-identifier' = '2'")
        arguments = {"name": "orders", "queue_name": "q", "checkpoint_enabled": True, "obs_bucket": "b"}
        old, same, new = (JobSpec(**arguments, sql_body=body) for body in (text, text, changed))  # type: ignore[arg-type]
        given = {**arguments, "sql_body": text}
        seen = Seen("job_running")
        found |= {
            f"check, {size} of SQL": _best(lambda given=given: violations(given)),  # type: ignore[misc]
            f"diff, nothing changed, {size}": _best(lambda old=old, same=same: diff(old, same)),  # type: ignore[misc]
            f"same SQL but for a comment, {size}": _best(
                lambda text=text: same_meaning(text, "-- a comment\n" + text)  # type: ignore[misc]
            ),
            f"plan of a change of SQL, {size}": _best(
                lambda old=old, new=new, seen=seen: foresee(old, new, seen, Record(), _NONE)  # type: ignore[misc]
            ),
        }
    for module in ("dli_provider", "dli_provider.resource", "stacks.program"):
        found[f"import of {module}, with Pulumi's SDK"] = min(_import(module) for _ in range(_TIMES))
    found["import of Pulumi's SDK alone"] = min(_import("pulumi.dynamic") for _ in range(_TIMES))
    return found


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


def _best(what: Callable[[], object]) -> float:
    took = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        what()
        took.append((time.perf_counter() - began) * 1000)
    return min(took)


def _import(module: str) -> float:
    program = f"import time; began = time.perf_counter(); import {module}; print(time.perf_counter() - began)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(told.stdout) * 1000
