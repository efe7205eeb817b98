"""How good are the tests of the sample jobs? Changes their SQL in small ways, and counts the changes that tests notice.

    python -m tools.mutants [JOB ...]

Each change is one that a tired person makes: another aggregate, a bound that is off, a condition turned round. One that
Flink refuses as SQL is no mutant. Exit code 1 where fewer are noticed than there should be.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from dli_provider.flink import provision
from dli_provider.flink.row_runner import RowRunner
from dli_provider.promotion.layout import Layout
from dli_provider.workspace.case_run import RunnableSql, outcome
from dli_provider.workspace.testing import JobCases, ProofBench

ROOT: Final = Path(__file__).parent.parent
GOAL: Final = 0.9

RULES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    # aggregates
    (r"\bSUM\(", ("MAX(", "MIN(", "AVG(", "SUM(DISTINCT ", "-SUM(")),
    (r"\bMAX\(", ("MIN(", "FIRST_VALUE(", "LAST_VALUE(")),
    (r"\bCOUNT\(\*\)", ("COUNT(amount)", "COUNT(DISTINCT amount)", "COUNT(*) + 1", "MAX(1)")),
    (r"COUNT\(miss\.payment_id\)", ("COUNT(hit.payment_id)", "COUNT(miss.payment_id) + 1", "COUNT(miss.outcome) - 1")),
    (r"FIRST\(miss\.paid_at\)", ("LAST(miss.paid_at)", "hit.paid_at", "FIRST(miss.paid_at, 1)")),
    # columns
    (r"(?<!AS )\bhit\.(payment_id|amount|currency|paid_at)\b(?! *=)", (r"LAST(miss.\1)",)),
    (r"\bwindow_start AS", ("window_end AS", "window_start + INTERVAL '1' HOUR AS")),
    (r"\bCAST\(quantity AS BIGINT\)", ("quantity", "CAST(ABS(quantity) AS BIGINT)", "CAST(-quantity AS BIGINT)")),
    (r"COALESCE\((c\.\w+), '\w+'\)", (r"\1",)),
    (r"(COALESCE\(c\.\w+, )'\w+'\)", (r"\1'')", r"\1'DE')")),
    (r"\bo\.amount", ("o.amount * 2", "-o.amount")),
    (r"\bo\.ordered_at", ("o.ordered_at + INTERVAL '1' HOUR",)),
    (r"\bo\.currency", ("'EUR'", "UPPER(o.order_id)")),
    # keys
    (r"\n  article,\n", ("\n  'a1' AS article,\n", "\n  warehouse AS article,\n")),
    (r"\n  warehouse,\n", ("\n  'berlin' AS warehouse,\n",)),
    (r"\n  country,\n  currency,\n  COUNT", (
     "\n  country,\n  'EUR' AS currency,\n  COUNT", "\n  'DE', currency,\n  COUNT")),
    (r"\bPARTITION BY card_hash\n", ("PARTITION BY card_hash, currency\n",)),
    (r"ON o\.customer_id = c\.customer_id", ("ON o.customer_id + 1 = c.customer_id",)),
    # conditions
    (r"(?<=outcome )=", ("<>",)),
    (r"'DECLINED'", ("'PENDING'",)),
    (r"'APPROVED'", ("'DECLINED'", "'PENDING'")),
    (r"LEFT JOIN", ("JOIN",)),
    (r"FROM stock_movements", ("FROM stock_movements WHERE quantity > 0", "FROM stock_movements WHERE quantity < 10",
                               "FROM (SELECT DISTINCT * FROM stock_movements)")),
    (r"GROUP BY article, warehouse", ("GROUP BY article, warehouse HAVING SUM(quantity) > 0",
                                      "GROUP BY article, warehouse HAVING COUNT(*) > 1")),
    (r"GROUP BY window_start, window_end, country, currency",
     ("GROUP BY window_start, window_end, country, currency HAVING SUM(amount) > 1",
      "GROUP BY window_start, window_end, country, currency HAVING COUNT(*) < 3")),
    (r"FROM orders AS o", ("FROM (SELECT * FROM orders WHERE amount > 5) AS o",
                           "FROM (SELECT * FROM orders WHERE customer_id IS NOT NULL) AS o")),
    # time
    (r"(?<=ordered_at - INTERVAL )'1' MINUTE", ("'0' MINUTE", "'2' MINUTE", "'1' SECOND", "'1' HOUR")),
    (r"(?<=paid_at - INTERVAL )'10' SECOND", ("'0' SECOND", "'9' SECOND", "'11' SECOND", "'10' MINUTE")),
    (r"INTERVAL '1' HOUR\)\)", ("INTERVAL '2' HOUR))", "INTERVAL '1' MINUTE))", "INTERVAL '1' DAY))",
                               "INTERVAL '1' HOUR, INTERVAL '30' MINUTE))")),
    (r"TUMBLE\((.*), INTERVAL '1' HOUR\)", (r"HOP(\1, INTERVAL '30' MINUTE, INTERVAL '1' HOUR)",
                                            r"CUMULATE(\1, INTERVAL '30' MINUTE, INTERVAL '1' HOUR)")),
    (r"WITHIN INTERVAL '10' MINUTE", ("WITHIN INTERVAL '9' MINUTE", "WITHIN INTERVAL '11' MINUTE",
                                      "WITHIN INTERVAL '10' HOUR",
                                      "WITHIN INTERVAL '10' SECOND")),
    # patterns
    (r"miss\{3,\}", ("miss{2,}", "miss{4,}", "miss{3}", "miss+", "miss{3,3}?")),
    (r"SKIP PAST LAST ROW", ("SKIP TO NEXT ROW", "SKIP TO LAST miss")),
)  # fmt: skip
"""What is changed into what, at each place where it is found."""

EQUIVALENT: Final[Mapping[str, str]] = {
    "fraud_alerts: SKIP PAST LAST ROW -> SKIP TO LAST miss": "behind the last miss is the hit: no match begins",
}
"""Changes after which the job does the same, and why: no test can notice them."""


@dataclass(frozen=True)
class Mutant:
    """A changed script, by what was changed."""

    name: str
    sql: str


def mutants(job: str, sql: str) -> Iterator[Mutant]:
    """Every change of a script by the rules, outside of its comments."""
    said = [found.span() for found in re.finditer(r"--[^\n]*", sql)]
    for pattern, others in RULES:
        for number, found in enumerate(re.finditer(pattern, sql)):
            if any(begin <= found.start() < end for begin, end in said):
                continue
            for other in others:
                changed = sql[: found.start()] + found.expand(other) + sql[found.end() :]
                again = f" ({number + 1})" if number else ""
                name = f"{' '.join(found[0].split())} -> {' '.join(found.expand(other).split())}{again}"
                yield Mutant(f"{job}: {name}", changed)


def verdict(flink: RowRunner, job: JobCases, mutant: Mutant) -> str:
    """`noticed`, `survived`, or `no SQL`."""
    sql: RunnableSql = replace(job.sql, sql=mutant.sql)
    for case in job.cases:
        told = outcome(flink, sql, case, job.olds.get(case.upgrade))
        if any("Flink refuses the SQL" in fault.message for fault in told.faults):
            return "no SQL"
        if told.verdict != "passed":
            return "noticed"
    return "survived"


def main(names: list[str]) -> int:
    """Try them all, tell of those that survive."""
    bench = ProofBench(Layout.of(ROOT))
    counts = dict.fromkeys(("noticed", "survived", "no SQL", "equivalent"), 0)
    with RowRunner(provision.obtain(os.environ), os.environ) as flink:
        for job in bench.jobs(names):
            for mutant in mutants(job.job, job.sql.sql):
                told = "equivalent" if mutant.name in EQUIVALENT else verdict(flink, job, mutant)
                counts[told] += 1
                if told != "noticed":
                    print(f"{told}: {mutant.name}", flush=True)
    tried = counts["noticed"] + counts["survived"]
    print(f"{counts['noticed']} of {tried} mutants noticed ({counts['noticed'] / tried:.0%}); {counts}")
    return 0 if counts["noticed"] >= GOAL * tried else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
