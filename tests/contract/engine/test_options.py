"""Pulumi's own options and values: outputs as arguments, look-up by id, time-outs, protection, names."""

from __future__ import annotations

import json

import pytest

from tests.contract.engine import transcript
from tests.support.declared import SQL
from tests.support.site import Site, both_doors, job

pytestmark = pytest.mark.engine


OUTPUTS = """\
import json
import pulumi
from dli_provider import FlinkSqlJob

jobs = json.load(open("jobs.json"))
first = FlinkSqlJob("first", **jobs["first"])
late = {"desc": pulumi.Output.concat("after ", first.id), "tags": {"after": first.name},
        "runtime_config": {"upstream.id": first.job_id.apply(str)}}
FlinkSqlJob("second", **jobs["second"], **late)
pulumi.export("unset", first.tags)
"""


@both_doors
def test_outputs_of_one_job_are_arguments_of_another_also_before_they_are_known(site: Site) -> None:
    site.pulumi.program(OUTPUTS)
    site.pulumi.declare(first=job(), second=job(desc=None))
    told = site.pulumi.preview()
    assert told.changes == {"create": 3}
    site.pulumi.up()
    first, second = site.jobs()
    assert second.definition["desc"] == f"after {first.job_id}"
    assert second.tags["after"] == first.name
    assert json.loads(second.definition["runtime_config"]) == [
        {"key": "upstream.id", "value": str(first.job_id)}
    ]
    site.calls()

    site.pulumi.declare(
        first=job(job_type="flink_sql_job", upgrade_mode="stateless"),
        second=job(desc=None, parallel_number=2),
    )
    told = site.pulumi.preview()
    line = f"{second.name}: RESTART (parallel_number 1 -> 2) - state carried by savepoint, as far as is known now"
    ahead = told.said.index(line)
    assert told.said[ahead + 1] == "known only during the update: desc, runtime_config"
    site.pulumi.up()
    again, changed = sorted(site.jobs(), key=lambda each: each.name == second.name)
    assert again.job_id != first.job_id
    assert changed.definition["desc"] == f"after {again.job_id}"
    assert changed.lineage == second.lineage
    assert site.calls().count("stop") == 2
    assert site.pulumi.up().changes == {"unchanged": 3}


LOOK_UP = """\
import json
import pulumi
from dli_provider import FlinkSqlJob

found = FlinkSqlJob("found", pulumi.ResourceOptions(id=open("id").read()))
for output in ("name", "status", "queue_name", "sql_body", "udf_jar_url"):
    pulumi.export(output, getattr(found, output))
"""


def test_a_job_of_somebody_else_is_looked_up_by_id_and_never_written_to(
    site: Site, update_goldens: bool
) -> None:
    site.pulumi.declare(orders=job())
    site.pulumi.up()
    site.calls()
    orders = site.job()

    reader = site.another("reader")
    reader.pulumi.program(LOOK_UP)
    by = reader.pulumi.folder / "id"
    by.write_text(str(orders.job_id))
    reader.pulumi.up()
    assert json.loads(reader.pulumi.pulumi("stack", "output", "--json").text) == {
        "name": orders.name,
        "status": "job_running",
        "queue_name": "q_stream",
        "sql_body": SQL,
    }
    reader.pulumi.destroy()
    by.write_text("424242")
    transcript.check("looked-up-in-vain", reader.pulumi.up(fails=True), update=update_goldens)
    assert site.calls() == []
    assert site.job().status == "job_running"


OPTIONS = """\
import json
from pulumi import CustomTimeouts, ResourceOptions
from dli_provider import FlinkSqlJob

options = {
    "kept": ResourceOptions(protect=True),
    "tuned": ResourceOptions(ignore_changes=["cu_number"]),
    "late": ResourceOptions(custom_timeouts=CustomTimeouts(create="1s", update="soon")),
    "slow": ResourceOptions(custom_timeouts=CustomTimeouts(create="1s")),
}
for name, arguments in json.load(open("jobs.json")).items():
    FlinkSqlJob(name, options[name], **arguments)
"""


def test_protection_and_ignored_changes(site: Site) -> None:
    site.pulumi.program(OPTIONS)
    site.pulumi.declare(kept=job(), tuned=job())
    site.pulumi.up()
    site.calls()
    site.pulumi.declare(kept=job(), tuned=job(cu_number=8))
    assert site.pulumi.up().changes == {"unchanged": 3}
    assert site.calls() == []
    told = site.pulumi.destroy(fails=True)
    assert "protected" in told.diagnostics
    kept = site.job()
    assert (kept.name.split("-")[0], kept.status) == ("kept", "job_running")


def test_time_outs_are_kept_and_what_did_not_start_in_time_is_removed(
    site: Site, update_goldens: bool
) -> None:
    site.pulumi.program(OPTIONS)
    site.pulumi.declare(late=job())
    transcript.check("time-out-unreadable", site.pulumi.up(fails=True), update=update_goldens)
    assert site.calls() == []

    site.dli.set_latency(start=60)
    site.pulumi.declare(slow=job())
    transcript.check("time-out", site.pulumi.up(fails=True), update=update_goldens)
    assert site.calls() == ["obs_authorize", "create", "run", "stop", "delete"]
    assert site.jobs() == []
    assert site.pulumi.resources() == {}


@both_doors
def test_a_name_is_given_kept_changed_and_never_taken_from_somebody_else(
    site: Site, update_goldens: bool
) -> None:
    site.dli.set(rename_while_running=True)
    site.pulumi.declare(orders=job(name="orders"))
    site.pulumi.up()
    first = site.job()
    assert first.name == "orders"

    rival = site.another("rival")
    rival.pulumi.declare(orders=job(name="orders", desc="mine"))
    site.calls()
    transcript.check("name-taken", rival.pulumi.up(fails=True), update=update_goldens)
    assert site.calls() == ["obs_authorize", "create"]
    after = site.job()
    assert (after.definition, after.tags, after.run) == (first.definition, first.tags, 1)

    site.pulumi.declare(orders=job())
    assert site.pulumi.up().changes == {"unchanged": 2}, "a name, once there, is kept"
    site.pulumi.declare(orders=job(name="orders_by_key"))
    site.pulumi.up()
    assert site.calls() == ["update"]
    renamed = site.job()
    assert (renamed.name, renamed.job_id, renamed.run) == ("orders_by_key", first.job_id, 1)


COMPONENTS = """\
import json
from pulumi import ComponentResource, ResourceOptions
from dli_provider import FlinkSqlJob

arguments = json.load(open("jobs.json"))["main"]
for kind in ("shop:index:Ingest", "shop:index:Report"):
    component = ComponentResource(kind, "eu")
    FlinkSqlJob("main", ResourceOptions(parent=component), **arguments)
"""


def test_jobs_of_one_name_in_two_components_are_two_jobs(site: Site) -> None:
    site.pulumi.program(COMPONENTS)
    site.pulumi.declare(main=job())
    site.pulumi.up()
    ingest, report = site.jobs()
    assert ingest.name != report.name
    assert {each.name.rpartition("-")[0] for each in (ingest, report)} == {"eu-main"}
    assert site.pulumi.up("--refresh").changes == {"unchanged": 5}
