"""`dli promote`: how it shows what it did, and what it says to limits and orders that make no sense."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from dli_provider.cli import cli
from dli_provider.cli.promote import group, report, shown
from dli_provider.graph.picture import DrawnJob, Tone, draw
from dli_provider.promotion.artefact import Artefact
from dli_provider.promotion.candidate import promoted
from dli_provider.promotion.gate import Check, PromotionGate
from dli_provider.promotion.manifest import Manifest
from dli_provider.promotion.proposal import Proposal
from dli_provider.sql import Flow
from dli_provider.workspace import Failed
from dli_provider.workspace.deployments import soak_in

WELL = Check("healthy", "enrich", True, "running for 30 min")
ILL = Check("healthy", "enrich", False, "it is job_running_exception: division by zero")


def proposal(*checks: Check, canary: bool = False) -> Proposal:
    release = {"enrich": Artefact("SELECT 1", "parallel_number: 1\n")}
    candidate = promoted(release, "staging", {}, ["enrich"], {})
    return Proposal("dev", "staging", candidate, PromotionGate(checks), Manifest(), {}, canary=canary)


def test_json_is_one_document_in_which_the_rest_follows_the_canary() -> None:
    said: list[str] = []
    with shown("json", said.append) as show:
        show(proposal(WELL, canary=True))
        assert said == [], "it is not known yet how it goes on"
        show(proposal(WELL))
    (document,) = map(json.loads, said)
    assert (document["canary"], document["rest"]["canary"]) == (True, False)


def test_json_is_whole_when_the_canary_is_not_well() -> None:
    said: list[str] = []

    def unwell() -> None:
        with shown("json", said.append) as show:
            show(proposal(WELL, canary=True))
            soak_in(lambda: [ILL], lambda _: None)

    with pytest.raises(Failed):
        unwell()
    (document,) = map(json.loads, said)
    assert document["rest"] is None


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_text_is_shown_as_it_comes(form: str) -> None:
    said: list[str] = []
    with shown(form, said.append) as show:
        show(proposal(WELL))
        assert "enrich" in said[0]


def test_a_stack_without_a_release_is_no_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "promotion.yaml").write_text("path: [dev, staging]\n")
    for stack in ("dev", "staging"):
        (tmp_path / "releases" / stack).mkdir(parents=True)
    for suffix, text in ((".sql", "SELECT 1"), (".yaml", "")):
        (tmp_path / "releases" / "dev" / f"enrich{suffix}").write_text(text)
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(cli, ["promote", "dve", "staging"])
    assert told.exit_code == 2
    assert "there is no release of stack dve" in told.output
    assert "Did you mean dev?" in told.output


def test_what_has_all_is_only_deployed_and_says_so() -> None:
    nothing = replace(proposal(), candidate=promoted({}, "staging", {}, [], {}))
    assert report(nothing, "text") == "staging has all of that already. Nothing to promote."
    deploying = report(replace(nothing, deploying=True), "text")
    assert "it is only deployed" in deploying
    assert "what a deployment of staging will do" in deploying


def test_what_it_changes_is_drawn_and_who_reads_it_is_named() -> None:
    writes = Flow({("kafka", "raw"): {}}, {("kafka", "clean"): {}})
    reads = Flow({("kafka", "clean"): {}}, {})
    jobs = [
        DrawnJob("enrich", writes, writes, "RESTART", Tone.WARN),
        DrawnJob("sums", reads, reads, outside=True),
    ]
    drawn = replace(proposal(WELL), graph=draw(jobs, str))
    assert "```mermaid\nflowchart LR\n" in report(drawn, "markdown")
    assert report(drawn, "markdown").count("```") == 2
    assert "sums reads kafka clean, which enrich writes" in report(drawn, "text")
    boxes = json.loads(report(drawn, "json"))["graph"]["boxes"]
    assert [(each["name"], each["tone"]) for each in boxes if each["is_job"]] == [
        ("enrich", "WARN"),
        ("sums", "REST"),
    ]


def test_a_limit_is_a_number_of_jobs() -> None:
    told = CliRunner().invoke(group, ["dev", "staging", "--max-restarts", "-1"])
    assert told.exit_code == 2
    assert "--max-restarts" in told.output
