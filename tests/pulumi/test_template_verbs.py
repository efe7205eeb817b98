"""Whose a template is, and where, verb by verb as the engine calls them, against the local DLI."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dli_provider.connect import connect
from dli_provider.emulator.server import Emulator
from dli_provider.errors import Conflict, DliError, NotFound
from dli_provider.plan.ownership import ownership_tags
from dli_provider.pulumi.template_verbs import TemplateVerbs
from dli_provider.settings import Settings

OWNER = "shop/dev/clicks"
TEMPLATE = {"name": "clicks", "sql_body": "SELECT 1;", "owner": OWNER}


class TemplateStory:
    """A checkout's deployments, each in a process of its own."""

    def __init__(self, dli: Emulator) -> None:
        self.dli = dli
        self.said: list[str] = []

    def process(self, **config: str) -> TemplateVerbs:
        """The verbs of a new process."""
        settings = {"dli:endpoint": self.dli.url, "dli:projectId": "p1"}
        settings |= {f"dli:{key}": value for key, value in config.items()}
        return TemplateVerbs.configured(settings.get, {}, tell=self.said.append, before_write=lambda: None)

    def up(self, **changes: Any) -> tuple[int, dict[str, Any]]:
        """Make the template in a deployment of its own: its id, and the state."""
        template_id, state = self.process().create({**TEMPLATE, **changes})
        return int(template_id), state

    def by_version_0_1_0(self) -> int:
        """A template as that version made it: its mark holds no nonce."""
        tags = [{"key": key, "value": value} for key, value in ownership_tags(OWNER).items()]
        with connect(Settings(self.dli.url, "p1")) as api:
            return api.create_template({"name": "clicks", "sql_body": "SELECT 1;", "tags": tags})

    def live(self) -> dict[int, tuple[str, str]]:
        """The templates at DLI: name and SQL, by id."""
        with connect(Settings(self.dli.url, "p1")) as api:
            return {found.template_id: (found.name, found.sql_body) for found in api.templates()}


@pytest.fixture(scope="module")
def _dli() -> Iterator[Emulator]:
    with Emulator.start() as dli:
        yield dli


@pytest.fixture
def checkout(_dli: Emulator) -> TemplateStory:
    _dli.reset()
    return TemplateStory(_dli)


def test_another_checkouts_template_is_neither_gone_on_with_nor_overwritten_nor_deleted(
    checkout: TemplateStory,
) -> None:
    theirs, state = checkout.up()
    with pytest.raises(Conflict, match="made by another checkout") as refused:
        checkout.up(sql_body="SELECT 2;")
    assert f"id {theirs}, of stack shop/dev" in refused.value.text()
    assert "untaint" in refused.value.remedy
    mine = {**state, "nonce": "b" * 12}
    with pytest.raises(Conflict, match="does not bear the marks"):
        checkout.process().update(theirs, mine, {**TEMPLATE, "sql_body": "SELECT 2;"})
    checkout.process().delete(theirs, mine)
    assert checkout.live() == {theirs: ("clicks", "SELECT 1;")}
    assert any("left alone" in line for line in checkout.said)


def test_what_version_0_1_0_was_cut_off_making_is_gone_on_with(checkout: TemplateStory) -> None:
    made = checkout.by_version_0_1_0()
    found, state = checkout.up(sql_body="SELECT 2;")
    assert (found, state.get("nonce")) == (made, None)
    assert checkout.live() == {made: ("clicks", "SELECT 2;")}
    checkout.process().delete(made, state)
    assert checkout.live() == {}


def test_an_answer_that_is_lost_makes_no_second_template(checkout: TemplateStory) -> None:
    checkout.dli.add_fault("cut_after", "template_create")
    made, state = checkout.up()
    assert checkout.live().keys() == {made}
    checkout.process().delete(made, state)
    assert checkout.live() == {}


def test_a_template_known_by_a_nonce_of_its_own_tag_stays_its_owners(checkout: TemplateStory) -> None:
    tags = [
        {"key": key, "value": value}
        for key, value in {**ownership_tags(OWNER), "pulumi_nonce": "a" * 12}.items()
    ]
    with connect(Settings(checkout.dli.url, "p1")) as api:
        made = api.create_template({"name": "clicks", "sql_body": "SELECT 1;", "tags": tags})
    state = {**TEMPLATE, "template_id": made, "nonce": "a" * 12, "place": "local/p1"}
    checkout.process().update(made, state, {**TEMPLATE, "sql_body": "SELECT 2;"})
    assert checkout.live() == {made: ("clicks", "SELECT 2;")}


def test_a_replaced_template_stays_until_the_new_one_is_there(checkout: TemplateStory) -> None:
    old, state = checkout.up()
    verbs = checkout.process()
    new = {**TEMPLATE, "job_type": "flink_sql_job"}
    assert verbs.diff(state, new)[1] == ("job_type",)
    made, after = verbs.create(new)
    names = {each: name for each, (name, _) in checkout.live().items()}
    assert names[int(made)] == "clicks"
    assert names[old].startswith("clicks-old-")
    verbs.delete(old, state)
    assert checkout.live().keys() == {int(made)}
    assert after["nonce"] != state["nonce"]


def test_a_replacement_of_a_template_that_was_cut_off_is_gone_on_with(checkout: TemplateStory) -> None:
    """The state never got what the first attempt had made."""
    old, state = checkout.up()
    made = []
    for sql in ("SELECT 2;", "SELECT 3;"):
        verbs = checkout.process()
        new = {**TEMPLATE, "job_type": "flink_sql_job", "sql_body": sql}
        assert "job_type" in verbs.diff(state, new)[1]
        made.append(int(verbs.create(new)[0]))
    assert made[0] == made[1]
    assert checkout.live()[made[0]] == ("clicks", "SELECT 3;")
    verbs.delete(old, state)
    assert checkout.live().keys() == {made[0]}


def test_a_template_whose_successor_is_refused_gets_its_name_back(checkout: TemplateStory) -> None:
    old, state = checkout.up()
    verbs = checkout.process()
    new = {**TEMPLATE, "tags": {"team": "data"}}
    assert verbs.diff(state, new)[1] == ("tags",)
    checkout.dli.add_fault("status", "template_create", status=400)
    with pytest.raises(DliError):
        verbs.create(new)
    assert checkout.live() == {old: ("clicks", "SELECT 1;")}


@pytest.mark.parametrize("verb", ["read", "update"])
def test_a_template_that_is_not_found_is_not_forgotten_where_its_place_is_not_known(
    checkout: TemplateStory, verb: str
) -> None:
    state = {**TEMPLATE, "template_id": 77}
    arguments = (77, state, TEMPLATE) if verb == "update" else (77, state)
    with pytest.raises(Conflict, match="the state does not say where it was made"):
        getattr(checkout.process(), verb)(*arguments)


def test_the_same_place_under_another_name_keeps_its_template(checkout: TemplateStory) -> None:
    made, state = checkout.up()
    state = {**state, "place": "dli.vpc.example.org/p1"}
    changed, replaces = checkout.process().diff(state, TEMPLATE)
    assert (changed, replaces) == (frozenset({"place"}), ())
    assert checkout.process().update(made, state, TEMPLATE)["place"] == "local/p1"
    with pytest.raises(Conflict, match="it was made in"):
        checkout.process().diff({**state, "nonce": "b" * 12}, TEMPLATE)


def test_a_look_up_says_where_it_looks(checkout: TemplateStory) -> None:
    made, _ = checkout.up()
    assert checkout.process().read(made, {})
    assert f"template {made} (clicks) is looked up in local/p1" in checkout.said
    with pytest.raises(NotFound, match="DLI has no template of this id in local/p1"):
        checkout.process().read(made + 7, {})
