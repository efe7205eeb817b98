"""Rehearses every measured change of SQL, and holds the verdicts against what Flink is known to do with each.

`python -m tools.rehearsals [--seed N] [ID ...]` prints a line for each, and a table. Exit code 1: a change that fails
or goes wrong was called proven, or fewer than nine in ten of the right ones were. It takes some minutes.
"""

import argparse
import os
import sys
from collections import Counter

from dli_provider.flink.provision import obtain
from dli_provider.flink.row_runner import RowRunner
from dli_provider.workspace.rehearsing import Conditions, RehearsedChange, rehearse
from tests.sql.test_measured_pairs import HARMFUL, MEASURED

WORDS = ("proven", "differs", "refused", "cannot tell")
TRUTHS = ("right", *HARMFUL, "unclear")
LEAST_PROVEN = 0.9


def main() -> int:
    """Rehearse, and print."""
    parser = argparse.ArgumentParser(prog="python -m tools.rehearsals", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("ids", nargs="*", metavar="ID")
    given = parser.parse_args()
    table: Counter[tuple[str, str]] = Counter()
    seconds: list[float] = []
    with RowRunner(obtain(os.environ), os.environ) as flink:
        for pair in MEASURED:
            if given.ids and pair.id not in given.ids:
                continue
            held = rehearse(flink, RehearsedChange(pair.before, pair.after), Conditions(given.seed))
            table[pair.truth, held.verdict.word] += 1
            seconds.append(held.seconds)
            told = f"{held.verdict.word:11} {held.seconds:4.1f} s  {held.verdict.because[:160]}"
            print(f"{pair.truth:8} {pair.id:12} {told}")
    print(f"\n{'truth':>8}" + "".join(f"{word:>13}" for word in WORDS))
    for truth in TRUTHS:
        print(f"{truth:>8}" + "".join(f"{table[truth, word]:>13}" for word in WORDS))
    warm = sorted(seconds[1:] or seconds)
    middle, mean = warm[len(warm) // 2], sum(warm) / len(warm)
    print(f"seconds a change, warm: mean {mean:.1f}, median {middle:.1f}, most {warm[-1]:.1f}")
    bold = sum(table[truth, "proven"] for truth in HARMFUL)
    right = sum(table["right", word] for word in WORDS)
    print(f"harmful and proven: {bold}; right and proven: {table['right', 'proven']} of {right}")
    return int(bool(bold) or table["right", "proven"] < LEAST_PROVEN * right)


if __name__ == "__main__":
    sys.exit(main())
