"""The calls of a real run of the Terraform provider, made again in their order: each is answered as it was then.

The recording (terraform-flow.jsonl) is of Terraform 1.11 with the provider of Huawei Cloud against this local DLI:
create, tags, update, live change, templates, a jar job, savepoint, export, data sources, import, destroy. Repeated
polls are folded, and answers are not in it but for their status and code. The binary itself is asked in an opt-in test.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dli_provider.emulator.server import Emulator
from tests.emulator.plain import SQL, Api, code_of
from tests.emulator.test_terraform import decoded

RECORDED: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "terraform-flow.jsonl").read_text(encoding="utf-8").splitlines()
]
_CREATES = re.compile(r".*/streaming/(sql-jobs|flink-jobs)")
_ANSWERED_BY_NOW = {"/v3/auth/domains": (200, None)}
"""What the local DLI did not have then."""
_OF_JOBS = re.compile(r".*/streaming/(sql-jobs|flink-jobs|jobs/(run|stop|[0-9]+))(/[0-9]+)?")
"""The calls of which the provider reads `is_success` as text."""


def recorded_ids() -> list[str]:
    """The ids of the jobs in the recording, in the order in which they were made."""
    return sorted({found for call in RECORDED for found in re.findall(r"\b100\d\d\b", call["path"])})


def test_every_call_of_a_real_run_is_answered_as_it_was(api: Api) -> None:
    # As the defaults were when it was recorded.
    api.dli.set(shared_cluster_runs=False, resume_without_savepoint="refuse")
    waiting, ids = recorded_ids(), dict[str, str]()
    for number, call in enumerate(RECORDED):
        if call["status"] == 401:
            continue  # with a wrong key, which is not in the recording
        path, body = _now(call, ids, api.project)
        answer = api(call["method"], path, body)
        expected = _ANSWERED_BY_NOW.get(call["path"], (call["status"], call.get("code")))
        code = code_of(answer) if answer.status_code >= 400 else None
        assert (answer.status_code, code) == expected, (number, call, answer.text)
        if answer.status_code == 200 and _OF_JOBS.fullmatch(call["path"]):
            decoded(answer)
        if call["method"] == "POST" and _CREATES.fullmatch(call["path"]):
            ids[waiting.pop(0)] = str(answer.json()["job"]["job_id"])
        # It waits then, and asks again and again.
        api.dli.advance(2 if call["path"].endswith(("/run", "/stop", "/savepoint")) else 0.01)
    assert waiting == []
    assert api.dli.jobs(api.project) == [], "destroyed in the end"


def _now(call: dict[str, Any], ids: dict[str, str], project: str) -> tuple[str, Any]:
    """Path and body of a recorded call, with the ids that the jobs have by now."""

    def known(found: re.Match[str]) -> str:
        return ids.get(found[0], found[0])

    query = f"?{call['query']}" if call.get("query") else ""
    path = re.sub(r"\b100\d\d\b", known, call["path"].replace("PROJECT", project)) + query
    body = call.get("body")
    if isinstance(body, dict):
        named = {"job_ids", "job_selected"} & body.keys()
        body = body | {name: [int(ids.get(str(one), str(one))) for one in body[name]] for name in named}
    return path, body


ASKED = "DLI_TERRAFORM"
_PROGRAM = """
terraform {{
  required_providers {{
    huaweicloud = {{ source = "huaweicloud/huaweicloud" }}
  }}
}}

provider "huaweicloud" {{
  region     = "cn-north-4"
  access_key = "any"
  secret_key = "any"
  auth_url   = "{url}/v3"
  endpoints  = {{ dli = "{url}", iam = "{url}" }}
}}

resource "huaweicloud_dli_flinksql_job" "orders" {{
  name            = "orders"
  type            = "flink_opensource_sql_job"
  run_mode        = "exclusive_cluster"
  queue_name      = "q_stream_dev"
  sql             = {sql}
  parallel_number = {tasks}
}}
"""


@pytest.mark.slow
def test_the_provider_itself_creates_updates_and_destroys(dli: Emulator, tmp_path: Path) -> None:
    if not os.environ.get(ASKED):
        pytest.skip(
            f"needs Terraform and its provider of Huawei Cloud, which is fetched; set {ASKED}=1 to run it"
        )
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("there is no terraform on PATH")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [terraform, *arguments, "-no-color"], cwd=tmp_path, capture_output=True, text=True, timeout=900
        )

    def declare(tasks: int) -> None:
        text = _PROGRAM.format(url=dli.url, sql=json.dumps(SQL), tasks=tasks)
        (tmp_path / "main.tf").write_text(text, encoding="utf-8")

    declare(1)
    ready = run("init", "-input=false")
    if ready.returncode:
        pytest.skip(f"the provider is not available: {ready.stderr.strip().splitlines()[-1:]}")
    for tasks in (1, 2):
        declare(tasks)
        applied = run("apply", "-auto-approve", "-input=false")
        assert applied.returncode == 0, applied.stderr
        planned = run("plan", "-detailed-exitcode", "-input=false")
        assert planned.returncode == 0, "what it reads back is what it has declared\n" + planned.stdout
    destroyed = run("destroy", "-auto-approve", "-input=false")
    assert destroyed.returncode == 0, destroyed.stderr
