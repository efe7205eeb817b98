"""A published folder is complete and intact, or it counts as absent."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dli_provider import downloads
from tools.setup import pulumi_engine


@pytest.fixture
def published(tmp_path: Path, program: Callable[[Path, str], Path]) -> Path:
    with downloads.staging(tmp_path, pulumi_engine.STAGING) as staged:
        program(staged / "one", "echo 1")
        program(staged / "two", "echo 2")
        downloads.publish(staged, tmp_path / "v1")
    return tmp_path / "v1"


def test_a_published_folder_is_intact(published: Path) -> None:
    assert pulumi_engine.fault(published) is None
    assert [entry.name for entry in published.parent.iterdir()] == ["v1"], "nothing of the staging is left"


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda home: (home / "one").write_bytes((home / "one").read_bytes()[:-3]), "one is damaged"),
        (lambda home: (home / "two").unlink(), "No such file"),
        (lambda home: (home / "two").chmod(0o644), "two is not executable"),
        (lambda home: (home / downloads.MANIFEST).unlink(), "incomplete"),
        (lambda home: (home / downloads.MANIFEST).write_text("{"), "incomplete"),
        (lambda home: (home / downloads.MANIFEST).write_text("[]"), "incomplete"),
        (lambda home: home.rename(home.with_name("moved")), "not there"),
    ],
    ids=["truncated", "missing", "mode", "no manifest", "half a manifest", "odd manifest", "absent"],
)
def test_damage_is_noticed(published: Path, damage: Callable[[Path], object], words: str) -> None:
    damage(published)
    assert words in (pulumi_engine.fault(published) or "")


def test_a_broken_folder_is_replaced(published: Path, program: Callable[[Path, str], Path]) -> None:
    (published / "one").write_text("rubbish")
    with downloads.staging(published.parent, pulumi_engine.STAGING) as staged:
        program(staged / "one", "echo new")
        downloads.publish(staged, published)
    assert pulumi_engine.fault(published) is None
    assert "echo new" in (published / "one").read_text()
    assert not (published / "two").exists()


def test_what_a_dead_process_left_is_swept(tmp_path: Path) -> None:
    leftover = tmp_path / f"{pulumi_engine.STAGING}dead"
    leftover.mkdir()
    (leftover / "pulumi").write_text("half of it")
    with downloads.staging(tmp_path, pulumi_engine.STAGING):
        assert not leftover.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), downloads.staging(tmp_path, pulumi_engine.STAGING) as staged:
        staged.write_text("this fails")
    assert list(tmp_path.iterdir()) == []
