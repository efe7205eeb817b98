"""What DLI answers: success bodies, with `is_success` in the type that each call really sends, and error bodies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.switches import Codes


@dataclass(frozen=True)
class DliResponse:
    """One HTTP response: a status, a JSON body (`None`: no body at all, as with 204) and extra headers."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """The body as bytes of UTF-8 JSON."""
        return b"" if self.body is None else json.dumps(self.body, ensure_ascii=False).encode()

    @property
    def error_code(self) -> str | None:
        """The code of an error, whichever shape the body has; `None` for a success."""
        first = self.body[0] if isinstance(self.body, list) and self.body else self.body
        code = first.get("error_code") if isinstance(first, dict) else None
        return code if isinstance(code, str) else None


def success(message: str, **payload: Any) -> DliResponse:
    """Job calls: `is_success` is the *string* "true"; shipped clients cannot decode anything else."""
    return DliResponse(body={"is_success": "true", "message": message, **payload})


def success_flag(message: str, **payload: Any) -> DliResponse:
    """Templates, gen-graph, metrics, queues and quotas: `is_success` is a JSON boolean."""
    return DliResponse(body={"is_success": True, "message": message, **payload})


def no_success(message: str) -> DliResponse:
    """HTTP 200 for something that failed: `{"is_success": "false", ...}`."""
    return DliResponse(body={"is_success": "false", "message": message})


def rejected(rejection: Rejection, codes: Codes) -> DliResponse:
    """The standard error of DLI: `{"error_code": ..., "error_msg": ...}`."""
    sent = rejection.of(codes)
    return DliResponse(sent.status, {"error_code": sent.code, "error_msg": sent.text})


def rejected_by_gateway(rejection: Rejection, request_id: str) -> DliResponse:
    """The error of the API gateway in front of DLI; it alone carries the request id in the body."""
    body = {"error_msg": rejection.text, "error_code": rejection.code, "request_id": request_id}
    headers = {"Retry-After": str(rejection.retry_after)} if rejection.retry_after else {}
    return DliResponse(rejection.status, body, headers)


def batch(outcomes: Sequence[str | Rejection], codes: Codes) -> DliResponse:
    """Batch calls: an array in the order of `job_ids`; HTTP 400 with an array of errors when every element failed.

    Only the single failed job is proven by captured traffic; "all failed" follows it, a mixture is HTTP 200.
    """
    if all(isinstance(outcome, Rejection) for outcome in outcomes):
        return DliResponse(400, [rejected(o, codes).body for o in outcomes if isinstance(o, Rejection)])
    return DliResponse(
        body=[
            {"is_success": "false", "message": f"{outcome.of(codes).code}: {outcome.text}"}
            if isinstance(outcome, Rejection)
            else {"is_success": "true", "message": outcome}
            for outcome in outcomes
        ]
    )
