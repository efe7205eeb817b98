"""What processes under one engine tell each other: a job that another door wants is not deleted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dli_provider.errors import Conflict
from dli_provider.pulumi.job_verbs import JobVerbs
from dli_provider.pulumi.neighbours import Neighbours
from tests.support.story import OWNER, Story

HERE = "local/p1"


def process(folder: Path, engine: str | None = "127.0.0.1:4711") -> Neighbours:
    return Neighbours(engine, {"XDG_CACHE_HOME": str(folder)})


def end(one: Neighbours) -> None:
    """As the end of its process does."""
    assert one._own is not None
    os.close(one._own[0])


def test_what_one_process_wants_another_knows_until_it_has_it(tmp_path: Path) -> None:
    one, other = process(tmp_path), process(tmp_path)
    one.want(HERE, "orders", OWNER)
    other.want(HERE, "clicks", "shop/dev/clicks")
    assert other.wanted_by(HERE, "orders") == OWNER
    assert one.wanted_by(HERE, "clicks") == "shop/dev/clicks"
    assert one.wanted_by(HERE, "orders") == "", "what is wanted here, the ledger knows"
    assert other.wanted_by("cn-north-4/p2", "orders") == "", "another place has a job of this name as well"
    one.have(HERE, "orders", 7, OWNER)
    assert other.wanted_by(HERE, "orders") == ""
    assert (other.held_by(HERE, 7), other.held_by(HERE, 8), one.held_by(HERE, 7)) == (OWNER, "", "")
    assert other.wanted_by(HERE, "7") == "", "a name of digits is no id"
    one.want(HERE, "orders", OWNER)
    assert other.wanted_by(HERE, "orders") == OWNER


def test_a_process_that_has_ended_wants_nothing(tmp_path: Path) -> None:
    one, other = process(tmp_path), process(tmp_path)
    one.want(HERE, "orders", OWNER)
    end(one)
    assert other.wanted_by(HERE, "orders") == ""


def test_what_was_left_behind_is_taken_away_a_day_later(tmp_path: Path) -> None:
    gone, lives = process(tmp_path), process(tmp_path)
    for each in (gone, lives):
        each.want(HERE, "orders", OWNER)
    end(gone)
    (folder,) = tmp_path.glob("dli-provider/*")
    for file in folder.iterdir():
        os.utime(file, (0, 0))
    process(tmp_path).want(HERE, "clicks", OWNER)
    assert len([*folder.iterdir()]) == 2
    assert lives._own is not None
    assert lives._own[1].exists()
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("engine", [None, "127.0.0.1:9"])
def test_another_engine_or_none_has_other_processes(tmp_path: Path, engine: str | None) -> None:
    one, other = process(tmp_path, engine), process(tmp_path)
    one.want(HERE, "orders", OWNER)
    assert other.wanted_by(HERE, "orders") == ""
    assert one.wanted_by(HERE, "orders") == ""


def test_where_nothing_can_be_written_each_knows_of_itself_only(tmp_path: Path) -> None:
    (tmp_path / "dli-provider").write_text("a file in the way")
    one, other = process(tmp_path), process(tmp_path)
    one.want(HERE, "orders", OWNER)
    assert other.wanted_by(HERE, "orders") == ""


def doors(stack: Story, folder: Path) -> tuple[JobVerbs, JobVerbs]:
    one, other = stack.process(), stack.process()
    one.neighbours, other.neighbours = process(folder), process(folder)
    return one, other


@pytest.mark.parametrize("owner", [OWNER, "shop/dev/b"], ids=["same name", "renamed"])
@pytest.mark.parametrize("asked", [True, False], ids=["refused", "not asked"])
def test_a_job_is_not_deleted_by_one_door_for_the_other_that_has_not_got_it(
    stack: Story, tmp_path: Path, owner: str, asked: bool
) -> None:
    """A job changes doors without an alias, with --continue-on-error."""
    job_id, state = stack.up()
    old, new = doors(stack, tmp_path)
    inputs = stack.check(new, {}, owner=owner)
    if asked:
        with pytest.raises(Conflict, match="of this name exists") as refused:
            new.create(inputs)
        assert ("the other door" in refused.value.remedy) is (owner == OWNER)
    with pytest.raises(Conflict, match=f"{owner}, declared by the other door or another provider") as kept:
        old.delete(job_id, state)
    assert "not touched, and not forgotten" in kept.value.text()
    former = "" if owner == OWNER else "name='orders', "
    assert f"aliases=[pulumi.Alias({former}type_=" in kept.value.remedy
    assert stack.live() == {job_id: "job_running"}
    # The other way out that is named.
    old, new = doors(stack, tmp_path)
    made, _ = stack.make(new, owner=owner, adopt="orders")
    old.delete(job_id, state)
    assert (made, stack.live()) == (job_id, {job_id: "job_running"})


def test_a_job_that_one_door_has_is_left_alone_by_the_other(stack: Story, tmp_path: Path) -> None:
    """A job is imported by the plugin in the deployment that takes the dynamic resource out, or in one before."""
    job_id, state = stack.up()
    old, new = doors(stack, tmp_path)
    imported = stack.check(new, state)
    new.diff(state, imported)
    said: list[str] = []
    old.tell = said.append
    old.delete(job_id, state)
    assert said == [f"orders: job {job_id} is {OWNER}'s by the other door, or another provider: left alone"]
    assert stack.live() == {job_id: "job_running"}
    # With nobody else who has it, it goes.
    old, _ = doors(stack, tmp_path / "elsewhere")
    old.delete(job_id, state)
    assert stack.live() == {}


def test_a_job_that_nobody_wants_is_deleted_while_another_door_makes_others(
    stack: Story, tmp_path: Path
) -> None:
    job_id, state = stack.up()
    old, new = doors(stack, tmp_path)
    made, _ = stack.make(new, owner="shop/dev/b", name="clicks")
    old.delete(job_id, state)
    assert [*stack.live()] == [made]
