"""What processes under one engine tell each other: a job that another door wants is not deleted."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
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


def test_what_was_left_behind_is_taken_away_later(tmp_path: Path) -> None:
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


def test_where_nothing_can_be_locked_nothing_is_opened_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a network's disk without locks. A job is declared a thousand times, and a process has so many files."""

    def refuses(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refuses)
    one, before = process(tmp_path), len([*Path("/dev/fd").iterdir()])
    for number in range(5):
        one.want(HERE, f"orders{number}", OWNER)
    assert len([*Path("/dev/fd").iterdir()]) == before


def test_a_child_does_not_hold_what_its_process_held(tmp_path: Path) -> None:
    """A JVM that is started by the plugin may outlive it."""
    one, other = process(tmp_path), process(tmp_path)
    one.want(HERE, "orders", OWNER)
    with subprocess.Popen(["sleep", "60"], close_fds=False) as child:
        try:
            end(one)
            assert other.wanted_by(HERE, "orders") == ""
        finally:
            child.kill()


def test_a_file_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    one, other = process(tmp_path), process(tmp_path)
    one.want(HERE, "orders", "shop/dev/Bestellungen-\u00e4")
    assert one._own is not None
    os.write(one._own[0], b"\xff cut off")
    for gone in "0a":
        # A link to nowhere is a file that was taken away when it was about to be opened.
        (one._own[1].parent / f"{one._prefix()}{gone}").symlink_to(tmp_path / "nowhere")
    assert other.wanted_by(HERE, "orders") == "shop/dev/Bestellungen-\u00e4"


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


def test_a_job_that_one_door_was_to_adopt_under_another_name_is_not_deleted_by_the_other(
    stack: Story, tmp_path: Path
) -> None:
    job_id, state = stack.up()
    old, new = doors(stack, tmp_path)
    stack.check(new, {}, owner="shop/dev/b", name="clicks", adopt=str(job_id))
    with pytest.raises(Conflict, match="shop/dev/b, declared by the other door or another provider"):
        old.delete(job_id, state)
    assert stack.live() == {job_id: "job_running"}
