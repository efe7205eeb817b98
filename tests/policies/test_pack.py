"""The policy pack through its own server, as Pulumi speaks to it: every rule is a policy, and says what it says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]  # no types with it
import pytest
from google.protobuf import empty_pb2, struct_pb2  # type: ignore[import-untyped]  # no types with it
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from dli_provider.review.rules import RULES
from tests.support.declared import job

ROOT = Path(__file__).parents[2]
JOB = "pulumi-python:dynamic/dli:FlinkSqlJob"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@pytest.fixture(scope="module")
def channel() -> Iterator[grpc.Channel]:
    """The pack, started as Pulumi starts it."""
    with subprocess.Popen(
        [sys.executable, "-u", "policies"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as opened:
                yield opened
        finally:
            process.kill()


@pytest.fixture
def analyzer(channel: grpc.Channel) -> Iterator[Any]:
    """The pack as it is by itself."""
    stub: Any = analyzer_pb2_grpc.AnalyzerStub(channel)
    yield stub
    stub.Configure(analyzer_pb2.ConfigureAnalyzerRequest())


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    held = struct_pb2.Struct()
    held.update({key: list(value) if isinstance(value, tuple) else value for key, value in values.items()})
    return held


def analyzed(
    analyzer: Any, stack: str = "prod", *, protect: bool = False, kind: str = JOB, **changes: Any
) -> set[str]:
    """The policies that one job breaks."""
    request = analyzer_pb2.AnalyzeRequest(
        type=kind,
        urn=f"urn:pulumi:{stack}::shop::{kind}::orders",
        name="orders",
        properties=struct(job(**changes)),
        options=analyzer_pb2.AnalyzerResourceOptions(protect=protect),
    )
    return {each.policyName for each in analyzer.Analyze(request).diagnostics}


def configure(analyzer: Any, name: str, level: int, **properties: Any) -> None:
    policy = analyzer_pb2.PolicyConfig(enforcementLevel=level, properties=struct(properties))  # type: ignore[arg-type]
    analyzer.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={name: policy}))


def test_every_rule_is_a_policy(analyzer: Any) -> None:
    info = analyzer.GetAnalyzerInfo(empty_pb2.Empty())
    assert {each.name for each in info.policies} == {rule.id for rule in RULES}
    assert {each.description for each in info.policies} == {rule.asks for rule in RULES}


def test_a_policy_says_what_its_rule_says(analyzer: Any) -> None:
    broken = {"trial-connectors", "idle-state", "restart-on-exception", "protect"}
    assert analyzed(analyzer) == broken
    assert analyzed(analyzer, protect=True, restart_when_exception=True, idle_state_retention=3600) == {
        "trial-connectors"
    }
    assert analyzed(analyzer, smn_topic=None, saves=False) == broken | {"alarm-topic", "checkpointing"}
    assert analyzed(analyzer, upgrade_mode="stateless") == broken | {"savepoint-upgrades"}
    assert analyzed(analyzer, checkpoint_interval=1, cu_number=40) == broken | {
        "checkpoint-interval",
        "slots",
    }
    assert analyzed(analyzer, kind="aws:s3:Bucket") == set()


def test_policies_for_production_speak_of_production(analyzer: Any) -> None:
    assert analyzed(analyzer, "dev") == {"idle-state"}
    configure(analyzer, "protect", analyzer_pb2.MANDATORY, production=True)
    assert analyzed(analyzer, "dev") == {"idle-state", "protect"}


def test_what_is_not_known_yet_breaks_nothing(analyzer: Any) -> None:
    assert "alarm-topic" not in analyzed(analyzer, smn_topic=UNKNOWN_TEXT)
    assert "alarm-topic" in analyzed(analyzer, smn_topic="")


def test_credentials_are_looked_for_where_that_is_switched_on(analyzer: Any) -> None:
    sql = job()["sql_body"].replace("'print'", "'jdbc', 'password' = 'hunter2'")
    assert "plain-credentials" not in analyzed(analyzer, sql_body=sql)
    configure(analyzer, "plain-credentials", analyzer_pb2.MANDATORY)
    assert "plain-credentials" in analyzed(analyzer, sql_body=sql)


def test_a_stack_is_looked_at_as_a_whole(analyzer: Any) -> None:
    resources = [
        analyzer_pb2.AnalyzerResource(
            type=JOB,
            urn=f"urn:pulumi:prod::shop::{JOB}::{name}",
            name=name,
            properties=struct(job()),
        )
        for name in ("one", "two")
    ]
    request = analyzer_pb2.AnalyzeStackRequest(resources=resources)
    configure(analyzer, "queue-capacity", analyzer_pb2.ADVISORY, capacity={"q_stream_dev": 4})
    said = {each.policyName: each.message for each in analyzer.AnalyzeStack(request).diagnostics}
    assert said.keys() == {"unique-names", "queue-capacity"}
    assert "need 8 CUs, and it has 4" in said["queue-capacity"]
