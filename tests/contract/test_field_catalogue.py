"""Every argument of a job, from every value to every other: what is foreseen is written, and what is declared is so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace

import pytest

from dli_provider.emulator.job_views import JobView
from dli_provider.emulator.rules.fields import FIELDS as LOCAL
from dli_provider.emulator.server import Emulator
from dli_provider.errors import RolledBack, StateLoss
from dli_provider.job.constraints import violations
from dli_provider.job.declarations import FIELDS, WIRED
from dli_provider.plan.create import plan_create, plan_delete, plan_park
from dli_provider.plan.preview import Ahead
from dli_provider.plan.steps import Write
from dli_provider.plan.update import plan_update
from dli_provider.pulumi import job_properties
from dli_provider.pulumi.plugin.job_face import NO_ARGUMENTS
from dli_provider.run.look import observe
from tests.contract.argument_values import CHOICES, OTHER_SAVEPOINT, VALUES, ArgumentCell, cells, declared
from tests.contract.brisk_clock import BriskClock
from tests.contract.conftest import Tally
from tests.contract.crowd import each
from tests.contract.dli_project import DliProject
from tests.contract.kinds import SAVEPOINT
from tests.contract.plugin_state import PluginState
from tests.contract.pulumi_state import PulumiState
from tests.contract.truth import State, differences, state_of
from tests.contract.upgrades import predicted, summary
from tests.support import golden
from tests.support.declared import BUCKET, SQL, Inputs, job

pytestmark = pytest.mark.slow

_SAID_ANYWAY = ("job_id", "job_ids", "action")
_TEMPLATE_SQL = SQL.replace("SUM(v)", "COUNT(v)")


def test_the_catalogue_holds_every_argument() -> None:
    assert VALUES.keys() == FIELDS.keys()


@pytest.mark.parametrize("argument", FIELDS)
def test_what_is_foreseen_of_a_change_is_done(
    argument: str, dli: Emulator, tally: Tally, update_goldens: bool
) -> None:
    if argument in WIRED and argument not in LOCAL:
        pytest.skip("the local DLI does not know it; tests/job/test_job.py says what to add")
    created = dict(each(CHOICES, lambda choice: _created(argument, choice, dli)))
    jobs = {choice: job for choice, (job, _) in created.items()}
    changed = each(cells(argument), lambda cell: _changed(cell, dli, jobs))
    tally("field catalogue", (verdict for _, (verdict, _) in changed))
    if argument not in NO_ARGUMENTS:
        # Half of them each, and of the next argument the other half: every choice is left, and come to.
        half = [*changed][[*FIELDS].index(argument) % 2 :: 2]
        # It really adopts, and of what the second choice names there is none.
        half = [(cell, was) for cell, was in half if (argument, cell.before) != ("adopt", "second")]
        again = each((cell for cell, _ in half), lambda cell: _changed(cell, dli, jobs, "plugin"))
        assert again == half, "by the second door the same is foreseen, and done"
        tally("field catalogue, by the second door", (verdict for _, (verdict, _) in again))
    made = [(f"created, {_shown(argument, choice)}", lines) for choice, (_, lines) in created.items()]
    turned = [
        (f"{_shown(argument, cell.before)} -> {_shown(argument, cell.after)}", lines)
        for cell, (_, lines) in changed
    ]
    golden.check(f"fields/{argument}.txt", _review([*made, *turned]), update=update_goldens)


def _created(argument: str, choice: str, dli: Emulator) -> tuple[JobView, list[str]]:
    """The job of a program that makes this choice, and its review. Fails where the program is not valid."""
    dli_project, template = _place(argument, dli)
    inputs = _named(declared(argument, choice, template), {})
    assert violations(inputs) == ()
    plan = plan_create(job_properties.spec(inputs))
    foreseen = [write for step in plan.steps for write in step.writes()]
    cursor = dli.cursor()
    dli_project.up(PulumiState(), inputs)
    created = dli_project.the_job()
    assert dli_project.writes(cursor, created.job_id) == foreseen
    return created, [_plain(line, template) for line in _texts(foreseen, {argument})]


def _changed(
    cell: ArgumentCell, dli: Emulator, created: Mapping[str, JobView], door: str = "dynamic"
) -> tuple[str, list[str]]:
    """The verdict on a change and its review. Fails where anything else is written than was foreseen, or where the
    job is not then as if it had been created so."""
    dli_project, template = _place(cell.argument, dli, door)
    old = _named(declared(cell.argument, cell.before, template), {})
    new = _named(declared(cell.argument, cell.after, template), old)
    stack = dli_project.started(old)
    before, cursor = dli_project.the_job(), dli.cursor()
    try:
        ahead = stack.preview(new)
    except StateLoss as refused:
        with pytest.raises(StateLoss):
            dli_project.up(stack, new)
        assert dli_project.writes(cursor, before.job_id) == []
        return "refused", [f"REFUSED: {reason}" for reason in refused.reasons]
    foreseen = _foreseen(ahead, dli_project, stack, new)
    lines = [ahead.lines[0] if ahead.changes else "no change", *_texts(foreseen, {*ahead.difference.fields})]
    lines = [_plain(line, template) for line in lines]
    try:
        dli_project.up(stack, new)
    except RolledBack as refused:
        _is_rolled_back(dli_project, cursor, before, foreseen)
        return "rolled back", [*lines, f"ROLLED BACK: {'; '.join(refused.reasons)}"]
    if isinstance(stack, PluginState) and ahead.changes:
        _just_what_changes_is_named(stack, ahead, old, new)
    after = dli_project.the_job()
    # A job that is replaced is known by its own id, and so is the one that takes its place.
    gone, there = dli_project.writes(cursor, before.job_id), dli_project.writes(cursor, after.job_id)
    written = (
        mine if "{job_id}" in json.dumps([mine.path, mine.body]) else its
        for mine, its in zip(gone, there, strict=True)
    )
    assert [*written] == foreseen
    _is_as_declared(after, created[cell.after], stack, new, dli_project)
    return _verdict(ahead), lines


def _foreseen(ahead: Ahead, dli_project: DliProject, stack: PulumiState, new: Inputs) -> list[Write]:
    """What the planner predicts from the live job, which is what was previewed."""
    assert stack.state is not None
    if not ahead.changes:
        return []
    old, wanted, record = (
        job_properties.spec(stack.state),
        job_properties.spec(new),
        job_properties.record(stack.state),
    )
    with dli_project.client(BriskClock()) as jobs:
        live = observe(jobs.get(stack.job_id), jobs.tags(stack.job_id), old, record)
    if ahead.replaces:
        parked = plan_park(stack.job_id, old, wanted, live, dli_project.next_stamp)
        plans = (parked, plan_create(wanted), plan_delete("", replace(live, status="job_cancel_success")))
        return [write for plan in plans for step in plan.steps for write in step.writes()]
    plan = plan_update(old, wanted, live, dli_project.next_stamp)
    assert summary(plan) == summary(ahead.plan)
    return predicted(plan)


def _is_rolled_back(dli_project: DliProject, cursor: int, before: JobView, foreseen: Sequence[Write]) -> None:
    """DLI refused the update: everything up to it was written as foreseen, and the old definition runs from its
    state."""
    refused_at = [write.method for write in foreseen].index("PUT") + 1
    assert dli_project.writes(cursor, before.job_id)[:refused_at] == foreseen[:refused_at]
    after = dli_project.the_job()
    assert (after.definition, after.status) == (before.definition, "job_running")
    assert state_of(after, before) is State.CARRIED


def _is_as_declared(
    after: JobView, created: JobView, stack: PulumiState, new: Inputs, dli_project: DliProject
) -> None:
    # One that was left to find a name of its own keeps the one that it had.
    assert not differences(after.definition, created.definition | {"name": new["name"]})
    assert (after.status == "job_running") == (created.status == "job_running")
    users = {key: value for key, value in after.tags.items() if not key.startswith("pulumi_")}
    assert users == new.get("tags", {})
    dli_project.deploy(stack.refresh)
    assert not stack.preview(new).changes, "what was just deployed seems to have drifted"


def _just_what_changes_is_named(stack: PluginState, ahead: Ahead, old: Inputs, new: Inputs) -> None:
    """What the engine shows under `--diff`; where no argument of this door's differs, its status stands for all."""
    differ = {name for name in {*old, *new} - {*NO_ARGUMENTS} if old.get(name) != new.get(name)}
    named = {re.split(r"[.\[]", path)[0] for path in stack.told.detailedDiff}
    assert named == (differ | {*ahead.replaces} or {"status"})
    assert (set(stack.told.replaces), set(stack.told.diffs)) == (set(ahead.replaces), named)


def _verdict(ahead: Ahead) -> str:
    if ahead.replaces:
        return "replaced"
    return ahead.plan.verb.lower() if ahead.plan.steps else "nothing to do at DLI"


def _place(argument: str, dli: Emulator, door: str = "dynamic") -> tuple[DliProject, int]:
    """A project with all that its program refers to, and the id of the template in it."""
    dli_project = DliProject(dli, door=door)
    dli.authorize(dli_project.project, BUCKET)
    with dli_project.client(BriskClock()) as jobs:
        template = jobs.create_template({"name": "totals", "sql_body": _TEMPLATE_SQL})
    if argument == "from_savepoint":
        earlier = dli_project.started(job(name="earlier"))
        with dli_project.client(BriskClock()) as jobs:
            for directory in (SAVEPOINT, OTHER_SAVEPOINT):
                jobs.trigger_savepoint(earlier.job_id, directory)
                jobs.get(earlier.job_id)
        dli_project.deploy(earlier.destroy)
    return dli_project, template


def _named(inputs: Inputs, before: Inputs) -> Inputs:
    """A job that is given no name keeps the one that it has, or gets one of its own: as the resource does it."""
    owner = inputs.get("owner", "shop/dev/orders")
    return {"name": before.get("name") or job_properties.auto_name(owner)} | inputs


def _review(blocks: Iterable[tuple[str, list[str]]]) -> Iterator[str]:
    for title, lines in blocks:
        yield title
        yield from (f"    {line}" for line in lines)


def _shown(argument: str, choice: str) -> str:
    if choice == "absent" or argument == "sql_body":
        return choice
    return json.dumps(getattr(VALUES[argument], choice))


def _texts(writes: Iterable[Write], arguments: Set[str]) -> list[str]:
    """The writes in a line, if there are any."""
    line = " | ".join(_text(write, arguments) for write in writes)
    return [line] if line else []


def _text(write: Write, arguments: Set[str]) -> str:
    """A write in a few words; of a definition only what is at issue."""
    call = f"{write.method} {write.path.replace('/{job_id}', '')}".removeprefix("POST ")
    call = call.replace("streaming/jobs/", "").replace("streaming/", "").replace("dli_flink_job/", "")
    body = {name: value for name, value in (write.body or {}).items() if name not in _SAID_ANYWAY}
    if not call.endswith("sql-jobs"):
        return f"{call} {json.dumps(body)}" if body else call
    shown = {name: value for name, value in body.items() if name in arguments}
    if "sql_body" in shown:
        shown["sql_body"] = "<query>"
    more = len(body) - len(shown)
    return " ".join([call, *([json.dumps(shown)] if shown else []), *([f"and {more} more"] if more else [])])


def _plain(line: str, template: int) -> str:
    own = re.sub(r'(obs://)?[^\s"]+/savepoints/[^\s",]+', "<own>", line)
    own = re.sub(r'-[0-9a-f]{12}"', '-<nonce>"', own)
    return re.sub(rf"\b{template}\b", "<template>", own) if "template" in own else own
