"""`dli review` with the real engine, and that what was reviewed is what runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dli_provider.connect import connect
from dli_provider.settings import Settings
from tests.support.declared import SQL_AT_RISK, SQL_INCOMPATIBLE
from tests.support.json_documents import valid
from tests.support.pulumi_project import PROGRAM
from tests.support.site import SECRETIVE, WITH_PASSWORD, Site, both_doors, by_hand, job

pytestmark = pytest.mark.engine

MAKES_A_TEMPLATE = (
    "\nfrom dli_provider import FlinkTemplate\n\nFlinkTemplate('t', name='t', sql_body='SELECT 1;')\n"
)
CANARIES = {"config": "canary-in-config", "sql": "canary-in-the-sql", "environment": "canary-in-environment"}


def dli(site: Site, *arguments: str, code: int = 0, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command line, as a user types it in the folder of the project."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "dli"), *arguments],
        cwd=site.pulumi.folder,
        env=site.pulumi.environ | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def reviewed(site: Site, *arguments: str, code: int = 0, **environ: str) -> dict[str, dict[str, Any]]:
    """The jobs of a review, by name."""
    told = dli(site, "review", "--format", "json", *arguments, code=code, **environ).stdout
    (stack,) = json.loads(told)["stacks"]
    return {each["name"]: each for each in stack["jobs"]}


@both_doors
def test_a_review_says_what_will_happen_and_no_secret_and_changes_nothing(site: Site, tmp_path: Path) -> None:
    site.pulumi.program(SECRETIVE)
    site.pulumi.config("sql:password", CANARIES["config"], secret=True)
    in_sql = WITH_PASSWORD.replace("'print'", f"'jdbc', 'password' = '{CANARIES['sql']}'")
    names = ("kept", "sized", "asked", "broken", "dropped")
    before = {name: job(name=name, sql_body=in_sql) for name in names}
    site.pulumi.declare(**before)
    site.pulumi.up()
    site.pulumi.declare(
        kept=before["kept"],
        sized=before["sized"] | {"cu_number": 8},
        asked=before["asked"] | {"sql_body": in_sql.replace("v INT", "v INT, w INT")},
        broken=before["broken"] | {"sql_body": in_sql.replace("SUM(v)", "MAX(v)")},
    )
    site.calls()
    files = {form: tmp_path / f"report.{form}" for form in ("md", "html", "json", "txt")}
    told = ""
    for file in files.values():
        done = dli(site, "review", "--out", str(file), code=1, HW_AUTH_TOKEN=CANARIES["environment"])
        told += done.stdout + done.stderr
    done = dli(site, "review", "--offline", "--fail-on", "never", HW_AUTH_TOKEN=CANARIES["environment"])
    dli(site, "review", "--save", "plan.json", "--fail-on", "never", HW_AUTH_TOKEN=CANARIES["environment"])
    plan = (site.pulumi.folder / "plan.json").read_text()
    told += done.stdout + done.stderr + plan + "".join(file.read_text() for file in files.values())
    assert [canary for canary in CANARIES.values() if canary in told] == []
    assert "***" in files["md"].read_text()
    kept = {CANARIES["config"], CANARIES["environment"]}
    written = [path.read_text("latin1") for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(canary in text for canary in kept for text in written)
    (stack,) = json.loads(files["json"].read_text())["stacks"]
    jobs = {each["name"]: each for each in stack["jobs"]}
    assert {name: (each["action"], each["state"]) for name, each in jobs.items()} == {
        "kept": ("NONE", "NONE"),
        "sized": ("RESTART", "CARRIED"),
        "asked": ("RESTART", "AT_RISK"),
        "broken": ("RESTART", "INCOMPATIBLE"),
        "dropped": ("DELETE", "DROPPED"),
    }
    assert "allow_state_loss" in jobs["broken"]["remedy"]
    assert (stack["queues"][0]["before"], stack["queues"][0]["after"]) == (20, 20)
    assert site.calls() == []


def test_every_stack_is_reviewed_into_one_report(site: Site) -> None:
    site.pulumi.declare(orders=job())
    site.pulumi.up()
    site.pulumi.pulumi("stack", "init", "--no-select", "prod")
    told = dli(site, "review", "--all", "--format", "markdown", "--fail-on", "never").stdout
    assert "The job changes: 1 is new." in told
    assert "Nothing changes: the job stays as now." in told
    stacks = valid(
        "review", dli(site, "review", "--stack", "test", "--stack", "prod", "--json", code=1).stdout
    )["stacks"]
    assert [each["stack"] for each in stacks] == ["test", "prod"]
    assert {each["rule"] for each in stacks[1]["findings"]} >= {"trial-connectors", "protect"}


def test_the_graph_of_a_stack_says_what_a_deployment_does(site: Site) -> None:
    def flows(columns: str) -> str:
        table = "CREATE TABLE {} ({}) WITH ('connector' = 'kafka', 'topic' = '{}', 'format' = 'json');"
        return (
            table.format("s", "a INT", "raw")
            + table.format("t", columns, "clean")
            + "INSERT INTO t SELECT a, 1 FROM s;"
        )

    reader = (
        flows("a INT, b INT")
        .replace("'raw'", "'tmp'")
        .replace("'clean'", "'sums'")
        .replace("'tmp'", "'clean'")
    )
    kept = {"tags": None, "checkpoint_enabled": True}
    site.pulumi.declare(
        clean=job(name="clean", sql_body=flows("a INT, b INT"), **kept),
        sums=job(name="sums", sql_body=reader, **kept),
    )
    site.pulumi.up()
    site.pulumi.declare(
        clean=job(name="clean", sql_body=flows("a INT, b BIGINT"), **kept),
        sums=job(name="sums", sql_body=reader, **kept),
    )
    assert site.calls()
    told = dli(site, "graph", "--stack", "test").stdout
    assert "writes kafka clean, gains b; loses b -> sums" in told
    assert "clean: RESTART" in told
    dli(site, "graph", "--changes", "--out", "graph.svg")
    assert "<svg " in (site.pulumi.folder / "graph.svg").read_text()
    drawn = valid("graph", dli(site, "graph", "--json").stdout)
    assert {box["name"]: box["outside"] for box in drawn["boxes"] if box["is_job"]} == {
        "clean": False,
        "sums": True,
    }
    assert site.calls() == [], "only read"


def test_offline_nobody_is_asked(site: Site) -> None:
    site.pulumi.declare(orders=job(name="orders"))
    site.pulumi.up()
    site.pulumi.declare(orders=job(name="orders", cu_number=8))
    site.fault("status", status=403)
    assert reviewed(site, "--offline")["orders"]["action"] == "RESTART"


def test_drift_is_found_and_put_right_where_the_deployment_looks_first(site: Site) -> None:
    site.pulumi.declare(orders=job(name="orders"))
    site.pulumi.up()
    site.out_of_band(definition={"smn_topic": "somebody"})
    found = reviewed(site)["orders"]
    assert (found["action"], found["drift"][0]["field"]) == ("NONE", "smn_topic")
    found = reviewed(site, "--refresh")["orders"]
    assert (found["action"], found["steps"]) == ("IN_PLACE", ["update smn_topic"])
    site.delete(site.job().job_id)
    found = reviewed(site, "--refresh", code=1)["orders"]
    assert (found["action"], "was deleted, and no savepoint" in found["refusal"]) == ("REPLACE", True)
    assert reviewed(site)["orders"]["drift"][0]["live"] == "gone"


def test_what_was_reviewed_is_what_runs(site: Site) -> None:
    every = {name: job(name=name) for name in ("sized", "gone", "kind")}
    site.pulumi.declare(**every)
    site.pulumi.up()
    changed = every["sized"] | {"cu_number": 8}
    site.pulumi.declare(
        sized=changed,
        kind=every["kind"] | {"job_type": "flink_sql_job", "upgrade_mode": "stateless"},
        fresh=job(name="fresh"),
    )
    dli(site, "review", "--save", "plan.json", "--fail-on", "never")
    site.pulumi.config("dli:reviewed", "plan.json")
    site.calls()

    site.pulumi.declare(sized=changed | {"sql_body": SQL_AT_RISK}, kind=every["kind"], gone=every["gone"])
    told = site.pulumi.preview(fails=True)
    assert "state was reviewed as carried, and is at risk" in told.text
    told = site.pulumi.up(fails=True)
    assert "not reviewed: sized" in told.text
    assert site.calls() == []

    site.pulumi.declare(
        sized=changed,
        kind=every["kind"] | {"job_type": "flink_sql_job", "upgrade_mode": "stateless"},
        fresh=job(name="fresh"),
    )
    ids = {each.name: each.job_id for each in site.jobs()}
    for name in ("sized", "gone"):
        site.dli.change_job(site.project_id, ids[name], definition={"smn_topic": "somebody"})
    told = site.pulumi.up(fails=True)
    assert "the live job was changed since it was reviewed: smn_topic" in told.text
    jobs = {each.name: each for each in site.jobs()}
    assert {name: jobs[name].status for name in ("sized", "gone")} == dict.fromkeys(
        ("sized", "gone"), "job_running"
    )
    assert (jobs["sized"].run, jobs["sized"].definition["cu_number"]) == (1, 4)

    for name in ("sized", "gone"):
        site.dli.change_job(site.project_id, ids[name], definition={"smn_topic": "alarm"})
    dli(site, "review", "--save", "plan.json", "--fail-on", "never")
    site.pulumi.up()
    assert {each.name for each in site.jobs()} == {"sized", "kind", "fresh"}
    assert reviewed(site, code=0)["sized"]["action"] == "NONE"


def test_a_refused_change_is_reviewed_but_never_made(site: Site) -> None:
    site.pulumi.declare(orders=job(name="orders"))
    site.pulumi.up()
    site.calls()
    site.pulumi.declare(orders=job(name="orders", sql_body=SQL_INCOMPATIBLE))
    assert reviewed(site, code=1)["orders"]["refusal"]
    assert "allow_state_loss" in site.pulumi.up(fails=True).text
    assert site.calls() == []


def test_what_is_not_spelt_right_is_not_taken_for_set(site: Site) -> None:
    """`dli:review` for `dli:reviewed` would bind nothing. Refused by both resources, and by every command."""
    site.pulumi.declare(orders=job(name="orders"))
    site.pulumi.environ["DLI_REVEIWED"] = "plan.json"
    warning = "DLI_REVEIWED is set in the environment, and nothing reads it: did you mean DLI_REVIEWED?"
    assert site.pulumi.up().diagnostics.count(warning) == 1
    assert dli(site, "rules").stderr.count(f"warning: {warning}") == 1
    site.pulumi.environ["DLI_REVEIWED"] = ""
    site.pulumi.config("dli:review", "plan.json")
    refused = "dli:review is no key of the config"
    for arguments in (
        ["review"],
        ["status"],
        ["rules"],
        ["drift"],
        ["generate", "--all", "--out", "out"],
        ["logs", "orders"],
    ):
        said = dli(site, *arguments, "--stack", "test", code=1).stderr
        assert refused in said
        assert "did you mean dli:reviewed?" in said
    site.calls()
    site.pulumi.declare(orders=job(name="orders", cu_number=8))
    assert refused in site.pulumi.up(fails=True).text
    site.pulumi.declare()
    site.pulumi.program(PROGRAM + MAKES_A_TEMPLATE)
    assert refused in site.pulumi.preview(fails=True).text
    assert site.calls() == []


def test_what_lifts_the_lock_for_a_review_lets_nothing_be_deployed(site: Site) -> None:
    """`DLI_REVIEW=1` in the environment shows what the saved review would refuse, and so must not let it be done."""
    site.pulumi.declare(kept=job(name="kept"), gone=job(name="gone"))
    site.pulumi.up()
    dli(site, "review", "--save", "plan.json", "--fail-on", "never")
    site.pulumi.config("dli:reviewed", "plan.json")
    before = {each.name: (each.run, each.definition) for each in site.jobs()}
    site.pulumi.declare(kept=job(name="kept", cu_number=8), fresh=job(name="fresh"))
    site.pulumi.program(PROGRAM + MAKES_A_TEMPLATE)
    site.pulumi.environ["DLI_REVIEW"] = "1"
    assert site.pulumi.preview().changes == {"create": 2, "update": 1, "delete": 1, "unchanged": 1}
    site.calls()
    told = site.pulumi.up(fails=True)
    assert "invalid: DLI_REVIEW=1: this makes it the preview of a review" in told.text
    assert "unset DLI_REVIEW and deploy again" in told.text
    told = site.pulumi.destroy(fails=True)
    assert "a review writes nothing" in told.text
    assert site.calls() == []
    assert {each.name: (each.run, each.definition) for each in site.jobs()} == before


def test_an_adoption_is_reviewed_and_what_was_reviewed_runs(site: Site) -> None:
    job_id = by_hand(site, "orders-live", tm_cus=2)
    by_hand(site, "clicks-live")
    wanted = job(adopt=str(job_id), parallel_number=2)
    site.pulumi.declare(orders=wanted)
    found = reviewed(site, "--save", "plan.json")["orders-live"]
    assert (found["action"], found["adopts"], found["state"], found["drift"]) == (
        "RESTART",
        True,
        "CARRIED",
        [],
    )
    assert ([each["field"] for each in found["changes"]], found["left"]) == (["parallel_number"], ["tm_cus"])
    assert found["steps"][:2] == [f"adopt job {job_id} (job_running)", "mark the job as this stack's"]
    assert "ADOPT and RESTART" in dli(site, "review").stdout
    site.pulumi.config("dli:reviewed", "plan.json")
    otherwise = {
        "wants something else than was reviewed: parallel_number": {
            "orders": wanted | {"parallel_number": 4}
        },
        "the review does not know this job": {"clicks": job(adopt="clicks-live")},
    }
    for why, declared in otherwise.items():
        site.pulumi.declare(**declared)
        assert why in site.pulumi.up(fails=True).text
    assert site.calls() == []
    site.pulumi.declare(orders=wanted)
    site.pulumi.up()
    after = {each.name: each for each in site.jobs()}["orders-live"]
    assert (after.job_id, after.run, after.definition["parallel_number"]) == (job_id, 2, 2)
    assert reviewed(site)["orders-live"]["action"] == "NONE"


def test_what_cannot_be_adopted_is_reviewed_as_refused_and_offline_it_is_not_known(site: Site) -> None:
    owner = site.another("owner")
    owner.pulumi.declare(revenue=job(name="revenue"))
    owner.pulumi.up()
    by_hand(site)
    site.pulumi.declare(
        foreign=job(name="revenue", adopt="revenue"),
        misspelt=job(name="clicks", adopt="orrders"),
        unfit=job(name="orders", adopt="orders", sql_body=SQL_INCOMPATIBLE),
        made=job(name="fresh", adopt="fresh"),
    )
    site.calls()
    jobs = reviewed(site, code=1)
    assert {name: (each["action"], each["adopts"]) for name, each in jobs.items()} == {
        "revenue": ("ADOPT", True),
        "clicks": ("ADOPT", True),
        "orders": ("RESTART", True),
        "fresh": ("CREATE", False),
    }
    assert "belongs to stack" in jobs["revenue"]["refusal"]
    assert "there is nothing to adopt" in jobs["clicks"]["refusal"]
    assert "allow_state_loss" in jobs["orders"]["remedy"]
    assert site.calls() == []
    site.fault("status", status=403)
    assert {each["state"] for each in reviewed(site, "--offline").values()} == {"AT_RISK"}


def test_what_cannot_be_reviewed_is_said(site: Site) -> None:
    site.pulumi.declare(orders=job(obs_bucket=None))
    assert "obs_bucket is needed for checkpoints" in dli(site, "review", code=1).stderr
    assert "there is no stack 'nope'" in dli(site, "review", "--stack", "nope", code=2).stderr
    assert "exclude each other" in dli(site, "review", "--stack", "test", "--all", code=2).stderr
    assert "take --offline out" in dli(site, "review", "--offline", "--save", "x", code=2).stderr
    site.pulumi.config("dli:rules", '{"protct": "off"}')
    assert "did you mean protect?" in dli(site, "rules", "--stack", "test", code=1).stderr
    site.pulumi.config("dli:reviewed", "none.json")
    told = site.pulumi.preview(fails=True)
    assert "dli review --save none.json" in told.text


def test_a_job_that_is_not_its_stacks_any_more_is_shown_as_such_and_another_place_refused(site: Site) -> None:
    given = {"orders": job(name="orders", desc="mine"), "kept": job(name="kept")}
    site.pulumi.declare(orders=job(name="orders"), kept=job(name="kept"))
    site.pulumi.up()
    jobs = {each.name: each for each in site.jobs()}
    found = jobs["orders"]
    with connect(Settings(site.dli.url, site.project_id)) as api:
        api.delete_tags(found.job_id, {k: v for k, v in found.tags.items() if k.startswith("pulumi_")})
    what = f"job {found.job_id} bears this stack's marks no more, so somebody let it go"
    assert what in dli(site, "drift", code=1).stdout
    rows = valid("status", dli(site, "status", "--stack", "test", "--json").stdout)["jobs"]
    assert {row["job"]: bool(row["estranged"]) for row in rows} == {"orders": True, "kept": False}
    mark, kept = "pulumi_resource", jobs["kept"]
    with connect(Settings(site.dli.url, site.project_id)) as api:
        # As another checkout of this stack would have marked it: only the nonce is another.
        api.delete_tags(kept.job_id, {mark: kept.tags[mark]})
        api.create_tags(kept.job_id, {mark: kept.tags[mark][:-12] + "0123456789ab"})
    report = valid("drift", dli(site, "drift", "--json", code=1).stdout)
    strange = {each["job"]: each["estranged"] for each in report["drift"]}
    assert strange.keys() == {"orders", "kept"}
    assert "is another checkout's of" in strange["kept"]
    told = dli(site, "stop", "--stack", "test", "kept", "--yes", code=1)
    assert "another checkout's" in told.stderr
    site.pulumi.declare(**given)
    assert what in reviewed(site, code=1)["orders"]["refusal"]
    told = dli(site, "restart", "--stack", "test", "orders", "--yes", code=1)
    assert "somebody let it go; it is not touched" in told.stderr
    # Each command that asks DLI for a stack, or previews one, compares the place first.
    chosen = ("--stack", "test")
    by_hand = tuple((verb, "orders", "--yes", *chosen) for verb in ("savepoint", "restart", "stop", "run"))
    looking = (
        ("status", *chosen),
        ("logs", "orders", *chosen),
        ("check", *chosen),
        ("generate", "--all", "--out", "jobs", *chosen),
    )
    for command in (("drift",), ("review",), ("review", "--offline"), *looking, *by_hand):
        told = dli(site, *command, code=1, HW_PROJECT_ID="left-over")
        assert "it was made in" in told.stderr
