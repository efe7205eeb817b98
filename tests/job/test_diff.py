"""Every pair of values of every field, absent among them: what changes, what it costs, and what a reviewer reads."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings

from dli_provider.job.declarations import FIELDS
from dli_provider.job.diff import Diff, diff
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.sql import SqlVerdict, StateFate, consult
from tests.support.samples import PAIRS, SQL_A, SQL_B, specs

ABSENT = None
IMPLIED = {"queue_name": {"run_mode", "job_type"}, "run_mode": {"job_type"}}
"""Fields whose value in effect follows that of another."""

N, I, R, X = Impact.NONE, Impact.IN_PLACE, Impact.RESTART, Impact.REPLACE  # noqa: E741
CARRIED, AT_RISK = StateFate.CARRIED, StateFate.AT_RISK


def spec(**values: Any) -> JobSpec:
    return JobSpec(**{name: value for name, value in values.items() if value is not ABSENT})


def pairs() -> list[tuple[str, Any, Any]]:
    return [(name, one, other) for name in PAIRS for one, other in permutations((ABSENT, *PAIRS[name]), 2)]


@pytest.mark.parametrize(("name", "before", "after"), pairs(), ids=repr)
def test_every_pair_of_every_field(name: str, before: Any, after: Any) -> None:
    old, new = spec(**{name: before}), spec(**{name: after})
    found = diff(old, new)
    if getattr(old, name) == getattr(new, name):  # a control's default, written out
        assert not found.changes
        return
    assert name in found.fields
    assert set(found.fields) <= {name} | IMPLIED.get(name, set())
    change = next(change for change in found.changes if change.field == name)
    assert change.because
    assert (change.impact >= R) == (change.state_fate is not StateFate.NONE)
    if FIELDS[name].same(change.old, change.new):
        assert change.impact is N
    elif FIELDS[name].on_change.refine is None:
        assert change.impact is FIELDS[name].on_change.impact
    shown = change.describe()
    assert shown.startswith(name)
    for value in (before, after):
        if FIELDS[name].hidden and value is not ABSENT:
            assert str(value) not in shown + repr(found)


@settings(deadline=None)  # the machine may be busy
@given(specs())
def test_nothing_changes_between_equals(one: JobSpec) -> None:
    assert diff(one, one) == Diff(())
    assert diff(one, one).impact is N
    assert diff(one, one).state_fate is StateFate.NONE


@settings(deadline=None)  # the machine may be busy
@given(specs(), specs())
def test_costs_fold_to_the_highest(old: JobSpec, new: JobSpec) -> None:
    found = diff(old, new)
    assert all(
        change.impact <= found.impact and change.state_fate <= found.state_fate for change in found.changes
    )
    assert (found.impact >= R) == (found.state_fate is not StateFate.NONE)
    assert len(set(found.fields)) == len(found.fields)


def test_a_review_line() -> None:
    old = spec(sql_body=SQL_A, parallel_number=4, queue_name="q", desc="x")
    new = spec(sql_body=SQL_B, parallel_number=8, queue_name="q")
    found = diff(old, new)
    assert found.fields == ("desc", "sql_body", "parallel_number")
    assert [change.describe() for change in found.changes if change.field != "sql_body"] == [
        "desc x -> unset",
        "parallel_number 4 -> 8",
    ]
    assert found.impact is R


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ({"cu_number": 2}, {}, "cu_number: it means the same to DLI"),
        ({}, {"cu_number": 4}, "cu_number 2 -> 4"),
        ({"desc": "x" * 41}, {"desc": "y"}, f"desc: {FIELDS['desc'].on_change.because}"),
        ({"desc": "two\nlines"}, {"desc": "y"}, f"desc: {FIELDS['desc'].on_change.because}"),
        ({"checkpoint_enabled": True}, {}, "checkpoint_enabled true -> false"),
        ({"edge_group_ids": ["a"]}, {"edge_group_ids": ["b"]}, 'edge_group_ids ["a"] -> ["b"]'),
        ({"runtime_config": {"a": "1"}}, {}, f"runtime_config: {FIELDS['runtime_config'].on_change.because}"),
        ({"desired_state": "stopped"}, {}, "desired_state stopped -> running"),
        ({}, {"upgrade_mode": "stateless"}, "upgrade_mode: it is read at the next change of the job"),
    ],
)
def test_descriptions(old: dict[str, Any], new: dict[str, Any], line: str) -> None:
    assert [change.describe() for change in diff(spec(**old), spec(**new)).changes] == [line]


LOGS, CHECKPOINTS = {"log_enabled": True}, {"checkpoint_enabled": True}


@pytest.mark.parametrize(
    ("name", "old", "new", "impact", "fate"),
    [
        ("obs_bucket", {}, {"obs_bucket": "b"}, I, None),
        ("obs_bucket", {"obs_bucket": "a"} | LOGS, {"obs_bucket": "b"} | LOGS, R, CARRIED),
        ("obs_bucket", {"obs_bucket": "a"} | CHECKPOINTS, {"obs_bucket": "b"} | CHECKPOINTS, R, AT_RISK),
        ("obs_bucket", {"obs_bucket": "a"} | CHECKPOINTS, {}, R, AT_RISK),
        ("obs_bucket", {"checkpoint_enabled": False}, {"obs_bucket": "b"}, I, None),
        ("template_id", {"template_id": 1}, {"template_id": 2}, X, StateFate.DROPPED),
        (
            "template_id",
            {"template_id": 1, "sql_body": SQL_A},
            {"template_id": 2, "sql_body": SQL_A},
            N,
            None,
        ),
        ("template_id", {"template_id": 1}, {"sql_body": SQL_A}, N, None),
        ("sql_body", {"template_id": 1}, {"sql_body": SQL_A}, R, AT_RISK),
        ("sql_body", {"sql_body": SQL_A}, {"template_id": 1}, X, StateFate.DROPPED),
        ("sql_body", {"sql_body": SQL_A}, {"sql_body": SQL_A + "\n-- note"}, N, None),
        ("parallel_number", {"parallel_number": 4}, {"parallel_number": 128}, R, CARRIED),
        ("parallel_number", {"parallel_number": 4}, {"parallel_number": 129}, R, AT_RISK),
        ("parallel_number", {"parallel_number": 300}, {"parallel_number": 200}, R, CARRIED),
        ("idle_state_retention", {"idle_state_retention": 1}, {"idle_state_retention": 2}, R, CARRIED),
        ("idle_state_retention", {}, {"idle_state_retention": 2}, R, AT_RISK),
        ("idle_state_retention", {"idle_state_retention": 2}, {}, R, AT_RISK),
        ("job_type", {"queue_name": "q"}, {"queue_name": "q", "run_mode": "edge_node"}, X, StateFate.DROPPED),
        ("run_mode", {}, {"queue_name": "q", "job_type": "flink_sql_job"}, R, CARRIED),
        ("queue_name", {"queue_name": "q"}, {"queue_name": "Q"}, N, None),
        ("desired_state", {}, {"desired_state": "stopped"}, R, CARRIED),
        ("desired_state", {"desired_state": "stopped"}, {}, R, CARRIED),
        ("restart_nonce", {}, {"restart_nonce": "a"}, R, CARRIED),
        ("restart_nonce", {"restart_nonce": "a"}, {"restart_nonce": "b"}, R, CARRIED),
        ("restart_nonce", {"restart_nonce": "a"}, {}, N, None),
        ("from_savepoint", {}, {"from_savepoint": "obs://b/d/"}, R, AT_RISK),
        ("from_savepoint", {"from_savepoint": "obs://b/d/"}, {}, N, None),
        ("runtime_config", {"runtime_config": {}}, {}, N, None),
        ("operator_config", {"operator_config": {"a": 1}}, {"operator_config": '{"a": 1.0}'}, N, None),
    ],
)
def test_costs_that_depend_on_the_values(
    name: str, old: dict[str, Any], new: dict[str, Any], impact: Impact, fate: StateFate | None
) -> None:
    change = next(change for change in diff(spec(**old), spec(**new)).changes if change.field == name)
    assert (change.impact, change.state_fate) == (impact, fate or StateFate.NONE)


def test_stop_and_start_read_differently() -> None:
    stop = diff(spec(), spec(desired_state="stopped")).changes[0].because
    start = diff(spec(desired_state="stopped"), spec()).changes[0].because
    assert (stop, start) == ("stopped with a savepoint", "run from its savepoint")


SUM = """CREATE TABLE s (k STRING, v INT) WITH ('connector' = 'kafka', 'topic' = 's', 'format' = 'json');
CREATE TABLE t (k STRING, v INT) WITH ('connector' = 'print');
INSERT INTO t SELECT k, SUM(v) FROM s GROUP BY k;
"""
INCOMPATIBLE = StateFate.INCOMPATIBLE


@pytest.mark.parametrize(
    ("old", "new", "impact", "fate"),
    [
        ({}, {"table.exec.state.ttl": "1 h"}, R, INCOMPATIBLE),
        ({"table.exec.state.ttl": "1 h"}, {"table.exec.state.ttl": "2 h"}, R, CARRIED),
        ({}, {"pipeline.max-parallelism": "512"}, R, INCOMPATIBLE),
        ({}, {"table.exec.mini-batch.enabled": "true"}, R, INCOMPATIBLE),
        ({}, {"pipeline.name": "orders"}, R, CARRIED),
        ({}, {"execution.checkpointing.timeout": "1 h"}, R, CARRIED),
        ({}, {"nobody.knows.this": "1"}, R, AT_RISK),
        ({}, {"taskmanager.numberOfTaskSlots": "2"}, R, AT_RISK),  # a key that is quoted keeps its case
        ({}, {"flink.dli.job.catalog.dew.agency": "a"}, R, AT_RISK),
    ],
)
def test_a_setting_means_the_same_in_the_script_and_beside_it(
    old: dict[str, str], new: dict[str, str], impact: Impact, fate: StateFate
) -> None:
    def beside(settings: dict[str, str]) -> JobSpec:
        return spec(sql_body=SUM, runtime_config=settings)

    def within(settings: dict[str, str]) -> JobSpec:
        return spec(sql_body="".join(f"SET '{key}' = '{value}';\n" for key, value in settings.items()) + SUM)

    found = diff(beside(old), beside(new))
    assert (found.fields, found.impact, found.state_fate) == (("runtime_config",), impact, fate)
    assert diff(beside(new), beside(old)).state_fate is fate
    if not any(key.startswith("flink.dli.") for key in new):
        assert diff(within(old), within(new)).state_fate is fate
        # Moved from one place to the other, it stays in effect.
        assert diff(within(new), beside(new)).impact is N
        assert diff(beside(new), within(new)).impact is N


def test_a_setting_of_dlis_own_hides_no_other_and_is_none_of_the_querys() -> None:
    own = {"flink.dli.job.priority": "3"}
    old = spec(sql_body=SUM)
    (both,) = diff(old, spec(sql_body=SUM, runtime_config=own | {"pipeline.max-parallelism": "512"})).changes
    assert (both.state_fate, both.impact) == (INCOMPATIBLE, R)
    (alone,) = diff(old, spec(sql_body=SUM, runtime_config=own)).changes
    assert alone.state_fate is AT_RISK
    having = SUM.replace("BY k;", "BY k HAVING SUM(v) > 3;")
    query, setting = diff(old, spec(sql_body=having, runtime_config=own)).changes
    assert (query.field, query.state_fate, setting.state_fate) == ("sql_body", CARRIED, AT_RISK)


def test_a_setting_in_dlis_text_of_pairs_is_judged_like_one_of_a_mapping() -> None:
    pairs = '[{"key":"pipeline.max-parallelism","value":"512"}]'
    (found,) = diff(spec(sql_body=SUM), spec(sql_body=SUM, runtime_config=pairs)).changes
    assert found.state_fate is INCOMPATIBLE


def test_a_change_of_query_and_setting_is_judged_once() -> None:
    old = spec(sql_body=SUM)
    new = spec(sql_body=SUM.replace("SUM", "MAX"), runtime_config={"pipeline.name": "orders"})
    query, setting = diff(old, new).changes
    assert (query.state_fate, setting.state_fate) == (INCOMPATIBLE, INCOMPATIBLE)
    assert setting.because == "it is judged together with sql_body"
    assert query.computed_by == "the text"


def kept(place: str, value: str = "") -> JobSpec:
    """A job whose idle state is kept for two hours, or for as long as said, set in that place."""
    if place == "field":
        return spec(sql_body=SUM, idle_state_retention=int(value or 7200))
    if place == "runtime_config":
        return spec(sql_body=SUM, runtime_config={"table.exec.state.ttl": value or "2 h"})
    return spec(sql_body=f"SET 'table.exec.state.ttl' = '{value or '7200000'}';\n{SUM}")


PLACES = ("field", "runtime_config", "query")


@pytest.mark.parametrize(("before", "after"), list(permutations(PLACES, 2)))
def test_a_retention_that_moves_stays_in_effect(before: str, after: str) -> None:
    found = diff(kept(before), kept(after))
    assert (len(found.fields), found.impact, found.state_fate) == (2, N, StateFate.NONE)
    # With another length it is not the same one, but it is there on both sides, so state has the same form.
    longer = diff(kept(before), kept(after, "9000" if after == "field" else "150 min"))
    assert (longer.impact, longer.state_fate) == (R, CARRIED)


def test_a_retention_that_the_query_says_is_none_of_the_fields() -> None:
    within = kept("query")
    both = within.model_copy(update={"idle_state_retention": 60})
    for old, new in (
        (within, both),
        (both, within),
        (both, both.model_copy(update={"idle_state_retention": 5})),
    ):
        (change,) = diff(old, new).changes
        assert (change.impact, change.because) == (
            N,
            "the settings in effect are the same ones, only set in another place",
        )


def test_a_setting_over_a_retention_is_another_length() -> None:
    field = kept("field")
    found = diff(field, spec(sql_body=kept("query", "1 h").sql_body, idle_state_retention=7200))
    assert (found.fields, found.impact, found.state_fate) == (("sql_body",), R, CARRIED)
    # Nobody has seen that DLI keeps state for an hour where it is not told to.
    assert diff(spec(sql_body=SUM), kept("query")).state_fate is INCOMPATIBLE


@pytest.mark.parametrize(
    ("sql", "fate"), [(SUM, AT_RISK), (SUM.replace("SUM(v)", "v").replace(" GROUP BY k", ""), CARRIED)]
)
def test_a_retention_that_appears_or_vanishes_is_a_risk_only_where_state_has_it(
    sql: str, fate: StateFate
) -> None:
    without, given = spec(sql_body=sql), spec(sql_body=sql, idle_state_retention=60)
    for old, new in ((without, given), (given, without)):
        (change,) = diff(old, new).changes
        assert (change.impact, change.state_fate) == (R, fate)
    # A change of the query beside it keeps its own verdict.
    query, _ = diff(
        without, spec(sql_body=sql.replace("print", "blackhole"), idle_state_retention=60)
    ).changes
    assert (query.field, query.state_fate) == ("sql_body", CARRIED)


def test_what_dli_fills_in_or_somebody_changed_by_hand_makes_no_query_another_one() -> None:
    live = spec(sql_body=SUM, idle_state_retention=3600, parallel_number=1)
    for declared in ({}, {"idle_state_retention": 7200, "parallel_number": 4}):
        changes = diff(live, spec(sql_body=f"{SUM}-- a note", **declared)).changes
        assert [each.impact for each in changes if each.field == "sql_body"] == [N]


@pytest.mark.parametrize(
    ("old", "new", "fixed", "fate"),
    [
        (4, 1, "4", AT_RISK),
        (1, 4, "4", AT_RISK),
        (None, 2, "1", AT_RISK),
        (2, 4, "8", CARRIED),
        (2, 4, "", CARRIED),
    ],
)
def test_a_parallelism_that_becomes_that_of_a_table_chains_operators_otherwise(
    old: int | None, new: int, fixed: str, fate: StateFate
) -> None:
    sql = SUM.replace("'print'", f"'print', 'sink.parallelism' = '{fixed}'") if fixed else SUM
    (change,) = diff(spec(sql_body=sql, parallel_number=old), spec(sql_body=sql, parallel_number=new)).changes
    assert (change.field, change.impact, change.state_fate) == ("parallel_number", R, fate)


def test_a_table_that_loses_its_own_parallelism_for_the_same_of_the_job_is_judged_by_both() -> None:
    asked: list[Any] = []

    def judge(old: str, new: str, given: Any, version: str) -> SqlVerdict:
        asked.append([dict(each)["parallelism.default"] for each in given])
        same = asked[-1][0] == asked[-1][1]
        return SqlVerdict("judged", CARRIED if same else INCOMPATIBLE, "somebody")

    consult(judge)
    fixed = SUM.replace("'print'", "'print', 'sink.parallelism' = '4'")
    for before, after in ((fixed, SUM), (SUM, fixed)):
        found = diff(spec(sql_body=before, parallel_number=2), spec(sql_body=after, parallel_number=4))
        # With one parallelism on both sides, the table's own would seem to be the job's all along.
        assert ([*found.fields], found.state_fate) == (["sql_body", "parallel_number"], INCOMPATIBLE)
        assert asked.pop() == ["2", "4"]


def test_who_is_consulted_is_told_of_the_fields_that_are_settings() -> None:
    asked: list[Any] = []

    def judge(old: str, new: str, given: Any, version: str) -> SqlVerdict:
        asked.append((given, version))
        return SqlVerdict("fine", CARRIED, "somebody")

    consult(judge)
    fields = {"idle_state_retention": 60, "parallel_number": 3, "flink_version": "1.15"}
    diff(spec(sql_body=SUM, **fields), spec(sql_body=SUM.replace("SUM", "MAX"), **fields))
    held = (("parallelism.default", "3"), ("table.exec.state.ttl", "60 s"))
    assert asked == [((held, held), "1.15")]
    # It knows that operators are chained as before, though a table has that parallelism.
    sql = SUM.replace("'print'", "'print', 'sink.parallelism' = '4'")
    (change,) = diff(spec(sql_body=sql, parallel_number=4), spec(sql_body=sql, parallel_number=1)).changes
    assert change.state_fate is CARRIED
    assert [dict(each)["parallelism.default"] for each in asked[-1][0]] == ["4", "1"]
