"""One job and two names for its resource, or two resources for one job: each job has one owner, and keeps it or changes
it on purpose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dli_provider.connect import connect
from dli_provider.plan.ownership import RESERVED_PREFIX
from dli_provider.settings import Settings
from tests.support.pulumi_project import PulumiProject
from tests.support.site import Site, both_doors, by_hand, job

pytestmark = pytest.mark.engine


def orders(**changes: Any) -> dict[str, Any]:
    return job(name="orders", **changes)


def running(site: Site) -> tuple[int, int, str]:
    """The only job: which it is, in which run, with the state of which."""
    found = site.job()
    assert found.status == "job_running"
    return found.job_id, found.run, found.lineage


def touched(site: Site) -> list[str]:
    """The calls that changed a job; a creation that DLI refused for the name of the job is none."""
    return [call for call in site.calls() if call not in ("obs_authorize", "create")]


def unmarked(site: Site) -> None:
    """Somebody takes the marks off the only job, as the error of an adoption advises."""
    found = site.job()
    with connect(Settings(site.dli.url, site.project_id)) as api:
        api.delete_tags(
            found.job_id, {key: value for key, value in found.tags.items() if key.startswith(RESERVED_PREFIX)}
        )


def checkout(site: Site, root: str, name: str = "shop") -> Site:
    """Another checkout of a project, with a backend of its own."""
    folder = site.pulumi.folder.parent.parent / root
    return replace(
        site,
        pulumi=PulumiProject.make(
            folder,
            {k: site.pulumi.environ[k] for k in ("DLI_ENDPOINT", "HW_PROJECT_ID")},
            name,
            site.pulumi.door,
        ),
    )


def test_a_job_is_handed_to_a_resource_of_another_name_that_adopts_it(site: Site) -> None:
    site.pulumi.declare(a=orders())
    site.pulumi.up()
    before = running(site)
    site.pulumi.declare(b=orders(adopt="orders"))
    assert site.pulumi.preview().said[0] == (
        "orders: ADOPT and IN_PLACE (owner another resource of stack shop/test -> shop/test/b) - state is not touched; "
        f"it is job {before[0]} (job_running)"
    )
    told = site.pulumi.up()
    assert f"orders: job {before[0]} is shop/test/b's now: left alone" in told.said
    assert running(site) == before
    assert [*site.pulumi.resources()] == ["b"]
    assert site.pulumi.up("--refresh").changes == {"unchanged": 2}
    site.pulumi.destroy()
    assert site.jobs() == []


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_a_job_is_not_taken_from_a_resource_that_is_still_declared(site: Site, names: str) -> None:
    site.pulumi.declare(a=orders())
    site.pulumi.up()
    before, writes = running(site), site.calls()
    declared = {"a": orders(), "b": job(name="others", adopt=str(before[0]))}
    site.pulumi.declare(**{name: declared[name] for name in names})
    told = site.pulumi.preview(fails=True)
    assert "two resources cannot have one job" in told.text
    site.pulumi.up(fails=True)
    site.pulumi.declare(a=orders())
    site.pulumi.up()
    assert (running(site), bool(writes), site.calls()) == (before, True, [])
    assert [*site.pulumi.resources()] == ["a"]


def test_a_stack_that_let_its_job_go_neither_changes_nor_deletes_it(site: Site) -> None:
    site.pulumi.declare(orders=orders())
    site.pulumi.up()
    before = running(site)
    unmarked(site)
    prod = site.another("prod")
    prod.pulumi.declare(orders=orders(adopt="orders"))
    prod.pulumi.up()
    site.calls()
    site.pulumi.declare(orders=orders(smn_topic="pager"))
    told = site.pulumi.up(fails=True)
    assert "the marks were taken off, so somebody let it go; it is not touched" in told.text
    assert "adopt" in told.text
    told = site.pulumi.destroy()
    assert told.said == [
        f"orders: job {before[0]} bears this stack's marks no more, so somebody let it go: left alone"
    ]
    assert (running(site), touched(site)) == (before, [])
    prod.pulumi.declare(orders=orders(adopt="orders", smn_topic="pager"))
    prod.pulumi.up()
    assert running(site) == before
    prod.pulumi.destroy()
    assert site.jobs() == []


def test_a_job_that_another_stack_has_is_named_as_such_and_left_alone(site: Site) -> None:
    site.pulumi.declare(orders=orders())
    site.pulumi.up()
    before = running(site)
    unmarked(site)
    prod = site.another("prod")
    prod.pulumi.declare(orders=orders(adopt="orders", smn_topic="pager"))
    prod.pulumi.up()
    site.calls()
    site.pulumi.declare(orders=orders(desc="mine again"))
    told = site.pulumi.up(fails=True)
    assert f"orders (job {before[0]}): it is stack prod/test's now, and was shop/test/orders's" in told.text
    site.pulumi.declare()
    told = site.pulumi.up()
    assert told.said == [f"orders: job {before[0]} is stack prod/test's now: left alone"]
    assert site.pulumi.resources() == {}
    assert (running(site), touched(site)) == (before, [])


@both_doors
def test_two_checkouts_of_one_stack_do_not_share_a_job_unless_one_takes_it_over(site: Site) -> None:
    site.pulumi.declare(orders=orders())
    site.pulumi.up()
    before = running(site)
    site.calls()
    other = checkout(site, "elsewhere")
    other.pulumi.declare(orders=orders(parallel_number=2))
    told = other.pulumi.up(fails=True)
    assert (
        f"a job of this name exists already: id {before[0]}, status job_running, of this very resource "
        "(shop/test/orders), made by another checkout or before the state was lost; it is not touched"
    ) in told.text
    assert f"to take it over, declare adopt='{before[0]}'" in told.text
    other.pulumi.destroy()
    assert (running(site), touched(site)) == (before, [])

    other.pulumi.declare(orders=orders(adopt=str(before[0])))
    assert other.pulumi.preview().said[0] == (
        "orders: ADOPT and IN_PLACE (owner the same resource elsewhere -> shop/test/orders) - state is not touched; "
        f"it is job {before[0]} (job_running)"
    )
    other.pulumi.up()
    assert touched(other)[-2:] == ["tags_delete", "tags_create"]
    site.pulumi.declare(orders=orders(smn_topic="pager"))
    told = site.pulumi.up(fails=True)
    assert "it is another checkout's of shop/test/orders now" in told.text
    told = site.pulumi.destroy()
    assert told.said == [f"orders: job {before[0]} is another checkout's of shop/test/orders now: left alone"]
    assert running(site) == before
    other.pulumi.destroy()
    assert site.jobs() == []


def test_stacks_whose_names_begin_alike_are_two(site: Site) -> None:
    long = "checkout-and-payment-of-the-whole-of-europe"
    site.pulumi.pulumi("stack", "rename", f"{long}-dev")
    site.pulumi.declare(orders=orders())
    site.pulumi.up()
    before = running(site)
    site.calls()
    site.pulumi.pulumi("stack", "init", f"{long}-prod")
    for adopted in (orders(), orders(adopt="orders")):
        site.pulumi.declare(orders=adopted)
        told = site.pulumi.up(fails=True)
        assert "it is not touched" in told.text
    assert (running(site), touched(site)) == (before, [])


COMPONENT = """\
import json, pulumi
from dli_provider import FlinkSqlJob

class Shop(pulumi.ComponentResource):
    def __init__(self):
        super().__init__("shop:Shop", "shop")
        for name, arguments in json.load(open("jobs.json")).items():
            alias = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
            FlinkSqlJob(name, pulumi.ResourceOptions(parent=self, aliases=[alias]), **arguments)

Shop()
"""
ALIAS = """\
import json, pulumi
from dli_provider import FlinkSqlJob

for name, arguments in json.load(open("jobs.json")).items():
    FlinkSqlJob(name + "-eu", pulumi.ResourceOptions(aliases=[pulumi.Alias(name=name)]), **arguments)
"""


@both_doors
def test_a_stack_that_is_renamed_takes_its_job_along_and_a_new_one_of_the_old_name_gets_none(
    site: Site,
) -> None:
    site.pulumi.declare(orders=orders())
    site.pulumi.up()
    before = running(site)
    site.calls()
    site.pulumi.pulumi("stack", "rename", "staging")
    told = site.pulumi.preview()
    assert told.said == [
        "orders: IN_PLACE (owner shop/test/orders -> shop/staging/orders) - state is not touched",
    ]
    site.pulumi.up()
    assert site.calls() == ["tags_delete", "tags_create"] * 2
    assert site.job().tags["pulumi_stack"] == "staging"
    assert site.pulumi.up("--refresh").changes == {"unchanged": 2}

    site.pulumi.pulumi("stack", "init", "test")
    told = site.pulumi.up(fails=True)
    assert f"id {before[0]}, status job_running, of stack shop/staging; it is not touched" in told.text
    site.pulumi.destroy()
    assert (running(site), touched(site)) == (before, [])
    site.pulumi.pulumi("stack", "rm", "--yes", "test")
    site.pulumi.pulumi("stack", "select", "staging")
    site.pulumi.pulumi("stack", "rename", "test")
    site.pulumi.up()
    assert running(site) == before
    assert site.job().tags["pulumi_stack"] == "test"


@both_doors
def test_a_project_that_is_renamed_takes_its_job_along_there_and_back(site: Site) -> None:
    site.pulumi.declare(orders=orders())
    site.pulumi.up()
    before = running(site)
    project = site.pulumi.folder / "Pulumi.yaml"
    site.calls()
    for was, now in (("shop", "store"), ("store", "shop")):
        site.pulumi.pulumi("stack", "rename", f"organization/{now}/test")
        project.write_text(project.read_text().replace(f"name: {was}", f"name: {now}"))
        site.pulumi.pulumi("stack", "select", "test")
        told = site.pulumi.preview()
        assert told.said == [
            f"orders: IN_PLACE (owner {was}/test/orders -> {now}/test/orders) - state is not touched",
        ]
        site.pulumi.up()
        assert site.calls() == ["tags_delete", "tags_create"] * 2
        assert site.job().tags["pulumi_project"] == now
        assert site.pulumi.up("--refresh").changes == {"unchanged": 2}
    assert running(site) == before

    # A new project of the name that was given up has no part in it.
    site.pulumi.pulumi("stack", "rename", "organization/store/test")
    project.write_text(project.read_text().replace("name: shop", "name: store"))
    site.pulumi.pulumi("stack", "select", "test")
    site.pulumi.up()
    other = checkout(site, "elsewhere")
    other.pulumi.declare(orders=orders())
    site.calls()
    told = other.pulumi.up(fails=True)
    assert "of stack store/test; it is not touched" in told.text
    other.pulumi.destroy()
    assert (running(site), touched(site)) == (before, [])


@both_doors
@pytest.mark.parametrize("program", [ALIAS, COMPONENT], ids=["alias", "component"])
def test_a_resource_that_is_renamed_or_wrapped_takes_its_job_along_and_a_revert_deletes_nothing(
    site: Site, program: str
) -> None:
    first = (site.pulumi.folder / "__main__.py").read_text()
    site.pulumi.declare(orders=orders())
    site.pulumi.up()
    before = running(site)
    site.pulumi.program(program)
    told = site.pulumi.up()
    assert any("IN_PLACE (owner" in line for line in told.said)
    assert site.pulumi.up("--refresh").changes["unchanged"] >= 2
    site.calls()
    site.pulumi.program(first)
    told = site.pulumi.up(fails=True)
    assert "aliases=[pulumi.Alias(name=<its former name>)]" in told.text
    assert (running(site), touched(site)) == (before, [])
    # The other way out.
    site.pulumi.declare(orders=orders(adopt="orders"))
    site.pulumi.up()
    assert running(site) == before
    assert site.pulumi.up().changes["unchanged"] >= 2


@both_doors
def test_a_job_that_is_moved_to_another_stack_is_not_changed_by_the_first(site: Site) -> None:
    site.pulumi.declare(orders=orders())
    site.pulumi.up()
    before = running(site)
    urn = site.pulumi.resources()["orders"]["urn"]
    site.pulumi.pulumi("stack", "init", "other")
    move = (
        "state",
        "move",
        "--yes",
        "--source",
        "organization/shop/test",
        "--dest",
        "organization/shop/other",
    )
    site.pulumi.pulumi(*move, urn)
    told = site.pulumi.up()
    assert any("owner shop/test/orders -> shop/other/orders" in line for line in told.said)
    site.calls()
    site.pulumi.pulumi("stack", "select", "test")
    site.pulumi.declare(orders=orders(parallel_number=2))
    told = site.pulumi.up(fails=True)
    assert "of stack shop/other; it is not touched" in told.text
    assert (running(site), touched(site)) == (before, [])


def test_a_job_of_nobody_is_adopted_by_one_resource_alone(site: Site) -> None:
    job_id = by_hand(site)
    site.pulumi.declare(a=orders(adopt="orders"))
    site.pulumi.up()
    site.pulumi.declare(a=orders(adopt="orders"), b=job(name="others", adopt=str(job_id)))
    site.pulumi.preview(fails=True)
    site.pulumi.up(fails=True)
    assert site.calls() == []
    site.pulumi.declare(b=orders(adopt=str(job_id)))
    site.pulumi.up()
    assert site.job().status == "job_running", "a's deletion must not take b's job"


def test_a_resource_renamed_without_an_alias_loses_nothing_though_the_deployment_goes_on(site: Site) -> None:
    """With --continue-on-error the engine deletes the old resource after the new one was refused."""
    site.pulumi.declare(a=orders())
    site.pulumi.up()
    before = running(site)
    site.calls()
    site.pulumi.declare(b=orders())
    told = site.pulumi.up("--continue-on-error", fails=True)
    assert "a job of this name exists already" in told.text
    assert (
        "shop/test/b is to be made under its name, and is not; it is not touched, and not forgotten"
        in told.text
    )
    assert (running(site), touched(site), [*site.pulumi.resources()]) == (before, [], ["a"])
    # The way out that both errors name.
    site.pulumi.declare(b=orders(adopt="orders"))
    site.pulumi.up()
    assert (running(site), [*site.pulumi.resources()]) == (before, ["b"])
