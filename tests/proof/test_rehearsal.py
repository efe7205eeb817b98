"""The verdict on what the runs of a rehearsal brought."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dli_provider.proof.continuation import Outputs, RowChange, SinkOutput, divergence, table_divergence
from dli_provider.proof.rehearsal import Doubts, RehearsalRuns, disagrees, judged


def output(text: str, key: tuple[int, ...] = (0,)) -> Outputs:
    """What a sink `s` with the columns `k` and `n` was given: `+I a 1, -U a 1, ...`."""
    words = [change.split() for change in text.split(",") if change.strip()]
    changes = tuple(RowChange(kind, tuple(row)) for kind, *row in words)
    return {"s": SinkOutput("s", ("k", "n"), key, changes)}


OLD = output("+I a 1")
WANTED = output("-U a 1, +U a 2, +I b 1")
RUNS = RehearsalRuns(
    old=OLD,
    control_before=OLD,
    control=WANTED,
    upgraded=WANTED,
    stateless=output("+I a 1, +I b 1"),
    stayed=WANTED,
    back=WANTED,
)
STATEFUL = Doubts(stateful=frozenset(["s"]))


def word(runs: RehearsalRuns, doubts: Doubts = STATEFUL) -> str:
    return judged(runs, doubts, 10).word


def test_the_same_changes_are_proven_and_counted() -> None:
    found = judged(RUNS, STATEFUL, 10)
    assert (found.word, found.rows, found.changes) == ("proven", 10, 3)
    assert not disagrees(RUNS)


def test_another_row_differs_and_is_shown_with_its_key() -> None:
    runs = replace(RUNS, upgraded=output("-U a 1, +U a 7, +I b 1"))
    assert disagrees(runs)
    found = judged(replace(runs, again=WANTED), STATEFUL, 10)
    assert found.word == "differs"
    assert found.because == "s, k=a: +U[a, 7] instead of +U[a, 2]"
    assert found.divergence is not None
    assert dict(found.divergence.key) == {"k": "a"}


@pytest.mark.parametrize("got", ["+I b 1", "-U a 1, +U a 2, +I b 1, +I c 1", "-U a 1, +U a 2"])
def test_a_row_too_few_or_too_many_differs(got: str) -> None:
    assert word(replace(RUNS, upgraded=output(got), again=WANTED)) == "differs"


def test_the_order_between_keys_means_nothing_that_within_a_key_does() -> None:
    assert divergence(WANTED, output("+I b 1, -U a 1, +U a 2")) is None
    assert divergence(WANTED, output("+U a 2, -U a 1, +I b 1")) is not None


def test_without_a_key_each_change_must_come_as_often() -> None:
    once, twice = output("+I a 1, +I b 1", ()), output("+I a 1, +I b 1, +I a 1", ())
    assert divergence(once, output("+I b 1, +I a 1", ())) is None
    found = divergence(once, twice)
    assert str(found) == "s: +I[a, 1] instead of nothing"
    found = divergence(output("+I a 1, +I b 1", ()), output("+I c 7, +I b 2", ()))
    assert str(found) == "s: +I[c, 7] instead of +I[a, 1]"
    found = divergence(output("+I b 1", ()), output("+I c 7, +I b 2", ()))
    assert str(found) == "s: +I[b, 2] instead of +I[b, 1]", "the one that is most like it"


def test_what_differs_each_time_is_compared_as_the_table_that_results() -> None:
    runs = replace(
        RUNS,
        upgraded=output("+I b 1, -U a 1, +U a 5, -U a 5, +U a 2"),
        again=output("+I b 1, -U a 1, +U a 9, -U a 9, +U a 2"),
    )
    found = judged(runs, STATEFUL, 10)
    assert found.word == "proven"
    assert any("order" in note for note in found.notes)
    assert word(replace(runs, upgraded=output("+I b 1, -U a 1, +U a 5"))) == "differs"


def test_where_two_runs_of_the_new_sql_end_differently_nobody_can_tell() -> None:
    runs = replace(RUNS, upgraded=output("+U a 3, +I b 1"), again=output("+U a 4, +I b 1"))
    assert word(runs) == "cannot tell"


def test_silence_proves_nothing() -> None:
    found = judged(replace(RUNS, control=output(""), upgraded=output("")), STATEFUL, 10)
    assert (found.word, found.because) == ("cannot tell", "nothing came out of s after the switch")


def test_state_that_did_not_matter_is_not_proven() -> None:
    runs = replace(RUNS, stateless=WANTED)
    assert word(runs) == "cannot tell"
    assert word(runs, Doubts()) == "proven", "a query without state has none to prove"


def test_state_that_no_row_showed_is_found_on_the_way_back() -> None:
    found = judged(replace(RUNS, back=output("-U a 1, +U a 2")), STATEFUL, 10)
    assert found.word == "cannot tell"
    assert (
        "the old SQL, from the new one's state, brings s, k=b: nothing instead of +I[b, 1]" in found.because
    )
    assert "cannot go on from its state: no" in judged(replace(RUNS, back="no"), STATEFUL, 10).because


def test_chance_and_clocks_are_never_proven_and_never_blamed() -> None:
    blind = replace(STATEFUL, blind=("the result depends on RAND",))
    assert word(RUNS, blind) == "cannot tell"
    assert word(replace(RUNS, upgraded=output("+I x 1"), again=WANTED), blind) == "cannot tell"


def test_a_changed_literal_that_no_row_shows_is_not_proven() -> None:
    untried = replace(STATEFUL, untried=("1000",))
    assert word(RUNS, untried) == "cannot tell"
    assert word(replace(RUNS, control_before=output("+I a 2")), untried) == "proven", "the rows did show it"


def test_a_table_keeps_the_last_change_of_a_key_or_counts_rows() -> None:
    assert table_divergence(output("+I a 1"), output("+I a 2, +U a 1")) is None
    assert table_divergence(output("+I a 1"), output("+I a 1, -D a 1")) is not None
    assert table_divergence(output("+I a 1", ()), output("+I a 2, -D a 2, +I a 1", ())) is None
