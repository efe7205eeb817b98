"""What belongs to a real Kafka and needs none: its pinned jars, how they are fetched, the lines of a feed, options."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dli_provider.cli.emulator import group
from dli_provider.downloads import Unreachable, silent
from dli_provider.emulator.auth import Credentials
from dli_provider.emulator.background import ServerOptions
from dli_provider.flink import pins, sources
from dli_provider.flink.failures import FlinkError
from dli_provider.flink.feed import record

MAVEN = """#!{python}
import re, sys, pathlib
project = pathlib.Path(sys.argv[sys.argv.index("-f") + 1]).read_text()
with open({calls!r}, "a") as calls:
    calls.write("called\\n")
into = re.search("<outputDirectory>(.*?)</outputDirectory>", project)[1]
item = "<artifactItem><groupId>(.*?)</groupId><artifactId>(.*?)</artifactId><version>(.*?)</version></artifactItem>"
for group, artifact, version in re.findall(item, project):
    pathlib.Path(into, f"{{artifact}}-{{version}}.jar").write_text(artifact)
"""


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `mvn` that hands out what the project asks for, and a file with a line for each of its calls."""
    calls, client = tmp_path / "calls", tmp_path / "bin" / "mvn"
    client.parent.mkdir()
    client.write_text(MAVEN.format(python=sys.executable, calls=str(calls)))
    client.chmod(0o755)
    monkeypatch.setenv("PATH", str(client.parent), prepend=":")
    return calls


def artifact(name: str, holds: str) -> pins.Artifact:
    return pins.Artifact(name, 1, hashlib.sha256(holds.encode()).hexdigest())


def test_all_jars_come_by_one_call_and_each_is_checked(tmp_path: Path, maven: Path) -> None:
    into, scratch = tmp_path / "into", tmp_path / "scratch"
    into.mkdir()
    scratch.mkdir()
    wanted = [artifact("org.a:one:1", "one"), artifact("org.b:two:2.0", "two")]
    sources.fetch_artifacts(into, wanted, scratch, silent)
    assert sorted(each.name for each in into.iterdir()) == ["one-1.jar", "two-2.0.jar"]
    assert maven.read_text() == "called\n"
    with pytest.raises(FlinkError, match=r"org\.b:two:2\.0 has SHA-256 .* is pinned: nothing was kept"):
        sources.fetch_artifacts(into, [artifact("org.b:two:2.0", "another")], scratch, silent)


def test_without_the_client_it_is_told_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unreachable, match=r"mvn is not on PATH, and org\.a:one:1 is only to be had"):
        sources.fetch_artifacts(tmp_path, [artifact("org.a:one:1", "one")], tmp_path, silent)


def test_the_pinned_jars_are_one_broker() -> None:
    jars = pins.kafka()
    assert len({each.file for each in jars}) == len(jars) > 40
    own = [each.name.split(":") for each in jars if each.name.startswith("org.apache.kafka:")]
    assert {version for _, _, version in own} == {pins.KAFKA_VERSION}
    assert {"kafka_2.13", "kafka-clients"} <= {name for _, name, _ in own}
    assert all(len(each.sha256) == 64 and each.size > 1000 for each in jars)


@pytest.mark.parametrize(
    "line",
    [
        b'{"topic": "t", "value": 1}',
        b'{"topic": "t", "value": null, "key": null, "at": null}',
        b'{"topic": "t", "value": {"a": 1}, "key": "k", "at": 1790000000000, "more": 1}',
        b'{"topic": "t", "value": "text", "at": 1.5}',
    ],
)
def test_a_line_of_a_feed_is_a_record(line: bytes) -> None:
    assert record(line)["topic"] == "t"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"hello", "no JSON: hello"),
        (b"\xff\xfe", "no JSON"),
        (b"[]", r"without topic and value: \[\]"),
        (b'"text"', "without topic and value"),
        (b'{"topic": "t"}', "without topic and value"),
        (b'{"topic": 1, "value": 1}', "without topic and value"),
        (b'{"topic": "t", "value": 1, "key": 7}', "a key that is no text"),
        (b'{"topic": "t", "value": 1, "at": "now"}', "an at that is no number"),
        (b'{"topic": "t", "value": 1, "at": true}', "an at that is no number"),
    ],
)
def test_any_other_line_is_refused_with_what_it_lacks(line: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        record(line)


def test_the_process_in_the_background_is_told_of_the_feed() -> None:
    options = ServerOptions(Credentials(), runner="flink-kafka", feed="python 'my events.py'")
    assert options.arguments() == ["--runner", "flink-kafka", "--feed", "python 'my events.py'"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--feed", "x"], "--runner flink-kafka"),
        (["--runner", "flink", "--feed", "x"], "--runner flink-kafka"),
        (["--runner", "flink-kafka", "--feed", "python 'open"], "is no command"),
    ],
)
def test_a_feed_without_a_kafka_or_a_command_is_refused(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    answer = CliRunner().invoke(group, ["start", "--state", str(tmp_path / "x.db"), *arguments])
    assert answer.exit_code == 2
    assert told in " ".join(answer.output.split())
