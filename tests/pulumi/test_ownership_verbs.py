"""Whose job it is, verb by verb as the engine calls them, against the local DLI."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from dli_provider.api.client import Client
from dli_provider.connect import connect
from dli_provider.emulator.server import Emulator
from dli_provider.errors import Conflict, DliError, NotFound, StateLoss
from dli_provider.job.document import create_document
from dli_provider.job.fields import JobSpec
from dli_provider.pulumi.job_verbs import JobVerbs
from dli_provider.settings import Settings
from tests.support.declared import SQL, SQL_INCOMPATIBLE, consent
from tests.support.site import job

OWNER = "shop/dev/orders"


@dataclass
class Story:
    """A stack's deployments, each in a process of its own."""

    dli: Emulator
    said: list[str] = field(default_factory=list)

    def process(self, **config: str) -> JobVerbs:
        """The verbs of a new process."""
        settings = {"dli:endpoint": self.dli.url, "dli:projectId": "p1"}
        settings |= {f"dli:{key}": value for key, value in config.items()}
        self.said.clear()
        return JobVerbs.configured(
            settings.get,
            {"DLI_JUDGE": "text"},
            tell=self.said.append,
            warn=self.said.append,
            before_write=lambda: None,
        )

    def up(self, **changes: Any) -> tuple[int, dict[str, Any]]:
        """Make a job in a deployment of its own: its id, and the state."""
        return self.make(self.process(), **changes)

    def make(self, verbs: JobVerbs, **changes: Any) -> tuple[int, dict[str, Any]]:
        """What `up` does of a job that the state does not have."""
        job_id, state = verbs.create(self.check(verbs, {}, **changes))
        return int(job_id), state

    def check(self, verbs: JobVerbs, olds: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """The checked arguments of the job in the program."""
        checked = verbs.check(olds, {**job(name="orders"), "owner": OWNER, **changes})
        assert not checked.failures
        return checked.inputs

    def by_hand(self) -> int:
        """A job that somebody has made in the DLI console, and that runs."""
        with self.api() as api:
            api.authorize_bucket("stream-state")
            job_id = api.create(create_document(JobSpec(**job(name="orders"))))
            api.run(job_id, resume_savepoint=False)
            while api.get(job_id).start_time is None:
                time.sleep(0.05)
            return job_id

    def api(self) -> Client:
        """DLI itself."""
        return connect(Settings(self.dli.url, "p1"))

    def live(self) -> dict[int, str]:
        """The jobs at DLI, each with its status."""
        with self.api() as api:
            return {one.job_id: str(one.status) for one in api.list_all()}

    def told(self, words: str) -> bool:
        """Whether the user was told so."""
        return any(words in line for line in self.said)


@pytest.fixture
def stack() -> Iterator[Story]:
    with Emulator.start(start_latency=0.05, stop_latency=0.05, savepoint_latency=0.05) as dli:
        yield Story(dli)


def test_a_replacement_that_adopts_the_very_job_never_deletes_it(stack: Story) -> None:
    """Taint, --replace and --target-replace of a job that was adopted without a write."""
    job_id = stack.by_hand()
    adopted, state = stack.up(adopt="orders")
    verbs = stack.process()
    again, _ = stack.make(verbs, adopt="orders")
    verbs.delete(adopted, state)
    assert adopted == again == job_id
    assert stack.live() == {job_id: "job_running"}
    assert stack.told("stays")


def test_a_deletion_goes_on_while_other_threads_note_jobs(stack: Story) -> None:
    job_id, state = stack.up()
    verbs = stack.process()

    class Noting(str):
        def __eq__(self, other: object) -> bool:
            verbs._holders[len(verbs._holders) + 1] = "shop/dev/other"
            return False

        __hash__ = str.__hash__

    verbs._holders.update({1: Noting("a"), 2: Noting("b")})
    verbs.delete(job_id, state)
    assert stack.live() == {}


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_job_deleted_before_its_replacement_keeps_its_state_whatever_adopt_says(
    stack: Story, by: str
) -> None:
    """Taint with delete_before_replace of a job whose program still says `adopt`."""
    job_id, state = stack.up()
    adopt = str(job_id) if by == "id" else "orders"
    verbs = stack.process()
    new = stack.check(verbs, {}, adopt=adopt)
    verbs.delete(job_id, {**state, "adopt": adopt})
    made, after = verbs.create(new)
    assert stack.live() == {int(made): "job_running"}
    assert stack.told("run from its savepoint")
    assert after["savepoints"]


def test_a_job_under_a_former_owner_keeps_its_state_too(stack: Story) -> None:
    """Taint with delete_before_replace after a rename of the stack: the state still names the old one."""
    job_id, state = stack.up()
    verbs = stack.process()
    new = stack.check(verbs, {}, owner="shop/staging/orders")
    verbs.delete(job_id, state)
    made, _ = verbs.create(new)
    assert stack.live() == {int(made): "job_running"}
    assert stack.told("run from its savepoint")


@pytest.mark.parametrize("deleted_first", [False, True])
def test_a_replacement_under_a_new_owner_leaves_no_job_behind(stack: Story, deleted_first: bool) -> None:
    """A change that takes another job, together with a rename of the stack."""
    job_id, state = stack.up()
    verbs = stack.process()
    new = stack.check(
        verbs,
        state,
        owner="shop/staging/orders",
        job_type="flink_sql_job",
        upgrade_mode="stateless",
    )
    assert verbs.diff(state, new).replaces
    if deleted_first:
        verbs.delete(job_id, state)
    made, _ = verbs.create(new)
    if not deleted_first:
        verbs.delete(job_id, state)
    assert stack.live() == {int(made): "job_running"}


def test_a_change_of_owner_that_was_not_recorded_is_not_forgotten(stack: Story) -> None:
    """The job bears the new owner's marks, and the state, after a kill, still names the old one: then `destroy`."""
    job_id, state = stack.up()
    verbs = stack.process()
    new = stack.check(verbs, state, owner="shop/staging/orders")
    verbs.diff(state, new)
    verbs.update(job_id, state, new)
    with pytest.raises(Conflict, match="cut off before it was recorded"):
        stack.process().delete(job_id, state)
    assert stack.live() == {job_id: "job_running"}


def test_two_checkouts_that_adopt_one_job_are_told_apart_once_one_has_changed_it(stack: Story) -> None:
    job_id = stack.by_hand()
    _, first = stack.up(adopt="orders")
    _, second = stack.up(adopt="orders")
    verbs = stack.process()
    new = stack.check(verbs, second, adopt="orders", smn_topic="pager")
    after = verbs.update(job_id, second, new)
    stack.process().delete(job_id, first)
    assert stack.told("another checkout's")
    assert stack.live() == {job_id: "job_running"}
    stack.process().delete(job_id, after)
    assert stack.live() == {}


def test_a_job_adopted_without_a_write_still_goes_with_its_stack(stack: Story) -> None:
    job_id = stack.by_hand()
    _, state = stack.up(adopt="orders")
    stack.process().delete(job_id, state)
    assert stack.live() == {}


def test_the_sign_of_a_creation_goes_with_the_next_change(stack: Story) -> None:
    job_id, state = stack.up()
    with stack.api() as api:
        api.create_tags(job_id, {"pulumi_begun": "1700000000"})
        verbs = stack.process()
        verbs.update(job_id, state, stack.check(verbs, state, smn_topic="pager"))
        assert "pulumi_begun" not in api.tags(job_id)


@pytest.mark.parametrize("moved_from", ["", "dli.vpc.example.org/p1"])
def test_the_same_place_under_another_name_keeps_its_job(stack: Story, moved_from: str) -> None:
    """A private endpoint, say, with dli:movedFrom or without: no job is made twice, and none is a dead end."""
    job_id, state = stack.up()
    state = {**state, "place": "dli.vpc.example.org/p1"}
    renamed = {"movedFrom": moved_from} if moved_from else {}
    verbs = stack.process(**renamed)
    new = stack.check(verbs, state)
    ahead = verbs.diff(state, new)
    assert (ahead.changes, ahead.replaces) == (True, ())
    assert stack.told(
        f"job {job_id}, recorded in dli.vpc.example.org/p1, is found here: that is local/p1 by another"
    )
    assert stack.process(**renamed).read(job_id, state)
    after = verbs.update(job_id, state, new)
    assert after["place"] == "local/p1"
    assert stack.live() == {job_id: "job_running"}
    stack.process(**renamed).delete(job_id, state)
    assert stack.live() == {}


@pytest.mark.parametrize("recorded", ["127.0.0.1:8765/p1", "localhost:9000/p1", "[::1]/p1"])
def test_a_local_dli_is_one_place_by_whatever_name_and_port_it_was_recorded(
    stack: Story, recorded: str
) -> None:
    """Also for a job that bears no nonce, as one adopted without a write."""
    job_id = stack.by_hand()
    _, state = stack.up(adopt="orders")
    state = {**state, "place": recorded}
    verbs = stack.process()
    new = stack.check(verbs, state)
    assert verbs.diff(state, new).replaces == ()
    assert verbs.update(job_id, state, new)["place"] == "local/p1"
    assert stack.live() == {job_id: "job_running"}


@pytest.mark.parametrize("nonce", [None, "b" * 12])
def test_an_equal_id_without_its_nonce_is_a_stranger(stack: Story, nonce: str | None) -> None:
    job_id, state = stack.up()
    state = {**state, "place": "cn-north-4/p1", "nonce": nonce}
    for verb in ("diff", "read", "update", "delete"):
        verbs = stack.process()
        new = stack.check(verbs, state)
        arguments = {"diff": (state, new), "update": (job_id, state, new)}.get(verb, (job_id, state))
        with pytest.raises(
            Conflict, match="it was made in cn-north-4/p1, and this deployment speaks to local/p1"
        ):
            getattr(verbs, verb)(*arguments)
    assert stack.live() == {job_id: "job_running"}


def test_an_equal_id_in_another_place_is_another_job(stack: Story) -> None:
    job_id, state = stack.up()
    verbs = stack.process(movedFrom="elsewhere/p1")
    state = {**state, "place": "elsewhere/p1", "nonce": "b" * 12}
    assert verbs.diff(state, stack.check(verbs, state)).replaces == ("place",)
    verbs.delete(job_id, state)
    assert stack.live() == {job_id: "job_running"}


def test_the_state_of_a_job_deleted_before_a_creation_that_fails_is_told(stack: Story) -> None:
    job_id, state = stack.up()
    verbs = stack.process()
    new = stack.check(verbs, {})
    verbs.delete(job_id, state)
    stack.dli.add_fault("submit_fail", "run", times=9)
    (directory,) = (line.split()[-1] for line in stack.said if "its state is in" in line)
    with pytest.raises(DliError) as refused:
        verbs.create(new)
    assert directory in refused.value.text()
    assert "from_savepoint" in refused.value.remedy
    assert stack.live() == {}


def test_a_tainted_job_that_takes_another_name_leaves_its_state_behind(stack: Story) -> None:
    job_id, state = stack.up()
    verbs = stack.process()
    made, _ = stack.make(verbs, name="orders2")
    verbs.delete(job_id, state)
    assert stack.live() == {made: "job_running"}
    assert stack.told("its state is in obs://stream-state/savepoints/orders/")


def test_a_tainted_job_is_not_deleted_for_one_that_its_state_does_not_fit(stack: Story) -> None:
    job_id, state = stack.up()
    verbs = stack.process()
    made, _ = stack.make(verbs, name="orders2", sql_body=SQL_INCOMPATIBLE)
    with pytest.raises(StateLoss):
        verbs.delete(job_id, state)
    assert stack.live() == {job_id: "job_running", made: "job_running"}


def test_a_job_that_is_not_found_here_is_in_the_place_left(stack: Story) -> None:
    job_id, state = stack.up()
    verbs = stack.process(movedFrom="elsewhere/p1")
    unknown = {**state, "place": "elsewhere/p1", "job_id": job_id + 7}
    assert verbs.diff(unknown, stack.check(verbs, unknown)).replaces == ("place",)


def test_a_refresh_says_what_it_leaves_in_another_place(stack: Story) -> None:
    job_id, state = stack.up()
    verbs = stack.process(movedFrom="elsewhere/p1")
    assert verbs.read(job_id, {**state, "place": "elsewhere/p1", "nonce": "b" * 12}) is None
    assert stack.told(f"job {job_id} is left in elsewhere/p1")


def test_a_job_at_rest_whose_name_looks_like_that_of_one_replaced_can_be_replaced(stack: Story) -> None:
    stopped = {"name": "a-old-b", "desired_state": "stopped"}
    job_id, state = stack.up(**stopped)
    verbs = stack.process()
    new = stack.check(verbs, state, **stopped, job_type="flink_sql_job", upgrade_mode="stateless")
    assert verbs.diff(state, new).replaces
    made, _ = verbs.create(new)
    verbs.delete(job_id, state)
    assert [*stack.live()] == [int(made)]


def test_a_consent_that_stands_already_is_not_advised(stack: Story) -> None:
    agreed = consent(SQL, SQL)
    job_id, state = stack.up(allow_state_loss=agreed)
    with stack.api() as api:
        api.delete(job_id)
    verbs = stack.process()
    while verbs.read(job_id, state):
        time.sleep(0.05)
    arguments = {**job(name="orders"), "owner": OWNER}
    ((_, fresh),) = verbs.check({}, arguments).failures
    ((_, again),) = verbs.check({}, {**arguments, "allow_state_loss": agreed}).failures
    assert agreed in fresh
    assert agreed not in again
    assert "from_savepoint" in again


@pytest.mark.parametrize("status", [404, 403], ids=["not published", "forbidden"])
def test_tag_calls_that_are_missing_stop_no_deployment(stack: Story, status: int) -> None:
    """A job is adopted, changed and deleted; what is not protected then is said once, not for each job and call."""
    job_id = stack.by_hand()
    for call in ("tags_get", "tags_create", "tags_delete"):
        body = {"error_code": "DLI.0003", "error_msg": "no"} if status == 403 else None
        stack.dli.add_fault("status", call, status=status, body=body, times=99)
    verbs = stack.process()
    adopted, state = verbs.create(stack.check(verbs, {}, adopt="orders"))
    assert int(adopted) == job_id
    after = verbs.update(job_id, state, stack.check(verbs, state, adopt="orders", smn_topic="pager"))
    told = [line for line in stack.said if "tags cannot be read here" in line]
    assert len(told) == 1
    assert "the state alone says whose a job is" in told[0]
    stack.process().delete(job_id, after)
    assert stack.live() == {}


def test_a_name_that_is_taken_where_tags_cannot_be_read_names_the_ways_out(stack: Story) -> None:
    job_id, _ = stack.up()
    stack.dli.add_fault("status", "tags_get", status=404, times=99)
    with pytest.raises(Conflict, match="whose it is cannot be told") as refused:
        stack.up()
    assert f"adopt='{job_id}'" in refused.value.remedy
    assert "untaint" in refused.value.remedy
    assert stack.live() == {job_id: "job_running"}


def test_a_job_whose_sign_of_creation_could_not_be_taken_off_is_not_another_checkouts(stack: Story) -> None:
    """Story 4, when the last step of the creation failed: the job runs, and is older than a deployment may take."""
    stack.dli.add_fault("status", "tags_delete", status=400, times=1)
    job_id, state = stack.up(create_timeout=1)
    assert stack.told("pulumi_begun could not be taken off")
    time.sleep(2.1)  # DLI's second and ours
    with pytest.raises(Conflict, match="made by another checkout or before the state was lost"):
        stack.up(create_timeout=1)
    verbs = stack.process()
    verbs.update(job_id, state, stack.check(verbs, state, smn_topic="pager"))
    with stack.api() as api:
        assert "pulumi_begun" not in api.tags(job_id)


def test_a_look_up_says_where_it_looks(stack: Story) -> None:
    """Another place may have another job of the same id, and Pulumi does not tell which was found before."""
    job_id = stack.by_hand()
    assert stack.process().read(job_id, {})
    assert stack.told(f"orders: job {job_id} is looked up in local/p1")
    with pytest.raises(NotFound, match="DLI has no job of this id in local/p1"):
        stack.process().read(job_id + 7, {})
