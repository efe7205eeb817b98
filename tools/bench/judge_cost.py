"""What asking Flink's planner costs a preview: `python -m tools.bench.judge_cost [JOBS]`.

Judges so many changed jobs, each with a text of its own, by the text and then by Flink's planner, as one process of a
deployment does; prints seconds, and the memory of the planner's process.
"""

import os
import sys
import time

import psutil

from dli_provider.flink.judging import Consulted, JudgeMode
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


def measured(mode: JudgeMode, pairs: list[tuple[str, str]]) -> tuple[float, float, int]:
    """Seconds, MB of the planner's process at the end, and how many changes the planner judged."""
    begun = time.monotonic()
    with Consulted(mode, os.environ, lambda told: print(told, file=sys.stderr)):
        found = [classify(*pair) for pair in pairs]
        took = time.monotonic() - begun
        javas = psutil.Process().children(recursive=True)
        memory = sum(each.memory_info().rss for each in javas) / 1e6
    return took, memory, sum("planner" in each.computed_by for each in found)


def main() -> None:
    """Measure, and print."""
    pairs = changes(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    text, _, _ = measured("text", pairs)
    planner, memory, judged = measured("flink", pairs)
    print(
        f"{len(pairs)} changed jobs: {text:.1f} s by the text, {planner:.1f} s by the planner ({judged} judged by it)"
    )
    print(f"{planner - text:.1f} s more, of {TARGET:.0f} s; the planner's process has {memory:.0f} MB")


if __name__ == "__main__":
    main()
