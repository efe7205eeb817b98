"""Lists: paging by rows, every filter, order, details, tags and what belongs to them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.plain import PROJECT, Api, code_of


def names(api: Api, **query: Any) -> list[str]:
    answer = api("GET", "/streaming/jobs", params=query)
    assert answer.status_code == 200, answer.text
    return [job["name"] for job in answer.json()["job_list"]["jobs"]]


def test_pages_cover_everything_once(api: Api) -> None:
    for number in range(25):
        api.made(f"j{number:02}")
    pages = [names(api, offset=offset) for offset in (0, 10, 20, 30)]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert sorted(name for page in pages for name in page) == [f"j{number:02}" for number in range(25)]
    assert pages[0][0] == "j24", "newest first"
    assert names(api, order="asc", limit=2, offset=1) == ["j01", "j02"]
    assert api("GET", "/streaming/jobs", params={"limit": 0}).json()["job_list"] == {
        "total_count": 25,
        "jobs": [],
    }


def test_a_page_is_100_jobs_at_most(api: Api) -> None:
    api.dli.set(draft_limit=1000)
    for number in range(103):
        api.made(f"j{number}")
    assert len(names(api, limit=100)) == 100


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": 101}, "DLI.23001"),
        ({"limit": -1}, "DLI.23001"),
        ({"limit": "many"}, "DLI.23001"),
        ({"offset": -1}, "DLI.23001"),
        ({"offset": 10**19}, "DLI.23001"),
        ({"root_job_id": -1}, "DLI.23003"),
        ({"root_job_id": "first"}, "DLI.23003"),
        ({"status": "running"}, "DLI.0001"),
        ({"job_type": "flink_job"}, "DLI.0001"),
        ({"show_detail": "yes"}, "DLI.0001"),
        ({"order": "up"}, "DLI.0001"),
        ({"tags": "env"}, "DLI.0001"),
    ],
)
def test_a_filter_out_of_range_is_refused(api: Api, query: dict[str, Any], code: str) -> None:
    answer = api("GET", "/streaming/jobs", params=query)
    assert (answer.status_code, code_of(answer)) == (400, code)


def test_a_page_of_templates_or_tags_has_a_bound_too(api: Api) -> None:
    assert code_of(api("GET", "/streaming/job-templates", params={"limit": 101})) == "DLI.1206"
    tags = f"/v3/{PROJECT}/dli_flink_job/tags"
    assert code_of(api("GET", tags, params={"limit": 1001})) == "DLI.0001"
    assert api("GET", tags, params={"limit": 1000}).status_code == 200


def test_filters(api: Api) -> None:
    api.running("one", job_type="flink_sql_job")
    api.made(
        "two", queue_name="Q_Other", tags=[{"key": "env", "value": "dev"}, {"key": "team", "value": "x"}]
    )
    api.made("three", tags=[{"key": "env", "value": "dev"}])
    assert names(api, status="job_running") == ["one"]
    assert names(api, status="job_init") == ["three", "two"]
    assert names(api, job_type="flink_sql_job") == ["one"]
    assert names(api, queue_name="q_other") == ["two"]
    assert names(api, name="two") == ["two"]
    assert names(api, name="tw") == [], "exact"
    assert names(api, tags="env=dev") == ["three", "two"]
    assert names(api, tags="env=dev,team=x") == ["two"]
    assert names(api, user_name="somebody") == []
    assert names(api, root_job_id=3) == []
    assert names(api, sys_enterprise_project_name="default") == ["three", "two", "one"]


def test_a_list_never_shows_the_past(api: Api) -> None:
    job_id = api.made()
    api.run(job_id)
    api.dli.advance(2)
    assert names(api, status="job_running") == ["job"]
    assert names(api, status="job_submitting") == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"offset": -1}, "DLI.23001"),
        ({"limit": "x"}, "DLI.23001"),
        ({"root_job_id": "x"}, "DLI.23003"),
        ({"order": "up"}, "DLI.0001"),
        ({"status": "RUNNING"}, "DLI.0001"),
        ({"tags": "env"}, "DLI.0001"),
    ],
)
def test_refused_queries(api: Api, query: dict[str, Any], code: str) -> None:
    assert code_of(api("GET", "/streaming/jobs", params=query)) == code


def test_details_only_when_asked_for(api: Api) -> None:
    job_id = api.made()
    short = api("GET", "/streaming/jobs").json()["job_list"]["jobs"][0]
    assert short["start_time"] == 0
    assert {"user_name", "duration", "root_id"} <= set(short)
    assert not {"sql_body", "job_config", "run_mode", "update_time"} & set(short)
    full = api("GET", "/streaming/jobs", params={"show_detail": "true"}).json()["job_list"]["jobs"][0]
    assert {**full, "start_time": None} == {
        name: value for name, value in api.detail(job_id).items() if name not in ("user_name", "root_id")
    }


def test_tags(api: Api) -> None:
    one, two = api.made("one"), api.made("two")
    path = f"/v3/{PROJECT}/dli_flink_job"
    answer = api(
        "POST",
        f"{path}/{one}/tags/create",
        {"tags": [{"key": "b", "value": "1"}, {"key": "a", "value": "2"}]},
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["X-Request-Id"]
    api("POST", f"{path}/{one}/tags/create", {"tags": [{"key": "b", "value": "3"}]})
    api("POST", f"{path}/{two}/tags/create", {"tags": [{"key": "b", "value": "4"}]})
    found = api("GET", f"{path}/{one}/tags").json()
    assert found == {"tags": [{"key": "a", "value": "2"}, {"key": "b", "value": "3"}], "count": 2}
    assert api("GET", f"{path}/tags").json() == {
        "tags": [{"key": "a", "values": ["2"]}, {"key": "b", "values": ["3", "4"]}],
        "count": 2,
    }
    wanted = {"tags": [{"key": "b", "values": ["3", "9"]}]}
    filtered = api("POST", f"{path}/resource-instances/filter", wanted).json()
    assert filtered["total_count"] == 1
    assert filtered["resources"][0]["resource_id"] == str(one)
    assert api("POST", f"{path}/resource-instances/count", {"tags": [{"key": "b"}]}).json() == {
        "total_count": 2
    }
    named = {"matches": [{"key": "resource_name", "value": "two"}]}
    assert api("POST", f"{path}/resource-instances/count", named).json() == {"total_count": 1}
    assert api("POST", f"{path}/resource-instances/count", {"without_any_tag": True}).json() == {
        "total_count": 0
    }
    answer = api(
        "POST",
        f"{path}/{one}/tags/delete",
        {"tags": [{"key": "b", "value": "other"}, {"key": "a", "value": "2"}]},
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert api("GET", f"{path}/{one}/tags").json()["tags"] == [{"key": "b", "value": "3"}]
    api.delete(one)
    assert api("GET", f"{path}/tags").json()["tags"] == [{"key": "b", "values": ["4"]}]


def test_tags_are_changed_while_the_job_runs(api: Api) -> None:
    job_id = api.running()
    answer = api(
        "POST", f"/v3/{PROJECT}/dli_flink_job/{job_id}/tags/create", {"tags": [{"key": "a", "value": ""}]}
    )
    assert answer.status_code == 204
    assert api.dli.job(PROJECT, job_id).tags == {"a": ""}


def test_tag_limits(api: Api) -> None:
    job_id = api.made(tags=[{"key": f"k{n}", "value": ""} for n in range(20)])
    path = f"/v3/{PROJECT}/dli_flink_job/{job_id}/tags/create"
    assert code_of(api("POST", path, {"tags": [{"key": "one more", "value": ""}]})) == "DLI.0001"
    assert len(api.dli.job(PROJECT, job_id).tags) == 20
    assert api("POST", path, {"tags": [{"key": "k1", "value": "new"}]}).status_code == 204
    assert code_of(api("POST", path, {"tags": []})) == "DLI.0001"
    assert code_of(api("GET", f"/v3/{PROJECT}/dli_other/{job_id}/tags")) == "DLI.0001"
