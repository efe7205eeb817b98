"""Every Flink call that the vendor's client has, once as it succeeds and once as it is refused.

But for the four by which an edge node speaks to DLI (`/edgesrv/`): Huawei's pages call them deprecated, no edge node is
simulated, and nobody else would send them.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials  # type: ignore[import-untyped]
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException  # type: ignore[import-untyped]
from huaweicloudsdkdli import v1 as sdk  # type: ignore[import-untyped]

from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.routes import ROUTES
from dli_provider.emulator.server import Emulator
from dli_provider.emulator.switches import Codes
from tests.emulator.plain import BUCKET, PROJECT, Api
from tests.emulator.surface import Ids, cases_of_jobs, cases_of_siblings

CASES = cases_of_jobs.CASES | cases_of_siblings.CASES
pytestmark = pytest.mark.filterwarnings("ignore:Method .* of DliClient is deprecated:DeprecationWarning")


def paths_of_the_client() -> dict[str, tuple[str, str]]:
    """Method name -> HTTP method and path, of all that the client has."""
    found = {}
    for name in dir(sdk.DliClient):
        source = getattr(sdk.DliClient, f"_{name}_http_info", None)
        if source is not None:
            text = inspect.getsource(source)
            match = re.search(r'"method": "(\w+)".*?"resource_path": "([^"]+)"', text, re.DOTALL)
            assert match, name
            found[name] = (match[1], match[2])
    return found


def test_no_flink_call_of_the_client_is_left_out() -> None:
    ours = {(route.method, re.sub(r"\{\w+\}", "{}", route.path)) for route in ROUTES}
    flink = {
        name
        for name, (method, path) in paths_of_the_client().items()
        if "/streaming/" in path or (method, re.sub(r"\{\w+\}", "{}", path)) in ours
    }
    assert len(flink) > 30
    assert flink == CASES.keys()


@pytest.fixture(scope="module")
def shared() -> Iterator[Emulator]:
    with Emulator.start() as dli:
        yield dli


@pytest.fixture
def client(shared: Emulator) -> Iterator[Any]:
    shared.reset()
    keys = BasicCredentials("AK", "SK", PROJECT)
    client = sdk.DliClient.new_builder().with_credentials(keys).with_endpoint(shared.url).build()
    yield client
    client._http_client._session.close()


@pytest.fixture
def ids(client: Any, shared: Emulator) -> Iterator[Ids]:
    api = Api(shared)
    rest = api.made("rest", tags=[{"key": "env", "value": "dev"}])
    running = api.running("running")
    api.savepoint(running, f"{BUCKET}/early/")
    shared.advance(0.3)
    jar = api("POST", "/streaming/flink-jobs", {"name": "jar", "entrypoint": "g/a.jar"}).json()["job"][
        "job_id"
    ]
    groups = ["0b0cd0a4-6b9e-4f1e-9d0a-2a4f5a3c9e11"]
    edge = api.made("edge", job_type="flink_sql_edge_job", run_mode="edge_node", edge_group_ids=groups)
    template = api("POST", "/streaming/job-templates", {"name": "t"}).json()["template"]["template_id"]
    export = api("POST", "/streaming/jobs/export", {"obs_dir": f"{BUCKET}/all", "is_selected": False}).json()
    # The first of this project, so its id is 1.
    assert api("POST", "/queues/q_stream_dev/connection-test", {"address": "a:1"}).json()["task_id"] == 1
    yield Ids(rest, running, jar, edge, template, export["zip_file"][0])
    api.session.close()


@pytest.mark.parametrize("method", CASES)
def test_the_client_reads_success(client: Any, ids: Ids, method: str) -> None:
    answer = getattr(client, method)(CASES[method].succeeds(ids))
    assert CASES[method].gives(answer, ids), answer


@pytest.mark.parametrize("codes", ["2020", "today"])
@pytest.mark.parametrize("method", [name for name, case in CASES.items() if case.refused])
def test_the_client_reads_the_refusal(
    client: Any, ids: Ids, shared: Emulator, method: str, codes: Codes
) -> None:
    case = CASES[method]
    shared.set(codes=codes)
    expected = Rejection(case.code).of(codes)
    assert case.refused is not None
    with pytest.raises(ClientRequestException) as refused:
        getattr(client, method)(case.refused(ids))
    error = refused.value
    # A batch is refused as a whole, though what it lacks is one job.
    assert error.status_code in (400, expected.status)
    # Of an array of errors the client makes code "400" and the body as text.
    assert expected.code in (error.error_code, *re.findall(r"DLI\.\d+", error.error_msg))
    assert error.request_id
