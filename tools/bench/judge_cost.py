"""What asking Flink's planner costs a preview: `python -m tools.bench.judge_cost [JOBS]`.

Judges so many changed jobs, each with a text of its own, by the text and then by Flink's planner, as one process of a
deployment does; prints seconds by the clock and by the processors, and the memory of the planner's process. The planner
is prepared before, as `dli check` and `make up RUNNER=flink` do.
"""

import os
import sys
import time
from typing import NamedTuple

import psutil

from dli_provider.flink.judging import Consulted, JudgeMode
from dli_provider.flink.planner import prepare
from dli_provider.flink.provision import obtain
from dli_provider.sql import classify
from tests.flink.mutated import QUERIES

TARGET = 12.0
"""Seconds that a preview of 100 changed jobs may take longer with the planner than without."""


def changes(count: int) -> list[tuple[str, str]]:
    """Changed jobs, no two alike: other names of columns and topics, and one more filter each."""
    made = []
    for number in range(count):
        old = (
            QUERIES[number % len(QUERIES)].replace("'bid'", f"'bid{number}'").replace("snk", f"snk_{number}")
        )
        # As a real source of Kafka's needs it; without, each script is planned a second time, with stand-ins.
        old = old.replace("'kafka',", "'kafka', 'properties.group.id' = 'g',")
        made.append((old, old.replace("price", f"price{number}").replace("reserve", f"reserve{number}")))
    return made


class JudgeCost(NamedTuple):
    """What judging took: seconds by the clock, of our process and of the planner's; MB of the latter; by whom."""

    clock: float
    ours: float
    planner: float
    memory: float
    by_planner: int


def measured(mode: JudgeMode, pairs: list[tuple[str, str]]) -> JudgeCost:
    """What judging the pairs takes."""
    begun, used = time.monotonic(), time.process_time()
    with Consulted(mode, os.environ, lambda told: print(told, file=sys.stderr)):
        found = [classify(*pair) for pair in pairs]
        took, ours = time.monotonic() - begun, time.process_time() - used
        javas = psutil.Process().children(recursive=True)
        memory = sum(each.memory_info().rss for each in javas) / 1e6
        spent = [each.cpu_times() for each in javas]
    planner = sum(each.user + each.system for each in spent)
    return JudgeCost(took, ours, planner, memory, sum("planner" in each.computed_by for each in found))


def main() -> None:
    """Measure, and print."""
    pairs = changes(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    prepare(obtain(os.environ), os.environ)
    text, planner = measured("text", pairs), measured("flink", pairs)
    print(
        f"{len(pairs)} changed jobs: {text.clock:.1f} s by the text, {planner.clock:.1f} s by the planner"
        f" ({planner.by_planner} judged by it): {planner.clock - text.clock:.1f} s more, of {TARGET:.0f} s"
    )
    print(
        f"processors: {text.ours:.1f} s by the text; {planner.ours:.1f} s and {planner.planner:.1f} s in the planner's"
        f" process, of {planner.memory:.0f} MB; load {os.getloadavg()[0]:.1f} on {os.cpu_count()}"
    )


if __name__ == "__main__":
    main()
