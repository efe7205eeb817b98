"""Is what the judge calls carried really carried? Changes one token of a query at random, and has a real Flink say.

`python -m tools.mutations` tries 400 changes of the queries in `tests/flink/mutated.py`: each is judged by Flink's
planner and by the text alone, and then made, from a savepoint of the old query, beside a run of the new one from
scratch. Prints a table for each judge, and every change that was called safe and is not. Takes about ten minutes. The
exit code is 1 where there is such a change.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from dli_provider.flink.judging import Judge, JudgeMode, SqlChange
from dli_provider.flink.provision import obtain
from dli_provider.flink.row_runner import RowRunner
from dli_provider.sql import SqlVerdict
from tests.flink.mutated import QUERIES, ChangeBench, TriedChange, mutations

VERDICTS = ("unchanged", "cosmetic", "carried", "at_risk", "incompatible", "invalid")
SAFE = VERDICTS[:3]
TRUTHS = ("right", "wrong", "fails")
MODES: tuple[JudgeMode, ...] = ("flink", "text")
_BENCHES = 3
_TRIES = 150  # a query whose changes hardly ever are SQL is given up after so many


@dataclass(frozen=True)
class JudgedChange:
    """One change, what each judge said of it, and what Flink did."""

    query: int
    tried: TriedChange
    said: Mapping[JudgeMode, SqlVerdict]

    def line(self) -> str:
        """As a line of JSON."""
        told = {mode: [each.name, each.computed_by, each.because] for mode, each in self.said.items()}
        change = {"query": self.query, "before": self.tried.before, "after": self.tried.after}
        return json.dumps(change | {"truth": self.tried.truth, "words": self.tried.words} | told)


def changes(
    query: int, judges: Mapping[JudgeMode, Judge], flink: RowRunner, seed: int, count: int
) -> Iterable[JudgedChange]:
    """So many changes of one query that Flink can run, and those that it cannot."""
    before, found = QUERIES[query], 0
    # A change may go well by chance: what did so is tried on other rows as well.
    benches = [ChangeBench(flink, before, seed + more) for more in range(_BENCHES)]
    for after in islice(mutations(before, random.Random(f"{seed}/{query}")), _TRIES):
        said = {mode: judge.verdict(SqlChange(before, after)) for mode, judge in judges.items()}
        tried = TriedChange(before, after, "right")
        for bench in benches:
            if tried.truth == "right":
                tried = bench.tried(after)
        yield JudgedChange(query, tried, said)
        found += tried.truth in TRUTHS
        if found == count:
            return


def table(judged: Sequence[JudgedChange], mode: JudgeMode) -> str:
    """What one judge said beside what came of it."""
    known = [each for each in judged if each.tried.truth in TRUTHS]
    count = Counter((each.tried.truth, each.said[mode].name) for each in known)
    lines = [f"{len(known)} changes, judged by {mode}:"]
    lines.append(f"{'truth':>8}" + "".join(f"{each:>14}" for each in VERDICTS))
    for truth in TRUTHS:
        lines.append(f"{truth:>8}" + "".join(f"{count[truth, each]:>14}" for each in VERDICTS))
    right = sum(count["right", each] for each in VERDICTS)
    safe = sum(count["right", each] for each in SAFE)
    lines.append(
        f"harmless and called so: {safe} of {right}; called safe and harmful: {len(bold(judged, mode))}"
    )
    return "\n".join(lines)


def bold(judged: Sequence[JudgedChange], mode: JudgeMode) -> list[JudgedChange]:
    """What was called safe and is not."""
    return [
        each for each in judged if each.said[mode].name in SAFE and each.tried.truth in ("wrong", "fails")
    ]


def shown(one: JudgedChange, mode: JudgeMode) -> str:
    """A change that was called safe and is not, with all that is known of it."""
    said = one.said[mode]
    came = f"{one.tried.truth}: {one.tried.words}"
    return f"\nBOLD ({mode}), query {one.query}: {said.name}, {said.because}\n{came}\n{one.tried.after}"


def tried(given: argparse.Namespace) -> Iterable[JudgedChange]:
    """All changes that were asked for, one after the other."""
    numbers = range(len(QUERIES)) if given.query is None else [given.query]
    with ExitStack() as open_ones:
        distribution = obtain(os.environ)
        flink = open_ones.enter_context(RowRunner(distribution, os.environ))
        judges = {mode: Judge(mode, os.environ, lambda: distribution) for mode in MODES}
        for judge in judges.values():
            open_ones.callback(judge.close)
        for query in numbers:
            yield from changes(query, judges, flink, given.seed, -(-given.count // len(numbers)))


def main(arguments: Iterable[str] | None = None) -> None:
    """Try them, and print."""
    parser = argparse.ArgumentParser(
        description="Changes single tokens of queries, and sees what Flink makes of it."
    )
    parser.add_argument("--count", type=int, default=400, help="how many changes that Flink can run")
    parser.add_argument("--seed", type=int, default=18, help="another one makes other changes and other rows")
    parser.add_argument("--query", type=int, help="only this one, by its number")
    parser.add_argument("--log", type=Path, help="a file for every change, a line of JSON each")
    given = parser.parse_args(arguments)
    begun, judged = time.monotonic(), []
    with given.log.open("w") if given.log else nullcontext() as log:
        for one in tried(given):
            judged.append(one)
            if log:
                print(one.line(), file=log, flush=True)
    for mode in MODES:
        print(table(judged, mode), "\n", flush=True)
    wrongly = [one for one in judged if one.said["flink"].name == "invalid" and one.tried.truth in TRUTHS]
    unrun = Counter(one.tried.truth for one in judged)["unclear"]
    print(
        f"{unrun} more were no SQL; {len(wrongly)} that ran were called invalid; {time.monotonic() - begun:.0f} s"
    )
    found = [shown(one, mode) for mode in MODES for one in bold(judged, mode)]
    print("\n".join(found))
    sys.exit(bool(found or wrongly))


if __name__ == "__main__":
    main()
