"""Jar jobs: the calls of their own, and what they share with SQL jobs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.plain import BUCKET, PROJECT, Api, code_of

JARS = "/streaming/flink-jobs"


def jar(api: Api, name: str = "jar", **fields: Any) -> int:
    body = {"name": name, "queue_name": "q_stream_dev", "entrypoint": "group/app.jar", **fields}
    answer = api("POST", JARS, body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["job"]["status_name"] == "job_init"
    return int(answer.json()["job"]["job_id"])


def test_what_get_shows_of_one(api: Api) -> None:
    fields: dict[str, Any] = {
        "main_class": "a.B",
        "entrypoint_args": "--x 1",
        "dependency_jars": ["g/lib.jar"],
    }
    detail = api.detail(jar(api, **fields))
    config = detail["job_config"]
    assert (detail["job_type"], detail["sql_body"], detail["run_mode"]) == (
        "flink_jar_job",
        "",
        "exclusive_cluster",
    )
    assert (detail["main_class"], detail["entrypoint_args"]) == ("a.B", "--x 1")
    assert (config["entrypoint"], config["dependency_jars"]) == ("group/app.jar", ["g/lib.jar"])
    assert (config["feature"], config["checkpoint_interval"]) == ("basic", 30)


def test_it_runs_and_stops_as_others_do(api: Api) -> None:
    api.dli.authorize(PROJECT, BUCKET)
    job_id = jar(api, obs_bucket=BUCKET)
    assert api.run(job_id).status_code == 200
    api.dli.advance(1.1)
    assert api.status(job_id) == "job_running"
    live = api("PUT", f"{JARS}/{job_id}", {"smn_topic": "alarm", "checkpoint_path": f"{BUCKET}/chk"})
    assert live.status_code == 200
    assert api.detail(job_id)["job_config"]["checkpoint_path"] == f"{BUCKET}/chk"
    assert code_of(api("PUT", f"{JARS}/{job_id}", {"main_class": "c.D"})) == "DLI.12003"
    assert api.stop(job_id, savepoint=True).status_code == 200


def test_a_running_one_refuses_even_an_unchanged_bucket(api: Api) -> None:
    api.dli.authorize(PROJECT, BUCKET)
    job_id = jar(api, obs_bucket=BUCKET)
    api.run(job_id)
    api.dli.advance(1.1)
    assert code_of(api("PUT", f"{JARS}/{job_id}", {"obs_bucket": BUCKET, "resume_max_num": 3})) == "DLI.12003"


def test_each_kind_has_its_own_update(api: Api) -> None:
    assert code_of(api.update(jar(api), desc="x")) == "DLI.0007"
    assert code_of(api("PUT", f"{JARS}/{api.made('sql')}", {"desc": "x"})) == "DLI.0007"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "DLI.11007"),
        ({"name": "taken"}, "DLI.11004"),
        ({"name": "a", "sql_body": "select 1"}, "DLI.0001"),
        ({"name": "a", "job_type": "flink_jar_job"}, "DLI.0001"),
        ({"name": "a", "dependency_jars": "g/lib.jar"}, "DLI.0001"),
        ({"name": "a", "feature": "mine"}, "DLI.0001"),
        ({"name": "a", "cu_number": 1}, "DLI.11012"),
    ],
)
def test_refused_creations(api: Api, body: dict[str, Any], code: str) -> None:
    jar(api, "taken")
    assert code_of(api("POST", JARS, body)) == code


def test_without_a_jar_it_does_not_run(api: Api) -> None:
    assert code_of(api.run(jar(api, entrypoint=""))) == "DLI.11029"


def test_what_pages_and_clients_look_for_in_two_places_is_in_both(api: Api) -> None:
    image = {"feature": "custom", "image": "my/image:1", "flink_version": "1.12"}
    answer = api("POST", "/streaming/flink-jobs", {"name": "jar", "entrypoint": "g/a.jar", **image})
    detail = api.detail(answer.json()["job"]["job_id"])
    assert {name: detail[name] for name in image} == image
    assert {name: detail["job_config"][name] for name in image} == image
    sql = api.detail(api.made())
    assert {name: sql[name] for name in image} == {"feature": "basic", "image": None, "flink_version": "1.10"}
