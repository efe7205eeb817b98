"""The slow things: submit, stop, savepoint, cancel. Each runs in a thread and leaves one outcome behind."""

from __future__ import annotations

import shutil
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dli_provider.emulator.runners.flink.confinement import confined
from dli_provider.emulator.runners.flink.kafka_tables import CONNECTORS as KAFKA_CONNECTORS
from dli_provider.emulator.runners.flink.kafka_tables import led_here
from dli_provider.emulator.runners.flink.obs_folders import ObsFolders
from dli_provider.flink.cluster import Cluster
from dli_provider.flink.failures import FlinkError, RestError, StatementError
from dli_provider.flink.kafka import Broker
from dli_provider.flink.sessions import session
from dli_provider.flink.stand_ins import stand_in
from dli_provider.flink.statements import Statement
from dli_provider.sql import BUILT_IN_CONNECTORS

_POLL: Final = 0.1
_PATIENCE: Final = 300.0  # seconds that a savepoint may take


@dataclass(frozen=True)
class OperationOutcome:
    """How an operation ended. `what` names it; `error` is empty when it did what it should."""

    what: str  # submit, savepoint, stop, cancel
    error: str = ""
    jid: str = ""
    path: str = ""  # of a savepoint: where Flink put it
    notes: str = ""  # of a submission: what is another here than at DLI


class FlinkOperations:
    """One job's operations happen one after another, those of several jobs at the same time.

    A run is named by its key, "<job id>.<run number>".
    """

    def __init__(self, cluster: Cluster, folders: ObsFolders, kafka: Broker | None = None) -> None:
        self._cluster, self._folders, self._kafka = cluster, folders, kafka
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="flink-operation")
        self._outcomes: defaultdict[str, deque[OperationOutcome]] = defaultdict(deque)
        self._jids: dict[str, str] = {}
        self._last: dict[str, Future[None]] = {}

    def outcome(self, key: str) -> OperationOutcome | None:
        """Take the oldest outcome of a run that has not been taken yet; `None` when there is none."""
        waiting = self._outcomes[key]
        return waiting.popleft() if waiting else None

    def submit(self, key: str, sql: str, properties: Mapping[str, str], jar: Path | None) -> None:
        """Submit a script with these settings; `jid` of the outcome is Flink's id of the job. A script that leads out
        of the folder that stands for OBS is refused, and nothing of it is run."""
        target = {
            "execution.target": "remote",
            "rest.address": "127.0.0.1",
            "rest.port": str(self._cluster.ports.rest),
        }

        def work() -> OperationOutcome:
            try:
                script, notes = self._prepared(sql, int(properties.get("parallelism.default", "1")))
                with session(self._cluster.gateway, {**properties, **target}) as opened:
                    jid = self._jids[key] = opened.submit([*_adding(jar), *script])
                return OperationOutcome("submit", jid=jid, notes=notes)
            except StatementError as error:
                return OperationOutcome("submit", error=str(error))

        self._begin(key, "submit", work)

    def _prepared(self, sql: str, parallelism: int) -> tuple[Sequence[Statement], str]:
        """A script as it can run here, and what of it is another here than at DLI."""
        there, notes = BUILT_IN_CONNECTORS | (KAFKA_CONNECTORS if self._kafka else set()), list[str]()
        script: Sequence[Statement] = confined(sql, self._folders, there)
        if self._kafka is not None:
            tables = led_here(script, self._kafka.address)
            self._kafka.create(tables.topics, parallelism)
            script = tables.statements
            if tables.left_out:
                notes.append(f"Left out, as Kafka here asks for none of it: {', '.join(tables.left_out)}.")
        script, stood_in = stand_in(script, there)
        if stood_in:
            named = ", ".join(f"{each.table} ({each.connector})" for each in stood_in)
            notes.append(f"Stand-ins: {named}.")
        return script, " ".join(notes)

    def savepoint(self, key: str, jid: str, into: Path) -> None:
        """Take a savepoint while the job goes on."""
        body = {"target-directory": into.as_uri(), "cancel-job": False}
        self._begin(key, "savepoint", lambda: self._triggered("savepoint", jid, "savepoints", body, into))

    def stop(self, key: str, jid: str, into: Path) -> None:
        """Take a savepoint and end the job with it, so that nothing is processed after it."""
        body = {"targetDirectory": into.as_uri(), "drain": False}
        self._begin(key, "stop", lambda: self._triggered("stop", jid, "stop", body, into))

    def cancel(self, key: str) -> None:
        """End the run, also one whose submission is still under way; its last checkpoint stays."""

        def work() -> OperationOutcome:
            jid = self._jids.get(key, "")
            if jid:
                with suppress(RestError):  # it may have ended by itself
                    self._cluster.rest.patch(f"/jobs/{jid}?mode=cancel")
                self._wait_for_end(jid)
            return OperationOutcome("cancel", jid=jid)

        self._begin(key, "cancel", work)

    def wait(self, seconds: float) -> None:
        """Until everything begun has ended, or the time is up."""
        deadline = time.monotonic() + seconds
        for future in list(self._last.values()):
            with suppress(TimeoutError, FutureTimeout):
                future.result(max(0.0, deadline - time.monotonic()))

    def close(self) -> None:
        """Start no further operation."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _triggered(
        self, what: str, jid: str, call: str, body: dict[str, Any], into: Path
    ) -> OperationOutcome:
        rest = self._cluster.rest
        into.mkdir(parents=True, exist_ok=True)
        trigger = rest.post(f"/jobs/{jid}/{call}", body)["request-id"]
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            answer = rest.get(f"/jobs/{jid}/savepoints/{trigger}")
            if answer["status"]["id"] == "COMPLETED":
                told = answer["operation"]
                if "location" in told:
                    if what == "stop":
                        self._wait_for_end(jid)
                    return OperationOutcome(what, jid=jid, path=told["location"])
                shutil.rmtree(into, ignore_errors=True)
                return OperationOutcome(
                    what, error=_cause(str(told["failure-cause"].get("stack-trace"))), jid=jid
                )
            time.sleep(_POLL)
        return OperationOutcome(what, error=f"Flink took longer than {_PATIENCE:.0f} s", jid=jid)

    def _wait_for_end(self, jid: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            try:
                state = self._cluster.rest.get(f"/jobs/{jid}/status")["status"]
            except RestError:
                return
            if state in ("CANCELED", "FINISHED", "FAILED"):
                return
            time.sleep(_POLL)

    def _begin(self, key: str, what: str, work: Callable[[], OperationOutcome]) -> None:
        job_id = key.partition(".")[0]
        before = self._last.get(job_id)

        def run() -> None:
            if before is not None:
                before.exception()  # waits for it: a stop must not overtake the submission of its job
            try:
                outcome = work()
            except (FlinkError, OSError, KeyError) as error:
                outcome = OperationOutcome(what, error=str(error) or type(error).__name__)
            self._outcomes[key].append(outcome)

        self._last[job_id] = self._threads.submit(run)


def _adding(jar: Path | None) -> list[Statement]:
    quoted = str(jar).replace("'", "''")
    return [] if jar is None else [Statement(f"ADD JAR '{quoted}'", 1, 1, ("ADD", "JAR"))]


def _cause(trace: str) -> str:
    causes = [
        line.removeprefix("Caused by: ") for line in trace.splitlines() if line.startswith("Caused by: ")
    ]
    return (causes[-1] if causes else trace.splitlines()[0])[:1000]
