"""Jobs to be reviewed, one for each thing that can happen to a job and to its state, as the review is handed them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from dli_provider.api.job_answers import LiveJob
from dli_provider.cli.render.page import page
from dli_provider.errors import Conflict
from dli_provider.job.document import create_document
from dli_provider.job.fields import JobSpec
from dli_provider.plan.live_job import Observed, Record
from dli_provider.review.report import Report
from dli_provider.review.subject import Subject, adopting
from dli_provider.run.look import Found
from tests.support.declared import SQL_AT_RISK, SQL_COSMETIC, SQL_INCOMPATIBLE, job

SAVEPOINT = "obs://stream-state/savepoints/orders/20261101T000000Z-1000-0000abcd/"
CHECKPOINT = "obs://stream-state/checkpoint/7_1/chk-9/"


def spec(**changes: Any) -> JobSpec:
    """A job that runs and can take savepoints."""
    return JobSpec.model_validate(job(**changes))


def seen(as_it_is: JobSpec, status: str = "job_running", **facts: Any) -> Observed:
    """The live job."""
    known: dict[str, Any] = {
        "started": status != "job_init",
        "has_savepoint": status == "job_cancel_success",
        "checkpoint_path": None,
        "tags": dict(as_it_is.tags or {}),
        "record": Record(),
        "start_time": 1000,
    }
    return Observed(as_it_is, status, **(known | facts))


def subject(
    op: str = "update",
    *,
    before: Mapping[str, Any] | None = None,
    status: str = "job_running",
    live: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    **more: Any,
) -> Subject:
    """A job of which some arguments change: `before` is what it had, `live` what somebody else made of that, and what
    is left over what the program wants now."""
    about = {key: more.pop(key) for key in ("unknown", "secret", "protect", "paused") if key in more}
    old = None if op == "create" else spec(**(before or {}))
    real = None if old is None else old.model_copy(update=dict(live or {}))
    return Subject(
        resource="orders",
        op=op,
        old=old,
        new=None if op == "delete" else spec(**{**(before or {}), **more}),
        live=seen(real, status, **(facts or {})) if real is not None and status else None,
        deployed=old,
        job_id="7" if old else "",
        status=status if old else "",
        **about,
    )


def adoption(status: str = "job_running", **changes: Any) -> Subject:
    """A new resource that adopts a job which nobody owns; the job has a default of its own that is not declared."""
    document = create_document(spec(tags=None, tm_cus=2))
    live = LiveJob(7, "orders", status, fields=document, start_time=1000)
    return adopting(subject("create", adopt="orders", **changes), Found(live, {"team": "data", "tier": "1"}))


FOREIGN = Conflict("revenue (job 9)", "it belongs to stack shop/prod; it is not touched", remedy="look it up")

SUBJECTS: dict[str, Subject] = {
    "create": subject("create"),
    "adopt": adoption(),
    "adopt-and-restart": adoption(parallel_number=4, paused=38.4),
    "adopt-in-place": adoption(smn_topic="pager"),
    "adopt-state-loss": adoption(sql_body=SQL_INCOMPATIBLE),
    "adopt-another-kind": adoption(job_type="flink_sql_job"),
    "adopt-foreign": replace(subject("create", adopt="revenue"), refused=FOREIGN),
    "adopt-not-asked": subject("create", adopt="orders"),
    "unchanged": subject("same"),
    "cosmetic": subject("same", sql_body=SQL_COSMETIC),
    "in-place": subject(smn_topic="pager", tags={"team": "data"}),
    "in-place-or-restart": subject(desc="renamed"),
    "restart-carried": subject(parallel_number=4, cu_number=8, paused=38.4),
    "restart-at-risk": subject(
        sql_body=SQL_AT_RISK, runtime_config={"state.backend.type": "rocksdb"}, paused=150.0
    ),
    "restart-incompatible": subject(sql_body=SQL_INCOMPATIBLE),
    "restart-dropped": subject(sql_body=SQL_INCOMPATIBLE, upgrade_mode="stateless"),
    "restart-no-savepoint": subject(before={"saves": False}, cu_number=8),
    "replace": subject("replace", job_type="flink_sql_job", queue_name="q_stream_dev"),
    "delete": subject("delete"),
    "delete-never-run": subject("delete", status="job_init"),
    "stop": subject(desired_state="stopped"),
    "run": subject(before={"desired_state": "stopped"}, desired_state="running", status="job_cancel_success"),
    "run-from-checkpoint": subject(
        status="job_running_exception",
        cu_number=8,
        facts={"checkpoint_path": CHECKPOINT, "record": Record((SAVEPOINT,))},
    ),
    "run-in-vain": subject(status="job_submit_fail", cu_number=8, facts={"has_savepoint": False}),
    "at-rest": subject(before={"desired_state": "stopped"}, cu_number=8, status="job_cancel_success"),
    "moving": subject(cu_number=8, status="job_savepointing"),
    "drifted": subject("same", live={"smn_topic": "somebody", "cu_number": 16}),
    "drifted-stopped": subject("same", status="job_cancel_success"),
    "gone": subject(cu_number=8, status=""),
    "known-later": subject(cu_number=8, unknown=frozenset({"smn_topic"})),
    "secret-argument": subject(
        before={"runtime_config": {"s3.secret.key": "hunter2-old", "a": "1"}},
        runtime_config={"s3.secret.key": "hunter2-new", "a": "2"},
        smn_topic="hunter2-topic",
        secret=frozenset({"smn_topic"}),
    ),
}


def html_page(reports: Sequence[Report]) -> str:
    """The page of these reports, made at a time that does not change."""
    return page(reports, datetime(2026, 11, 1, 12, 30, tzinfo=timezone.utc))
