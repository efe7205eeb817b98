"""What DLI has said yes to: carried out at once, or (by switch) so much later that its caller has long read the answer.

Between the yes and the deed the job is what it was; when the time comes it may be in a status that does not allow the
deed any more, and then nothing happens, and nobody is told: so it is with every service that answers before it acts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from dli_provider.emulator.models import Event, StoredJob, milliseconds
from dli_provider.emulator.rules.scaling import scaled, scaling_of
from dli_provider.emulator.rules.statuses import OK, allowed
from dli_provider.emulator.runners import OrderedFaults, Runner
from dli_provider.emulator.store import Store
from dli_provider.emulator.switches import EmulatorSettings

_ON_THE_WAY: Final = frozenset({"job_submitting", "job_savepointing", "job_canceling"})
_BUSY: Final = frozenset({"job_savepointing"})
"""Statuses in which an accepted stop or savepoint has to wait its turn: they pass, and then it is carried out."""


class Orders:
    """Carries out accepted calls. Each method changes the job that it is given, and the caller saves it."""

    def __init__(self, store: Store, runner: Runner, settings: Callable[[], EmulatorSettings]) -> None:
        self._store = store
        self._runner = runner
        self._settings = settings
        self._deeds: dict[str, Callable[[StoredJob, Event, float], bool]] = {
            "run": self._run,
            "stop": self._stop,
            "savepoint": self._savepoint,
            "update": self._update,
            "scale": self._scale,
            "scaled": self._scaled,
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

    def scale(self, job: StoredJob, now: float, cu_number: int | None = None) -> None:
        """DLI scales the job by itself: it is stopped with a savepoint, and runs again from there with other CUs.

        Raises `ValueError` for a job that DLI does not scale.
        """
        if job.status != "job_running" or scaling_of(job.definition) is None:
            raise ValueError(
                "DLI scales a running job with scaling, checkpoints, logs and a bucket switched on"
            )
        self._expect_scaling(job, now, job.definition["cu_number"], cu_number)
        self.carry_out_due(job, now)

    def carry_out_due(self, job: StoredJob, moment: float) -> bool:
        """Carry out what is due by this moment, in the order it was accepted. Was anything, or has it a new time?"""
        progress = False
        for order in sorted((order for order in job.orders if order.at <= moment), key=lambda o: o.at):
            if order not in job.orders:
                continue  # the one before it has made it void
            if self._deeds[order.what](job, order, moment):
                job.orders.remove(order)
                progress = True
            else:
                next_event = min((event.at for event in job.events), default=order.at)
                progress |= next_event > order.at
                order.at = max(order.at, next_event)
        return progress

    def _give(self, job: StoredJob, what: str, now: float, **data: Any) -> None:
        late: float = getattr(self._settings(), f"late_{what}")
        order = Event(now + late, what, data)
        if late:
            job.orders.append(order)
        else:
            self._deeds[what](job, order, now)

    # -- the deeds: False, if its time has not come yet ------------------------------------------------------------

    def _run(self, job: StoredJob, order: Event, moment: float) -> bool:
        if allowed(job.status).run != OK:
            return True
        faults = OrderedFaults(**order.data["faults"])
        self._runner.start(job, self._store.savepoint(order.data["origin"]), moment, faults)
        self._note(job, order.data["note"])
        _hold(job, faults, "job_submitting", moment)
        job.orders = [other for other in job.orders if other.what != "scale"]
        initial = job.definition["cu_number"]
        asked = scaling_of(job.definition) if self._settings().autoscale else None
        if faults.scaled_after is not None:
            up = moment + self._settings().start_latency
            self._expect_scaling(job, up + faults.scaled_after, initial)
        elif asked is not None:
            self._expect_scaling(job, moment + asked.interval, initial)
        return True

    def _stop(self, job: StoredJob, order: Event, moment: float) -> bool:
        if job.status in _BUSY:
            return False
        if allowed(job.status).stop == OK:
            faults = OrderedFaults(**order.data["faults"])
            trigger = order.data["trigger_savepoint"]
            self._runner.stop(job, trigger, moment, faults)
            _hold(job, faults, "job_savepointing" if trigger else "job_canceling", moment)
        return True

    def _savepoint(self, job: StoredJob, order: Event, moment: float) -> bool:
        if job.status in _BUSY:
            return False
        if allowed(job.status).savepoint == OK:
            faults = OrderedFaults(**order.data["faults"])
            self._runner.savepoint(job, order.data["path"], moment, faults)
            _hold(job, faults, "job_savepointing", moment)
        return True

    def _update(self, job: StoredJob, order: Event, moment: float) -> bool:
        given = order.data["given"]
        namesake = self._store.job_named(job.project, given.get("name", ""))
        if namesake is None or namesake.job_id == job.job_id:  # else the name was taken in the meantime
            job.definition = job.definition | given
            job.update_time = milliseconds(moment)
        return True

    # -- scaling: DLI's own order ----------------------------------------------------------------------------------

    def _expect_scaling(self, job: StoredJob, at: float, initial: int, cu_number: int | None = None) -> None:
        job.orders.append(Event(at, "scale", {"initial": initial, "cu_number": cu_number}))

    def _scale(self, job: StoredJob, order: Event, moment: float) -> bool:
        if job.status in _ON_THE_WAY:
            return False
        if job.status == "job_running" and scaling_of(job.definition) is not None:
            self._runner.stop(job, True, moment, OrderedFaults())
            job.orders = [other for other in job.orders if other is order or other.what != "scale"]
            job.orders.append(Event(moment, "scaled", order.data))
        return True

    def _scaled(self, job: StoredJob, order: Event, moment: float) -> bool:
        if job.status in _ON_THE_WAY:
            return False
        asked = scaling_of(job.definition)
        if job.status != "job_cancel_success" or asked is None:
            return True  # the stop came to nothing, and so does the scaling
        before, initial = job.definition["cu_number"], order.data["initial"]
        size = order.data["cu_number"] or asked.next_size(before, initial)
        job.definition = job.definition | scaled(job.definition, size)
        self._runner.start(job, self._store.savepoint(job.savepoint), moment, OrderedFaults())
        self._note(job, f"DLI scaled the job from {before} to {size} CUs.")
        if self._settings().autoscale:
            self._expect_scaling(job, moment + asked.interval, initial)
        return True

    def _note(self, job: StoredJob, note: str) -> None:
        run = self._store.run(job.job_id, job.run)
        if run is not None and note:
            run.note = note
            self._store.save_run(run)


def _hold(job: StoredJob, faults: OrderedFaults, usual: str, moment: float) -> None:
    """A job that is stuck keeps its status: what was to happen happens so much later, or never."""
    if faults.stuck_in is None:
        return
    job.status = faults.stuck_in or usual
    if not faults.stuck_for:
        job.events = []
    for event in job.events:
        event.at = max(event.at, moment) + faults.stuck_for
