"""A job on a real Flink does nothing outside of the folder that stands for OBS, whoever has sent it."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from dli_provider.emulator.server import Emulator
from dli_provider.flink.cluster import Cluster
from tests.flink.dli import PROJECT, Dli

pytestmark = pytest.mark.flink

COPY = """CREATE TABLE key (line STRING) WITH ('connector' = 'filesystem', 'path' = '{source}', 'format' = 'raw');
CREATE TABLE taken (line STRING) WITH ('connector' = 'filesystem', 'path' = '{sink}', 'format' = 'raw');
INSERT INTO taken SELECT line FROM key;
"""


@pytest.mark.parametrize("climbing", [False, True])
def test_a_private_key_is_not_copied(dli: Emulator, flink: Cluster, tmp_path: Path, climbing: bool) -> None:
    key, taken = tmp_path / "id_ed25519", tmp_path / "taken"
    key.write_text("a private key\n")
    root = "obs://bucket/" + "../" * 40 if climbing else "file:///"
    paths = {"source": root + str(key)[1:], "sink": root + str(taken)[1:]}
    client = Dli(dli.url)
    job_id = client.create(sql_body=COPY.format(**paths))
    client.run(job_id)
    job = client.wait(job_id, "job_submit_fail", "job_running", "job_finish")
    assert (job["status"], taken.exists()) == ("job_submit_fail", False)
    assert job["status_desc"].startswith("line 1, column 1: not run here: path = ")
    planned = requests.post(
        f"{dli.url}/v3/{PROJECT}/streaming/jobs/{job_id}/gen-graph",
        json={"sql_body": COPY.format(**paths)},
        timeout=60,
    )
    assert ("not run here" in planned.text, taken.exists()) == (True, False)


def test_inside_of_the_folder_the_same_is_done(dli: Emulator, flink: Cluster) -> None:
    """So that what is refused above is refused for where it leads, and not because it could not run."""
    lines = flink.home / "obs" / "bucket" / "lines.txt"
    lines.parent.mkdir(parents=True, exist_ok=True)
    lines.write_text("a line\n")
    client = Dli(dli.url)
    job_id = client.create(
        sql_body=COPY.format(source="obs://bucket/lines.txt", sink="obs://bucket/taken"),
        checkpoint_interval=1,
    )
    client.run(job_id)
    client.wait(job_id, "job_finish")
    written = [each.read_text() for each in (lines.parent / "taken").iterdir() if each.is_file()]
    assert "a line" in "".join(written)


@pytest.mark.parametrize("path", ["obs://bucket/../../x", "file:///tmp/x", "obs://bucket\\..\\x"])
def test_no_savepoint_is_taken_or_sought_outside(dli: Emulator, path: str) -> None:
    client = Dli(dli.url)
    job_id = client.create(sql_body=COPY)
    for call, body in (
        ("savepoint", {"action": "TRIGGER", "savepoint_path": path}),
        ("import-savepoint", {"job_id": job_id, "savepoint_path": path}),
    ):
        url = f"{dli.url}/v1.0/{PROJECT}/streaming/jobs/{job_id}/{call}"
        answer = requests.post(url, json=body, timeout=30)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "DLI.0001")
        assert "without '..'" in answer.json()["error_msg"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"udf_jar_url": "obs://bucket/../../evil.jar"}, "climbs with '..'"),
        ({"runtime_config": "pipeline.jars=file:///tmp/evil.jar"}, "names code, files or a cluster"),
        ({"runtime_config": "execution.checkpointing.dir=file:///tmp/x"}, "Only obs:// paths"),
    ],
)
def test_no_jar_or_setting_leads_outside(dli: Emulator, given: dict[str, str], words: str) -> None:
    client = Dli(dli.url)
    job_id = client.create(sql_body=COPY, flink_version="1.15", **given)
    client.run(job_id)
    job = client.wait(job_id, "job_submit_fail", "job_running")
    assert (job["status"], words in job["status_desc"]) == ("job_submit_fail", True), job["status_desc"]


def test_flink_tells_no_web_page_what_it_is_asked(flink: Cluster) -> None:
    for url, path in ((flink.rest.url, "/jobs"), (flink.gateway.url, "/v1/info")):
        answer = requests.get(url + path, headers={"Origin": "http://evil.example"}, timeout=30)
        assert answer.headers.get("Access-Control-Allow-Origin") not in ("*", "http://evil.example")
