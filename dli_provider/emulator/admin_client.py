"""The admin interface from Python: the same few methods for a local DLI in this process and for one elsewhere.

For the tests of users too, so it offers more than the command line asks for.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote, urlencode

from dli_provider.emulator.faults import Fault
from dli_provider.emulator.job_views import JobView, RunView
from dli_provider.emulator.models import StatusChange
from dli_provider.emulator.request_log import LoggedRequest
from dli_provider.emulator.switches import EmulatorSettings

SERVICE = "local-dli"  # how a health check tells the local DLI from another program on its port


class AdminError(RuntimeError):
    """The admin interface refused: the text says why."""


class AdminClient:
    """Everything behind the scenes of the local DLI at `url`, such as `http://127.0.0.1:8765`."""

    def __init__(self, url: str, *, timeout: float = 30.0) -> None:
        self.url = url.rstrip("/")
        self._timeout = timeout
        # Straight to the loopback address, whatever proxy the environment names.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    # -- what was asked --------------------------------------------------------------------------------------------

    def requests(
        self,
        since: int = 0,
        *,
        project: str | None = None,
        writes: bool | None = None,
        limit: int | None = None,
    ) -> list[LoggedRequest]:
        """The request log after the cursor `since`, oldest first; admin calls are not in it."""
        asked = {"since": since, "project": project, "writes": writes, "limit": limit}
        return [LoggedRequest(**entry) for entry in self._ask("GET", "/requests", asked)["requests"]]

    def writes(self, since: int = 0, *, project: str | None = None) -> list[LoggedRequest]:
        """Only the calls that change something."""
        return self.requests(since, project=project, writes=True)

    def cursor(self) -> int:
        """The cursor after the newest request: pass it to `requests` later to see what came since."""
        return int(self._ask("GET", "/requests", {"limit": 0})["cursor"])

    # -- jobs ------------------------------------------------------------------------------------------------------

    def jobs(self, project: str | None = None) -> list[JobView]:
        """All jobs with their history, by id."""
        return [_job(raw) for raw in self._ask("GET", "/jobs", {"project": project})]

    def job(self, project: str, job_id: int | str) -> JobView:
        """One job with its history. Raises `AdminError` when there is none."""
        return _job(self._ask("GET", f"/jobs/{quote(project)}/{job_id}"))

    def change_job(self, project: str, job_id: int | str, **changes: Any) -> JobView:
        """Change a job out of band; the changes are those of `admin.OutOfBandChange`."""
        return _job(self._ask("PATCH", f"/jobs/{quote(project)}/{job_id}", body=changes))

    def scale(self, project: str, job_id: int | str, cu_number: int | None = None) -> JobView:
        """DLI scales a job by itself, to so many CUs or to as many as it chooses."""
        body = {"cu_number": cu_number}
        return _job(self._ask("POST", f"/jobs/{quote(project)}/{job_id}/scale", body=body))

    def generations(self, project: str | None = None) -> dict[str, dict[str, Any]]:
        """Per `project/name`: status, run, lineage, records, resumed_from, definition_digest of the present run."""
        found: dict[str, dict[str, Any]] = self._ask("GET", "/generations", {"project": project})
        return found

    def savepoints(self, project: str) -> list[dict[str, Any]]:
        """All savepoints and checkpoints of a project, oldest first."""
        found: list[dict[str, Any]] = self._ask("GET", f"/savepoints/{quote(project)}")
        return found

    def remove_savepoint(self, savepoint_id: int) -> None:
        """Delete a savepoint's files."""
        self._ask("DELETE", f"/savepoints/{savepoint_id}")

    # -- faults ----------------------------------------------------------------------------------------------------

    def add_fault(self, kind: str, call: str = "*", **rule: Any) -> Fault:
        """Order a fault; the fields are those of `FaultRule`."""
        return Fault.model_validate(self._ask("POST", "/faults", body={"kind": kind, "call": call, **rule}))

    def faults(self) -> list[Fault]:
        """The faults in force, with how often they matched, struck, and whom they hold."""
        return [Fault.model_validate(raw) for raw in self._ask("GET", "/faults")]

    def remove_fault(self, fault: Fault | int) -> None:
        """Lift a fault; whoever it holds goes on."""
        self._ask("DELETE", f"/faults/{fault if isinstance(fault, int) else fault.id}")

    def clear_faults(self) -> None:
        """Lift all faults."""
        self._ask("DELETE", "/faults")

    # -- settings -----------------------------------------------------------------------------------------------------

    def settings(self) -> EmulatorSettings:
        """Latencies and switches."""
        return EmulatorSettings.model_validate(self._ask("GET", "/settings"))

    def set(self, **changes: Any) -> EmulatorSettings:
        """Change settings by their names in `EmulatorSettings`."""
        return EmulatorSettings.model_validate(self._ask("PATCH", "/settings", body=changes))

    def set_latency(
        self, *, start: float | None = None, stop: float | None = None, savepoint: float | None = None
    ) -> EmulatorSettings:
        """Change latencies (seconds) for what is asked from now on."""
        given = {"start_latency": start, "stop_latency": stop, "savepoint_latency": savepoint}
        return self.set(**{name: value for name, value in given.items() if value is not None})

    def advance(self, seconds: float) -> float:
        """Let time pass in an instant; the new time of the local DLI in epoch seconds."""
        return float(self._ask("POST", "/clock", body={"seconds": seconds})["now"])

    def now(self) -> float:
        """The time of the local DLI in epoch seconds."""
        return float(self._ask("GET", "/clock")["now"])

    def reset(self) -> None:
        """As new: no job, no log, no fault, settings as at the start of the server."""
        self._ask("POST", "/reset")

    def health(self) -> dict[str, Any]:
        """`service`, `pid`, `state` (path), number of `jobs`, whom it `asks_for` (empty: anybody), and the `hosts` that
        it may be asked by besides the names of this machine."""
        found: dict[str, Any] = self._ask("GET", "/health")
        return found

    # -- surroundings ----------------------------------------------------------------------------------------------

    def add_queue(self, name: str, cu: int, *, project: str = "*", queue_type: str = "general") -> None:
        """Make a queue, everywhere unless a project is named."""
        self._ask(
            "PUT",
            f"/projects/{quote(project)}/queues/{quote(name)}",
            body={"cu": cu, "queue_type": queue_type},
        )

    def add_bucket(self, project: str, name: str) -> None:
        """Make a bucket (for `strict_buckets`)."""
        self._ask("PUT", f"/projects/{quote(project)}/buckets/{quote(name)}")

    def add_topic(self, project: str, name: str) -> None:
        """Make an SMN topic (for `strict_topics`)."""
        self._ask("PUT", f"/projects/{quote(project)}/topics/{quote(name)}")

    def authorize(self, project: str, bucket: str) -> None:
        """Let DLI write to a bucket without a call that shows in the request log."""
        self._ask("PUT", f"/projects/{quote(project)}/authorized/{quote(bucket)}")

    def withdraw(self, project: str, bucket: str) -> None:
        """Take DLI's permission on a bucket away."""
        self._ask("DELETE", f"/projects/{quote(project)}/authorized/{quote(bucket)}")

    def cut_off(self, project: str, address: str) -> None:
        """No queue of the project reaches this `host:port`, or `host`, any more."""
        self._ask("PUT", f"/projects/{quote(project)}/unreachable/{quote(address)}")

    def let_through(self, project: str, address: str) -> None:
        """The queues of the project reach this address again."""
        self._ask("DELETE", f"/projects/{quote(project)}/unreachable/{quote(address)}")

    def set_arrears(self, project: str) -> None:
        """Freeze the account: running jobs are stopped, none may be run."""
        self._ask("POST", f"/projects/{quote(project)}/arrears")

    def pay(self, project: str) -> None:
        """Unfreeze the account: jobs come back."""
        self._ask("POST", f"/projects/{quote(project)}/payment")

    def _ask(self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None) -> Any:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        url = f"{self.url}/_emulator{path}" + (f"?{urlencode(given)}" if given else "")
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with self._opener.open(asked, timeout=self._timeout) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raise AdminError(f"{method} {path}: {error.code} {error.read().decode()}") from error
        except (OSError, ValueError) as error:
            raise AdminError(f"{method} {url}: no local DLI answers ({error})") from error


def _job(raw: dict[str, Any]) -> JobView:
    parts = {
        "runs": [RunView(**run) for run in raw["runs"]],
        "turns": [StatusChange(**turn) for turn in raw["turns"]],
    }
    return JobView(**(raw | parts))
