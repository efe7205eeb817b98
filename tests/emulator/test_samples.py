"""Every sample request of DLI's Flink pages, sent as it is printed: it does what its page says.

The samples are in `samples.json`, each with its page and edition. Where two pages contradict each other, the local DLI
takes what a sample shows; the switches that make it refuse are tried here as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from dli_provider.emulator.routes import ROUTES
from dli_provider.emulator.rules.fields import MODES
from dli_provider.emulator.server import Emulator
from tests.emulator.plain import BUCKET, PROJECT, RUNNABLE, Api, code_of

SAMPLES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "samples.json").read_text())
CALLS = {route.name: route for route in ROUTES}
REST = {"job_type": "flink_sql_job", "run_mode": "exclusive_cluster", "queue_name": "testQueue"}


@pytest.fixture(scope="module")
def low() -> Iterator[Emulator]:
    """Samples have small ids."""
    with Emulator.start(first_job_id=1) as dli:
        yield dli


@pytest.fixture
def api(low: Emulator) -> Iterator[Api]:
    low.reset()
    calls = Api(low)
    yield calls
    calls.session.close()


def named(sample: dict[str, Any]) -> str:
    return f"{sample['page']}, {sample['edition']}"


def of_call(call: str) -> list[dict[str, Any]]:
    return [sample for sample in SAMPLES if sample["call"] == call]


def made(api: Api, job_id: int, **fields: Any) -> int:
    """A job of just this id."""
    api.dli.set(first_job_id=job_id)
    answer = api.create(f"job_{job_id}", **fields)
    assert answer.json()["job"]["job_id"] == job_id, answer.text
    return job_id


Body = dict[str, Any]
Ids = dict[str, int]


def _jobs(api: Api, body: Body) -> Ids:
    for job_id in sorted(body.get("job_ids") or body["job_selected"]):
        made(api, job_id)
    return {}


def _running_jobs(api: Api, body: Body) -> Ids:
    api("POST", "/dli/obs-authorize", {"obs_buckets": [BUCKET]})
    for job_id in sorted(body["job_ids"]):
        made(api, job_id, obs_bucket=BUCKET)
    api.run(*body["job_ids"])
    api.dli.advance(5)
    return {}


def _jar(api: Api, _body: Body) -> Ids:
    answer = api("POST", "/streaming/flink-jobs", {"name": "test", "entrypoint": "a.jar"})
    return {"job_id": answer.json()["job"]["job_id"]}


def _bucket(api: Api, body: Body) -> Ids:
    api("POST", "/dli/obs-authorize", {"obs_buckets": [body["obs_bucket"]]})
    return {}


def _exported(api: Api, body: Body) -> Ids:
    made(api, 7)
    # A folder of zips may stand for the zip, and nobody can say what an export is to be called.
    api("POST", "/streaming/jobs/export", {"obs_dir": body["zip_file"], "is_selected": False})
    return {}


def _template(api: Api, _body: Body) -> Ids:
    answer = api("POST", "/streaming/job-templates", {"name": "before"})
    return {"template_id": answer.json()["template"]["template_id"]}


def _savepoint_of_another(api: Api, body: Body) -> Ids:
    assert api.savepoint(api.running("other"), body["savepoint_path"]).status_code == 200
    api.dli.advance(5)
    return {"job_id": made(api, body["job_id"])}


PREPARED: dict[str, Callable[[Api, Body], Ids]] = {
    "update": lambda api, _: {"job_id": made(api, 7, **REST)},
    "create": _bucket,
    "create_jar": _bucket,
    "update_jar": _jar,
    "run": _jobs,
    "stop": _running_jobs,
    "batch_delete": _jobs,
    "metrics": _jobs,
    "export": _jobs,
    "import": _exported,
    "gen_graph": lambda api, _: {"job_id": api.made(**RUNNABLE)},
    "template_update": _template,
    "savepoint": lambda api, _: {"job_id": api.running()},
    "import_savepoint": _savepoint_of_another,
    "tags_create": lambda api, _: {"resource_id": api.made()},
    "tags_delete": lambda api, body: {"resource_id": api.made(tags=body["tags"])},
}
"""What the sample of a call takes for granted; the ids in its path."""


def sent(api: Api, sample: dict[str, Any]) -> tuple[requests.Response, dict[str, int]]:
    route, prepare = CALLS[sample["call"]], PREPARED.get(sample["call"])
    ids = prepare(api, sample["body"]) if prepare else {}
    path = route.path.format(project_id=PROJECT, resource_type="dli_flink_job", **ids)
    return api(route.method, path, sample["body"]), ids


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_a_sample_is_taken_as_it_is_printed(api: Api, sample: dict[str, Any]) -> None:
    answer, _ = sent(api, sample)
    assert answer.status_code == CALLS[sample["call"]].status, answer.text
    if answer.status_code == 204:
        return
    told = answer.json()
    each = told if isinstance(told, list) else [told]
    assert {str(one.get("is_success")).lower() for one in each} == {"true"}, told


@pytest.mark.parametrize("sample", of_call("update") + of_call("create"), ids=named)
def test_the_job_is_as_the_sample_says(api: Api, sample: dict[str, Any]) -> None:
    answer, ids = sent(api, sample)
    detail = api.detail(ids.get("job_id") or answer.json()["job"]["job_id"])
    shown = {**detail["job_config"], **detail}
    # The query of its own has the last word over the template that the sample names.
    expected = {name: value for name, value in sample["body"].items() if name != "template_id"}
    if "checkpoint_mode" in expected:
        expected["checkpoint_mode"] = MODES.get(expected["checkpoint_mode"], expected["checkpoint_mode"])
    assert {name: shown[name] for name in expected} == expected


def test_jobs_that_are_run_from_savepoints_they_do_not_have_say_so(api: Api) -> None:
    sample = of_call("run")[0]
    sent(api, sample)
    api.dli.advance(5)
    for job_id in sample["body"]["job_ids"]:
        run = api.dli.job(PROJECT, job_id).runs[-1]
        assert "began from empty state" in run.note
        assert api.status(job_id) == "job_running"


STRICT: list[tuple[dict[str, Any], str, str]] = [
    ({"strict_checkpoint_mode": True}, "update", "DLI.0001"),
    ({"strict_checkpoint_mode": True}, "create", "DLI.0001"),
    ({"shared_cluster_runs": False}, "update", "DLI.11035"),
    ({"strict_idle_state_retention": True}, "update", "DLI.11036"),
    ({"strict_bucket_names": True}, "create", "DLI.11011"),
    ({"strict_bucket_names": True}, "create_jar", "DLI.11011"),
    ({"graph_needs_sql": True}, "gen_graph", "DLI.11029"),
    ({"resume_without_savepoint": "refuse"}, "run", "DLI.13017"),
]


@pytest.mark.parametrize(("switch", "call", "code"), STRICT, ids=str)
def test_a_switch_holds_to_the_other_page(api: Api, switch: dict[str, Any], call: str, code: str) -> None:
    api.dli.set(**switch)
    answer, _ = sent(api, of_call(call)[0])
    assert code in answer.text, answer.text


def test_an_agency_of_a_job_that_is_not_open_source_is_for_the_newer_edition_only(api: Api) -> None:
    api.dli.set(strict_job_fields=True)
    older, newer, *_ = of_call("create")
    assert code_of(sent(api, newer)[0]) == "DLI.0001"
    assert sent(api, older)[0].status_code == 200


def test_a_job_on_a_shared_cluster_starts_unless_the_switch_says_no(api: Api) -> None:
    shared = {"job_type": "flink_sql_job", "run_mode": "shared_cluster", "queue_name": ...}
    job_id = api.running("one", **shared)
    assert api.status(job_id) == "job_running"
    api.dli.set(shared_cluster_runs=False)
    assert code_of(api.run(api.made("two", **shared))) == "DLI.13024"
