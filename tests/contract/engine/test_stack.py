"""`cli.stack` reads a stack as the real engine sees it: settings, what is recorded, what a deployment would do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dli_provider.workspace import Failed, Unusable
from dli_provider.workspace.stack import Stack
from tests.support.declared import SQL
from tests.support.site import SECRETIVE, WITH_PASSWORD, Site, job

pytestmark = pytest.mark.engine

SECRET = "hunter2-of-the-stack"
LATE = """from dli_provider import FlinkSqlJob
first = FlinkSqlJob("first", name="first", sql_body={sql!r}, queue_name="q_stream")
FlinkSqlJob("second", name="second", sql_body={sql!r}, queue_name="q_stream", desc=first.status)
"""
RENAMED = f"""import pulumi
from dli_provider import FlinkSqlJob
was = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="orders")])
FlinkSqlJob("purchases", was, **{job(name="orders", desc="x")!r})
"""


@pytest.fixture
def stack(site: Site, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The stack of the site, read from a folder below the project's, with the environment of its user."""
    for variable, value in site.pulumi.environ.items():
        if variable != "PATH":
            monkeypatch.setenv(variable, value)
    below = site.pulumi.folder / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    return Stack.select()


def test_settings_come_from_the_stack_then_from_the_environment(stack: Stack, site: Site) -> None:
    site.pulumi.config("dli:token", SECRET, secret=True)
    settings = stack.settings()
    assert (settings.endpoint, settings.project_id) == (site.dli.url, site.project_id)
    assert settings.token == SECRET
    assert stack.secrets == (SECRET,)
    assert SECRET not in repr(settings) + repr(stack)


def test_jobs_are_recorded_and_previewed_with_secrets_in_clear_only_in_memory(
    stack: Stack, site: Site, tmp_path: Path
) -> None:
    site.pulumi.program(SECRETIVE)
    site.pulumi.config("sql:password", SECRET, secret=True)
    before = {name: job(name=name, sql_body=WITH_PASSWORD) for name in ("changed", "gone", "kind", "same")}
    site.pulumi.declare(**before)
    site.pulumi.up()
    site.calls()

    recorded = {each.name: each for each in stack.recorded()}
    assert recorded.keys() == before.keys()
    assert {each.id for each in recorded.values()} == {str(each.job_id) for each in site.jobs()}
    assert SECRET in recorded["same"].inputs["sql_body"]
    assert recorded["same"].secret == {"sql_body"}
    assert recorded["same"].outputs["status"] == "job_running"

    site.pulumi.declare(
        changed=before["changed"] | {"cu_number": 8, "runtime_config": {"a": "b"}},
        kind=before["kind"] | {"job_type": "flink_sql_job"},
        same=before["same"],
        fresh=job(name="fresh", sql_body=WITH_PASSWORD),
    )
    previewed = {each.name: each for each in stack.previewed()}
    assert {name: each.op for name, each in previewed.items()} == {
        "changed": "update",
        "fresh": "create",
        "gone": "delete",
        "kind": "replace",
        "same": "same",
    }
    changed, gone, fresh = previewed["changed"], previewed["gone"], previewed["fresh"]
    assert changed.old is not None
    assert changed.new is not None
    assert (changed.old["cu_number"], changed.new["cu_number"]) == (4, 8)
    assert changed.new["runtime_config"] == {"a": "b"}
    assert SECRET in changed.new["sql_body"]
    assert changed.secret == {"sql_body"}
    assert gone.new is None
    assert fresh.old is None
    assert fresh.new is not None
    assert SECRET in fresh.new["sql_body"]
    assert SECRET not in repr(previewed) + repr(recorded)
    assert site.calls() == []
    assert [
        path for path in tmp_path.rglob("*") if path.is_file() and SECRET in path.read_text("latin1")
    ] == []


def test_what_is_known_only_during_the_deployment_is_named(stack: Stack, site: Site) -> None:
    site.pulumi.program(LATE.format(sql=SQL))
    (second,) = (each for each in stack.previewed() if each.name == "second")
    assert second.unknown == {"desc"}
    assert second.new is not None
    assert "desc" not in second.new


def test_a_resource_that_is_renamed_is_still_the_same_job(stack: Stack, site: Site) -> None:
    site.pulumi.declare(orders=job(name="orders"))
    site.pulumi.up()
    site.pulumi.program(RENAMED)
    (renamed,) = stack.previewed()
    (recorded,) = stack.recorded()
    assert (renamed.name, renamed.op, renamed.was) == ("purchases", "update", recorded.urn)
    assert renamed.old == recorded.inputs


def test_a_preview_that_fails_tells_what_the_engine_told(stack: Stack, site: Site) -> None:
    site.pulumi.declare(orders=job(checkpoint_enabled=True, obs_bucket=None))
    with pytest.raises(Failed, match="obs_bucket") as failed:
        stack.previewed()
    assert "Traceback" not in str(failed.value)


def test_a_refresh_of_the_preview_is_asked_for_or_not(stack: Stack, site: Site) -> None:
    site.pulumi.declare(orders=job())
    site.pulumi.up()
    site.out_of_band(definition={"desc": "changed by hand"})
    assert [each.op for each in stack.previewed(refresh=False)] == ["same"]
    assert [each.op for each in stack.previewed(refresh=True)] == ["update"]


def test_there_must_be_a_project_a_stack_and_an_engine(
    stack: Stack, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [each.name for each in Stack.all()] == ["test"]
    with pytest.raises(Unusable, match=r"no stack 'nope'.*Known are: test.*dli init --stack nope"):
        Stack.select("nope")
    with pytest.raises(Unusable, match="no Pulumi project"):
        Stack.select("test", tmp_path)
    site.pulumi.pulumi("stack", "unselect")
    with pytest.raises(Unusable, match="no stack is selected"):
        Stack.select()
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    with pytest.raises(Unusable, match="not on PATH"):
        Stack.select("test")
