"""What Flink says of its jobs, asked again and again in a thread. Facts only: `runner` knows what they mean."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final

from dli_provider.flink.cluster import Cluster
from dli_provider.flink.failures import RestError

_PERIOD: Final = 0.25
_METRICS_EVERY: Final = 1.0  # seconds
GONE: Final = "GONE"
"""The state of a job that Flink does not know any more."""


@dataclass(frozen=True)
class FlinkFacts:
    """One job as Flink shows it. `state` is Flink's; `up`: every task runs (or has finished)."""

    state: str
    up: bool
    restarts: int = 0
    exception: str = ""  # of the latest failure: what it was, in a line
    restored: str = ""  # path of the checkpoint or savepoint that the present attempt began from
    checkpoints: int = 0  # completed since the job was submitted
    sources: dict[str, tuple[int, float]] = field(default_factory=dict)  # name -> records out, per second
    sinks: dict[str, tuple[int, float]] = field(default_factory=dict)  # name -> records in, per second


class FlinkWatch:
    """Knows the latest facts about the jobs that it follows."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._lock = threading.Lock()
        self._seen: dict[str, FlinkFacts] = {}
        self._changed: dict[str, tuple[Any, ...]] = {}
        self._measured: dict[str, float] = {}
        self._over = threading.Event()
        threading.Thread(target=self._run, name="flink-jobs", daemon=True).start()

    def follow(self, jid: str) -> None:
        """Look at this job from now on."""
        with self._lock:
            self._seen.setdefault(jid, FlinkFacts("INITIALIZING", up=False))

    def forget(self, jid: str) -> None:
        """Forget this job."""
        with self._lock:
            for book in (self._seen, self._changed, self._measured):
                book.pop(jid, None)

    def seen(self, jid: str) -> FlinkFacts:
        """What was seen of a job last."""
        with self._lock:
            return self._seen.get(jid, FlinkFacts(GONE, up=False))

    def stop(self) -> None:
        """Stop asking Flink."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(_PERIOD):
            try:
                overview = {job["jid"]: job for job in self._cluster.rest.get("/jobs/overview")["jobs"]}
                with self._lock:
                    followed = list(self._seen)
                for jid in followed:
                    self._look(jid, overview.get(jid))
            except (RestError, KeyError, TypeError):
                continue  # Flink is busy or going down; what was seen last stays until it answers again

    def _look(self, jid: str, job: dict[str, Any] | None) -> None:
        before = self.seen(jid)
        if job is None:
            self._note(jid, FlinkFacts(GONE, up=False, exception=before.exception))
            return
        tasks = job["tasks"]
        up = job["state"] == "RUNNING" and tasks["running"] + tasks["finished"] == tasks["total"]
        now, change = time.monotonic(), (job["state"], job["last-modification"], up)
        if change != self._changed.get(jid):
            seen = self._details(jid, job["state"], up, before)
            if job["state"] == "FAILED" and not seen.exception:
                return  # Flink knows that it failed a moment before it says why
            self._changed[jid] = change
            self._note(jid, seen)
        elif up and now - self._measured.get(jid, 0.0) > _METRICS_EVERY:
            self._measured[jid] = now
            self._note(jid, self._details(jid, job["state"], up, before))

    def _details(self, jid: str, state: str, up: bool, before: FlinkFacts) -> FlinkFacts:
        rest = self._cluster.rest
        checkpoints = rest.get(f"/jobs/{jid}/checkpoints") if state not in ("INITIALIZING",) else {}
        counts, latest = checkpoints.get("counts") or {}, checkpoints.get("latest") or {}
        # Restored counts the initial start from a savepoint as well; restarts are in the exception history.
        history = rest.get(f"/jobs/{jid}/exceptions").get("exceptionHistory") or {}
        entries = history.get("entries") or []
        sources, sinks = self._flow(jid) if up else (before.sources, before.sinks)
        return FlinkFacts(
            state=state,
            up=up,
            restarts=self._restarts(jid, before) if entries else before.restarts,
            exception=_telling(entries[0]["stacktrace"]) if entries else before.exception,
            restored=str((latest.get("restored") or {}).get("external_path") or ""),
            checkpoints=int(counts.get("completed") or 0),
            sources=sources or before.sources,
            sinks=sinks or before.sinks,
        )

    def _restarts(self, jid: str, before: FlinkFacts) -> int:
        found = self._cluster.rest.get(f"/jobs/{jid}/metrics", get="numRestarts")
        values = [int(float(each["value"])) for each in found if each.get("id") == "numRestarts"]
        return max([before.restarts, *values])

    def _flow(self, jid: str) -> tuple[dict[str, tuple[int, float]], dict[str, tuple[int, float]]]:
        """Records out of each source and into each sink, over all parallel tasks since they began."""
        sources: dict[str, tuple[int, float]] = {}
        sinks: dict[str, tuple[int, float]] = {}
        for vertex in self._cluster.rest.get(f"/jobs/{jid}")["vertices"]:
            path = f"/jobs/{jid}/vertices/{vertex['id']}/metrics"
            wanted = [name for each in self._cluster.rest.get(path) if _flows(name := str(each["id"]))]
            if not wanted:
                continue
            for each in self._cluster.rest.get(path, get=",".join(wanted)):
                operator, _, metric = str(each["id"]).partition(".")[2].rpartition(".")
                book = sources if operator.startswith("Source__") else sinks
                count, rate = book.get(_table(operator), (0, 0.0))
                value = float(each["value"])
                fast = metric.endswith("PerSecond")
                book[_table(operator)] = (
                    count if fast else count + int(value),
                    rate + value if fast else rate,
                )
        return sources, sinks

    def _note(self, jid: str, seen: FlinkFacts) -> None:
        with self._lock:
            if jid in self._seen:
                self._seen[jid] = seen


_FILES: Final = "StreamingFileWriter"
_COMMITTER: Final = "end__Writer"  # behind it: it counts files that are complete, not records


def _flows(metric: str) -> bool:
    operator, _, name = metric.partition(".")[2].rpartition(".")
    if operator.startswith("Source__"):
        return name in ("numRecordsOut", "numRecordsOutPerSecond")
    sink = "Sink__" in operator or operator.endswith("__Writer") or operator == _FILES
    return sink and operator != _COMMITTER and name in ("numRecordsIn", "numRecordsInPerSecond")


def _table(operator: str) -> str:
    """The table as the planner names its operator. That of a file sink does not name it."""
    if operator == _FILES:
        return "filesystem"
    name = operator.removeprefix("Source__").removeprefix("Sink__").removesuffix("__Writer")
    return name.rpartition("[")[0] or name


def _telling(trace: str) -> str:
    """The innermost cause of a stack trace, in a line: what a person reads first."""
    causes = [
        line.removeprefix("Caused by: ") for line in trace.splitlines() if line.startswith("Caused by: ")
    ]
    line = causes[-1] if causes else trace.splitlines()[0]
    kind, _, text = line.partition(": ")
    return f"{kind.rpartition('.')[2]}: {text}" if text else kind.rpartition(".")[2]
