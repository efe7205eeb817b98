"""What happens to every DLI request: authentication, faults before, one transaction, the request log, faults after."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import re
import socket
import struct
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dli_provider.emulator import auth, odd_answers
from dli_provider.emulator.calls import ApiRoute, CallContext, Handler
from dli_provider.emulator.faults import Fault
from dli_provider.emulator.local_dli import LocalDli
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.request_log import LoggedRequest, masked
from dli_provider.emulator.responses import DliResponse, no_success, rejected, rejected_by_gateway
from dli_provider.secrets import without_secrets

_log = logging.getLogger(__name__)
_PROJECT_ID = re.compile(r"[A-Za-z0-9_\-]{1,64}")


@dataclass
class _PendingRequest:
    """One request on its way through the pipeline."""

    request: Request
    call: str
    write: bool
    body: bytes
    received: float
    project: str
    began: float = field(default_factory=time.perf_counter)
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    faults: Sequence[Fault] = ()

    @property
    def headers(self) -> dict[str, str]:
        """By their names in small letters."""
        return {name.lower(): value for name, value in self.request.headers.items()}

    @property
    def reader(self) -> str:
        """Who asks, and about which project."""
        return f"{self.project} {auth.identity(self.headers)}"

    def first(self, *kinds: str, when: str | None = None) -> Fault | None:
        """The first striking fault of these kinds."""
        return next((f for f in self.faults if f.kind in kinds and when in (None, f.when)), None)


class RequestPipeline:
    """Answers calls for one `LocalDli`."""

    def __init__(self, dli: LocalDli) -> None:
        self._dli = dli
        self._throttle = Throttle()

    def serve(self, route: ApiRoute) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of a call."""

        async def endpoint(request: Request) -> Response:
            pending = _PendingRequest(
                request,
                route.name,
                route.write,
                await request.body(),
                self._dli.clock.now(),
                request.path_params.get("project_id", ""),
            )
            try:
                if route.deprecated and not self._dli.settings.deprecated_calls:
                    raise _no_such_api(request)
                if route.guarded:
                    self._admit(pending)
            except Rejection as rejection:
                return self._answer(pending, self._turn_away(pending, rejection))
            pending.faults = self._dli.faults.strike(route.name, pending.project, self._job_names(pending))
            return await self._pass(pending, route.handler)

        return endpoint

    async def unknown(self, request: Request) -> Response:
        """No such API: the gateway's 404, and a loud line, as it is nearly always a mistake of the client."""
        pending = _PendingRequest(request, "unknown", False, await request.body(), self._dli.clock.now(), "")
        _log.warning("unknown API: %s %s", request.method, request.url.path)
        return self._answer(pending, self._turn_away(pending, _no_such_api(request)))

    # -- before ----------------------------------------------------------------------------------------------------

    def _admit(self, pending: _PendingRequest) -> None:
        request = pending.request
        headers = pending.headers
        raw_path = request.scope["raw_path"].decode()
        raw_query = request.scope["query_string"].decode()
        received = auth.Received(request.method, raw_path, raw_query, headers, pending.body)
        auth.verify(received, self._dli.credentials, check_skew=self._dli.settings.check_clock_skew)
        if self._dli.faults.expired(auth.identity(headers)):
            raise Rejection("APIGW.0301", "the credentials have expired", status=401)
        if pending.project and not _PROJECT_ID.fullmatch(pending.project):
            raise Rejection("DLI.10006", pending.project)
        if wait := self._throttle.turn_away(pending.project, self._dli.settings.requests_per_second):
            raise Rejection("APIGW.0308", status=429, retry_after=wait)

    def _job_names(self, pending: _PendingRequest) -> list[str]:
        """The names of the jobs that a call is about, for fault rules that ask for them."""
        if not self._dli.faults.by_job:
            return []
        body = _lenient(pending.body)
        path = pending.request.path_params
        ids = [path[key] for key in ("job_id", "resource_id") if key in path] or body.get("job_ids") or []
        plausible = (int(i) for i in ids if re.fullmatch(r"[0-9]{1,18}", str(i)))
        found = (self._dli.store.job(pending.project, job_id) for job_id in plausible)
        names = [job.name for job in found if job is not None]
        stated = body.get("name") or pending.request.query_params.get("name")
        return names or ([str(stated)] if stated else [])

    # -- through ---------------------------------------------------------------------------------------------------

    async def _pass(self, pending: _PendingRequest, handler: Handler) -> Response:
        if not await self._wait(pending, "before"):
            return self._unanswered(pending)
        instead = self._instead(pending)
        if instead is not None:
            return self._answer(pending, instead)
        if pending.first("refuse_connection", "cut_before"):
            self._log_entry(pending, None, executed=False)
            return await self._cut(pending)
        cut = pending.first("cut_after")
        answer = self._execute(pending, handler, answered=cut is None)
        if not await self._wait(pending, "after"):
            return Response()
        return await self._cut(pending) if cut else self._respond(pending, answer)

    def _execute(self, pending: _PendingRequest, handler: Handler, *, answered: bool) -> DliResponse:
        """The call itself: one transaction with its log entry; a rejection undoes what the call did so far."""
        dli, db = self._dli, self._dli.store.db
        now = dli.clock.now()
        with dli.store.transaction():
            dli.settle(now)
            # Only reads are told of another time: what a write meets is always the truth.
            with nullcontext(now) if pending.write else dli.shown(pending.reader, now) as moment:
                # What time has done stays, and the log entry too, when the call itself is undone.
                db.execute("SAVEPOINT call")
                try:
                    answer = handler(self._context(pending, moment))
                except Rejection as rejection:
                    db.execute("ROLLBACK TO call")
                    answer = rejected(rejection, dli.settings.codes)
                except Exception:
                    db.execute("ROLLBACK TO call")
                    _log.exception("the local DLI failed in %s", pending.call)
                    failure = Rejection("DLI.0999", "see the log of the local DLI", status=500)
                    answer = rejected(failure, dli.settings.codes)
                db.execute("RELEASE call")
            self._append(pending, answer, executed=True, answered=answered)
        return answer

    def _context(self, pending: _PendingRequest, moment: float) -> CallContext:
        request = pending.request
        return CallContext(
            self._dli,
            pending.call,
            pending.project,
            request.path_params,
            request.query_params,
            pending.body,
            moment,
            pending.faults,
        )

    def _instead(self, pending: _PendingRequest) -> DliResponse | None:
        """What a fault answers in place of DLI; `None`: no fault does."""
        expiring = pending.first("expire_credentials")
        if expiring:
            self._dli.faults.expire(expiring, auth.identity(pending.headers))
            return self._turn_away(
                pending, Rejection("APIGW.0301", "the credentials have expired", status=401)
            )
        fault = pending.first("status")
        if fault:
            body = fault.body if fault.body is not None else _fault_body(fault, pending.request_id)
            return DliResponse(fault.status, body, fault.headers)
        failing = pending.first("is_success_false")
        if failing:
            answer = no_success(failing.message or "The request failed.")
            return (
                replace(answer, body=[answer.body])
                if pending.call in ("run", "stop", "batch_delete")
                else answer
            )
        return None

    async def _wait(self, pending: _PendingRequest, when: str) -> bool:
        """Delays that were ordered. False: the caller gave up while it was held, so that there is nobody to answer."""
        slow = pending.first("slow", when=when)
        if slow:
            await asyncio.sleep(slow.seconds)
        pause = pending.first("pause", when=when)
        if pause is None:
            return True
        pause.held += 1
        released = asyncio.ensure_future(self._dli.faults.released(pause).wait())
        gone = asyncio.ensure_future(_disconnected(pending.request))
        try:
            await asyncio.wait({released, gone}, return_when=asyncio.FIRST_COMPLETED)
            return not gone.done()
        finally:
            pause.held -= 1
            released.cancel()
            gone.cancel()

    # -- after -----------------------------------------------------------------------------------------------------

    def _answer(self, pending: _PendingRequest, answer: DliResponse) -> Response:
        self._log_entry(pending, answer, executed=False)
        return self._respond(pending, answer)

    def _respond(self, pending: _PendingRequest, answer: DliResponse) -> Response:
        headers = {"X-Request-Id": pending.request_id, **answer.headers}
        odd = pending.first(*odd_answers.KINDS)
        if odd is not None and answer.body is not None:
            return odd_answers.odd_answer(odd, answer.content(), answer.status, headers)
        return Response(
            answer.content(), answer.status, headers, "application/json" if answer.body is not None else None
        )

    def _turn_away(self, pending: _PendingRequest, rejection: Rejection) -> DliResponse:
        return (
            rejected(rejection, self._dli.settings.codes)
            if rejection.code.startswith("DLI.")
            else rejected_by_gateway(rejection, pending.request_id)
        )

    def _unanswered(self, pending: _PendingRequest) -> Response:
        self._log_entry(pending, None, executed=False)
        return Response()

    async def _cut(self, pending: _PendingRequest) -> Response:
        transport = pending.request.scope["extensions"]["dli.transport"]
        if pending.first("refuse_connection"):
            # Lingering for zero seconds makes the kernel send RST, which clients see as a connection error.
            linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
        await _disconnected(pending.request)  # only then does the server know that no answer is wanted
        return Response()

    def _log_entry(self, pending: _PendingRequest, answer: DliResponse | None, *, executed: bool) -> None:
        with self._dli.store.transaction():
            self._append(pending, answer, executed=executed, answered=answer is not None)

    def _append(
        self, pending: _PendingRequest, answer: DliResponse | None, *, executed: bool, answered: bool
    ) -> None:
        request = pending.request
        self._dli.request_log.append(
            LoggedRequest(
                at=pending.received,
                request_id=pending.request_id,
                project=pending.project or None,
                call=pending.call,
                method=request.method,
                path=request.url.path,
                query=without_secrets(request.scope["query_string"].decode()),
                body=masked(pending.body.decode(errors="replace")),
                status=answer.status if answer is not None and answered else None,
                error_code=answer.error_code if answer is not None else None,
                write=pending.write,
                executed=executed,
                answered=answered,
                faults=",".join(fault.kind for fault in pending.faults),
                duration_ms=round((time.perf_counter() - pending.began) * 1000, 3),
            )
        )


def _no_such_api(request: Request) -> Rejection:
    return Rejection("APIGW.0101", f"{request.method} {request.url.path}", status=404)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _lenient(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _fault_body(fault: Fault, request_id: str) -> dict[str, str]:
    codes = {401: "APIGW.0301", 404: "APIGW.0101", 429: "APIGW.0308"}
    text = fault.message or "A fault on order."
    if fault.status in codes:
        return {"error_msg": text, "error_code": codes[fault.status], "request_id": request_id}
    return {"error_code": "DLI.0999" if fault.status >= 500 else "DLI.0001", "error_msg": text}


class Throttle:
    """The API gateway's rate limit: so many calls a second for each project, a second's worth of them at once.

    Counts in memory; a restart forgets it. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def turn_away(self, project: str, per_second: float) -> int:
        """Seconds for the answer's `Retry-After`; 0: the call may pass."""
        if not per_second:
            self._left.clear()
            return 0
        now, most = self._clock(), max(per_second, 1.0)
        left, at = self._left.get(project, (most, now))
        left = min(most, left + (now - at) * per_second)
        passes = left >= 1
        self._left[project] = (left - 1 if passes else left, now)
        return 0 if passes else math.ceil((1 - left) / per_second)
