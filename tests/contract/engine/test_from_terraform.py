"""Beside Terraform's provider, bridged to Pulumi: jobs are taken over from it, queues and buckets are used with it.

The bridge itself needs an account. A stand-in of its name has the two resources that the documents use; what they
output is known only once they are made, as there.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.site import Site, by_hand

pytestmark = pytest.mark.engine

PAGE = Path(__file__).resolve().parents[3] / "docs" / "terraform.md"
PROJECT = "shop"
TYPE = "huaweicloud:Dli/flinksqlJob:FlinksqlJob"
URN = f"urn:pulumi:old::{PROJECT}::{TYPE}::orders-of-old"

STAND_IN = """
from typing import Any

from pulumi import Output, ResourceOptions
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Made(ResourceProvider):
    def create(self, props: dict[str, Any]) -> CreateResult:
        wanted = props["wanted"]
        return CreateResult(wanted, {**props, "name": wanted, "bucket": wanted})


class Queue(Resource):
    name: Output[str]

    def __init__(self, resource_name: str, *, name: str, opts: ResourceOptions | None = None, **_: Any) -> None:
        super().__init__(Made(), resource_name, {"wanted": name, "name": None}, opts)


class Bucket(Resource):
    bucket: Output[str]

    def __init__(self, resource_name: str, *, bucket: str, opts: ResourceOptions | None = None, **_: Any) -> None:
        super().__init__(Made(), resource_name, {"wanted": bucket, "bucket": None}, opts)
"""


def examples() -> list[str]:
    """The programs on the page."""
    return re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)


def dli(site: Site, *arguments: str) -> str:
    command = [str(Path(sys.executable).parent / "dli"), *arguments]
    done = subprocess.run(
        command, cwd=site.pulumi.folder, env=site.pulumi.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_queue_and_bucket_come_from_another_provider_and_another_stack(site: Site) -> None:
    both, by_reference = examples()
    package = site.pulumi.folder / "pulumi_huaweicloud"
    package.mkdir()
    (package / "stand_in.py").write_text(STAND_IN)
    (package / "__init__.py").write_text("from . import dli, obs\n")
    (package / "dli.py").write_text("from .stand_in import Queue\n")
    (package / "obs.py").write_text("from .stand_in import Bucket\n")
    site.pulumi.program(both)
    site.pulumi.preview()
    site.pulumi.up()
    site.pulumi.pulumi("stack", "init", "second")
    site.pulumi.program(by_reference.replace("organization/infra/dev", f"organization/{PROJECT}/test"))
    site.pulumi.up()
    jobs = {job.name: job for job in site.jobs()}
    assert {*jobs} == {"clicks", "pages"}
    for job in jobs.values():
        assert job.status == "job_running"
        assert job.definition["queue_name"] == "q_stream_dev"
        assert job.definition["obs_bucket"] == "shop-stream-dev"


def exported(job_id: int) -> dict[str, Any]:
    """A stack of the bridge, as its export has it."""
    stack = f"urn:pulumi:old::{PROJECT}::pulumi:pulumi:Stack::{PROJECT}-old"
    resources = [
        {"urn": stack, "custom": False, "type": "pulumi:pulumi:Stack"},
        {"urn": URN, "custom": True, "id": str(job_id), "type": TYPE, "parent": stack, "protect": True},
    ]
    return {"version": 3, "deployment": {"manifest": {}, "resources": resources}}


def test_jobs_of_the_bridge_are_taken_over_without_a_write(site: Site) -> None:
    job_id = by_hand(site)
    before = site.job()
    (site.pulumi.folder / "old.json").write_text(json.dumps(exported(job_id)))
    site.pulumi.pulumi("stack", "init", "--no-select", "old")
    site.pulumi.pulumi("stack", "import", "--stack", "old", "--file", "old.json")
    let_go = f"pulumi state delete '{URN}' --stack old --yes --force"
    assert let_go in dli(site, "generate", "--from-stack", "old.json", "--out", "live", "--stack", "test")
    assert let_go in dli(site, "generate", "--from-stack", "old", "--out", "again", "--stack", "test")
    written, again = (site.pulumi.folder / name / "jobs.py" for name in ("live", "again"))
    assert written.read_text() == again.read_text()
    site.pulumi.program("import live.jobs\n")
    site.pulumi.up()
    site.pulumi.pulumi(*shlex.split(let_go)[1:])
    left = json.loads(site.pulumi.pulumi("stack", "export", "--stack", "old").text)["deployment"]["resources"]
    assert [each["type"] for each in left] == ["pulumi:pulumi:Stack"]
    assert site.calls() == []
    after = site.job()
    assert (after.job_id, after.run, after.status) == (job_id, before.run, "job_running")
    assert site.pulumi.resources().keys() == {"orders-of-old"}
