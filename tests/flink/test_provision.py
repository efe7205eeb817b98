"""Flink is fetched once, whole or not at all, from the first place that has it; and Java is found or asked for."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from dli_provider.downloads import ProgressListener, Unreachable, silent
from dli_provider.flink import java, pins, provision, sources
from dli_provider.flink.failures import FlinkError


def closed(staged: Path, scratch: Path, report: ProgressListener, release: pins.FlinkRelease) -> None:
    raise Unreachable("the door is shut")


def whole(staged: Path, scratch: Path, report: ProgressListener, release: pins.FlinkRelease) -> None:
    for name in release.jars:
        (staged / (name if name.endswith(".jar") else f"{name}1.jar")).write_text(name)


def half(staged: Path, scratch: Path, report: ProgressListener, release: pins.FlinkRelease) -> None:
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


# As pip fetches a source distribution, it asks its own backend for the metadata.
BACKEND = """
import pathlib
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = pathlib.Path(folder, "apache_flink_libraries-1.15.4.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: apache-flink-libraries\\nVersion: 1.15.4\\n")
    return info.name
"""
PROJECT = """[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


@pytest.fixture
def own_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pins.FlinkRelease:
    """A package that only the user's configuration of pip knows of, and a release made of it."""
    name = "apache-flink-libraries-1.15.4"
    inside = {
        "backend.py": BACKEND,
        "pyproject.toml": PROJECT,
        "PKG-INFO": "Metadata-Version: 2.1\nName: apache-flink-libraries\nVersion: 1.15.4\n",
        "deps/lib/flink-dist-1.15.4.jar": "dist",
        "deps/lib/flink-cep-1.15.4.jar": "cep",
        "deps/lib/log4j-core-2.jar": "not needed",
        "deps/opt/flink-cep-1.15.4-of-another-folder.jar": "not needed",
    }
    packages = tmp_path / "packages"
    packages.mkdir()
    with tarfile.open(packages / f"{name}.tar.gz", "w:gz") as tar:
        for path, text in inside.items():
            member = tarfile.TarInfo(f"{name}/{path}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(packages))
    digest = hashlib.sha256((packages / f"{name}.tar.gz").read_bytes()).hexdigest()
    libraries = pins.Artifact("apache-flink-libraries==1.15.4", 1, digest)
    return pins.FlinkRelease("1.15.4", ("flink-dist-1.15.4.jar", "flink-cep-1.15.4.jar"), libraries)


def test_packages_come_from_where_the_users_pip_gets_them_and_only_what_is_needed_is_kept(
    tmp_path: Path, own_index: pins.FlinkRelease
) -> None:
    home = tmp_path / "cache" / "flink"
    from_packages = (("packages", sources.from_packages),)
    provision.fetch(tmp_path / "cache", home, own_index, "not there", silent, from_packages)
    kept = sorted(each.name for each in home.iterdir())
    assert kept == ["flink-cep-1.15.4.jar", "flink-dist-1.15.4.jar", "manifest.json", "origin.txt"]
    assert [each.name for each in (tmp_path / "cache").iterdir()] == ["flink"], "the archive is gone"


def test_a_package_that_is_another_than_pinned_is_refused(
    tmp_path: Path, own_index: pins.FlinkRelease
) -> None:
    home = tmp_path / "cache" / "flink"
    another = own_index._replace(libraries=pins.OLDER_PLANNER.libraries)
    with pytest.raises(FlinkError, match=r"1\.15\.4 has SHA-256 .* f4f622.* is pinned: nothing was kept"):
        provision.fetch(tmp_path / "cache", home, another, "", silent, (("packages", sources.from_packages),))
    assert not home.exists()


def test_a_planner_that_cannot_be_had_is_told_without_a_remedy_that_would_not_help(tmp_path: Path) -> None:
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    with pytest.raises(FlinkError, match=r"^Flink 1\.15\.4 cannot be had here: closed: the door is shut\.$"):
        provision.obtain_older_planner(environ, silent, (("closed", closed),))
    assert provision.older_planner_present(environ) is None
