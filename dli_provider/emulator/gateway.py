"""The way of every DLI request: authentication, faults before, one transaction, the request log, faults after."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import struct
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dli_provider.emulator import auth
from dli_provider.emulator.calls import Call, Handler
from dli_provider.emulator.faults import Fault
from dli_provider.emulator.journal import Entry
from dli_provider.emulator.throttle import Throttle
from dli_provider.emulator.wire.answers import Answer, refused, said_no, turned_away
from dli_provider.emulator.wire.refusals import Refusal
from dli_provider.emulator.world import World

_log = logging.getLogger(__name__)
_PROJECT_ID = re.compile(r"[A-Za-z0-9_\-]{1,64}")


@dataclass
class _Passage:
    """One request on its way through the gateway."""

    request: Request
    call: str
    write: bool
    body: bytes
    received: float
    project: str
    began: float = field(default_factory=time.perf_counter)
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    faults: Sequence[Fault] = ()

    def first(self, *kinds: str, when: str | None = None) -> Fault | None:
        """The first striking fault of these kinds."""
        return next((f for f in self.faults if f.kind in kinds and when in (None, f.when)), None)


class Gateway:
    """Answers calls for one `World`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._throttle = Throttle()

    def serve(
        self, call: str, handler: Handler, *, write: bool, guarded: bool = True
    ) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of a call; one that is not `guarded` lets everybody in."""

        async def endpoint(request: Request) -> Response:
            passage = _Passage(
                request,
                call,
                write,
                await request.body(),
                self._world.clock.now(),
                request.path_params.get("project_id", ""),
            )
            try:
                if guarded:
                    self._admit(passage)
            except Refusal as refusal:
                return self._answer(passage, self._turn_away(passage, refusal))
            passage.faults = self._world.faults.strike(call, passage.project, self._job_names(passage))
            return await self._pass(passage, handler)

        return endpoint

    async def unknown(self, request: Request) -> Response:
        """No such API: the gateway's 404, and a loud line, as it is nearly always a mistake of the client."""
        passage = _Passage(request, "unknown", False, await request.body(), self._world.clock.now(), "")
        _log.warning("unknown API: %s %s", request.method, request.url.path)
        refusal = Refusal("APIGW.0101", f"{request.method} {request.url.path}", status=404)
        return self._answer(passage, self._turn_away(passage, refusal))

    # -- before ----------------------------------------------------------------------------------------------------

    def _admit(self, passage: _Passage) -> None:
        request = passage.request
        headers = {name.lower(): value for name, value in request.headers.items()}
        raw_path = request.scope["raw_path"].decode()
        raw_query = request.scope["query_string"].decode()
        received = auth.Received(request.method, raw_path, raw_query, headers, passage.body)
        auth.verify(received, self._world.credentials, check_skew=self._world.settings.check_clock_skew)
        if self._world.faults.expired(auth.identity(headers)):
            raise Refusal("APIGW.0301", "the credentials have expired", status=401)
        if passage.project and not _PROJECT_ID.fullmatch(passage.project):
            raise Refusal("DLI.10006", passage.project)
        if wait := self._throttle.turn_away(passage.project, self._world.settings.requests_per_second):
            raise Refusal("APIGW.0308", status=429, retry_after=wait)

    def _job_names(self, passage: _Passage) -> list[str]:
        """The names of the jobs that a call is about, for fault rules that ask for them."""
        if not self._world.faults.by_job:
            return []
        body = _lenient(passage.body)
        path = passage.request.path_params
        ids = [path[key] for key in ("job_id", "resource_id") if key in path] or body.get("job_ids") or []
        plausible = (int(i) for i in ids if re.fullmatch(r"[0-9]{1,18}", str(i)))
        found = (self._world.store.job(passage.project, job_id) for job_id in plausible)
        names = [job.name for job in found if job is not None]
        stated = body.get("name") or passage.request.query_params.get("name")
        return names or ([str(stated)] if stated else [])

    # -- through ---------------------------------------------------------------------------------------------------

    async def _pass(self, passage: _Passage, handler: Handler) -> Response:
        if not await self._wait(passage, "before"):
            return self._unanswered(passage)
        instead = self._instead(passage)
        if instead is not None:
            return self._answer(passage, instead)
        if passage.first("refuse_connection", "cut_before"):
            self._log_entry(passage, None, executed=False)
            return await self._cut(passage)
        cut = passage.first("cut_after")
        answer = self._execute(passage, handler, answered=cut is None)
        if not await self._wait(passage, "after"):
            return Response()
        return await self._cut(passage) if cut else self._respond(passage, answer)

    def _execute(self, passage: _Passage, handler: Handler, *, answered: bool) -> Answer:
        """The call itself: one transaction with its log entry; a refusal undoes what the call did so far."""
        world, db = self._world, self._world.store.db
        now = world.clock.now()
        request = passage.request
        call = Call(
            world,
            passage.call,
            passage.project,
            request.path_params,
            request.query_params,
            passage.body,
            now,
            passage.faults,
        )
        with world.store.transaction():
            world.settle(now)
            db.execute("SAVEPOINT call")
            try:
                answer = handler(call)
            except Refusal as refusal:
                db.execute("ROLLBACK TO call")
                answer = refused(refusal)
            except Exception:
                db.execute("ROLLBACK TO call")
                _log.exception("the local DLI failed in %s", passage.call)
                answer = refused(Refusal("DLI.0999", "see the log of the local DLI", status=500))
            db.execute("RELEASE call")
            self._append(passage, answer, executed=True, answered=answered)
        return answer

    def _instead(self, passage: _Passage) -> Answer | None:
        """What a fault answers in the place of DLI."""
        expiring = passage.first("expire_credentials")
        if expiring:
            headers = {name.lower(): value for name, value in passage.request.headers.items()}
            self._world.faults.expire(expiring, auth.identity(headers))
            return self._turn_away(passage, Refusal("APIGW.0301", "the credentials have expired", status=401))
        fault = passage.first("status")
        if fault:
            body = fault.body if fault.body is not None else _fault_body(fault, passage.request_id)
            return Answer(fault.status, body, fault.headers)
        failing = passage.first("is_success_false")
        if failing:
            answer = said_no(failing.message or "The request failed.")
            return (
                replace(answer, body=[answer.body])
                if passage.call in ("run", "stop", "batch_delete")
                else answer
            )
        return None

    async def _wait(self, passage: _Passage, when: str) -> bool:
        """Delays on order. False: the caller gave up while it was held before execution, so nothing was executed."""
        slow = passage.first("slow", when=when)
        if slow:
            await asyncio.sleep(slow.seconds)
        pause = passage.first("pause", when=when)
        if pause is None:
            return True
        pause.held += 1
        released = asyncio.ensure_future(self._world.faults.released(pause).wait())
        gone = asyncio.ensure_future(_disconnected(passage.request))
        try:
            await asyncio.wait({released, gone}, return_when=asyncio.FIRST_COMPLETED)
            return not gone.done()
        finally:
            pause.held -= 1
            released.cancel()
            gone.cancel()

    # -- after -----------------------------------------------------------------------------------------------------

    def _answer(self, passage: _Passage, answer: Answer) -> Response:
        self._log_entry(passage, answer, executed=False)
        return self._respond(passage, answer)

    def _respond(self, passage: _Passage, answer: Answer) -> Response:
        headers = {"X-Request-Id": passage.request_id, **answer.headers}
        return Response(
            answer.content(), answer.status, headers, "application/json" if answer.body is not None else None
        )

    def _turn_away(self, passage: _Passage, refusal: Refusal) -> Answer:
        return (
            refused(refusal) if refusal.code.startswith("DLI.") else turned_away(refusal, passage.request_id)
        )

    def _unanswered(self, passage: _Passage) -> Response:
        self._log_entry(passage, None, executed=False)
        return Response()

    async def _cut(self, passage: _Passage) -> Response:
        transport = passage.request.scope["extensions"]["dli.transport"]
        if passage.first("refuse_connection"):
            # Lingering for zero seconds makes the kernel send RST, which clients see as a connection error.
            linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
        await _disconnected(passage.request)  # only then does the server know that no answer is wanted
        return Response()

    def _log_entry(self, passage: _Passage, answer: Answer | None, *, executed: bool) -> None:
        with self._world.store.transaction():
            self._append(passage, answer, executed=executed, answered=answer is not None)

    def _append(self, passage: _Passage, answer: Answer | None, *, executed: bool, answered: bool) -> None:
        request = passage.request
        self._world.journal.append(
            Entry(
                at=passage.received,
                request_id=passage.request_id,
                project=passage.project or None,
                call=passage.call,
                method=request.method,
                path=request.url.path,
                query=request.scope["query_string"].decode(),
                body=passage.body.decode(errors="replace"),
                status=answer.status if answer is not None and answered else None,
                error_code=answer.error_code if answer is not None else None,
                write=passage.write,
                executed=executed,
                answered=answered,
                faults=",".join(fault.kind for fault in passage.faults),
                duration_ms=round((time.perf_counter() - passage.began) * 1000, 3),
            )
        )


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
