"""Changes of single tokens, made at random: what is called safe is restored, and writes what a run from scratch does.

`python -m tools.mutations` tries 400 of them; here is a sample, three each of three queries.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import closing
from itertools import islice

import pytest

from dli_provider.flink.judging import Judge, SqlChange
from dli_provider.flink.provision import Distribution
from dli_provider.flink.row_runner import RowRunner
from dli_provider.sql import from_text
from tests.flink.mutated import QUERIES, ChangeBench, mutations

pytestmark = [pytest.mark.flink, pytest.mark.slow]

SAFE = ("unchanged", "cosmetic", "carried")
SEED = 18
SAMPLE = random.Random(SEED).sample(range(len(QUERIES)), 4)[:3]


@pytest.fixture(scope="module")
def flink(distribution: Distribution) -> Iterator[RowRunner]:
    with RowRunner(distribution, os.environ) as runner:
        yield runner


@pytest.fixture(scope="module")
def judge(distribution: Distribution) -> Iterator[Judge]:
    with closing(Judge("flink", os.environ, lambda: distribution)) as asked:
        yield asked


@pytest.mark.parametrize("query", SAMPLE)
def test_what_is_called_safe_is_carried(query: int, flink: RowRunner, judge: Judge) -> None:
    before = QUERIES[query]
    bench = ChangeBench(flink, before, SEED)
    assert bench.tried(before).truth == "right", "the trial itself is sound"
    tried = 0
    for after in islice(mutations(before, random.Random(f"test/{query}")), 60):
        said = judge.verdict(SqlChange(before, after))
        if said.invalid or tried == 3:
            continue
        came = bench.tried(after)
        if came.truth == "unclear":
            continue
        tried += 1
        names = {said.name, from_text(before, after).name}
        assert came.truth == "right" or not names & set(SAFE), f"{said.because}\n{came.words}\n{after}"
        assert came.truth != "fails" or said.name == "incompatible", f"{said.because}\n{came.words}\n{after}"
    assert tried, "no change of this query is SQL"


MATCHED = next(query for query in QUERIES if "MATCH_RECOGNIZE" in query)


@pytest.fixture(scope="module")
def matched(flink: RowRunner) -> ChangeBench:
    return ChangeBench(flink, MATCHED, SEED)


@pytest.mark.parametrize(
    ("old", "new", "truths"),
    [
        ("FIRST(A.price) AS lo", "C.price AS lo", ["right"]),
        ("LAST(B.price) AS hi", "CAST(COUNT(B.price) AS INT) AS hi", ["right"]),
        ("FIRST(A.price) AS lo", "CASE WHEN LAST(B.channel) = 'a' THEN 1 ELSE 2 END AS lo", ["right"]),
        # Flink refuses only what stands in the middle of a match, which depends on the moment of the savepoint.
        ("PATTERN (A B+ C)", "PATTERN (A B C)", ["fails", "wrong"]),
    ],
)
def test_measures_are_computed_of_whole_matches(
    matched: ChangeBench, judge: Judge, old: str, new: str, truths: list[str]
) -> None:
    after = MATCHED.replace(old, new)
    assert after != MATCHED
    came = matched.tried(after)
    assert came.truth in truths, came.words
    said = judge.verdict(SqlChange(MATCHED, after))
    assert said.name == ("carried" if truths == ["right"] else "incompatible"), said.because
