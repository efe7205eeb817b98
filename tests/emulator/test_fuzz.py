"""Requests made up from the OpenAPI document, valid and broken: no 500, no answer that the document does not know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dli_provider.emulator.openapi import document
from dli_provider.emulator.routes import ROUTES
from dli_provider.emulator.server import Emulator
from tests.emulator.plain import BUCKET, PROJECT, SQL, Api

pytestmark = pytest.mark.slow

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SCHEMA = schemathesis.openapi.from_dict(document(ROUTES))


@pytest.fixture
def inhabited(api: Api) -> dict[str, Any]:
    """Path parameters that lead somewhere: a running job and one at rest, a template."""
    running = api.running("running", checkpoint_enabled=True)
    api.made("at_rest")
    template = api("POST", "/streaming/job-templates", {"name": "t", "sql_body": SQL}).json()["template"]
    api("POST", "/streaming/jobs/export", {"obs_dir": f"{BUCKET}/out", "is_selected": False})
    api.dli.set_latency(
        start=3600, stop=3600, savepoint=3600
    )  # what is asked happens; what follows depends on no time
    ids = [running, running + 1]
    return {
        "project_id": [PROJECT],
        "job_id": ids,
        "resource_id": ids,
        "template_id": [template["template_id"]],
    }


@SCHEMA.parametrize()
@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_nor_one_that_lags_and_speaks_otherwise(
    case: schemathesis.Case[Any], inhabited: dict[str, list[Any]], dli: Emulator
) -> None:
    dli.set(codes="today", lag=0.001, flap=3, late_run=1, late_stop=1, late_savepoint=1, late_update=1)
    dli.set(resume_without_savepoint="fresh", shared_cluster_runs=True, offset_counts="ids")
    for name, known in inhabited.items():
        if name in case.path_parameters:
            case.path_parameters[name] = known[0]
    case.call_and_validate(base_url=dli.url, checks=CHECKS)
    dli.advance(2)
    assert dli.jobs() is not None  # what was accepted is carried out without trouble


@SCHEMA.parametrize()
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_request_brings_the_local_dli_down(
    case: schemathesis.Case[Any],
    inhabited: dict[str, list[Any]],
    dli: Emulator,
    record_property: Callable[[str, Any], None],
) -> None:
    for name, known in inhabited.items():
        # Three of four go to what is there; the rest keeps what was made up.
        if name in case.path_parameters and len(repr(case.body)) % 4:
            case.path_parameters[name] = known[len(repr(case.query)) % len(known)]
    answer = case.call_and_validate(base_url=dli.url, checks=CHECKS)
    record_property("tally", ("made-up requests", {f"HTTP {answer.status_code}": 1}))
