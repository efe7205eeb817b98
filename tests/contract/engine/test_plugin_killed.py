"""Kill -9 of the plugin, and of the engine under it, before and after every call: no further write, no harm that lasts.

The engine's own part in a crash (locks, pending operations) is in `test_engine_killed`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from dli_provider.connect import connect
from dli_provider.emulator.job_views import JobView
from dli_provider.emulator.server import Emulator
from dli_provider.errors import Conflict
from dli_provider.run.lifecycle import Lifecycle
from dli_provider.settings import Settings
from tests.contract.pulumi_state import PulumiState
from tests.contract.truth import State, state_of
from tests.support import declared
from tests.support.plugin import Plugin
from tests.support.site import hold

pytestmark = pytest.mark.engine

CALLS = {
    "create": ("obs_authorize", "create", "update", "run", "tags_delete"),
    "update": ("get", "tags_get", "savepoint", "tags_create", "stop", "update", "run"),
    "delete": ("get", "tags_get", "stop", "delete"),
}
DOORS = ("dynamic", "plugin")
CALLED = [(verb, call) for verb, calls in CALLS.items() for call in calls]
MOMENTS = [*itertools.product(("before", "after"), ("plugin", "engine"))]
# Each call at each moment and by each death; of those a door has two, one before the call and one after it, and at the
# next call the other two.
CELLS = [
    pytest.param(DOORS[(number + moment + moment // 2) % 2], verb, call, when, death)
    for number, (verb, call) in enumerate(CALLED)
    for moment, (when, death) in enumerate(MOMENTS)
]
ENDS_WITHIN = 5.0
"""Seconds that a plugin may outlive its engine."""

OLD = declared.job(
    name="orders", health_window=0.0, owner="shop/dev/orders", operator_config={"operator_list": []}
)
NEW = {**OLD, "sql_body": declared.SQL_AT_RISK, "desc": "more columns"}
"""As `pulumi up` would have it, so that each verb makes every call it can."""


@pytest.fixture
def lifecycle(dli: Emulator, project_id: str) -> Any:
    """The lifecycle of a process that nobody kills, in which everything happens at once."""
    dli.set_latency(start=0.0, stop=0.0, savepoint=0.0)
    with connect(Settings(dli.url, project_id)) as api:
        yield Lifecycle(api, lambda _name, _line: None)


@pytest.mark.parametrize(("door", "verb", "call", "when", "death"), CELLS)
def test_a_killed_process_leaves_nothing_that_the_next_up_does_not_put_right(
    door: str,
    verb: str,
    call: str,
    when: str,
    death: str,
    dli: Emulator,
    project_id: str,
    lifecycle: Lifecycle,
) -> None:
    stack = PulumiState()
    if verb != "create":
        stack.up(lifecycle, OLD)
    state = dict(stack.state or {})
    before = only(dli, project_id) if state else None

    with Plugin({"DLI_ENDPOINT": dli.url, "HW_PROJECT_ID": project_id}, door) as plugin:
        verbs: dict[str, Callable[[], Any]] = {
            "create": lambda: plugin.create(OLD),
            "update": lambda: plugin.update(state, NEW),
            "delete": lambda: plugin.delete(state),
        }
        with hold(dli, project_id, call, when=when) as held:
            _going_on = verbs[verb]()
            held.wait_for()
            if death == "plugin":
                plugin.kill()
            else:
                plugin.lose_its_engine()
            cursor = dli.cursor()
        assert plugin.ends_by_itself(ENDS_WITHIN)
    late = [entry.call for entry in dli.writes(cursor, project=project_id)]
    assert late in ([], [call]), "only what was under way may still arrive"

    if verb == "delete":
        stack.destroy(lifecycle)
        assert dli.jobs(project_id) == []
        return
    wanted = OLD if verb == "create" else NEW
    try:
        stack.up(lifecycle, wanted, refresh=death == "engine")
    except Conflict:
        if (verb, call) != ("create", "tags_delete"):
            raise
        # The job was done and nobody could keep that: whether it is another checkout's, only the user knows.
        stack.adopt(lifecycle, wanted, only(dli, project_id).job_id)
    after = only(dli, project_id)
    assert after.status == "job_running"
    assert (after.definition["sql_body"], after.definition["desc"]) == (wanted["sql_body"], wanted["desc"])
    if before:
        assert state_of(after, before) in (State.CARRIED, State.UNTOUCHED)
    stack.refresh(lifecycle)
    assert not stack.preview(wanted).changes


def only(dli: Emulator, project_id: str) -> JobView:
    (job,) = dli.jobs(project_id)
    return job
