"""What is deployed: N jobs as a team would declare them, and beside them as many trivial resources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_EACH = """import json
{imported}

for name, sql_body in json.load(open("sql.json")).items():
    {declared}
"""
_DYNAMIC_FLOOR = "from tools.bench.floor import Trivial"
_DYNAMIC_JOBS = "from dli_provider import FlinkSqlJob"
_PLUGIN = "import pulumi"
_ARGUMENTS = "\nfrom tools.bench.programs import ARGUMENTS"

FLOOR = _EACH.format(imported=_DYNAMIC_FLOOR, declared="Trivial(name, name=name, sql_body=sql_body)")
ALIKE = _EACH.format(
    imported=_DYNAMIC_FLOOR + _ARGUMENTS, declared="Trivial(name, name=name, sql_body=sql_body, **ARGUMENTS)"
)
JOBS = _EACH.format(
    imported=_DYNAMIC_JOBS + _ARGUMENTS,
    declared="FlinkSqlJob(name, name=name, sql_body=sql_body, **ARGUMENTS)",
)
_RESOURCE = 'pulumi.CustomResource("{}", name, {{"name": name, "sql_body": sql_body{}}})'
FLOOR_PLUGIN = _EACH.format(imported=_PLUGIN, declared=_RESOURCE.format("bench:index:Trivial", ""))
ALIKE_PLUGIN = _EACH.format(
    imported=_PLUGIN + _ARGUMENTS, declared=_RESOURCE.format("bench:index:Trivial", ", **ARGUMENTS")
)
PLUGIN_JOBS = _EACH.format(
    imported=_PLUGIN + _ARGUMENTS, declared=_RESOURCE.format("dli:index:FlinkSqlJob", ", **ARGUMENTS")
)

ARGUMENTS: Mapping[str, Any] = {
    "desc": "clicks by key",
    "queue_name": "q_stream",
    "flink_version": "1.15",
    "cu_number": 4,
    "parallel_number": 3,
    "checkpoint_enabled": True,
    "checkpoint_mode": "exactly_once",
    "checkpoint_interval": 60,
    "obs_bucket": "shop-stream",
    "smn_topic": "alarm",
    "restart_when_exception": True,
    "resume_checkpoint": True,
    "health_window": 0.0,
}
"""Without a health window: it is time that the user asks to wait for, five seconds an update by default."""

SQL_BYTES = 2000
_SQL = """CREATE TABLE clicks (k STRING, v INT, at TIMESTAMP(3), WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH ('connector' = 'kafka', 'topic' = 'clicks', 'properties.bootstrap.servers' = 'kafka:9092', 'format' = 'json');
CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'print', 'print-identifier' = '{version}');
-- {padding}
INSERT INTO totals SELECT k, SUM(v) FROM clicks WHERE v > {number} GROUP BY k;
"""


def sql(number: int, version: int = 1) -> str:
    """The SQL of one job, of `SQL_BYTES`. Another version restarts the job, and keeps its state."""
    short = _SQL.format(number=number, version=version, padding="")
    return _SQL.format(number=number, version=version, padding="." * (SQL_BYTES - len(short)))


def arguments(number: int) -> dict[str, Any]:
    """All arguments of one job."""
    return {"name": f"job_{number:04}", "sql_body": sql(number), **ARGUMENTS}


def write_sql(folder: Path, jobs: int, changed: int = 0, version: int = 1) -> None:
    """Write the SQL of `jobs` jobs, the first `changed` of them in another version."""
    bodies = {f"job_{n:04}": sql(n, version if n < changed else 1) for n in range(jobs)}
    (folder / "sql.json").write_text(json.dumps(bodies))
