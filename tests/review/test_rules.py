"""The rules: what each asks, that it speaks only of what it is about, and how they are switched."""

from __future__ import annotations

from typing import Any

import pytest

from dli_provider.errors import Invalid
from dli_provider.job.fields import JobSpec
from dli_provider.review.mask import Mask
from dli_provider.review.report import QueueUse, Severity
from dli_provider.review.rules import JOB_RULES, RULES, JobCase, StackCase
from dli_provider.review.ruleset import RuleSet
from tests.support.declared import job

SOUND: dict[str, Any] = {
    "restart_when_exception": True,
    "idle_state_retention": 3600,
    "sql_body": "CREATE TABLE a (k STRING) WITH ('connector'='kafka'); CREATE TABLE b (k STRING, n BIGINT) WITH "
    "('connector'='kafka'); INSERT INTO b SELECT k, COUNT(*) FROM a GROUP BY k",
}
SQL = str(SOUND["sql_body"])
WINDOW = SQL.replace(
    "FROM a GROUP BY k",
    "FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(t), INTERVAL '1' HOUR)) GROUP BY k, window_start, window_end",
)
OLD_WINDOW = SQL.replace("GROUP BY k", "GROUP BY k, TUMBLE(t, INTERVAL '1' HOUR)")
IN_VIEW = SQL.replace(
    "INSERT INTO b SELECT k, COUNT(*) FROM a GROUP BY k",
    "CREATE VIEW v AS SELECT k, COUNT(*) AS n FROM a GROUP BY k; INSERT INTO b SELECT k, n FROM v",
)
ON = "flink.dli.job.scale.enable"
SETTINGS: dict[str, Any] = {ON: True, "flink.dli.job.cu.max": 8}
SCALES: dict[str, Any] = {"log_enabled": True, "flink_version": "1.12", "runtime_config": SETTINGS}
FORGETFUL = {"idle_state_retention": None}


def case(
    protect: bool = True,
    secret: frozenset[str] = frozenset(),
    unknown: frozenset[str] = frozenset(),
    **changes: Any,
) -> JobCase:
    return JobCase("orders", JobSpec.model_validate(job(**(SOUND | changes))), protect, secret, unknown)


def broken(one: JobCase) -> set[str]:
    return {rule.id for rule in JOB_RULES if rule.breaches(one)}


def test_a_sound_job_breaks_no_rule() -> None:
    assert broken(case()) == set()
    assert broken(case(**SCALES)) == set()


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("checkpointing", {"saves": False}),
        ("alarm-topic", {"smn_topic": None}),
        ("restart-on-exception", {"restart_when_exception": False}),
        ("savepoint-upgrades", {"upgrade_mode": "stateless"}),
        ("protect", {"protect": False}),
        (
            "plain-credentials",
            {"sql_body": SQL.replace("'kafka'", "'kafka', 'properties.password' = 'hunter2'")},
        ),
        (
            "plain-credentials",
            {"sql_body": SQL.replace("'kafka'", "'jdbc', 'url' = 'jdbc:mysql://me:hunter2@db/x'")},
        ),
        ("trial-connectors", {"sql_body": SQL.replace("kafka", "datagen", 1)}),
        ("trial-connectors", {"sql_body": SQL.replace("kafka", "Print", 1)}),
        ("trial-connectors", {"sql_body": SQL.replace("kafka", "blackhole", 1)}),
        ("slots", {"parallel_number": 4, "tm_slot_num": 1, "tm_cus": 3}),
        ("slots", {"cu_number": 41, "parallel_number": 2}),
        ("checkpoint-interval", {"checkpoint_interval": 3}),
        ("checkpoint-interval", {"checkpoint_interval": 3600}),
        ("scaling", {**SCALES, "runtime_config": {ON: True}}),
        ("scaling", {**SCALES, "runtime_config": {**SETTINGS, "flink.dli.job.scale.interval": 2}}),
        ("scaling", {**SCALES, "runtime_config": {ON: True, "flink.dli.job.scale.cu.max": 8}}),
        ("scaling", {**SCALES, "flink_version": "1.15"}),
        ("scaling", {"runtime_config": {"flink.dli.job.priority": 7}}),
        ("idle-state", FORGETFUL),
        ("idle-state", FORGETFUL | {"sql_body": IN_VIEW}),
        (
            "idle-state",
            FORGETFUL
            | {
                "sql_body": SQL.replace("FROM a", "FROM (SELECT k FROM a GROUP BY k)").replace(
                    "COUNT(*) FROM", "1 FROM"
                )
            },
        ),
        ("doubtful-arguments", {"edge_group_ids": ["62de1e1c-066e-48a8-a79d-f461a31b2ee1"]}),
    ],
)
def test_each_rule_finds_what_it_is_about(rule: str, changes: dict[str, Any]) -> None:
    assert broken(case(**changes)) == {rule}


@pytest.mark.parametrize(
    "changes",
    [
        {
            "secret": frozenset({"sql_body"}),
            "sql_body": SQL.replace("'kafka'", "'kafka', 'password' = 'hunter2'"),
        },
        FORGETFUL | {"sql_body": WINDOW},
        FORGETFUL | {"sql_body": OLD_WINDOW},
        FORGETFUL | {"sql_body": "SET 'table.exec.state.ttl' = '1 d'; " + SQL},
        FORGETFUL | {"runtime_config": {"table.exec.state.ttl": "1 d"}},
        FORGETFUL | {"sql_body": SQL.replace("COUNT(*) FROM a GROUP BY k", "1 FROM a")},
        {"parallel_number": 6, "tm_slot_num": 6, "tm_cus": 3},
        {"smn_topic": None, "unknown": frozenset({"smn_topic"})},
        {"saves": False, "unknown": frozenset({"checkpoint_enabled"})},
    ],
)
def test_no_rule_speaks_of_what_is_right_or_not_known(changes: dict[str, Any]) -> None:
    assert broken(case(**changes)) == set()


def test_names_and_queues_are_looked_at_together() -> None:
    queue = QueueUse("q", 4, 40, 10, 16)
    whole = StackCase((case(), case()), (queue, QueueUse("free", 4, 8, 0, None)), {})
    rules = RuleSet.of("dev", None)
    assert [(each.rule, each.subject) for each in rules.findings(whole, Mask())] == [
        ("unique-names", "orders"),
        ("queue-capacity", "q"),
    ]
    taken = StackCase((case(),), taken={"orders": "job 7, job_running"})
    (finding,) = rules.findings(taken, Mask())
    assert "job 7" in finding.reason


@pytest.mark.parametrize(
    ("stack", "config", "speaks"),
    [
        ("dev", None, False),
        ("prod", None, True),
        ("acme/shop/eu-production", None, True),
        ("reproduction", None, False),
        ("dev", '{"production": true}', True),
        ("prod", '{"production": false}', False),
        ("prod", '{"alarm-topic": "off"}', False),
        ("dev", '{"alarm-topic": "note"}', True),
    ],
)
def test_production_and_levels_are_switched_by_config(stack: str, config: str | None, speaks: bool) -> None:
    rules = RuleSet.of(stack, config)
    found = rules.findings(StackCase((case(smn_topic=None),)), Mask())
    assert bool(found) == speaks
    if config == '{"alarm-topic": "note"}':
        assert found[0].severity is Severity.NOTE


def test_every_mistake_in_the_switches_is_told() -> None:
    with pytest.raises(Invalid) as told:
        RuleSet.of("dev", '{"protct": "off", "slots": "loud", "production": "yes"}')
    assert len(told.value.reasons) == 3
    with pytest.raises(Invalid, match="not an object"):
        RuleSet.of("dev", "protect")


def test_rules_are_told_apart_and_say_what_to_do() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.asks.endswith(".") and rule.remedy for rule in RULES)
