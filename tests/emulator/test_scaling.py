"""Jobs that DLI scales by itself: stopped with their state and run again with other CUs, without anybody asking."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dli_provider.emulator.admin_client import AdminError
from dli_provider.emulator.rules.scaling import Scaling, scaled, scaling_of
from tests.emulator.plain import BUCKET, PROJECT, Api, code_of

ON = "flink.dli.job.scale.enable"


def config(**keys: object) -> str:
    named = {"every": "scale.interval", "most": "cu.max", "least": "cu.min"}
    pairs = {ON: "true"} | {f"flink.dli.job.{named[key]}": value for key, value in keys.items()}
    return json.dumps([{"key": key, "value": str(value)} for key, value in pairs.items()])


def scaling_job(api: Api, runtime_config: str, **fields: Any) -> int:
    asked = {"cu_number": 4, "parallel_number": 6, "checkpoint_enabled": True, "log_enabled": True} | fields
    return api.running(runtime_config=runtime_config, **asked)


def sizes(api: Api, job_id: int) -> tuple[int, int]:
    detail = api.detail(job_id)["job_config"]
    return detail["cu_number"], detail["parallel_number"]


def test_at_its_interval_and_by_turns(api: Api) -> None:
    job_id = scaling_job(api, config(every=10, most=8, least=2))
    api.dli.advance(590)
    assert sizes(api, job_id) == (4, 6)
    api.dli.advance(20)
    assert (sizes(api, job_id), api.status(job_id)) == ((8, 14), "job_running")
    seen = api.dli.job(PROJECT, job_id)
    first, second = seen.runs
    assert (first.outcome, second.lineage) == ("stopped", first.lineage)
    assert second.resumed_from is not None
    assert second.note == "DLI scaled the job from 4 to 8 CUs."
    assert second.records >= first.records > 0
    assert [turn.status for turn in seen.turns][-5:] == [
        *("job_running", "job_savepointing", "job_canceling", "job_submitting", "job_running"),
    ]
    api.dli.advance(610)
    assert sizes(api, job_id) == (2, 2)
    api.dli.advance(86_400)
    assert len(api.dli.job(PROJECT, job_id).runs) > 100
    assert len({run.lineage for run in api.dli.job(PROJECT, job_id).runs}) == 1


def test_by_hand(api: Api) -> None:
    job_id = scaling_job(api, config())
    api.dli.set_latency(savepoint=5)
    seen = api.dli.scale(PROJECT, job_id, 6)
    assert seen.status == "job_savepointing"
    assert code_of(api.stop(job_id)) == "DLI.15002"
    api.dli.advance(7)
    assert (api.status(job_id), sizes(api, job_id)) == ("job_running", (6, 10))
    assert api.detail(job_id)["has_savepoint"] is False
    assert api.dli.scale(PROJECT, job_id).status == "job_savepointing"
    api.dli.advance(7)
    assert sizes(api, job_id)[0] == 2


def test_by_a_fault(api: Api) -> None:
    api.dli.add_fault("autoscale", "run", seconds=3, times=None)
    api.dli.set_latency(savepoint=5)
    plain = api.running("plain")
    asking = scaling_job(api, config(most=8), name="asking")
    api.dli.advance(3.5)
    assert api.status(asking) == "job_savepointing"
    api.dli.advance(7)
    assert (api.status(asking), sizes(api, asking)[0]) == ("job_running", 8)
    assert len(api.dli.job(PROJECT, plain).runs) == 1


def test_only_while_it_is_switched_on_and_only_what_was_asked_for_a_run(api: Api) -> None:
    api.dli.set(autoscale=False)
    job_id = scaling_job(api, config(every=1))
    api.dli.advance(3600)
    assert len(api.dli.job(PROJECT, job_id).runs) == 1
    api.dli.set(autoscale=True)
    api.stop(job_id)
    api.dli.advance(1)
    api.run(job_id)
    api.stop(job_id)
    api.dli.advance(3600)
    assert (api.status(job_id), len(api.dli.job(PROJECT, job_id).runs)) == ("job_cancel_success", 2)


@pytest.mark.parametrize(
    "fields",
    [
        {"checkpoint_enabled": False},
        {"log_enabled": False},
        {"job_type": "flink_sql_job"},
        {"runtime_config": ""},
        {"runtime_config": "flink.dli.job.scale.enable=true"},
        {"runtime_config": json.dumps([{"key": ON, "value": "false"}])},
    ],
)
def test_a_job_that_lacks_what_scaling_needs_is_let_alone(api: Api, fields: dict[str, Any]) -> None:
    asked = {"runtime_config": config(every=1), **fields}
    job_id = scaling_job(api, asked.pop("runtime_config"), **asked)
    with pytest.raises(AdminError, match="422"):
        api.dli.scale(PROJECT, job_id)
    api.dli.advance(3600)
    assert len(api.dli.job(PROJECT, job_id).runs) == 1


def test_the_words_of_the_page() -> None:
    definition = {
        "job_type": "flink_opensource_sql_job",
        "checkpoint_enabled": True,
        "log_enabled": True,
        "obs_bucket": BUCKET,
        "runtime_config": config(),
    }
    assert scaling_of(definition) == Scaling(30 * 60.0, 2, 0)
    assert scaling_of(definition | {"runtime_config": config(every=5, most=9, least=3)}) == Scaling(
        300.0, 3, 9
    )
    assert [Scaling(1, 2, 0).next_size(present, 6) for present in (6, 2)] == [2, 6]
    assert scaled({"cu_number": 2, "manager_cu_number": 1, "parallel_number": 1}, 5) == {
        "cu_number": 5,
        "parallel_number": 4,
    }
