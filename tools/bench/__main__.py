"""`make bench`: measure, print the tables, and write them into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

from tools.bench import figures
from tools.bench.arena import DOORS, Options, best, live
from tools.bench.measures import STEPS, HeldMemory, Measured, verdicts
from tools.bench.micro import PLANNING, timings
from tools.bench.thousand import held_while_waiting
from tools.bench.timed_engine import CHECKOUT, EngineFailed

DOCUMENT = CHECKOUT / "docs" / "benchmarks.md"
MICRO, WAITING = "micro", "waiting"
KEYS = (*(step.key for step in STEPS), WAITING, MICRO)
LARGE = 1000


def main(arguments: list[str]) -> int:
    """The command; returns its exit code."""
    # What is started in the background ignores interrupts, and so would the engine's plugins, which it ends by one: it
    # waits five seconds for each of them then.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    asked = _parser().parse_args(arguments)
    asked.parts = asked.parts or list(KEYS)
    where = figures.circumstances(_engine_version())
    print(where)
    results: dict[tuple[str, int, str], Measured] = {}
    waiting: dict[str, HeldMemory] = {}
    sections: dict[str, str] = {}
    keys = [key for key in asked.parts if key not in (MICRO, WAITING)]
    try:
        for jobs in asked.jobs if keys else ():
            for _ in range(asked.rounds or (1 if jobs >= LARGE else 2)):
                options = Options(asked.parallel or _parallel(jobs), asked.times, asked.checkpoints)
                for one in live(asked.doors, jobs, keys, options, _say):
                    which = one.door, jobs, one.step.key
                    results[which] = best(one, results.get(which))
            mine = [one for (_, number, _), one in results.items() if number == jobs]
            sections[f"jobs-{jobs}"] = _section(mine, asked.parallel or _parallel(jobs))
        if WAITING in asked.parts:
            waiting = {door: held_while_waiting(door, LARGE) for door in asked.doors}
            sections[WAITING] = figures.waiting(waiting)
    except (EngineFailed, TimeoutError) as failed:
        print(failed, file=sys.stderr)
        return 1
    single = timings() if MICRO in asked.parts else {}
    if single:
        sections["micro"] = figures.timings(single)
    if found := verdicts(results, waiting, single.get(PLANNING)):
        sections["targets"] = figures.targets(found)
    sections = {name: f"{where}\n{text}" for name, text in sections.items()}
    print("\n\n".join(sections.values()))
    if asked.write:
        asked.write.write_text(figures.renew(asked.write.read_text(), sections))
        print(f"written: {asked.write}")
    return 0


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
    parser.add_argument("--write", type=Path, nargs="?", const=DOCUMENT, help="write into docs/benchmarks.md")
    return parser


def _parallel(jobs: int) -> int:
    return max(128, jobs + 24)


def _section(results: list[Measured], parallel: int) -> str:
    one = results[-1] if len(results) == 1 else max(results, key=lambda each: each.state_per_job)
    state = f"State: {one.state_per_job:,} bytes a job, of a trivial resource {one.floor_state_per_job:,}."
    return f"`--parallel {parallel}`. {state}\n\n{figures.table(results)}"


def _engine_version() -> str:
    told = subprocess.run(["pulumi", "version"], capture_output=True, text=True, check=True, env=_path())
    return told.stdout.strip()


def _path() -> dict[str, str]:
    return {**os.environ, "PATH": os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]])}


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
