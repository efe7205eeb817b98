"""Passwords in SQL and the keys to DLI: in no output, whatever goes wrong, and in no file, the state's least of all."""

from __future__ import annotations

from pathlib import Path

import pytest

from dli_provider.emulator.auth import Credentials, Key
from dli_provider.emulator.server import Emulator
from tests.contract.engine import transcript
from tests.support.pulumi_project import PulumiProject, Told
from tests.support.site import Site, both_doors, job

pytestmark = pytest.mark.engine

CANARIES = ("canary-hunter-2", "canary-hunter-3")
SECRET = """CREATE TABLE clicks (k STRING, v INT) WITH (
  'connector' = 'kafka', 'properties.bootstrap.servers' = 'broker:9092',
  'properties.sasl.jaas.config' = 'org.apache.Plain required username="shop" password="{}";');
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://shop:{}@db/shop');
INSERT INTO totals SELECT k, {}(v) FROM clicks GROUP BY k;"""

PROGRAM = """
import json
import pulumi
from dli_provider import FlinkSqlJob

for name, arguments in json.load(open("jobs.json")).items():
    arguments["sql_body"] = pulumi.Output.secret(arguments["sql_body"])
    pulumi.export(name, FlinkSqlJob(name, **arguments).sql_body)
"""


def secret_sql(canary: str, function: str = "SUM") -> str:
    return SECRET.format(canary, canary, function)


@both_doors
def test_a_password_in_sql_is_shown_and_stored_nowhere(site: Site) -> None:
    first, second = (secret_sql(canary) for canary in CANARIES)
    told: list[Told] = []
    site.pulumi.program(PROGRAM)
    site.pulumi.declare(orders=job(sql_body=first))
    told += [site.pulumi.preview("--diff"), site.pulumi.up()]
    assert site.job().definition["sql_body"] == first

    site.pulumi.declare(orders=job(sql_body=second))
    told.append(site.pulumi.preview("--diff"))
    assert "RESTART" in told[-1].text
    site.fault("submit_fail", "run", message=f"the broker refused {CANARIES[1]}; cannot run: {second}")
    told.append(site.pulumi.up(fails=True))
    assert "rolled back" in told[-1].text
    site.fault("status", "update", status=400, body={"error_code": "DLI.0005", "error_msg": f"in {second!r}"})
    told.append(site.pulumi.up(fails=True))
    assert "DLI.0005" in told[-1].text
    assert site.job().definition["sql_body"] == first

    for on_failed in ("report", "restart"):
        site.pulumi.declare(orders=job(sql_body=first, on_failed=on_failed))
        site.out_of_band(
            status="job_running_exception", status_desc=f"the broker refused {CANARIES[0]} in {first}"
        )
        told += [site.pulumi.up("--refresh"), site.pulumi.pulumi("stack", "output")]
    assert site.job().status == "job_running"

    told += [site.pulumi.pulumi("stack", "export"), site.pulumi.destroy("--diff")]
    none_of(CANARIES, site.pulumi, told)


def test_keys_are_shown_and_stored_nowhere(tmp_path: Path, project_id: str, update_goldens: bool) -> None:
    access, secret = "canary-access-key", "canary-secret-key"
    told: list[Told] = []
    with Emulator.start(credentials=Credentials((Key(access, secret),)), start_latency=0.1) as dli:
        pulumi = PulumiProject.make(tmp_path, {})
        keys = ("--secret", f"dli:accessKey={access}", "--secret", f"dli:secretKey={secret}")
        rest = ("--plaintext", f"dli:endpoint={dli.url}", "--plaintext", f"dli:projectId={project_id}")
        pulumi.pulumi("config", "set-all", *keys, *rest)
        pulumi.declare(orders=job())
        told += [pulumi.up("--diff"), pulumi.pulumi("config")]
        assert dli.jobs(project_id)[0].status == "job_running"

        pulumi.declare(orders=job(smn_topic="pager"))
        dli.add_fault("status", "update", status=403, message=f"user {access} with {secret} may not")
        told.append(pulumi.up(fails=True))
        transcript.check("forbidden", told[-1], update=update_goldens)

        pulumi.config("dli:secretKey", "canary-secret-key-of-old", secret=True)
        told.append(pulumi.up(fails=True))
        transcript.check("wrong-key", told[-1], update=update_goldens)
        told.append(pulumi.pulumi("stack", "export"))
    none_of((access, secret), pulumi, told)


def none_of(canaries: tuple[str, ...], pulumi: PulumiProject, told: list[Told]) -> None:
    """No canary anywhere, but in the program itself."""
    program = {pulumi.folder / "jobs.json"}
    files = [path for path in pulumi.folder.parent.rglob("*") if path.is_file() and path not in program]
    assert any("stacks" in path.parts for path in files), "the state is among them"
    for canary in canaries:
        for each in told:
            assert canary not in each.text
        assert [str(path) for path in files if canary.encode() in path.read_bytes()] == []
