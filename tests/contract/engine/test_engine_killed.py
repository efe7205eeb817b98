"""Kill -9 of the real engine, or of the plugin under it, and Ctrl-C, while many jobs are in the middle of everything.

Each job is held before or after another call of its creation, update or deletion; then all are cut off at once. Where
the plugin is on its own is in `test_plugin_killed`.
"""

from __future__ import annotations

import itertools
from contextlib import ExitStack

import pytest

from tests.support.declared import SQL_AT_RISK
from tests.support.pulumi_project import YES, Command
from tests.support.site import Site, both_doors, job

pytestmark = pytest.mark.engine

CREATED = ("create", "run")
UPDATED = ("savepoint", "tags_create", "stop", "update", "run")
DELETED = ("stop", "delete")
ALL_AT_ONCE = ("--parallel", "50")
ENDS_WITHIN = 5.0
"""Seconds that a plugin may outlive its engine."""

HOW = pytest.mark.parametrize("how", ["engine", "plugin", "ctrl-c"])


@HOW
@both_doors
def test_what_an_up_left_half_done_is_finished_by_the_next(site: Site, how: str) -> None:
    created, updated = named("created", CREATED), named("updated", UPDATED)
    site.pulumi.declare(**{name: job(name=name) for name in updated})
    site.pulumi.up(*ALL_AT_ONCE)
    before = {each.name: each for each in site.jobs()}
    site.pulumi.declare(**{name: job(name=name, sql_body=SQL_AT_RISK) for name in (*created, *updated)})
    cut_off(site, how, "up", created | updated)

    if how == "engine":
        assert "the stack is currently locked" in site.pulumi.up(fails=True).text
        site.pulumi.pulumi("cancel", "--yes")
    site.pulumi.up("--refresh", *ALL_AT_ONCE)
    after = {each.name: each for each in site.jobs()}
    assert after.keys() == {*created, *updated}, "no job is lost, none is there twice"
    for name, each in after.items():
        assert (each.status, each.definition["sql_body"]) == ("job_running", SQL_AT_RISK), name
        assert each.run == (2 if name in before else 1), f"{name}: started once more than needed"
        assert each.lineage == (before[name].lineage if name in before else f"{each.job_id}.1"), name
    if how == "engine":
        assert len(site.pulumi.export()["pending_operations"]) == len(created)
        site.pulumi.refresh("--clear-pending-creates")
    assert "pending_operations" not in site.pulumi.export()
    assert site.pulumi.up("--refresh").changes == {"unchanged": 1 + len(after)}


@pytest.mark.parametrize(
    ("door", "how"),
    # A plugin that is killed is no other matter than in an `up`.
    [
        ("dynamic", "engine"),
        ("dynamic", "plugin"),
        ("dynamic", "ctrl-c"),
        ("plugin", "engine"),
        ("plugin", "ctrl-c"),
    ],
    indirect=["door"],
)
def test_what_a_destroy_left_half_done_is_finished_by_the_next(site: Site, how: str) -> None:
    deleted = named("deleted", DELETED)
    site.pulumi.declare(**{name: job(name=name) for name in deleted})
    site.pulumi.up(*ALL_AT_ONCE)
    cut_off(site, how, "destroy", deleted)

    if how == "engine":
        assert "the stack is currently locked" in site.pulumi.destroy(fails=True).text
        site.pulumi.pulumi("cancel", "--yes")
    site.pulumi.destroy()
    assert site.jobs() == []
    assert site.pulumi.resources() == {}


def named(verb: str, calls: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """A job for each moment to be held at: before or after a call."""
    moments = itertools.product(calls, ("before", "after"))
    return {f"{verb}-{when}-{call}": (call, when) for call, when in moments}


def cut_off(site: Site, how: str, verb: str, moments: dict[str, tuple[str, str]]) -> None:
    """Hold every job at its moment, and end it all."""
    with ExitStack() as faults:
        held = [
            faults.enter_context(site.held(call, job=name, when=when))
            for name, (call, when) in moments.items()
        ]
        command = site.pulumi.begin(verb, *YES, *ALL_AT_ONCE)
        for each in held:
            each.wait_for()
        end(command, how)
        site.calls()
    told = command.end()
    if how == "ctrl-c":
        return  # The engine waits for what it has begun, and the plugin goes on for as long as it does.
    assert told.code != 0
    assert site.calls() == [], "nothing reaches DLI any more"


def end(command: Command, how: str) -> None:
    """Kill the engine, or the plugin, or ask the engine to stop; a plugin without an engine ends by itself."""
    plugin = command.plugin()
    if how == "engine":
        command.kill()
        plugin.wait(ENDS_WITHIN)
    elif how == "plugin":
        plugin.kill()
        plugin.wait()
    else:
        command.interrupt()
