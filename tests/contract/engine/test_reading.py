"""What a refresh is told of a job: new arguments only where the live job has others, and nothing is loaded in vain."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]

from dli_provider.connect import connect
from dli_provider.emulator.server import Emulator
from dli_provider.settings import Settings
from tests.support import declared
from tests.support.plugin import Plugin

pytestmark = pytest.mark.engine

ARGUMENTS = declared.job(name="orders", owner="shop/test/orders", parallel_number=2)


@pytest.fixture
def plugin(dli: Emulator, project_id: str) -> Iterator[Plugin]:
    dli.set_latency(start=0.0, stop=0.0, savepoint=0.0)
    with Plugin({"DLI_ENDPOINT": dli.url, "HW_PROJECT_ID": project_id}) as running:
        yield running


def test_arguments_are_told_where_they_drift_and_where_that_is_undone(
    plugin: Plugin, dli: Emulator, project_id: str
) -> None:
    dli.add_topic(project_id, "ops")
    created = MessageToDict(plugin.create(ARGUMENTS).result().properties)
    as_deployed = plugin.read(created).result()
    assert not as_deployed.HasField("inputs"), "Pulumi keeps those it has"
    told = MessageToDict(as_deployed.properties)
    assert {name: told[name] for name in ARGUMENTS} == ARGUMENTS
    assert told["status"] == "job_running"

    with connect(Settings(dli.url, project_id)) as api:
        api.update(int(created["job_id"]), {"smn_topic": "ops"})
        drifted = plugin.read(told).result()
        assert _inputs(drifted) == ARGUMENTS | {"smn_topic": "ops"}
        seen = MessageToDict(drifted.properties)
        assert seen["smn_topic"] == "ops"

        api.update(int(created["job_id"]), {"smn_topic": ARGUMENTS["smn_topic"]})
        assert _inputs(plugin.read(seen).result()) == ARGUMENTS


def test_a_job_is_read_without_the_judge_of_sql(plugin: Plugin, dli: Emulator, project_id: str) -> None:
    """Only new SQL needs its parser and its rules."""
    created = MessageToDict(plugin.create(ARGUMENTS).result().properties)
    program = f"""
import sys
from pulumi.dynamic import Config, ConfigureRequest
from dli_provider.resource import JobProvider
provider = JobProvider()
settings = {{"dli:endpoint": {dli.url!r}, "dli:projectId": {project_id!r}}}
provider.configure(ConfigureRequest(Config(settings, "shop")))
assert provider.read({created["job_id"]!r}, {created!r}).outs["status"] == "job_running"
judge = ("dli_provider.sql.parser", "dli_provider.sql.change")
print(*(name for name in sys.modules if name.startswith(judge)))
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def _inputs(answer: Any) -> dict[str, Any]:
    return {key: value for key, value in MessageToDict(answer.inputs).items() if key != "__provider"}
