"""What the edge side tells DLI about edge jobs: checked and acknowledged, no more.

DLI API reference, 'Creating an IEF Message Channel', 'Reporting the Status of a Flink Edge Job',
'Callback for Flink Job Action', 'Reporting an IEF System Event'. No edge node is simulated, so nothing follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dli_provider.emulator.calls import CallContext, number
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.responses import DliResponse, success_flag
from dli_provider.emulator.rules.fields import text, wrong
from dli_provider.emulator.rules.statuses import STATUSES


def message_channel(call: CallContext) -> DliResponse:
    """A channel for one node."""
    _strings(call.json(), "node_id")
    return success_flag("The message channel was created.")


def job_report(call: CallContext) -> DliResponse:
    """What became of edge jobs of this project."""
    body = call.json()
    jobs = body.get("jobs")
    if not isinstance(jobs, list) or not all(isinstance(job, dict) for job in jobs):
        raise wrong("jobs", "an array of objects")
    for job in jobs:
        found = call.job_with(number(str(job.get("job_id", ""))), "DLI.16001")
        if found.job_type != "flink_sql_edge_job":
            raise Rejection("DLI.0007", f"job {found.job_id} is no edge job")
        if job.get("status") not in STATUSES:
            raise wrong("status", "a job status")
    return success_flag("The report was received.")


def action_callback(call: CallContext) -> DliResponse:
    """How an action on the edge side went."""
    body = call.json()
    _strings(body, "message_id")
    if not isinstance(body.get("state"), dict):
        raise wrong("state", "an object with phase and reason")
    _strings(body["state"], "phase")
    return success_flag("The message was received.")


def system_event(call: CallContext) -> DliResponse:
    """Something happened to a node. The official client wraps the event into `data`, the page does not."""
    body = call.json()
    event = body.get("data", body)
    if not isinstance(event, dict):
        raise wrong("data", "an object")
    _strings(event, "event_type", "operation", "topic", "name")
    return success_flag("The event was received.")


def _strings(body: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if not body.get(name):
            raise Rejection("DLI.11029", name)
        text()(name, body[name])
