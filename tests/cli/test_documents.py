"""What `--json` prints: one envelope, as its schema says. Each command against its own schema, as a user calls it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema_rs
import pytest
import yaml  # type: ignore[import-untyped]  # comes with Pulumi, without types
from click.testing import CliRunner

from dli_provider.cli import cli
from dli_provider.cli.document_shapes import SHAPES, model_of, schema_of
from dli_provider.cli.documents import document, document_text, plain
from dli_provider.cli.emulator import group as emulator
from dli_provider.cli.promote import report
from dli_provider.cli.releases import facts_of
from dli_provider.connect import connect
from dli_provider.emulator.server import Emulator
from dli_provider.job.fields import JobSpec
from dli_provider.promotion.release import settings_schema
from dli_provider.promotion.versions import Cell, Lag
from dli_provider.proof.cases import cases_schema
from dli_provider.run.lifecycle import Lifecycle
from dli_provider.settings import Settings
from tests.support.declared import BUCKET, job
from tests.support.json_documents import valid
from tools.json_schemas import FOLDER, schemas

PROJECT = "documents"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def dli() -> Iterator[Emulator]:
    with Emulator.start(start_latency=0, stop_latency=0, savepoint_latency=0) as started:
        started.authorize(PROJECT, BUCKET)
        yield started


@pytest.fixture
def say(dli: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLI_ENDPOINT", dli.url)
    monkeypatch.setenv("HW_PROJECT_ID", PROJECT)
    return lambda *arguments: CliRunner().invoke(cli, arguments).stdout


def test_jobs_and_their_history(dli: Emulator, say: Callable[..., str]) -> None:
    with connect(Settings(dli.url, PROJECT)) as api:
        job_id = (
            Lifecycle(api, lambda *_: None).create(JobSpec(**job(name="orders", log_enabled=True))).job_id
        )
    (row,) = valid("status", say("status", "--json"))["jobs"]
    assert (row["job"], row["job_id"], row["wrong"]) == ("orders", str(job_id), False)
    assert row["since"] > 1_500_000_000_000, "milliseconds"
    told = valid("history", say("history", "orders", "--json"))
    assert told["job_id"] == str(job_id)
    assert told["events"][0]["time"] > 1_500_000_000_000
    assert valid("generate", say("generate", "--job", "orders", "--out", "jobs", "--json"))["program"]


def test_rules_sql_and_the_local_dli(say: Callable[..., str], tmp_path: Path) -> None:
    assert valid("rules", say("rules", "--json"))["rules"]
    for name, text in (("old", "SELECT 1"), ("new", "SELECT 2")):
        (tmp_path / f"{name}.sql").write_text(text)
    valid("sql-diff", say("sql", "diff", "old.sql", "new.sql", "--judge", "text", "--json"))
    valid("emulator-status", CliRunner().invoke(emulator, ["status", "--json"]).stdout)


def test_a_review_of_every_kind_of_change() -> None:
    valid("review", (ROOT / "tests/contract/goldens/reviews/stack.json").read_text())


def test_numbers_and_keys_that_are_not_declared_are_noticed() -> None:
    whole = document("rules", {"stack": None, "rules": []})
    model_of("rules").model_validate(whole)
    validator = jsonschema_rs.validator_for(schema_of("rules"))
    for wrong in ({"rules": None}, {"version": 2}, {"kind": "status"}):
        with pytest.raises(jsonschema_rs.ValidationError):
            validator.validate({**whole, **wrong})
    with pytest.raises(ValueError, match="extra"):
        model_of("rules").model_validate({**whole, "new": 1})
    validator.validate({**whole, "new": 1})  # a reader of today can read what is written tomorrow


def test_an_id_is_a_text_wherever_it_stands() -> None:
    assert plain({"jobs": [{"job_id": 9007199254740993}]}) == {"jobs": [{"job_id": "9007199254740993"}]}


def test_the_schemas_in_the_package_are_those_of_the_code() -> None:
    for name, schema in schemas().items():
        assert json.loads((FOLDER / name).read_text()) == schema, "run `make docs`"
    assert {file.stem for file in FOLDER.glob("*.json")} == {*SHAPES, "release-settings", "job-tests"}


def test_a_schema_is_the_same_whatever_the_process_has_made_before() -> None:
    # `typing` keeps the first of all equal unions, so this one has to be the first that a process makes.
    program = (
        "import json, typing; typing.Union[int | float, type(None)]\n"
        "from dli_provider.cli.document_shapes import schema_of; print(json.dumps(schema_of('status')))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) == json.loads((FOLDER / "status.json").read_text())


def test_every_command_with_json_is_documented() -> None:
    text = (ROOT / "docs" / "json.md").read_text().partition("| kind |")[2]
    assert set(re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE)) == SHAPES.keys()


def test_settings_of_releases_fit_their_schema() -> None:
    validator = jsonschema_rs.validator_for(settings_schema())
    files = [*ROOT.glob("stacks/releases/*/*.yaml")]
    assert len(files) > 8
    for file in files:
        validator.validate(yaml.safe_load(file.read_text()))
    for wrong in (
        {"parallel_number": 0},
        {"queue_name": "q"},
        {"paralel_number": 2},
        {"checkpoint_mode": "twice"},
    ):
        with pytest.raises(jsonschema_rs.ValidationError):
            validator.validate(wrong)


def test_where_releases_stand_fits_its_schema() -> None:
    cell = Cell(
        "orders", "prod", "1f0c", 1_700_000_000.5, "running", True, Lag("prod", "dev", 2, 1_600_000_000.0)
    )
    other = Cell("orders", "dev", None, None, "not deployed", False)
    body = {"stacks": ["dev", "prod"], "cells": [facts_of(cell), facts_of(other)], "unseen": []}
    first = valid("releases", document_text("releases", body))["cells"][0]
    assert (first["since"], first["behind"]["since"]) == (1_700_000_000_500, 1_600_000_000_000)


def test_tests_of_jobs_fit_their_schema() -> None:
    validator = jsonschema_rs.validator_for(cases_schema())
    files = [*ROOT.glob("stacks/tests/*.yaml")]
    assert files
    for file in files:
        validator.validate(yaml.load(file.read_text(), Loader=yaml.BaseLoader))
    with pytest.raises(jsonschema_rs.ValidationError):
        validator.validate([{"name": "x", "expcet": {}}])


def test_a_promotion_fits_its_schema() -> None:
    from tests.cli.test_promote import proposal

    valid("promote", report(proposal(), "json"))
    valid("promote", report(proposal(), "json", proposal()))
