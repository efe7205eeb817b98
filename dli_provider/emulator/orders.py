"""What DLI has said yes to: carried out at once, or (by switch) so much later that its caller has long read the answer.

Between the yes and the deed the job is what it was; when the time comes it may be in a status that does not allow the
deed any more, and then nothing happens, and nobody is told: so it is with every service that answers before it acts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from dli_provider.emulator.models import Event, StoredJob, milliseconds
from dli_provider.emulator.rules.statuses import OK, allowed
from dli_provider.emulator.runners import OrderedFaults, Runner
from dli_provider.emulator.store import Store
from dli_provider.emulator.switches import EmulatorSettings

_BUSY: Final = frozenset({"job_savepointing"})
"""Statuses in which an accepted stop or savepoint has to wait its turn: they pass, and then it is carried out."""


class Orders:
    """Carries out accepted calls. Each method changes the job that it is given, and the caller saves it."""

    def __init__(self, store: Store, runner: Runner, settings: Callable[[], EmulatorSettings]) -> None:
        self._store = store
        self._runner = runner
        self._settings = settings
        self._deeds: dict[str, Callable[[StoredJob, Event], bool]] = {
            "run": self._run,
            "stop": self._stop,
            "savepoint": self._savepoint,
            "update": self._update,
        }

    def run(self, job: StoredJob, origin: int | None, note: str, now: float, faults: OrderedFaults) -> None:
        """Submit the job, from the savepoint with this id or from empty state; `note` is kept with the run."""
        self._give(job, "run", now, origin=origin, note=note, faults=asdict(faults))

    def stop(self, job: StoredJob, trigger_savepoint: bool, now: float, faults: OrderedFaults) -> None:
        """Cancel the job, after a savepoint when asked for."""
        self._give(job, "stop", now, trigger_savepoint=trigger_savepoint, faults=asdict(faults))

    def savepoint(self, job: StoredJob, path: str, now: float, faults: OrderedFaults) -> None:
        """Take a savepoint into a directory while the job goes on."""
        self._give(job, "savepoint", now, path=path, faults=asdict(faults))

    def update(self, job: StoredJob, given: dict[str, Any], now: float) -> None:
        """Change the job's definition. One that meanwhile runs goes on with the definition that it was started with."""
        self._give(job, "update", now, given=given)

    def carry_out_due(self, job: StoredJob, moment: float) -> bool:
        """Carry out what is due by this moment, in the order it was accepted. Was anything?"""
        done = False
        for order in sorted((order for order in job.orders if order.at <= moment), key=lambda o: o.at):
            if self._deeds[order.what](job, order):
                job.orders.remove(order)
                done = True
            else:
                order.at = max(order.at, min((event.at for event in job.events), default=order.at))
        return done

    def _give(self, job: StoredJob, what: str, now: float, **data: Any) -> None:
        late: float = getattr(self._settings(), f"late_{what}")
        order = Event(now + late, what, data)
        if late:
            job.orders.append(order)
        else:
            self._deeds[what](job, order)

    # -- the deeds: False, if its time has not come yet ------------------------------------------------------------

    def _run(self, job: StoredJob, order: Event) -> bool:
        if allowed(job.status).run != OK:
            return True
        origin = self._store.savepoint(order.data["origin"])
        self._runner.start(job, origin, order.at, OrderedFaults(**order.data["faults"]))
        self._note(job, order.data["note"])
        return True

    def _stop(self, job: StoredJob, order: Event) -> bool:
        if job.status in _BUSY:
            return False
        if allowed(job.status).stop == OK:
            faults = OrderedFaults(**order.data["faults"])
            self._runner.stop(job, order.data["trigger_savepoint"], order.at, faults)
        return True

    def _savepoint(self, job: StoredJob, order: Event) -> bool:
        if job.status in _BUSY:
            return False
        if allowed(job.status).savepoint == OK:
            faults = OrderedFaults(**order.data["faults"])
            self._runner.savepoint(job, order.data["path"], order.at, faults)
        return True

    def _update(self, job: StoredJob, order: Event) -> bool:
        given = order.data["given"]
        namesake = self._store.job_named(job.project, given.get("name", ""))
        if namesake is None or namesake.job_id == job.job_id:  # else the name was taken in the meantime
            job.definition = job.definition | given
            job.update_time = milliseconds(order.at)
        return True

    def _note(self, job: StoredJob, note: str) -> None:
        run = self._store.run(job.job_id, job.run)
        if run is not None and note:
            run.note = note
            self._store.save_run(run)
