"""The verbs without the SDK's classes around them, as another door to the same jobs would call them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dli_provider.emulator.server import Emulator
from dli_provider.errors import Invalid, StateLoss
from dli_provider.pulumi.job_verbs import AheadOfUpdate, JobVerbs
from tests.support.declared import BUCKET, SQL, SQL_INCOMPATIBLE
from tests.support.story import Story

ARGUMENTS: dict[str, Any] = {
    "name": "orders",
    "owner": "shop/dev/orders",
    "queue_name": "q",
    "sql_body": SQL,
}
OUTPUTS = {**ARGUMENTS, "job_id": 7.0, "status": "job_running"}


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def verbs(said: list[str]) -> JobVerbs:
    config = {"dli:endpoint": "http://127.0.0.1:9", "dli:projectId": "p1"}
    return JobVerbs.configured(
        config.get, {"DLI_JUDGE": "text"}, tell=said.append, warn=said.append, before_write=lambda: None
    )


def test_settings_that_are_wrong_are_an_error_of_ours() -> None:
    with pytest.raises(Invalid, match="no project id"):
        JobVerbs.configured(dict[str, str]().get, {}, tell=print, warn=print, before_write=lambda: None)


def test_what_is_wrong_is_said_of_arguments_whose_value_may_be_shown(verbs: JobVerbs) -> None:
    checked = verbs.check({}, {**ARGUMENTS, "cu_number": 1.0, "sql_body": ""})
    assert [name for name, _ in checked.failures] == ["cu_number", ""]
    assert all(reason for _, reason in checked.failures)


SAMPLES = Path(__file__).parents[1] / "emulator" / "samples.json"


@pytest.mark.parametrize("edition", [0, 1])
def test_the_sample_of_the_update_page_can_be_declared(
    verbs: JobVerbs, said: list[str], edition: int
) -> None:
    samples = [one for one in json.loads(SAMPLES.read_text()) if one["page"] == "Updating a SQL Job"]
    sample = {**samples[edition]["body"], "owner": "shop/dev/orders"}
    # Its query has neither source nor sink, which its page demands, and DLI when the job is to run.
    assert not verbs.check({}, {**sample, "desired_state": "stopped"}).failures
    assert any("sql_body cannot run: it has no sink" in line for line in said)
    assert {name for name, _ in verbs.check({}, sample).failures} == {""}
    said.clear()
    assert not verbs.check({}, {**sample, "sql_body": SQL}).failures
    odd = {"udf_jar_url", "edge_group_ids", *(sample.keys() & {"execution_agency_urn"})}
    assert {line.removeprefix("myjob: ").split()[0] for line in said} == odd


def test_what_dli_takes_all_the_same_is_a_warning(verbs: JobVerbs, said: list[str]) -> None:
    odd = {**ARGUMENTS, "edge_group_ids": ["62de1e1c-066e-48a8-a79d-f461a31b2ee1"]}
    assert not verbs.check({}, odd).failures
    assert said == [
        "orders: edge_group_ids is for flink_sql_edge_job only, and the job is a flink_opensource_sql_job; take it out"
    ]
    # Once it is deployed, a deployment that changes nothing of it says nothing any more.
    said.clear()
    assert not verbs.check(odd, odd).failures
    assert not said


OLD_RULES: dict[str, Any] = {
    **ARGUMENTS,
    "desc": "d" * 5000,
    "flink_version": "1.17",
    "checkpoint_enabled": True,
}
"""Deployed when these were not known to be wrong, or made so by DLI itself."""


def test_what_a_job_has_lived_with_keeps_no_other_change_from_it(verbs: JobVerbs, said: list[str]) -> None:
    assert {name for name, _ in verbs.check({}, OLD_RULES).failures} == {
        "desc", "obs_bucket", "resource_config_version"
    }  # fmt: skip
    said.clear()
    assert not verbs.check(OLD_RULES, {**OLD_RULES, "smn_topic": "pager"}).failures
    assert len(said) == 3
    assert (
        "orders: obs_bucket is needed for checkpoints; name a bucket, or leave checkpoint_enabled off"
        in said[1]
    )
    assert all(line.endswith("(only a warning, as the job is so already)") for line in said)
    # What follows from an argument that changes is refused as ever, also where it was so before.
    assert [name for name, _ in verbs.check(OLD_RULES, {**OLD_RULES, "desc": "e" * 5000}).failures] == [
        "desc"
    ]
    moved = {**OLD_RULES, "flink_version": "1.18"}
    assert [name for name, _ in verbs.check(OLD_RULES, moved).failures] == ["resource_config_version"]


def test_what_an_update_would_put_back_is_checked_too(verbs: JobVerbs) -> None:
    """DLI's default for a version that is taken out has no agencies."""
    agency = {**ARGUMENTS, "execution_agency_urn": "agency"}
    assert not verbs.check({}, agency).failures
    assert not verbs.check(
        {**ARGUMENTS, "flink_version": "1.15"}, {**agency, "flink_version": "1.15"}
    ).failures
    (failure,) = verbs.check({**agency, "flink_version": "1.15"}, agency).failures
    assert failure == (
        "execution_agency_urn",
        "execution_agency_urn needs Flink 1.15 or later; raise flink_version",
    )


def test_what_a_job_has_lived_with_is_refused_of_one_that_takes_its_place(verbs: JobVerbs) -> None:
    anew = {**OLD_RULES, "job_type": "flink_sql_job"}
    assert {"desc", "obs_bucket"} <= {name for name, _ in verbs.check(OLD_RULES, anew).failures}


def test_what_will_be_done_is_told_once_it_was_checked(verbs: JobVerbs, said: list[str]) -> None:
    news = verbs.check(OUTPUTS, {**ARGUMENTS, "smn_topic": "pager"}).inputs
    assert verbs.diff(OUTPUTS, news) == AheadOfUpdate(changes=True)
    assert said == ["orders: IN_PLACE (smn_topic unset -> pager) - state is not touched"]
    assert verbs.diff(
        OUTPUTS, {**ARGUMENTS, "job_type": "flink_sql_job", "upgrade_mode": "stateless"}
    ).replaces == ("job_type",)


def test_a_job_with_nothing_to_do_needs_neither_the_sdk_nor_the_planner() -> None:
    program = f"""
import sys
from dli_provider.pulumi.job_verbs import JobVerbs
config = {{"dli:endpoint": "http://127.0.0.1:9", "dli:projectId": "p1"}}
verbs = JobVerbs.configured(config.get, {{"DLI_JUDGE": "text"}}, tell=print, warn=print, before_write=lambda: None)
assert not verbs.check({ARGUMENTS!r}, {ARGUMENTS!r}).failures
assert not verbs.diff({OUTPUTS!r}, {ARGUMENTS!r}).changes
print(*(name for name in sys.modules if name.startswith(("pulumi", "pydantic", "dli_provider.plan"))))
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


@pytest.mark.parametrize(
    ("status", "body", "asked"),
    [(500, {"error_code": "DLI.0019", "error_msg": "timed out"}, 2), (403, None, 1)],
    ids=["no answer", "a no"],
)
def test_a_bucket_that_could_not_be_authorised_is_asked_for_again_where_dli_did_not_answer(
    status: int, body: dict[str, str] | None, asked: int
) -> None:
    with Emulator.start(start_latency=0.0) as dli:
        stack = Story(dli)
        dli.authorize("p1", BUCKET)
        dli.add_fault("status", "obs_authorize", status=status, body=body, times=None)
        verbs = stack.process()
        for name in ("a", "b", "c", "d"):
            stack.make(verbs, owner=f"shop/dev/{name}", name=name)
        assert [entry.call for entry in dli.writes(0)].count("obs_authorize") == asked
        assert sum("could not be authorised" in line for line in stack.said) == asked
        assert len(stack.live()) == 4


def _refused(stack: Story, lag: float, back: bool, timeout: float) -> tuple[str, list[str]]:
    """A change of CUs is deployed after somebody has changed the query at DLI, and put it `back` or not. Why it is
    refused, and the calls."""
    dli = stack.dli
    job_id, state = stack.up(update_timeout=timeout)
    with stack.api() as api:
        api.stop(job_id, trigger_savepoint=True)
        while api.get(job_id).status != "job_cancel_success":
            time.sleep(0.02)
        dli.set(lag=lag)
        api.update(job_id, {"sql_body": SQL_INCOMPATIBLE})
        while api.get(job_id).fields["sql_body"] != SQL_INCOMPATIBLE:
            time.sleep(0.02)
        if back:
            api.update(job_id, {"sql_body": SQL})
    verbs = stack.process()
    inputs = stack.check(verbs, state, cu_number=8, update_timeout=timeout)
    cursor = dli.cursor()
    try:
        verbs.update(job_id, state, inputs)
    except StateLoss as loss:
        refused = loss.reasons[0]
    else:
        refused = ""
    return refused, [entry.call for entry in dli.requests(cursor)]


def test_a_read_that_lags_is_no_reason_to_refuse(stack: Story) -> None:
    """It shows a query that is not there any more."""
    refused, _ = _refused(stack, lag=1.0, back=True, timeout=60.0)
    assert refused == ""
    assert not stack.told("otherwise at DLI")


def test_a_query_that_was_changed_at_dli_is_looked_at_for_a_while_before_it_is_said(stack: Story) -> None:
    refused, calls = _refused(stack, lag=0.0, back=False, timeout=2.0)
    assert "sql_body is not at DLI what Pulumi's state has" in refused
    assert calls.count("get") > 3
    assert "update" not in calls
