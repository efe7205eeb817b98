"""Changes that a real Flink was given, with what it did: no harmful one is called safe, most harmless ones are."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from dli_provider.sql import StateFate, classify, problems
from tests.sql.pairs import pairs

HARMFUL = ("wrong", "fails")
SAFE = ("cosmetic", "carried")


@dataclass(frozen=True)
class MeasuredPair:
    """One change; `truth` is what Flink 1.20.3 did, and how that is known stands beside it in the file."""

    id: str
    kind: str
    before: str
    after: str
    truth: str
    how_known: str


MEASURED = [
    MeasuredPair(**each)
    for each in json.loads(Path(__file__).with_name("measured_pairs.json").read_text("utf-8"))
]


def verdict(before: str, after: str) -> str:
    found = classify(before, after)
    return "cosmetic" if found.cosmetic else found.state_fate.name.lower()


@pytest.mark.parametrize(
    "pair", [each for each in MEASURED if each.truth in HARMFUL], ids=lambda each: each.id
)
def test_what_flink_refuses_or_misreads_is_incompatible(pair: MeasuredPair) -> None:
    assert verdict(pair.before, pair.after) == "incompatible", pair.how_known


def test_most_harmless_changes_are_called_so() -> None:
    table = Counter((pair.truth, verdict(pair.before, pair.after)) for pair in MEASURED)
    verdicts = (*SAFE, "at_risk", "incompatible")
    print(f"\n{'truth':>8}", *(f"{each:>13}" for each in verdicts))
    for truth in ("right", *HARMFUL, "unclear"):
        print(f"{truth:>8}", *(f"{table[truth, each]:>13}" for each in verdicts))
    safe = sum(table["right", each] for each in SAFE)
    right = sum(pair.truth == "right" for pair in MEASURED)
    print(f"harmless and called so: {safe} of {right} ({safe / right:.0%})")
    assert safe / right >= 0.6


def test_the_way_back_of_a_harmful_change_is_not_safe() -> None:
    bold = [
        pair.id for pair in MEASURED if pair.truth in HARMFUL and verdict(pair.after, pair.before) in SAFE
    ]
    assert bold == []


def test_a_query_without_a_table_is_judged() -> None:
    sink = "CREATE TABLE t (a STRING, b INT) WITH ('connector' = 'print');\n"
    before, after = (sink + f"INSERT INTO t SELECT 'a', {number};" for number in (1, 2))
    assert verdict(before, after) in ("carried", "at_risk")


@pytest.mark.slow
def test_nothing_that_is_written_makes_the_judge_stumble(monkeypatch: pytest.MonkeyPatch) -> None:
    # The faults themselves, which `findings` takes for "not understood".
    from dli_provider.sql import change
    from dli_provider.sql.cursor import Unparsable
    from dli_provider.sql.lexer import Unreadable

    stumbled: list[str] = []

    def watched(old: object, new: object) -> object:
        try:
            return list(original(old, new))  # type: ignore[arg-type]
        except (Unparsable, Unreadable, RecursionError):
            raise
        except Exception as error:
            stumbled.append(f"{error!r}")
            raise

    original = change._findings
    monkeypatch.setattr(change, "_findings", watched)
    rng = random.Random(18)
    known = [(pair.before, pair.after) for pair in pairs()] + [(pair.before, pair.after) for pair in MEASURED]
    texts = sorted({text for each in known for text in each})
    for _ in range(4000):
        text = rng.choice(texts)
        words = text.split(" ")
        at = rng.randrange(len(words))
        way = rng.randrange(4)
        if way == 0:
            del words[at : at + rng.randrange(1, 6)]
        elif way == 1:
            words.insert(at, rng.choice(words))
        elif way == 2:
            other = rng.choice(texts).split(" ")
            words[at : at + 2] = other[(cut := rng.randrange(len(other))) : cut + 3]
        else:
            words = words[:at]
        found = classify(text, " ".join(words))
        assert isinstance(found.state_fate, StateFate)
        problems(" ".join(words))
    assert Counter(stumbled) == {}
