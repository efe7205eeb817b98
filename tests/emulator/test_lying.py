"""A service that lags, answers from two replicas, and does later what it has said yes to; the truth is not hidden."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.plain import BUCKET, PROJECT, SQL, Api, code_of

TAGS = f"/v3/{PROJECT}/dli_flink_job"


def names(api: Api) -> list[str]:
    return [job["name"] for job in api("GET", "/streaming/jobs").json()["job_list"]["jobs"]]


def true_status(api: Api, job_id: int) -> str:
    return api.dli.job(PROJECT, job_id).status


def test_reads_show_what_was_true_so_long_ago(api: Api) -> None:
    api.dli.set(lag=5)
    job_id = api.made("late")
    assert (names(api), code_of(api.get(job_id))) == ([], "DLI.16001")
    assert api.dli.job(PROJECT, job_id).name == "late"  # the truth at once
    api.dli.advance(5.1)
    assert (names(api), api.status(job_id)) == (["late"], "job_init")
    api.run(job_id)
    api.dli.advance(4)
    assert (true_status(api, job_id), api.status(job_id)) == ("job_running", "job_init")
    api.dli.advance(1.2)
    assert api.status(job_id) == "job_submitting"
    api.dli.advance(1)
    assert api.status(job_id) == "job_running"
    api.delete(job_id)
    assert (names(api), api.dli.jobs()) == (["late"], [])
    api.dli.advance(5.1)
    assert (names(api), code_of(api.get(job_id))) == ([], "DLI.16001")


def test_what_time_did_is_seen_at_its_own_time_however_late_it_is_settled(api: Api) -> None:
    api.dli.set(lag=5)
    job_id = api.made()
    api.run(job_id)
    api.dli.advance(5.5)  # it runs since 1.0 s; nobody has asked in the meantime
    assert api.status(job_id) == "job_submitting"
    api.dli.advance(1)
    assert api.status(job_id) == "job_running"


def test_a_savepoint_is_seen_and_gone_with_its_own_lag(api: Api) -> None:
    job_id = api.running()
    api.dli.set(lag=5)
    api.stop(job_id, savepoint=True)
    api.dli.advance(2)
    assert (api.status(job_id), api.detail(job_id)["has_savepoint"]) == ("job_running", False)
    api.dli.advance(5)
    assert (api.status(job_id), api.detail(job_id)["has_savepoint"]) == ("job_cancel_success", True)
    api.run(job_id, resume=True)  # what is written meets the truth
    api.dli.advance(2)
    assert api.dli.job(PROJECT, job_id).savepoint is None
    assert api.detail(job_id)["has_savepoint"] is True
    api.dli.advance(5)
    assert api.detail(job_id)["has_savepoint"] is False


def test_tags_and_the_list_by_tags_lag_too(api: Api) -> None:
    job_id = api.made(tags=[{"key": "env", "value": "dev"}])
    api.dli.set(lag=5)
    tag = {"tags": [{"key": "env", "value": "prod"}]}
    assert api("POST", f"{TAGS}/{job_id}/tags/create", tag).status_code == 204

    def seen() -> tuple[str, int]:
        tags = api("GET", f"{TAGS}/{job_id}/tags").json()["tags"]
        found = api("GET", "/streaming/jobs", params={"tags": "env=prod"}).json()["job_list"]["total_count"]
        return tags[0]["value"], found

    assert seen() == ("dev", 0)
    assert api.dli.job(PROJECT, job_id).tags == {"env": "prod"}
    api.dli.advance(5.1)
    assert seen() == ("prod", 1)


def test_writes_meet_the_truth_while_reads_lag(api: Api) -> None:
    api.dli.set(lag=60)
    api.made("one")
    assert code_of(api.create("one")) == "DLI.11004"
    assert names(api) == []


def test_a_past_begins_with_what_is_and_ends_when_it_is_switched_off(api: Api) -> None:
    api.made("before")
    api.dli.set(lag=60)
    assert names(api) == ["before"]
    api.made("after")
    assert names(api) == ["before"]
    api.dli.set(lag=0)
    assert sorted(names(api)) == ["after", "before"]
    api.dli.set(lag=60)
    assert sorted(names(api)) == ["after", "before"]


def test_a_reset_forgets_the_past(api: Api) -> None:
    api.dli.set(lag=5)
    api.made("one")
    api.dli.advance(100)
    api.dli.reset()
    api.dli.set(lag=5)
    api.made("two")
    assert names(api) == []
    api.dli.advance(6)
    assert names(api) == ["two"]


def test_a_long_life_with_a_lag_forgets_what_nobody_can_see(api: Api) -> None:
    api.dli.set(lag=1)
    job_id = api.made()
    for turn in range(520):
        api.update(job_id, desc=str(turn))
        api.dli.advance(2)
        assert api.detail(job_id)["desc"] == str(turn)


def test_two_replicas_answer_in_turn_and_to_each_caller_by_itself(api: Api) -> None:
    api.dli.set(flap=5)
    job_id = api.running()
    api.dli.advance(10)
    api.stop(job_id)
    api.dli.advance(1)
    seen = [api.status(job_id) for _ in range(4)]
    assert sorted(set(seen)) == ["job_cancel_success", "job_running"]
    assert seen[:2] == seen[2:]
    other = Api(api.dli, "f" * 32)
    other.get(1)
    assert api.status(job_id) == seen[0]  # the other's read was not its turn
    api.dli.advance(5)
    assert [api.status(job_id) for _ in range(2)] == ["job_cancel_success"] * 2


def test_lag_and_flap_add_up(api: Api) -> None:
    api.dli.set(lag=2, flap=4)
    job_id = api.made()
    api.dli.advance(3)
    assert sorted(api.get(job_id).status_code for _ in range(2)) == [200, 400]
    api.dli.advance(4)
    assert [api.get(job_id).status_code for _ in range(2)] == [200, 200]


def test_a_late_stop(api: Api) -> None:
    job_id = api.running()
    api.dli.set(late_stop=18)
    assert api.stop(job_id).status_code == 200
    api.dli.advance(17)
    assert api.status(job_id) == "job_running"
    api.dli.advance(2)
    assert api.status(job_id) == "job_cancel_success"
    statuses = [turn.status for turn in api.dli.job(PROJECT, job_id).turns]
    assert statuses[-2:] == ["job_canceling", "job_cancel_success"]


def test_a_late_stop_takes_its_savepoint_late_too(api: Api) -> None:
    job_id = api.running()
    api.dli.set(late_stop=18)
    api.stop(job_id, savepoint=True)
    api.dli.advance(30)
    assert api.detail(job_id)["has_savepoint"] is True
    (run,) = api.dli.job(PROJECT, job_id).runs
    assert run.ended_at is not None
    assert run.running_since is not None
    assert run.ended_at - run.running_since > 18


def test_a_late_run(api: Api) -> None:
    job_id = api.made()
    api.dli.set(late_run=10)
    api.run(job_id)
    api.run(job_id)  # whoever does not believe the first is told yes again, and still it runs once
    api.dli.advance(9)
    assert api.status(job_id) == "job_init"
    api.dli.advance(2.5)
    assert api.status(job_id) == "job_running"
    assert len(api.dli.job(PROJECT, job_id).runs) == 1


def test_a_late_savepoint_and_the_stop_that_meets_it(api: Api) -> None:
    job_id = api.running()
    api.dli.set(late_savepoint=3, savepoint_latency=2)
    api.savepoint(job_id)
    assert api.dli.savepoints(PROJECT) == []
    api.dli.set(late_stop=4)
    api.stop(job_id)
    api.dli.advance(30)
    assert api.dli.savepoints(PROJECT)[0]["path"] == f"{BUCKET}/mine"
    assert api.status(job_id) == "job_cancel_success"  # it waited for the savepoint, and was not forgotten
    statuses = [turn.status for turn in api.dli.job(PROJECT, job_id).turns]
    assert statuses[-3:] == ["job_savepointing", "job_canceling", "job_cancel_success"]


def test_a_late_update_does_not_reach_a_run_that_began_before_it(api: Api) -> None:
    job_id = api.made()
    api.dli.set(late_update=5)
    assert api.update(job_id, cu_number=8).json()["job"]["update_time"] > 0
    assert api.detail(job_id)["job_config"]["cu_number"] == 2
    api.run(job_id)
    api.dli.advance(6)
    assert api.detail(job_id)["job_config"]["cu_number"] == 8
    assert api.dli.job(PROJECT, job_id).runs[0].definition["cu_number"] == 2


def test_a_late_new_name_that_was_taken_meanwhile_comes_to_nothing(api: Api) -> None:
    job_id = api.made("one")
    api.dli.set(late_update=5)
    api.update(job_id, name="two")
    api.made("two")
    api.dli.advance(6)
    assert sorted(names(api)) == ["one", "two"]


def test_what_was_accepted_for_a_job_that_is_gone_happens_to_nobody(api: Api) -> None:
    job_id = api.running()
    api.dli.set(late_stop=5)
    api.stop(job_id)
    api.delete(job_id)
    api.dli.advance(10)
    assert api.dli.jobs() == []


@pytest.mark.parametrize(
    ("call", "method", "path", "body"),
    [
        ("obs_authorize", "POST", "/dli/obs-authorize", {"obs_buckets": [BUCKET]}),
        ("metrics", "POST", "/streaming/jobs/metrics", {"job_ids": [1]}),
        ("agency", "GET", f"/v2/{PROJECT}/agency", None),
        ("agency_create", "POST", f"/v2/{PROJECT}/agency", {"roles": ["obs_adm"]}),
    ],
)
def test_deprecated_calls_may_be_gone(api: Api, call: str, method: str, path: str, body: Any) -> None:
    assert api(method, path, body).status_code in (200, 400)
    api.dli.set(deprecated_calls=False)
    answer = api(method, path, body)
    assert (answer.status_code, code_of(answer)) == (404, "APIGW.0101")
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
    entry = api.dli.requests()[-1]
    assert (entry.call, entry.executed) == (call, False)


def test_resuming_without_a_savepoint(api: Api) -> None:
    assert api.run(api.made("unasked"), resume=True).status_code == 200, "so it is by default"
    job_id = api.made()
    api.dli.set(resume_without_savepoint="refuse")
    assert code_of(api.run(job_id, resume=True)) == "DLI.13017"
    api.dli.set(resume_without_savepoint="fresh")
    assert api.run(job_id, resume=True).status_code == 200
    api.dli.advance(2)
    (run,) = api.dli.job(PROJECT, job_id).runs
    assert (run.resumed_from, "began from empty state" in run.note) == (None, True)
    api.stop(job_id, savepoint=True)
    api.dli.advance(2)
    api.run(job_id, resume=True)
    api.dli.advance(2)
    assert api.dli.job(PROJECT, job_id).runs[-1].note == ""


def test_a_shared_cluster(api: Api) -> None:
    fields = {"job_type": "flink_sql_job", "run_mode": "shared_cluster", "queue_name": ..., "sql_body": SQL}
    api.dli.set(shared_cluster_runs=False)
    assert code_of(api.create("jar", udf_jar_url="g/x.jar", **fields)) == "DLI.11035"
    job_id = api.create("plain", **fields).json()["job"]["job_id"]
    assert code_of(api.run(job_id)) == "DLI.13024"
    api.dli.set(shared_cluster_runs=True)
    with_jar = api.create("jar", udf_jar_url="g/x.jar", **fields).json()["job"]["job_id"]
    assert api.run(job_id, with_jar).status_code == 200


def test_ids_beyond_what_a_double_holds(api: Api) -> None:
    api.dli.set(first_job_id=2**53 + 1)
    first, second = api.made("one"), api.made("two")
    assert (first, second) == (2**53 + 1, 2**53 + 2)
    assert f'"job_id": {first},' in api.get(first).text
    assert api.dli.job(PROJECT, first).name == "one"
    api.dli.set(first_job_id=1)
    assert api.made("three") == 2**53 + 3  # an id is never given again


@pytest.mark.parametrize(("counts", "lost"), [("rows", 3), ("ids", 0)])
def test_pages_of_the_list_while_jobs_are_deleted(api: Api, counts: str, lost: int) -> None:
    made = [api.made(f"job{number}") for number in range(10)]
    api.dli.set(offset_counts=counts)
    seen: list[int] = []

    def page(offset: int) -> list[int]:
        query = {"order": "asc", "limit": 5, "offset": offset}
        answer = api("GET", "/streaming/jobs", params=query)
        return [job["job_id"] for job in answer.json()["job_list"]["jobs"]]

    seen += page(0)
    for job_id in made[:3]:
        api.delete(job_id)
    seen += page(5 if counts == "rows" else seen[-1])
    assert len(set(made[3:]) - set(seen)) == lost


def test_an_offset_of_ids_goes_down_with_the_newest_first(api: Api) -> None:
    made = [api.made(f"job{number}") for number in range(4)]
    api.dli.set(offset_counts="ids")
    answer = api("GET", "/streaming/jobs", params={"offset": made[2]})
    assert [job["job_id"] for job in answer.json()["job_list"]["jobs"]] == [made[1], made[0]]
    assert answer.json()["job_list"]["total_count"] == 4
