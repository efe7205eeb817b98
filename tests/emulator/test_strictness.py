"""Each documented rule refuses with its documented code: on create, and on update where the field is updatable."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.emulator.plain import BUCKET, PROJECT, SQL, Api, code_of

WRONG: list[tuple[str, Any, str]] = [
    ("name", "", "DLI.11007"),
    ("name", "a" * 58, "DLI.11006"),
    ("name", "日" * 58, "DLI.11006"),
    ("name", "é", "DLI.11015"),
    ("name", "заказы", "DLI.11015"),
    ("name", "a b", "DLI.11015"),
    ("name", "a.b", "DLI.11015"),
    ("name", 7, "DLI.0001"),
    ("desc", "x" * 2049, "DLI.11014"),
    ("desc", 1, "DLI.0001"),
    ("queue_name", "q" * 129, "DLI.0001"),
    ("queue_name", "q-1", "DLI.0001"),
    ("sql_body", "x" * (1024 * 1024 + 1), "DLI.11001"),
    ("sql_body", ["select"], "DLI.0001"),
    ("run_mode", "cluster", "DLI.0001"),
    ("run_mode", "", "DLI.0001"),
    ("run_mode", "shared_cluster", "DLI.11024"),
    ("run_mode", "edge_node", "DLI.11024"),
    ("cu_number", 1, "DLI.11012"),
    ("cu_number", 401, "DLI.11012"),
    ("cu_number", "4", "DLI.0001"),
    ("cu_number", 4.0, "DLI.0001"),
    ("cu_number", True, "DLI.0001"),
    ("parallel_number", 0, "DLI.11013"),
    ("parallel_number", 2001, "DLI.11013"),
    ("parallel_number", 5, "DLI.11022"),
    ("manager_cu_number", 0, "DLI.11025"),
    ("manager_cu_number", 101, "DLI.11025"),
    ("manager_cu_number", 2, "DLI.11022"),
    ("checkpoint_enabled", "true", "DLI.0001"),
    ("checkpoint_mode", 3, "DLI.11009"),
    ("checkpoint_mode", "exactly-once", "DLI.11009"),
    ("checkpoint_mode", True, "DLI.11009"),
    ("checkpoint_interval", -1, "DLI.11008"),
    ("checkpoint_interval", 1_000_000, "DLI.11008"),
    ("obs_bucket", "Not A Bucket", "DLI.11011"),
    ("log_enabled", 1, "DLI.0001"),
    ("smn_topic", 5, "DLI.0001"),
    ("restart_when_exception", "false", "DLI.0001"),
    ("idle_state_retention", 0, "DLI.11036"),
    ("idle_state_retention", "1h", "DLI.0001"),
    ("edge_group_ids", "a,b", "DLI.0001"),
    ("edge_group_ids", [7], "DLI.0001"),
    ("dirty_data_strategy", "2", "DLI.11039"),
    ("dirty_data_strategy", "3", "DLI.11039"),
    ("dirty_data_strategy", 0, "DLI.0001"),
    ("udf_jar_url", 1, "DLI.0001"),
    ("tm_cus", 0, "DLI.0001"),
    ("tm_slot_num", -1, "DLI.0001"),
    ("resume_checkpoint", 0, "DLI.0001"),
    ("resume_max_num", 0, "DLI.0001"),
    ("resume_max_num", -2, "DLI.0001"),
    ("runtime_config", {"k": "v"}, "DLI.0001"),
    ("flink_version", "2.0", "DLI.0001"),
    ("flink_log_config", "INFO", "DLI.0001"),
    ("resource_config_version", "v3", "DLI.0001"),
    ("resource_config", {"max_slot": 1}, "DLI.0001"),
    ("resource_config", {"slots": 1}, "DLI.0001"),
    ("no_such_field", 1, "DLI.0001"),
]
ONLY_CREATE: list[tuple[str, Any, str]] = [
    ("job_type", "flink_jar_job", "DLI.0001"),
    ("job_type", "flink_sql_edge_job", "DLI.11024"),
    ("template_id", 0, "DLI.0001"),
    ("operator_config", "", "DLI.0001"),
    ("static_estimator_config", "", "DLI.0001"),
    ("tags", [{"key": "_sys_x", "value": ""}], "DLI.0001"),
    ("tags", [{"key": "a", "value": ""}, {"key": "a", "value": "b"}], "DLI.0001"),
    ("tags", [{"key": f"k{n}", "value": ""} for n in range(21)], "DLI.0001"),
    ("tags", [{"key": "a" * 129, "value": ""}], "DLI.0001"),
    ("tags", [{"key": "a", "value": "b" * 256}], "DLI.0001"),
    ("tags", {"a": "b"}, "DLI.0001"),
]
ONLY_UPDATE: list[tuple[str, Any, str]] = [
    ("job_type", "flink_sql_job", "DLI.0001"),
    ("template_id", 1, "DLI.0001"),
    ("tags", [{"key": "a", "value": "b"}], "DLI.0001"),
    ("operator_config", "{", "DLI.0001"),
    ("operator_config", '{"operator_list":[{"id":"x","parallelism":1}]}', "DLI.0001"),
    ("operator_config", '{"operator_list":[{"id":"' + "a" * 32 + '","rate_factor":1}]}', "DLI.0001"),
    ("static_estimator_config", "[]", "DLI.0001"),
]


@pytest.mark.parametrize(("field", "value", "code"), WRONG + ONLY_CREATE)
def test_create_refuses(api: Api, field: str, value: Any, code: str) -> None:
    answer = api.create(**{"name": "job", field: value})
    assert (answer.status_code, code_of(answer)) == (400, code)
    assert set(answer.json()) == {"error_code", "error_msg"}
    assert api.dli.jobs() == []


@pytest.mark.parametrize(("field", "value", "code"), WRONG + ONLY_UPDATE)
def test_update_refuses_and_changes_nothing(api: Api, field: str, value: Any, code: str) -> None:
    job_id = api.made()
    before = api.detail(job_id)
    answer = api.update(job_id, **{"smn_topic": "alarm", field: value})
    assert (answer.status_code, code_of(answer)) == (400, code)
    assert api.detail(job_id) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "日志_清洗-1"},
        {"name": "a" * 57},
        {"name": "日" * 57},
        {"desc": "日" * 2048},
        {"obs_bucket": "my_obs_bucket"},
        {"execution_agency_urn": "agency"},
        {"resource_config_version": "v2"},
        {"job_type": "flink_sql_job", "flink_version": "1.15", "execution_agency_urn": "agency"},
        {"cu_number": 400, "parallel_number": 1596},
        {"manager_cu_number": 100, "cu_number": 101, "parallel_number": 4},
        {"checkpoint_interval": 0},
        {"tags": None, "tm_slot_num": 0, "resume_max_num": -1},
        {"tags": [{"key": f"k{n}", "value": ""} for n in range(20)]},
        {"obs_bucket": "obs://bucket-1/dir/"},
        {"idle_state_retention": 1},
        {"job_type": "flink_sql_job"},
        {"flink_version": "1.15", "execution_agency_urn": "agency"},
        {"flink_version": "1.17", "resource_config_version": "v2", "resource_config": {"max_slot": 2}},
        {"job_type": ..., "run_mode": ..., "queue_name": ..., "sql_body": ...},
    ],
)
def test_create_accepts(api: Api, fields: dict[str, Any]) -> None:
    answer = api.create(**fields)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("given", "job_type", "run_mode"),
    [
        ({}, "flink_sql_job", "shared_cluster"),
        ({"run_mode": "exclusive_cluster"}, "flink_opensource_sql_job", "exclusive_cluster"),
        ({"run_mode": "edge_node", "edge_group_ids": ["0" * 32]}, "flink_sql_edge_job", "edge_node"),
    ],
)
def test_default_job_type_follows_the_run_mode(
    api: Api, given: dict[str, Any], job_type: str, run_mode: str
) -> None:
    answer = api("POST", "/streaming/sql-jobs", {"name": "bare", **given})
    detail = api.detail(answer.json()["job"]["job_id"])
    assert (detail["job_type"], detail["run_mode"]) == (job_type, run_mode)


@pytest.mark.parametrize("switch", ["checkpoint_enabled", "log_enabled"])
def test_checkpoints_and_logs_need_an_authorized_bucket(api: Api, switch: str) -> None:
    on: dict[str, Any] = {switch: True}
    assert code_of(api.create(**on)) == "DLI.11002"
    assert code_of(api.create(**on, obs_bucket=BUCKET)) == "DLI.11016"
    job_id = api.made(**on)
    assert code_of(api.update(job_id, obs_bucket="other-bucket")) == "DLI.11016"
    assert code_of(api.update(job_id, obs_bucket="")) == "DLI.11002"
    api.dli.withdraw(PROJECT, BUCKET)
    assert code_of(api.run(job_id)) == "DLI.13004"
    api.dli.change_job(PROJECT, job_id, definition={"obs_bucket": None})
    assert code_of(api.run(job_id)) == "DLI.13003"


def test_shared_cluster_and_edge(api: Api) -> None:
    shared = {"job_type": "flink_sql_job", "run_mode": "shared_cluster"}
    api.dli.set(shared_cluster_runs=False)
    assert code_of(api.create(**shared, udf_jar_url="g/x.jar")) == "DLI.11035"
    answer = api.create(**shared)
    assert code_of(api.run(answer.json()["job"]["job_id"])) == "DLI.13024"
    edge = {"job_type": "flink_sql_edge_job", "run_mode": "edge_node"}
    assert code_of(api.create(name="edge", **edge)) == "DLI.11023"


def test_only_open_source_jobs_have_a_flink_version_and_operator_configs(api: Api) -> None:
    lenient = api.made("lenient", job_type="flink_sql_job", flink_version="1.12")
    assert api.update(lenient, operator_config='{"operator_list":[]}').status_code == 200
    api.dli.set(strict_job_fields=True)
    assert code_of(api.create(job_type="flink_sql_job", flink_version="1.12")) == "DLI.0001"
    job_id = api.made(job_type="flink_sql_job")
    assert api.update(job_id, operator_config="", static_estimator_config="").status_code == 200
    assert code_of(api.update(job_id, operator_config='{"operator_list":[]}')) == "DLI.0001"


def test_names_are_unique_in_a_project(api: Api) -> None:
    job_id = api.made("one")
    assert code_of(api.create("one")) == "DLI.11004"
    api.made("two")
    assert code_of(api.update(job_id, name="two")) == "DLI.12006"
    assert api.update(job_id, name="one").status_code == 200
    assert Api(api.dli, "another0project").create("one").status_code == 200


def test_drafts_are_limited(api: Api) -> None:
    api.dli.set(draft_limit=2)
    first = api.made("one")
    api.made("two")
    assert code_of(api.create("three")) == "DLI.11003"
    assert api.run(first).status_code == 200
    assert api.create("three").status_code == 200


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("", "DLI.13005"),
        ("-- nothing", "DLI.13005"),
        ("select 1", "DLI.13005"),
        ("insert into t select 'x from s", "DLI.13005"),
        ("insert into t select (1 from s", "DLI.13005"),
        ("insert into t select 1) from s", "DLI.13005"),
        ("select 'insert into t' -- insert into t", "DLI.13005"),
        ("insert into t select '(' from s /* ( */ -- (", ""),
        ("insert into t select 1 from s // it's (", ""),
        ("\ufeffinsert into t select 1 from s", ""),
        (SQL, ""),
    ],
)
def test_run_looks_at_the_sql(api: Api, sql: str, code: str) -> None:
    answer = api.run(api.made(sql_body=sql))
    assert (code_of(answer) if code else answer.status_code) == (code or 200)


def test_run_looks_at_the_queue(api: Api) -> None:
    job_id = api.made(queue_name=..., cu_number=70)
    assert code_of(api.run(job_id)) == "DLI.13024"
    for queue, code in (("default", "DLI.13024"), ("Q_Stream_DEV", "DLI.13002")):
        assert api.update(job_id, queue_name=queue).status_code == 200
        assert code_of(api.run(job_id)) == code
    api.dli.set(any_queue=False)
    api.update(job_id, queue_name="q_unheard_of")
    assert code_of(api.run(job_id)) == "DLI.20005"
    api.dli.add_queue("q_unheard_of", 128)
    assert api.run(job_id).status_code == 200


def test_a_udf_jar_lies_in_obs_from_flink_1_15_on(api: Api) -> None:
    assert code_of(api.create(flink_version="1.15", udf_jar_url="group/udf.jar")) == "DLI.0001"
    assert api.create("old", flink_version="1.13", udf_jar_url="group/udf.jar").status_code == 200
    assert api.create("new", flink_version="1.15", udf_jar_url="obs://jars/udf.jar").status_code == 200


def test_the_newest_flink_may_ask_for_the_newer_resources(api: Api) -> None:
    assert api.create("lenient", flink_version="1.17").status_code == 200
    api.dli.set(strict_resource_versions=True)
    assert code_of(api.create(flink_version="1.17")) == "DLI.0001"
    assert api.create(flink_version="1.17", resource_config_version="v2").status_code == 200


def test_a_flink_version_that_was_not_given_is_one_that_has_what_the_job_asks_for(api: Api) -> None:
    for asked, version in (
        ({}, "1.10"),
        ({"resource_config_version": "v2"}, "1.13"),
        ({"resource_config_version": "v2", "execution_agency_urn": "agency"}, "1.15"),
    ):
        job_id = api.running(f"job_{version.replace('.', '_')}", **asked)
        assert api.detail(job_id)["job_config"]["flink_version"] == version
        assert api.update(job_id, flink_version=version).status_code == 200  # as it is: no change
        assert code_of(api.update(job_id, flink_version="1.17")) == "DLI.12003"
    # The version is chosen when the job is created, and does not follow what it is given later.
    assert code_of(api.update(api.made("later"), execution_agency_urn="agency")) == "DLI.0001"
    for given in ({"execution_agency_urn": "agency"}, {"resource_config_version": "v2"}):
        assert code_of(api.create("old", flink_version="1.12", **given)) == "DLI.0001"
    assert api.detail(api.made("sql", job_type="flink_sql_job"))["flink_version"] is None


def test_lengths(api: Api) -> None:
    name, long_name, desc = "日" * 20, "日" * 65, "日" * 600
    template = {"name": "日" * 22, "desc": "日" * 200}

    def codes() -> list[str]:
        made = api("POST", "/streaming/job-templates", template)
        if made.status_code == 200:
            api("DELETE", f"/streaming/job-templates/{made.json()['template']['template_id']}")
        return [code_of(api.create(name)), code_of(api.create("a", desc=desc)), code_of(made)]

    api.dli.set(lengths_in_bytes=True)
    assert code_of(api.create("long", sql_body="x" * 10_001)) == "DLI.11001"
    long = {"name": "long", "sql_body": "x" * 10_001}
    assert code_of(api("POST", "/streaming/job-templates", long)) == "DLI.18001"
    assert codes() == ["DLI.11006", "None", "DLI.18009"]
    template["name"] = "t"
    api.dli.set(long_descriptions=False)
    assert codes() == ["DLI.11006", "DLI.11014", "DLI.18008"]
    api.dli.set(lengths_in_bytes=False)
    assert codes() == ["None", "DLI.11014", "None"]
    assert code_of(api("POST", "/streaming/job-templates", {"name": long_name})) == "DLI.18009"


def test_a_checkpoint_mode_in_words(api: Api) -> None:
    assert api.create("lenient", checkpoint_mode="exactly_once").status_code == 200
    api.dli.set(strict_checkpoint_mode=True)
    assert code_of(api.create(checkpoint_mode="exactly_once")) == "DLI.0001"
    assert code_of(api.create(checkpoint_mode=3)) == "DLI.11009"
    assert api.create(checkpoint_mode=2).status_code == 200


@pytest.mark.parametrize("bucket", ["my_obs_bucket", "bucketName"])
def test_a_bucket_name_that_obs_would_not_give(api: Api, bucket: str) -> None:
    assert api.create("lenient", obs_bucket=bucket).status_code == 200
    assert code_of(api.create(obs_bucket="../up")) == "DLI.11011"
    api.dli.set(strict_bucket_names=True)
    assert code_of(api.create(obs_bucket=bucket)) == "DLI.11011"
    assert api.create(obs_bucket="obs://my-bucket/dir/").status_code == 200


def test_a_key_that_is_given_twice(api: Api) -> None:
    def create(name: str) -> requests.Response:
        body = f'{{"name": "first", "name": "{name}", "sql_body": ""}}'
        return api.session.post(
            f"{api.dli.url}/v1.0/{PROJECT}/streaming/sql-jobs",
            data=body,
            headers={"Content-Type": "application/json"},
            timeout=20,
        )

    assert code_of(create("last")) == "DLI.10004"
    job_id = api.made()
    twice = '{"operator_list": [], "operator_list": []}'
    assert code_of(api.update(job_id, operator_config=twice)) == "DLI.0001"
    api.dli.set(repeated_keys="last")
    assert api.detail(create("last").json()["job"]["job_id"])["name"] == "last"


def test_strict_switches(api: Api) -> None:
    api.dli.set(strict_buckets=True, strict_topics=True, strict_idle_state_retention=True)
    assert code_of(api.create(obs_bucket=BUCKET)) == "DLI.11011"
    assert code_of(api("POST", "/dli/obs-authorize", {"obs_buckets": [BUCKET]})) == "DLI.19003"
    assert code_of(api.create(smn_topic="alarm")) == "DLI.11032"
    assert code_of(api.create(idle_state_retention=3600)) == "DLI.11036"
    api.dli.add_bucket(PROJECT, BUCKET)
    api.dli.add_topic(PROJECT, "alarm")
    assert api.create(obs_bucket=BUCKET, smn_topic="alarm", idle_state_retention=60).status_code == 200
    api.dli.set(ignore_unknown_fields=True)
    assert api.create("two", no_such_field=1).status_code == 200
