"""A secret in every place where one can stand, and every door: found nowhere but in what is sent to DLI."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from dli_provider.connect import connect
from dli_provider.emulator.auth import Credentials, Key
from dli_provider.emulator.server import Emulator
from dli_provider.job.document import create_document
from dli_provider.job.fields import JobSpec
from dli_provider.settings import Settings
from tests.support.canaries import CANARIES, runtime_config, secret_sql, seen, table
from tests.support.pulumi_project import PulumiProject
from tests.support.secret_texts import STEERING
from tests.support.site import job

pytestmark = pytest.mark.engine

PROGRAM = """
import json
import pulumi
from dli_provider import FlinkSqlJob, FlinkTemplate

password = pulumi.Config("sql").require_secret("password")
for name, arguments in json.load(open("jobs.json")).items():
    if name == "kept":
        FlinkTemplate(name, **{**arguments, "sql_body": pulumi.Output.secret(arguments["sql_body"])})
        continue
    sql, settings = arguments.pop("sql_body"), pulumi.Output.secret(arguments.pop("runtime_config"))
    FlinkSqlJob(name, sql_body=password.apply(lambda text, sql=sql: sql.replace("%pw%", text)), runtime_config=settings,
                **arguments)
"""
STEERS = "\x1b[31m\x07\rall is well \x9b2J\u202e"


_UNKNOWN = (
    "template SQL",
    "environment",
    "error message",
    "error of another shape",
    "HTML answer",
    "cut answer",
)
_UNHEARD = ("status_desc", "status_desc, header", "exception of Flink")
_KNOWN = " ".join(
    f"it's {canary}" if place == "doubled quote" else canary
    for place, canary in CANARIES.items()
    if place not in _UNKNOWN + _UNHEARD
)
"""What the job and the stack name as secret, each in words that do not say so."""


class Doors(dict[str, str]):
    """What each door has shown. `dli(...)` opens one of the command line's."""

    def __init__(self, pulumi: PulumiProject) -> None:
        super().__init__()
        self.pulumi = pulumi

    def dli(self, *arguments: str, **environ: str) -> str:
        done = subprocess.run(
            [str(Path(sys.executable).parent / "dli"), *arguments],
            cwd=self.pulumi.folder,
            env=self.pulumi.environ | environ | {"DB_PASSWORD": CANARIES["environment"]},
            capture_output=True,
            text=True,
            check=False,
        )
        self["dli " + " ".join(arguments)] = done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout


def test_no_canary_is_seen_at_any_door(tmp_path: Path, project_id: str) -> None:
    key = Key(CANARIES["dli:accessKey"], CANARIES["dli:secretKey"])
    with Emulator.start(credentials=Credentials((key,)), start_latency=0.1, stop_latency=0.1) as dli:
        pulumi = PulumiProject.make(tmp_path, {})
        secrets = {
            "dli:accessKey": key.access,
            "dli:secretKey": key.secret,
            "sql:password": CANARIES["secret config in SQL"],
        }
        for name, value in secrets.items():
            pulumi.config(name, value, secret=True)
        pulumi.config("dli:endpoint", dli.url)
        pulumi.config("dli:projectId", project_id)
        pulumi.program(PROGRAM)
        doors = Doors(pulumi)
        _deploy(doors, dli, project_id)
        _look(doors, dli, project_id)
        doors["pulumi destroy"] = pulumi.destroy("--diff").text
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "jobs.json"]
    assert any("stacks" in path.parts for path in files), "the state is among them"
    doors["files"] = "\n".join(path.read_bytes().decode("utf-8", "replace") for path in files)
    if os.environ.get("SHOW_CANARIES"):
        print(table(doors))
    assert not seen(doors), table(doors)
    spoken = {door: text for door, text in doors.items() if door not in ("files", "pulumi stack export")}
    # Rich and Pulumi colour a terminal only, and none is here: whatever steers came from DLI.
    assert {door: [each for each in STEERING if each in text] for door, text in spoken.items()} == {
        door: [] for door in spoken
    }


def _deploy(doors: Doors, dli: Emulator, project_id: str) -> None:
    """The doors of a deployment: what Pulumi shows and keeps."""
    pulumi, sql = doors.pulumi, secret_sql()
    orders = job(sql_body=sql, runtime_config=runtime_config())
    kept = {"name": "kept", "sql_body": f"'password' = '{CANARIES['template SQL']}'"}
    pulumi.declare(orders=orders, kept=kept)
    doors["pulumi preview --diff"] = pulumi.preview("--diff").text
    doors["pulumi up, created"] = pulumi.up().text
    assert dli.jobs(project_id)[0].status == "job_running"

    changed = orders | {"sql_body": secret_sql("MAX"), "cu_number": 8, "upgrade_mode": "stateless"}
    pulumi.declare(orders=changed, kept=kept)
    doors["pulumi preview, a change"] = pulumi.preview("--diff").text
    dli.add_fault("submit_fail", "run", project=project_id, message=f"{STEERS} {_KNOWN}; cannot run {sql}")
    doors["pulumi up, rolled back"] = pulumi.up(fails=True).text
    assert "rolled back" in doors["pulumi up, rolled back"]

    pulumi.declare(orders=orders | {"smn_topic": "pager"}, kept=kept)
    answers = {
        "message": {
            "error_code": "DLI.0005",
            "error_msg": f"{STEERS} password={CANARIES['error message']} in {sql!r}",
        },
        "shape": {"errors": [{"code": "X", "detail": f"secret={CANARIES['error of another shape']}"}]},
        "HTML": f"<html><p>token {CANARIES['HTML answer']}</p></html>",
        "cut": f'{{"job_detail": {{"sql_body": "WITH (\'password\' = \'{CANARIES["cut answer"]}',
    }
    for what, body in answers.items():
        dli.add_fault("status", "update", project=project_id, status=400, body=body)
        doors[f"pulumi up, refused: {what}"] = pulumi.up(fails=True).text
    pulumi.environ["DLI_DEBUG"] = "1"
    dli.add_fault("status", "update", project=project_id, status=400, body=answers["message"])
    doors["pulumi up, DLI_DEBUG=1"] = pulumi.up(fails=True).text
    del pulumi.environ["DLI_DEBUG"]


def _look(doors: Doors, dli: Emulator, project_id: str) -> None:
    """The doors of those who look at a job in trouble."""
    pulumi, (live,) = doors.pulumi, dli.jobs(project_id)
    said = (
        f"{STEERS} Caused by: {_KNOWN}\nAuthorization: Bearer {CANARIES['status_desc, header']}\n"
        f"password={CANARIES['status_desc']} Bearer {CANARIES['exception of Flink']} {secret_sql()}"
    )
    dli.change_job(project_id, live.job_id, status="job_running_exception", status_desc=said)
    doors["pulumi refresh"] = pulumi.refresh().text
    doors["pulumi stack output"] = pulumi.pulumi("stack", "output").text
    doors["pulumi stack export"] = pulumi.pulumi("stack", "export").text
    assert "Caused by" in doors["pulumi stack export"], "it was said, and kept"
    stack = ("--stack", "test")
    for form in ("text", "markdown", "json", "html"):
        told = doors.dli("review", "--fail-on", "never", "--format", form)
        assert form != "json" or json.loads(told)["stacks"]
    doors.dli("review", "--fail-on", "never", "--save", "plan.json")
    for command in (("status",), ("drift",), ("logs", str(live.job_id))):
        doors.dli(*command, *stack)
    json.loads(doors.dli("status", "--json", *stack))
    json.loads(doors.dli("drift", "--json", *stack))
    here = {"DLI_ENDPOINT": dli.url, "HW_PROJECT_ID": project_id}
    here |= {"HW_ACCESS_KEY": CANARIES["dli:accessKey"], "HW_SECRET_KEY": CANARIES["dli:secretKey"]}
    with connect(Settings.from_config(lambda _: None, here)) as api:
        api.create(
            create_document(JobSpec(name="byhand", sql_body=secret_sql(), runtime_config=runtime_config()))
        )
    told = doors.dli("generate", "--all", "--out", "written", **here)
    assert list((pulumi.folder / "written").glob("**/*.sql")), told
    json.loads(doors.dli("generate", "--all", "--json", "--out", "again", **here))
    for page in ("/", f"/jobs/{project_id}/{live.job_id}", "/requests", "/faults"):
        with urllib.request.urlopen(f"{dli.url}{page}") as answer:
            doors[f"console{page}"] = answer.read().decode()
