"""`make bench`: measure, print the tables, and write them into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

from tools.bench import figures, record
from tools.bench.arena import DOORS, Options, live
from tools.bench.measures import STEPS, Measured
from tools.bench.micro import timings
from tools.bench.record import Here, Measurements, Single
from tools.bench.thousand import held_while_waiting
from tools.bench.timed_engine import CHECKOUT, EngineFailed

DOCUMENT = CHECKOUT / "docs" / "benchmarks.md"
RECORD = DOCUMENT.with_suffix(".json")
MICRO, WAITING = "micro", "waiting"
KEYS = (*(step.key for step in STEPS), WAITING, MICRO)
LARGE = 1000


def main(arguments: list[str]) -> int:
    """The command; returns its exit code."""
    # What is started in the background ignores interrupts, and so would the engine's plugins, which it ends by one: it
    # waits five seconds for each of them then.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.write and (asked.at_once or not asked.checkpoints):
        parser.error(
            "without the engine's checkpoints, or DLI's own time, it is another command: that is printed, and not "
            "written"
        )
    try:
        found = _measured(asked, _engine_version())
    except (EngineFailed, TimeoutError) as failed:
        print(failed, file=sys.stderr)
        return 1
    print("\n\n".join(figures.sections(found).values()))
    if asked.write:
        kept = record.read(RECORD).renewed(found)
        record.write(RECORD, kept)
        DOCUMENT.write_text(figures.renew(DOCUMENT.read_text(), figures.sections(kept)))
        print(f"written: {RECORD}, {DOCUMENT}")
    return 0


def _measured(asked: argparse.Namespace, engine: str) -> Measurements:
    parts = asked.parts or list(KEYS)
    keys = [key for key in parts if key not in (MICRO, WAITING)]
    commands: list[Measured] = []
    for jobs in asked.jobs if keys else ():
        lives: dict[tuple[str, str], Measured] = {}
        for _ in range(asked.rounds or (1 if jobs >= LARGE else 2)):
            options = Options(
                asked.parallel or max(128, jobs + 24), asked.times, asked.checkpoints, asked.at_once
            )
            for one in live(asked.doors, jobs, keys, options, Here(engine), _say):
                lives[one.door, one.key] = one.best(lives.get((one.door, one.key)))
        commands += lives.values()
    held = [Here(engine).marked(held_while_waiting(door, LARGE)) for door in asked.doors if WAITING in parts]
    micro = Here(engine).marked(Single(timings())) if MICRO in parts else None
    return Measurements(tuple(commands), tuple(held), micro)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench", description="Measure against the bare engine."
    )
    parser.add_argument(
        "--jobs", type=int, nargs="+", default=[10, 100, 1000], metavar="N", help="how many jobs"
    )
    parser.add_argument("--parts", nargs="+", choices=KEYS, metavar="PART", help=f"of {', '.join(KEYS)}")
    parser.add_argument("--rounds", type=int, help=f"whole lives of a stack: 2, and 1 from {LARGE} jobs on")
    parser.add_argument(
        "--times", type=int, default=2, help="how often what changes nothing is measured in each"
    )
    parser.add_argument(
        "--parallel", type=int, help="operations at once: 128, or a few more than there are jobs"
    )
    parser.add_argument(
        "--doors", nargs="+", choices=[*DOORS], default=[*DOORS], help="by which way jobs are declared"
    )
    parser.add_argument(
        "--without-checkpoints",
        dest="checkpoints",
        action="store_false",
        help="of the engine's: they are most of the time of what changes something, and the same for all",
    )
    parser.add_argument(
        "--at-once",
        action="store_true",
        help="DLI starts, saves and stops jobs in no time, so that what is left is all ours and the engine's",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="into docs/benchmarks.md: what was measured, in the place of what it was before; the rest stays",
    )
    return parser


def _engine_version() -> str:
    told = subprocess.run(["pulumi", "version"], capture_output=True, text=True, check=True, env=_path())
    return told.stdout.strip()


def _path() -> dict[str, str]:
    return {**os.environ, "PATH": os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]])}


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
