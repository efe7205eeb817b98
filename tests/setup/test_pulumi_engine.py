"""Which engine is chosen, and that a broken one heals."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dli_provider import downloads
from tools.setup import CHECKOUT, pulumi_engine
from tools.setup.long_steps import SetupError

EngineIn = Callable[[Path, str], Path]
GoIn = Callable[[Path], Path]

OBTAIN = (
    "import sys; from pathlib import Path; from tools.setup import pulumi_engine; print(pulumi_engine.obtain("
)
OBTAIN += "Path(sys.argv[1]), sys.argv[2], Path('/nowhere'), sys.argv[3]).version)"


@pytest.mark.parametrize("version", [pulumi_engine.VERSION, "v3.259.1", "v3.300.0", "3.300.0-alpha.1"])
def test_a_new_enough_pulumi_on_path_is_used(tmp_path: Path, engine_in: EngineIn, version: str) -> None:
    home = engine_in(tmp_path / "own", version)
    chosen = pulumi_engine.obtain(tmp_path / "cache", f"{tmp_path}{os.pathsep}{home}", tmp_path / "ours")
    assert (chosen.version, chosen.programs["pulumi"]) == (version, home / "pulumi")
    assert not (tmp_path / "cache").exists(), "nothing is fetched when the user has an engine"


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("v3.258.9", "is v3.258.9, and v3.259.0"),
        ("v2.300.0", "is v2.300.0"),
        ("v4.0.0", "is v4.0.0"),
        ("hello", "does not tell"),
        ("v3.300.0; exit 3", "does not tell"),
    ],
)
def test_an_unfit_pulumi_on_path_is_not_used(
    tmp_path: Path, engine_in: EngineIn, version: str, words: str
) -> None:
    found, why = pulumi_engine.on_path(str(engine_in(tmp_path / "own", version)), tmp_path / "ours")
    assert found is None
    assert words in why


@pytest.mark.parametrize("companion", pulumi_engine.PROGRAMS[1:])
def test_an_incomplete_pulumi_on_path_is_not_used(
    tmp_path: Path, engine_in: EngineIn, companion: str
) -> None:
    home = engine_in(tmp_path / "own", "v3.300.0")
    (home / companion).unlink()
    found, why = pulumi_engine.on_path(str(home), tmp_path / "ours")
    assert found is None
    assert f"comes without {companion}" in why


def test_companions_are_found_where_the_link_points(tmp_path: Path, engine_in: EngineIn) -> None:
    home = engine_in(tmp_path / "opt" / "pulumi", "v3.300.0")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").symlink_to(home / "pulumi")
    found, _ = pulumi_engine.on_path(str(tmp_path / "bin"), tmp_path / "ours")
    assert found is not None
    assert found.programs["pulumi-language-python"] == home / "pulumi-language-python"


def test_our_own_links_are_not_taken_for_the_users_engine(tmp_path: Path, engine_in: EngineIn) -> None:
    ours = engine_in(tmp_path / ".venv" / "bin", "v3.300.0")
    assert pulumi_engine.on_path(str(ours), ours) == (None, "no pulumi on PATH")


def test_an_engine_is_built_once_and_kept(tmp_path: Path, go_in: GoIn, nowhere: str) -> None:
    tools = go_in(tmp_path / "tools")
    first = pulumi_engine.obtain(tmp_path / "cache", str(tools), tmp_path / "ours", nowhere)
    again = pulumi_engine.obtain(tmp_path / "cache", "", tmp_path / "ours", nowhere)
    assert first == again
    assert set(first.programs) == set(pulumi_engine.PROGRAMS)
    assert len((tools / "builds").read_text().splitlines()) == 2, (
        "the engine and its language host, once each"
    )


@pytest.mark.parametrize("name", pulumi_engine.PROGRAMS)
@pytest.mark.parametrize("damage", ["truncated", "missing"])
def test_a_broken_cache_heals(tmp_path: Path, go_in: GoIn, nowhere: str, name: str, damage: str) -> None:
    path = str(go_in(tmp_path / "tools"))
    whole = pulumi_engine.obtain(tmp_path / "cache", path, tmp_path / "ours", nowhere)
    if damage == "missing":
        whole.programs[name].unlink()
    else:
        whole.programs[name].write_bytes(whole.programs[name].read_bytes()[:5])
    assert pulumi_engine.obtain(tmp_path / "cache", path, tmp_path / "ours", nowhere) == whole
    assert all(os.access(program, os.X_OK) for program in whole.programs.values())


def test_an_intact_engine_that_does_not_run_is_not_used(
    tmp_path: Path, engine_in: EngineIn, nowhere: str
) -> None:
    """As after the cache was carried to another kind of machine: the right bytes, but no answer."""
    with downloads.staging(tmp_path / "cache", pulumi_engine.STAGING) as staged:
        engine_in(staged, "v3.1.0")
        home = tmp_path / "cache" / "home"
        downloads.publish(staged, home)
    assert pulumi_engine.in_cache(home) == (None, "`pulumi version` says v3.1.0")


def test_without_go_the_message_names_what_to_install(tmp_path: Path, nowhere: str) -> None:
    with pytest.raises(SetupError) as told:
        pulumi_engine.obtain(tmp_path / "cache", str(tmp_path), tmp_path / "ours", nowhere)
    assert "there is no Go" in str(told.value)
    assert "https://go.dev/doc/install" in str(told.value)
    assert "https://www.pulumi.com/docs/install/" in str(told.value)
    assert [entry.name for entry in (tmp_path / "cache").iterdir()] == ["lock"], "nothing half-made is left"


def test_two_at_once_build_once(tmp_path: Path, go_in: GoIn, nowhere: str) -> None:
    tools = go_in(tmp_path / "tools")
    (tools / "hold").touch()
    with obtaining(tmp_path / "cache", tools, nowhere) as first:
        until(lambda: (tools / "builds").exists())
        with obtaining(tmp_path / "cache", tools, nowhere) as second:
            assert second.stdout is not None
            assert "waiting for another set-up" in second.stdout.readline()
            (tools / "hold").unlink()
            told = [process.communicate(timeout=60)[0] for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0]
    assert [text.splitlines()[-1] for text in told] == [pulumi_engine.VERSION, pulumi_engine.VERSION]
    assert len((tools / "builds").read_text().splitlines()) == 2, (
        "the engine and its language host, once each"
    )


def test_a_killed_set_up_leaves_the_next_one_free(tmp_path: Path, go_in: GoIn, nowhere: str) -> None:
    tools = go_in(tmp_path / "tools")
    (tools / "hold").touch()
    with obtaining(tmp_path / "cache", tools, nowhere) as first:
        until(lambda: (tools / "builds").exists())
        first.kill()  # the process alone: the Go that it started lives on, as it would
        first.wait()
        assert list((tmp_path / "cache").glob(f"{pulumi_engine.STAGING}*"))
        (tools / "hold").unlink()
        healed = pulumi_engine.obtain(tmp_path / "cache", str(tools), tmp_path / "ours", nowhere)
    assert healed.version == pulumi_engine.VERSION
    assert not list((tmp_path / "cache").glob(f"{pulumi_engine.STAGING}*"))


@contextmanager
def obtaining(cache: Path, tools: Path, site: str) -> Iterator[subprocess.Popen[str]]:
    """A process that obtains an engine; gone at the end of the block."""
    command = [sys.executable, "-c", OBTAIN, str(cache), str(tools), site]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
            (tools / "hold").unlink(missing_ok=True)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
