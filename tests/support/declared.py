"""The jobs that the contract tests declare, as a program would write them: arguments by name."""

from __future__ import annotations

from typing import Any

from dli_provider.job.fields import JobSpec
from dli_provider.plan.refusal import consent_to

Inputs = dict[str, Any]

_TABLES = (
    "CREATE TABLE clicks (k STRING, v INT) WITH ('connector'='datagen');\n"
    "CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector'='print');\n"
)
SQL = _TABLES + "INSERT INTO totals SELECT k, SUM(v) FROM clicks GROUP BY k;"
SQL_COSMETIC = "-- the same, with a comment\n" + SQL
SQL_AT_RISK = SQL.replace("v INT", "v INT, w INT")
SQL_INCOMPATIBLE = SQL.replace("SUM(v)", "MAX(v)")

BUCKET = "stream-state"


def consent(old_sql: str, new_sql: str) -> str:
    """What consents to this change of a query, as a refusal would print it."""
    return consent_to(JobSpec(sql_body=old_sql), JobSpec(sql_body=new_sql))


def job(*, saves: bool = True, **changes: Any) -> Inputs:
    """A job that runs; with `saves` it can take savepoints. Changes of None take an argument out."""
    inputs: Inputs = {
        "name": "orders",
        "desc": "clicks by key",
        "queue_name": "q_stream_dev",
        "sql_body": SQL,
        "cu_number": 4,
        "parallel_number": 2,
        "checkpoint_enabled": saves,
        "checkpoint_interval": 60,
        "obs_bucket": BUCKET,
        "smn_topic": "alarm",
        "tags": {"team": "data", "tier": "1"},
        "health_window": 1.0,
        "create_timeout": 60.0,
        "update_timeout": 60.0,
        "delete_timeout": 60.0,
        "owner": "shop/dev/orders",
    }
    return {name: value for name, value in (inputs | changes).items() if value is not None}
