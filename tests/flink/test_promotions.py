"""A stack that demands tests and rehearsals, from end to end: the real engine, a local DLI, and a real Flink."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dli_provider import downloads
from dli_provider.emulator.server import Emulator
from dli_provider.flink import pins
from dli_provider.flink.provision import Distribution
from tests.promotion.shop import STACKS, Shop

pytestmark = [pytest.mark.flink, pytest.mark.engine]

TESTS = {
    "enrich": """
- name: each order comes with its country
  given: {orders: "id | country\\n1 | DE"}
  expect: {enriched: "id | country\\n1 | DE"}
""",
    "count": """
- name: orders are counted by country
  given: {enriched: "id | country\\n1 | DE\\n2 | DE\\n3 | FR"}
  expect: {counted: "country | orders\\nDE | 2\\nFR | 1"}
""",
}


@pytest.fixture
def shop(tmp_path: Path, distribution: Distribution) -> Iterator[Shop]:
    """A project whose jobs have tests; its commands find the Flink that is here."""
    del distribution  # it is there, or this is skipped
    environ = {"XDG_CACHE_HOME": str(downloads.cache_folder(os.environ).parent), "DLI_JUDGE": "text"}
    if "JAVA_HOME" in os.environ:
        environ["JAVA_HOME"] = os.environ["JAVA_HOME"]
    projects = {stack: hashlib.sha256(stack.encode()).hexdigest()[:32] for stack in STACKS}
    with Emulator.start(start_latency=0.05, stop_latency=0.05, savepoint_latency=0.05) as dli:
        made = Shop.make(tmp_path, dli, projects, environ)
        (made.folder / "stacks/promotion.yaml").write_text("path: [dev, prod]\nsoak: 0s\n")
        (made.folder / "stacks/tests").mkdir()
        for job, cases in TESTS.items():
            (made.folder / f"stacks/tests/{job}.yaml").write_text(cases)
        (made.folder / ".gitignore").write_text("__pycache__\n.dli\n")
        made.commit("Test the jobs")
        yield made


def manifest(shop: Shop) -> dict[str, Any]:
    held = json.loads((shop.folder / "stacks/releases/prod/manifest.json").read_text())
    jobs: dict[str, Any] = held["jobs"]
    return jobs


def edit(shop: Shop, job: str, old: str, new: str) -> None:
    file = shop.folder / f"stacks/releases/dev/{job}.sql"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def test_what_prod_demands_is_asked_held_and_recorded(shop: Shop) -> None:
    shop.up("dev")
    shop.promote("dev", "prod", "--up")
    route = shop.folder / "stacks/promotion.yaml"
    route.write_text(route.read_text() + "demands: {prod: [tests, rehearsal]}\n")
    # One query that keeps no state, and one whose state means something else from now on.
    edit(shop, "enrich", "SELECT id, country FROM orders", "SELECT id, country FROM orders WHERE id <> '0'")
    edit(shop, "count", "FROM enriched GROUP BY", "FROM enriched WHERE id <> '0' GROUP BY")
    shop.commit("Demand tests and rehearsals of prod, and leave out what is no order")
    shop.did("pulumi", "destroy", "--yes", "--skip-preview", "--stack", "dev")
    shop.up("dev")

    told = shop.promote("dev", "prod", code=1)
    assert len(told.lines("NO", "tests", "its tests have not run for this version")) == 2
    assert told.lines("ok", "rehearsal", "enrich", "proven")
    assert told.lines("NO", "rehearsal", "count", "differs: counted, country=")
    assert shop.git("status", "--porcelain") == "", "a refusal changes nothing"

    shop.did("dli", "test")
    (consent,) = {
        each for each in re.findall(r"`(pulumi config set [^`]*)`", told.text) if "keep_state" in each
    }
    shop.did(*shlex.split(consent))
    shop.commit("Go on from the old counts")
    told = shop.promote("dev", "prod", "--up")
    assert len(told.lines("ok", "tests", "1 test passed")) == 2
    assert told.lines("ok", "rehearsal", "count", "consented to with keep_state")
    noted = manifest(shop)
    held = {"flink": pins.VERSION, "seed": 1}
    assert {job: each["rehearsal"] for job, each in noted.items()} == {
        "enrich": {"verdict": "proven", **held},
        "count": {"verdict": "differs", **held, "consented": True},
    }
    assert all(each["tests"] == {"passed": 1, "flink": pins.VERSION} for each in noted.values())
    prod = hashlib.sha256(b"prod").hexdigest()[:32]
    job = shop.job(prod, "count")
    assert "WHERE id <> '0'" in str(job.definition["sql_body"])
    assert job.status == "job_running"
    assert shop.promote("--check").lines("ok", "prod")
