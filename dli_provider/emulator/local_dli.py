"""One local DLI in one object: its file, clock, knobs, faults and runner. Created by `server`, shared by all calls."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from dli_provider.emulator.auth import Credentials
from dli_provider.emulator.faults import Faults
from dli_provider.emulator.models import StoredJob
from dli_provider.emulator.orders import Orders
from dli_provider.emulator.project_resources import ProjectResources
from dli_provider.emulator.request_log import RequestLog
from dli_provider.emulator.runners import Runner, RunnerFactory
from dli_provider.emulator.runners.simulated import SimulatedRunner
from dli_provider.emulator.store import StateFileError, Store
from dli_provider.emulator.switches import EmulatorSettings


class AdvancingClock:
    """The machine's clock, plus an offset that tests may advance. Epoch seconds; its owner keeps the offset."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> float:
        """The present moment."""
        return time.time() + self.offset


class LocalDli:
    """Everything that a running local DLI has.

    `overrides` (of `EmulatorSettings`) and `queues` are what the server was started with. They win over what the state
    file remembers from last time, and a reset returns to them.
    """

    def __init__(
        self,
        state: Path,
        credentials: Credentials,
        overrides: dict[str, Any],
        queues: Mapping[str, int],
        engine: RunnerFactory = SimulatedRunner,
    ) -> None:
        self.state = state
        self.credentials = credentials
        self._overrides = EmulatorSettings.model_validate(overrides).model_dump(include=set(overrides))
        self._queues = queues
        self.store = Store(state, lambda: self.clock.now())
        remembered = json.loads(self.store.meta("settings") or "{}")
        self.settings = EmulatorSettings(
            **{knob: remembered[knob] for knob in remembered if knob in EmulatorSettings.model_fields}
        )
        self.clock = AdvancingClock(float(self.store.meta("clock_offset") or 0))
        self.resources = ProjectResources(self.store, lambda: self.settings)
        self.runner: Runner = engine(self.store, lambda: self.settings)
        self.orders = Orders(self.store, self.runner, lambda: self.settings)
        self._reads: dict[str, int] = {}
        self._claim()
        self.faults = Faults(self.store)
        self.request_log = RequestLog(self.store)
        with self.store.transaction():
            self._apply_start_options()

    def _claim(self) -> None:
        """Remember which runner the jobs in the file belong to. Raises `StateFileError` for those of another one."""
        owner = self.store.meta("runner") or SimulatedRunner.name
        if owner != self.runner.name and self.store.count_jobs("1", ()):
            self.store.close()
            raise StateFileError(
                f"the jobs in {self.state} belong to the {owner} runner: reset it, or name another file with --state"
            )
        self.store.set_meta("runner", self.runner.name)

    def close(self) -> None:
        """Let the runner put its jobs away, and let go of the state file."""
        with self.store.transaction():
            jobs = self.store.jobs("due IS NOT NULL", ())
            self.runner.close(jobs, self.clock.now())
            for job in jobs:
                self.store.save_job(job)
        self.store.close()

    def settle_now(self) -> None:
        """Apply what is due between two calls, for runners whose jobs change by themselves."""
        with self.store.transaction():
            self.settle(self.clock.now())

    def change_settings(self, changes: dict[str, Any]) -> EmulatorSettings:
        """Change some settings; they stay changed after a restart."""
        self.settings = EmulatorSettings.model_validate(self.settings.model_dump() | changes)
        self.store.set_meta("settings", self.settings.model_dump_json())
        self.store.number_jobs_from(self.settings.first_job_id)
        self.store.past.keep(bool(self.settings.lag or self.settings.flap))
        return self.settings

    def advance_clock(self, seconds: float) -> None:
        """Let time pass in an instant."""
        self.clock.offset += seconds
        self.store.set_meta("clock_offset", str(self.clock.offset))

    def reset(self) -> None:
        """As new: no job, no log, no fault, the machine's time, settings as at the start of the server."""
        self.runner.reset()
        self.store.past.keep(False)
        self.store.clear()
        self.faults.reload()
        with self.store.transaction():
            self.settings = EmulatorSettings()
            self.advance_clock(-self.clock.offset)
            self._apply_start_options()

    def _apply_start_options(self) -> None:
        self.change_settings(self._overrides)
        self.resources.add_default_queues()
        for name, cu in self._queues.items():
            self.resources.add_queue(name, cu)

    def settle(self, now: float) -> None:
        """Apply to every job what is due. Called first in each transaction, so that no call sees the past."""
        for job in self.store.jobs("due <= ?", (now,), "ORDER BY due"):
            self._settle(job, now)

    def _settle(self, job: StoredJob, now: float) -> None:
        # One moment after another, so that the history has each status at its own time, however late it is settled.
        moment = self._next_moment(job, now)
        while moment is not None:
            before = job.status
            with self.store.as_of(moment):
                if not self.runner.settle(job, moment):
                    self.store.remove_job(job)
                    return
                done = self.orders.carry_out_due(job, moment)
                self.store.save_job(job)
            if job.status != before or done:
                moment = self._next_moment(job, now)
            else:  # no status to note, so the rest may happen at once: long jumps of the clock stay cheap
                moment = now if moment < now and job.due is not None and job.due <= now else None

    def _next_moment(self, job: StoredJob, now: float) -> float | None:
        due = job.due
        if due is None or due > now:
            return None
        # An event from before the present status is always due: the Flink runner keeps one, to be asked each time.
        return due if due >= self.store.since(job.job_id) else now

    @contextmanager
    def shown(self, reader: str, now: float) -> Iterator[float]:
        """The service as this reader gets to see it: the moment whose truth the tables hold meanwhile."""
        at = now - self.settings.lag
        if self.settings.flap:  # two replicas, asked in turn
            self._reads[reader] = self._reads.get(reader, 0) + 1
            at -= 0 if self._reads[reader] % 2 else self.settings.flap
        with self.store.past.shown(at) if at < now else nullcontext():
            yield at

    def remove(self, job: StoredJob, now: float) -> None:
        """Delete a job, at once or (by switch) through job_canceling."""
        if self.runner.remove(job, now, self.settings.delete_through_canceling):
            self.store.remove_job(job)
        else:
            self.store.save_job(job)
