"""The envelopes: success bodies with `is_success` in the type that really travels, and the error bodies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dli_provider.emulator.wire.refusals import Refusal


@dataclass(frozen=True)
class Answer:
    """One HTTP answer: a status, a JSON body (`None`: no body at all, as with 204) and extra headers."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """The body as bytes of UTF-8 JSON."""
        return b"" if self.body is None else json.dumps(self.body, ensure_ascii=False).encode()

    @property
    def error_code(self) -> str | None:
        """The code of a refusal, whichever shape the error body has."""
        first = self.body[0] if isinstance(self.body, list) and self.body else self.body
        code = first.get("error_code") if isinstance(first, dict) else None
        return code if isinstance(code, str) else None


def said_yes(message: str, **payload: Any) -> Answer:
    """Job calls: `is_success` is the *string* "true"; shipped clients cannot decode anything else."""
    return Answer(body={"is_success": "true", "message": message, **payload})


def agreed(message: str, **payload: Any) -> Answer:
    """Templates, gen-graph, metrics, queues and quotas: `is_success` is a JSON boolean."""
    return Answer(body={"is_success": True, "message": message, **payload})


def said_no(message: str) -> Answer:
    """HTTP 200 that is no success: `{"is_success": "false", ...}`."""
    return Answer(body={"is_success": "false", "message": message})


def refused(refusal: Refusal) -> Answer:
    """The standard error of DLI: `{"error_code": ..., "error_msg": ...}`."""
    return Answer(refusal.status, {"error_code": refusal.code, "error_msg": refusal.text})


def turned_away(refusal: Refusal, request_id: str) -> Answer:
    """The error of the API gateway in front of DLI; it alone carries the request id in the body."""
    body = {"error_msg": refusal.text, "error_code": refusal.code, "request_id": request_id}
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
    return Answer(refusal.status, body, headers)


def one_by_one(outcomes: Sequence[str | Refusal]) -> Answer:
    """Batch calls: an array in the order of `job_ids`; HTTP 400 with an array of errors when every element failed.

    Only the single failed job is proven by captured traffic; "all failed" follows it, a mixture is HTTP 200.
    """
    if all(isinstance(outcome, Refusal) for outcome in outcomes):
        return Answer(400, [refused(o).body for o in outcomes if isinstance(o, Refusal)])
    return Answer(
        body=[
            {"is_success": "false", "message": f"{outcome.code}: {outcome.text}"}
            if isinstance(outcome, Refusal)
            else {"is_success": "true", "message": outcome}
            for outcome in outcomes
        ]
    )
