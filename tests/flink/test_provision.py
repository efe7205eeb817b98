"""Flink is fetched once, whole or not at all, from the first place that has it; and Java is found or asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from dli_provider.downloads import ProgressListener, Unreachable, silent
from dli_provider.flink import java, pins, provision
from dli_provider.flink.failures import FlinkError


def closed(staged: Path, scratch: Path, report: ProgressListener, release: pins.Release) -> None:
    raise Unreachable("the door is shut")


def whole(staged: Path, scratch: Path, report: ProgressListener, release: pins.Release) -> None:
    for name in release.jars:
        (staged / (name if name.endswith(".jar") else f"{name}1.jar")).write_text(name)


def half(staged: Path, scratch: Path, report: ProgressListener, release: pins.Release) -> None:
    whole(staged, scratch, report, release)
    (staged / pins.GATEWAY).unlink()


def fetch(root: Path, *sources: provision.Source) -> None:
    home = root / "flink"
    named = tuple((source.__name__, source) for source in sources)
    provision.fetch(root, home, pins.WHOLE, str(provision.fault(home)), silent, named)


def test_the_next_source_is_tried_where_one_is_closed_or_gives_too_little(tmp_path: Path) -> None:
    fetch(tmp_path, closed, half, whole)
    assert provision.fault(tmp_path / "flink") is None
    assert (tmp_path / "flink" / "origin.txt").read_text() == "whole\n"
    assert [each.name for each in tmp_path.iterdir()] == ["flink"], "nothing is left of the attempts"


def test_everything_that_was_tried_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        FlinkError, match="closed: the door is shut; half: it came without flink-sql-gateway"
    ) as told:
        fetch(tmp_path, closed, half)
    assert provision.HOME in str(told.value)


def test_what_is_damaged_or_lacking_is_noticed_and_replaced(tmp_path: Path) -> None:
    fetch(tmp_path, whole)
    home = tmp_path / "flink"
    jar = next(home.glob("flink-dist-*.jar"))
    jar.write_text("bits")
    assert provision.fault(home) == f"{jar.name} is damaged"
    fetch(tmp_path, whole)
    assert provision.fault(home) is None
    jar.unlink()
    assert provision.fault(home) == f"{jar.name} is not there"


@pytest.mark.parametrize(
    ("version", "words"), [("11.0.2", "is Java 11"), ("1.8.0_392", "is Java 8"), (None, "no java on PATH")]
)
def test_a_java_that_is_too_old_or_missing_is_told_with_what_to_do(
    tmp_path: Path, version: str | None, words: str
) -> None:
    if version:
        script = tmp_path / "java"
        script.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
        script.chmod(0o755)
    with pytest.raises(FlinkError, match=f"{words}.*Flink needs Java 17.*or set JAVA_HOME"):
        java.find({"PATH": str(tmp_path)})


def test_a_flink_of_ones_own_must_be_the_right_one(tmp_path: Path) -> None:
    with pytest.raises(FlinkError, match=r"where there is no lib/flink-dist-1.20"):
        provision.obtain({provision.HOME: str(tmp_path), "HOME": str(tmp_path)})
