"""What single pages say: codes of their own, bodies that are no JSON, and values inside of values."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from dli_provider.emulator.auth import Credentials
from dli_provider.emulator.server import Emulator
from tests.emulator.plain import PROJECT, Api, code_of

JOBS = f"/v1.0/{PROJECT}/streaming/jobs"
TEMPLATES = f"/v1.0/{PROJECT}/streaming/job-templates"
AGENCY = f"/v2/{PROJECT}/agency"
TAGS = f"/v3/{PROJECT}/dli_flink_job"
HEX = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"/v1.0/{PROJECT}/streaming/sql-jobs", "DLI.10004"),
        (f"{JOBS}/run", "DLI.10004"),
        (TEMPLATES, "DLI.18004"),
        (f"/v1.0/{PROJECT}/dli/obs-authorize", "DLI.19001"),
    ],
)
@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'{"name": "\\ud800"}', b"[" * 100_000, b""])
def test_a_body_that_is_no_json_object(api: Api, path: str, code: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.session.post(api.dli.url + path, data=body, headers=headers, timeout=20)
    assert (answer.status_code, code_of(answer)) == (400, code)


@pytest.mark.parametrize("job_id", ["0", "-1", "1" * 20, "9" * 5000, "x", "1.0", "٣"])
def test_an_id_that_is_none(api: Api, job_id: str) -> None:
    assert code_of(api.get(job_id)) == "DLI.12001"


def test_the_largest_id_is_only_unknown(api: Api) -> None:
    assert code_of(api.get(2**63 - 1)) == "DLI.16001"
    assert code_of(api.get(2**63)) == "DLI.12001"


def test_the_agency_has_the_roles_it_was_given(api: Api) -> None:
    assert api("GET", AGENCY).json()["current_roles"] == []
    assert api("POST", AGENCY, {"roles": ["obs_adm"]}).json()["is_success"] is True
    assert api("GET", AGENCY).json()["current_roles"] == ["obs_adm"]
    assert code_of(api("POST", AGENCY, {"roles": []})) == "DLI.11029"
    assert code_of(api("POST", AGENCY, {"roles": "obs_adm"})) == "DLI.0001"
    assert code_of(api("POST", AGENCY, {"roles": [["obs_adm"]]})) == "DLI.0001"


def test_all_quotas_are_told(api: Api) -> None:
    quotas = {
        quota["type"]: quota for quota in api("GET", f"/v3/{PROJECT}/quotas").json()["quotas"]["resources"]
    }
    assert len(quotas) == 9
    assert (quotas["QUEUE"]["used"], quotas["TABLE"]["used"]) == (4, 0)


def test_a_queue_by_itself_has_four_names_in_camel_case(api: Api) -> None:
    queue = api("GET", f"/v1.0/{PROJECT}/queues/q_stream_dev").json()
    assert (queue["queueName"], queue["queueType"], queue["cuCount"], queue["chargingMode"]) == (
        *("q_stream_dev", "general"),
        *(64, 1),
    )
    assert queue["support_flink_sql_versions"]
    assert "queue_name" not in queue


def test_an_obsolete_call(api: Api) -> None:
    assert code_of(api("GET", f"{JOBS}/{api.made()}/apig-sinks")) == "DLI.11098"
    assert code_of(api("GET", f"{JOBS}/1/apig-sinks")) == "DLI.16001"


@pytest.mark.parametrize(
    "body",
    [
        {"tags": 1},
        {"tags": ["a"]},
        {"tags": [{"key": 1}]},
        {"tags": [{"key": "a", "values": "b"}]},
        {"tags": [{"key": "a", "values": [1]}]},
        {"matches": [{"key": "resource_name", "value": {}}]},
        {"matches": {"key": "resource_name"}},
        {"without_any_tag": "yes"},
    ],
)
@pytest.mark.parametrize("call", ["filter", "count"])
def test_malformed_searches_by_tag(api: Api, call: str, body: dict[str, Any]) -> None:
    assert code_of(api("POST", f"{TAGS}/resource-instances/{call}", body)) == "DLI.0001"


@pytest.mark.parametrize(
    "config",
    [
        {"jobmanager_resource_spec": 1},
        {"jobmanager_resource_spec": {"cores": 1}},
        {"taskmanager_resource_spec": {"cpu": 0.4}},
        {"taskmanager_resource_spec": {"cpu": True}},
        {"taskmanager_resource_spec": {"memory": "1G"}},
        {"taskmanager_resource_spec": {"memory": "1024MB"}},
        {"taskmanager_resource_spec": {"memory": 4}},
        {"max_slot": 0},
        {"slots": 1},
    ],
)
def test_refused_resources(api: Api, config: dict[str, Any]) -> None:
    answer = api.create(flink_version="1.15", resource_config_version="v2", resource_config=config)
    assert code_of(answer) == "DLI.0001"


def test_accepted_resources(api: Api) -> None:
    spec = {"cpu": 0.5, "memory": "2048MB"}
    config = {"max_slot": 2, "parallel_number": 2, "jobmanager_resource_spec": spec}
    config |= {"taskmanager_resource_spec": {"cpu": 2, "memory": "8G"}}
    made = api.made(flink_version="1.15", resource_config_version="v2", resource_config=config)
    assert api.detail(made)["job_config"]["resource_config"] == config


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("operator_config", {"operator_list": 1}),
        ("operator_config", {"operator_list": {"id": HEX}}),
        ("operator_config", {"operator_list": [{"id": HEX, "parallelism": "2"}]}),
        ("operator_config", {"operator_list": [{"id": HEX, "rate_factor": 1}]}),
        ("static_estimator_config", {"operator_list": [{"id": HEX, "output_rate": -1}]}),
        ("flink_log_config", {"root_logger_level": "LOUD"}),
        ("flink_log_config", {"loggers_level_of_class": {"a.b": "QUIET"}}),
        ("flink_log_config", {"loggers_level_of_class": ["a.b"]}),
    ],
)
def test_refused_json_inside_of_text(api: Api, name: str, value: Any) -> None:
    assert code_of(api.update(api.made(), **{name: json.dumps(value)})) == "DLI.0001"


def test_a_list_is_ordered_one_way_or_the_other(api: Api) -> None:
    for name in ("a", "b"):
        api("POST", TEMPLATES, {"name": name})
    listed = api("GET", TEMPLATES, params={"order": "asc"}).json()["template_list"]["templates"]
    assert [template["name"] for template in listed] == ["a", "b"]
    assert code_of(api("GET", TEMPLATES, params={"order": "up"})) == "DLI.0001"


def test_what_is_missing_in_an_export_has_its_own_name(api: Api) -> None:
    answer = api("POST", f"{JOBS}/export", {"obs_dir": "b/out", "is_selected": True})
    assert (code_of(answer), "job_selected" in answer.text) == ("DLI.11029", True)


LOGIN = {
    "auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "u", "password": "p"}}}}
}


def test_a_token_for_everybody_where_everybody_may_come_in(api: Api) -> None:
    answer = api("POST", "/v3/auth/tokens", LOGIN)
    assert answer.status_code == 201
    token = answer.headers["X-Subject-Token"]
    assert api.session.get(api.dli.url + JOBS, headers={"X-Auth-Token": token}, timeout=20).status_code == 200
    assert code_of(api("POST", "/v3/auth/tokens", {"auth": {"identity": []}})) == "DLI.0001"


def test_no_token_for_passwords_that_nobody_set() -> None:
    with (
        Emulator.start(credentials=Credentials(tokens=("secret",))) as guarded,
        requests.Session() as session,
    ):
        answer = Api(guarded, session=session)("POST", "/v3/auth/tokens", LOGIN)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 401)
