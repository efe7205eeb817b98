"""What only the second door has, and the way from one to the other. What both have: the tests for `both_doors`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from dli_provider.pulumi.plugin.package_schema import package_schema
from tests.support.declared import SQL_AT_RISK
from tests.support.pulumi_project import language_host
from tests.support.site import Site, by_hand, job

pytestmark = pytest.mark.engine
by_the_second_door = pytest.mark.parametrize("door", ["plugin"], indirect=True)

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "plugin" / "Pulumi.yaml"
BACK = """import json
import pulumi
from dli_provider import FlinkSqlJob

other = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_="dli:index:FlinkSqlJob")])
for name, arguments in json.load(open("jobs.json")).items():
    FlinkSqlJob(name, other, **arguments)
"""
IN_TIME = """import json
import pulumi
from plugin_job import FlinkSqlJob

for name, arguments in json.load(open("jobs.json")).items():
    FlinkSqlJob(name, pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="2s")), **arguments)
"""


WITH_OPTIONS = """import json
import pulumi
from plugin_job import FlinkSqlJob

given = json.load(open("jobs.json"))
places = {name: pulumi.ProviderResource("dli", name, config) for name, config in given.pop("places").items()}
for name, arguments in given.items():
    options = arguments.pop("options", {})
    if "was" in options:
        options["aliases"] = [pulumi.Alias(name=options.pop("was"))]
    if "place" in options:
        options["provider"] = places[options.pop("place")]
    FlinkSqlJob(name, pulumi.ResourceOptions(**options), **arguments)
"""


WITHOUT_ALIAS = """import json
import pulumi

for name, arguments in json.load(open("jobs.json")).items():
    options = pulumi.ResourceOptions(import_=arguments.pop("import_", None))
    pulumi.CustomResource("dli:index:FlinkSqlJob", name, arguments, options)
"""

# What `pulumi import` declares: a job that is imported by a program is then made what that declares.
AS_FOUND = {"health_window": None, "flink_version": "1.10"}
SAME: dict[str, Any] = {"ignore_changes": ["cu_number", "tags.team"]}


def named(name: str, options: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return job(name=name, options=options, **changes)


def declare(site: Site, **jobs: Any) -> None:
    """Declare these jobs, of which some go to other places, each by a provider of its own."""
    others = {name: f"{site.project_id}-{name}" for name in ("one", "two")}
    places = {name: {"endpoint": site.dli.url, "projectId": project} for name, project in others.items()}
    site.pulumi.declare(places=places, **jobs)


@by_the_second_door
def test_the_options_of_a_resource_mean_what_they_mean_elsewhere(site: Site) -> None:
    found = by_hand(site, "found")
    site.pulumi.program(WITH_OPTIONS)
    jobs = {
        "tuned": named("tuned", SAME, tags={"team": "data"}),
        "hidden": named("hidden", {"additional_secret_outputs": ["desc"]}, desc="canary-0815"),
        "found": named("found", {"import_": str(found)}, **AS_FOUND),
        "one": named("same", {"place": "one"}),
        "two": named("same", {"place": "two"}),
        "left": named("left", {"retain_on_delete": True}),
        "first": named("first", {"delete_before_replace": True}),
        "bound": named("bound", {"protect": True}),
    }
    declare(site, **jobs)
    assert site.pulumi.up().changes == {"created": 10, "imported": 1}
    lineages = {each.name: each.lineage for each in site.jobs()}
    assert lineages.keys() == {"tuned", "hidden", "found", "left", "first", "bound"}
    for place in ("one", "two"):
        assert [each.name for each in site.dli.jobs(f"{site.project_id}-{place}")] == ["same"]
    assert site.pulumi.outputs("hidden")["desc"].keys() >= {"ciphertext"}
    assert site.pulumi.up("--refresh").changes == {"unchanged": 11}

    jobs["shown"] = named("hidden", {"was": "hidden"}, desc="canary-0815")
    jobs["tuned"] = named("tuned", SAME, cu_number=8, tags={"team": "x"})
    jobs["found"] = named("found", {}, **AS_FOUND)
    jobs["first"] |= {"job_type": "flink_sql_job", "upgrade_mode": "stateless"}
    del jobs["hidden"], jobs["left"]
    declare(site, **jobs)
    assert site.pulumi.up().changes == {"updated": 1, "replaced": 1, "deleted": 1, "unchanged": 8}
    after = {each.name: each.lineage for each in site.jobs()}
    assert after.keys() == lineages.keys(), "what is retained stays at DLI"
    assert {name for name in after if after[name] != lineages[name]} == {"first"}, "no other is restarted"

    declare(site, **{name: jobs[name] for name in ("found", "one", "two")})
    assert "protected" in site.pulumi.up(fails=True).text
    site.pulumi.pulumi("state", "unprotect", "--all", "--yes")
    site.pulumi.destroy()
    assert [each.name for each in site.jobs()] == ["left"]


def test_a_stack_goes_through_the_other_door_and_back_without_a_write(site: Site) -> None:
    jobs = {
        "orders": job(),
        "parked": job(desired_state="stopped"),
        "named": job(name="named", tags={"a": "b"}),
    }
    site.pulumi.declare(**jobs)
    site.pulumi.up()
    before = lasting(site)
    site.calls()

    first = (site.pulumi.folder / "__main__.py").read_text()
    site.pulumi.door = "plugin"
    site.pulumi.program(first)
    assert site.pulumi.up().changes == {"unchanged": 4}
    assert {each["type"] for each in site.pulumi.resources().values()} == {"dli:index:FlinkSqlJob"}
    assert site.pulumi.up("--refresh").changes == {"unchanged": 4}
    assert (site.calls(), lasting(site)) == ([], before)

    site.pulumi.door = "dynamic"
    site.pulumi.program(BACK)
    told = site.pulumi.up()
    assert told.changes == {"updated": 3, "unchanged": 1}, "the state gets what a dynamic resource needs"
    assert site.pulumi.up("--refresh").changes == {"unchanged": 4}
    assert (site.calls(), lasting(site)) == ([], before)
    site.pulumi.destroy()
    assert site.jobs() == []


def test_a_job_that_changes_doors_without_an_alias_is_not_lost(site: Site) -> None:
    """Each door is a process of its own: that of the old one is told by the other that the job is wanted there."""
    site.pulumi.declare(orders=job(name="orders"))
    site.pulumi.up()
    before = lasting(site)
    site.pulumi.program(WITHOUT_ALIAS)
    told = site.pulumi.up("--continue-on-error", fails=True)
    assert "declared by the other door or another provider, is to have the job of this name" in told.text
    assert lasting(site) == before
    # Imported by the deployment that takes the dynamic resource out, it was deleted although the state had it.
    found = {"import_": str(site.job().job_id), **AS_FOUND}
    site.pulumi.declare(orders=job(name="orders", **found))
    assert "by the other door, or another provider: left alone" in site.pulumi.up().text
    assert lasting(site) == before
    assert site.pulumi.up("--refresh").changes == {"unchanged": 2}
    site.pulumi.destroy()
    assert site.jobs() == []


@by_the_second_door
def test_jobs_are_imported_as_they_are_and_then_belong_to_the_stack(site: Site) -> None:
    ids = {
        "orders": by_hand(site, log_enabled=True),
        "parked": by_hand(site, "parked", runs=False, tm_cus=2, cu_number=6),
    }
    before = lasting(site)
    quietly = ("--yes", "--skip-preview", "--protect=false", "--generate-code=false")
    site.pulumi.pulumi("import", "dli:index:FlinkSqlJob", "orders", str(ids["orders"]), *quietly)
    first = (site.pulumi.folder / "__main__.py").read_text()
    site.pulumi.program(WITH_OPTIONS)
    options = {"import_": str(ids["parked"])}
    fewer = {
        "orders": job(name="orders", flink_version="1.10"),
        "parked": named("parked", options, desired_state="stopped", cu_number=6, flink_version="1.10"),
    }
    site.pulumi.declare(places={}, **fewer)
    told = site.pulumi.preview()
    assert "orders: RESTART (log_enabled true -> false) - state carried by savepoint" in told.said
    assert any(line.startswith("parked: IN_PLACE (tm_cus 2 -> 1") for line in told.said), (
        "what is left out is said"
    )
    site.pulumi.program(first)
    site.pulumi.pulumi("import", "dli:index:FlinkSqlJob", "parked", "parked", *quietly)
    inputs = {name: dict(each["inputs"]) for name, each in site.pulumi.resources().items()}
    assert {each.pop("owner") for each in inputs.values()} == {"shop/test/orders", "shop/test/parked"}
    assert "manager_cu_number" not in inputs["orders"], "that is DLI's default"
    assert inputs["parked"]["tm_cus"] == 2
    site.pulumi.declare(**inputs)
    assert site.pulumi.up("--refresh").changes == {"unchanged": 3}
    assert (site.calls(), lasting(site)) == ([], before)

    site.pulumi.declare(orders=inputs["orders"] | {"smn_topic": "pager"}, parked=inputs["parked"])
    site.pulumi.up()
    assert site.calls() == ["tags_create", "update"], "it is marked when it is first changed"
    told = site.pulumi.pulumi("import", "dli:index:FlinkSqlJob", "nobody", "424242", *quietly, fails=True)
    assert "DLI has no job of this id or name" in told.text
    site.pulumi.destroy()
    assert site.jobs() == []


@by_the_second_door
def test_a_preview_names_what_changes_and_a_job_that_does_not_come_up_is_kept(site: Site) -> None:
    site.pulumi.declare(orders=job(tags={"team": "data"}))
    site.fault("submit_fail", "run", message="Connector kafka: no broker answers.")
    told = site.pulumi.up(fails=True)
    assert "the job was made, and is kept" in told.text
    (kept,) = site.jobs()
    assert site.pulumi.resources()["orders"]["initErrors"]
    assert site.pulumi.up().changes == {"updated": 1, "unchanged": 1}
    assert (site.job().job_id, site.job().status) == (kept.job_id, "job_running")
    assert "initErrors" not in site.pulumi.resources()["orders"]

    changed = job(tags={"team": "ops"}, cu_number=8, sql_body=SQL_AT_RISK)
    site.pulumi.declare(orders=changed)
    told = json.loads(site.pulumi.pulumi("preview", "--json", "--suppress-progress").text)
    (step,) = (each for each in told["steps"] if each["op"] == "update")
    assert step["detailedDiff"].keys() == {"tags.team", "cu_number", "sql_body"}
    (line,) = (each["message"] for each in told["diagnostics"] if each.get("urn") == step["urn"])
    assert ": RESTART (" in line
    assert "state carried by savepoint, at risk" in line

    site.dli.set_latency(start=60)
    site.pulumi.program(IN_TIME)
    site.pulumi.declare(orders=job(tags={"team": "data"}), late=job(name="late"))
    assert "longer than 2 s" in site.pulumi.up(fails=True).text
    assert site.pulumi.resources()["late"]["initErrors"]
    site.dli.set_latency(start=0.1)
    site.pulumi.destroy()
    assert site.jobs() == []


@by_the_second_door
def test_the_schema_is_valid(site: Site) -> None:
    told = site.pulumi.pulumi("package", "get-schema", str(Path(sys.prefix) / "bin" / "pulumi-resource-dli"))
    shown: dict[str, Any] = json.loads(told.text[told.text.index("{") :])
    assert shown.keys() >= {"resources", "functions", "types", "config", "provider"}
    assert shown["resources"].keys() == package_schema()["resources"].keys()


@by_the_second_door
@pytest.mark.skipif(
    language_host("yaml") is None,
    reason="the host of YAML programs comes with Pulumi's release, and not with an engine that was built here",
)
def test_a_job_in_yaml_needs_no_program_and_neither_does_one_that_is_imported(site: Site) -> None:
    program = site.pulumi.folder / "Pulumi.yaml"
    program.write_text(EXAMPLE.read_text().replace("name: clicks", "name: shop"))
    assert site.pulumi.up().changes == {"created": 2}
    assert site.pulumi.up("--refresh").changes == {"unchanged": 2}

    found = by_hand(site, "found", tm_cus=2)
    written = site.pulumi.folder / "found.yaml"
    quietly = ("--yes", "--skip-preview", "--protect=false", "--out", str(written))
    site.pulumi.pulumi("import", "dli:index:FlinkSqlJob", "found", str(found), *quietly)
    code = written.read_text()
    assert "tm_cus: 2" in code
    assert "manager_cu_number" not in code, "that is DLI's default"
    program.write_text(program.read_text().replace("resources:\n", code.rstrip() + "\n", 1))
    assert site.pulumi.up("--refresh").changes == {"unchanged": 3}
    assert site.calls() == []


def lasting(site: Site) -> list[tuple[Any, ...]]:
    """What does not change by itself."""
    return [(job.job_id, job.status, job.definition, job.tags, job.run, job.lineage) for job in site.jobs()]
