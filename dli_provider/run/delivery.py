"""Asking a job for something exactly once, whatever answers get lost, and again where DLI was only busy.

DLI's writes only deliver a request, and an answer can be lost. So after every lost answer the job is looked at first,
and a call is repeated only where the job shows that it did not arrive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import DliError, Throttled, Unavailable, WrongStatus
from dli_provider.job.status import run_state
from dli_provider.run.belief import Refusals
from dli_provider.run.handle import JobHandle
from dli_provider.run.waiting import Deadline, polls

_PAUSES = (0.5, 1.0, 2.0)
"""Seconds before a lost call is made a second, third and fourth time."""


def ask(job: JobHandle, call: Callable[[], object]) -> None:
    """Make a call that may be repeated; while DLI refuses it because it is busy with the job, it is."""
    refusals = Refusals(job.clock, job.deadline, job.sightings.patience)
    while True:
        job.about_to_change()
        try:
            call()
        except WrongStatus:
            if not refusals.go_on(moves=not run_state(job.look().status).settled):
                raise
        else:
            return


@dataclass
class Delivery:
    """One call that must not be repeated blindly.

    `what` is "run", "stop" or "savepoint". `arrived` tells by the job, after an answer was lost, whether the call was
    carried out; `needless` whether the job is as the call would make it, by itself or by somebody else. `unclear`: a
    refusal whose cause is not known counts as one because DLI is busy, as nothing else is likely.
    """

    job: JobHandle
    what: str
    call: Callable[[], None]
    arrived: Callable[[LiveJob], bool]
    needless: Callable[[LiveJob], bool]
    unclear: bool = False
    _lost: bool = False
    _pauses: Iterator[float] = field(default_factory=lambda: iter(_PAUSES))
    _refusals: Refusals = field(init=False)

    def make(self) -> None:
        """Make the call. Raises what the last attempt raised."""
        self._refusals = Refusals(self.job.clock, self.job.deadline, self.job.sightings.patience)
        while not self._attempt():
            pass

    def _attempt(self) -> bool:
        """Whether that is all; False where the call is to be made again."""
        memory = self.job.sightings.asked(self.what)
        self.job.about_to_change()
        try:
            self.call()
        except DliError as failure:
            self._lost = self._lost or not failure.certainly_not_done
            if isinstance(failure, (Unavailable, Throttled)):
                return self._goes_on_unanswered(failure)
            busy = isinstance(failure, WrongStatus) or (self.unclear and failure.cause_unknown)
            if busy and self._was_needless():
                return True
            if not self._lost:
                self.job.sightings.refused(memory)
            # The status may be about to change, or have changed where a look does not show it yet.
            moves = not run_state(self.job.seen.status).settled
            if not (busy and self._refusals.go_on(moves=moves)):
                raise
            return False
        return True

    def _goes_on_unanswered(self, failure: DliError) -> bool:
        pause = next(self._pauses, None)
        if pause is None or not self.job.deadline.remaining:
            raise failure
        self.job.clock.sleep(pause)
        # A second run could lose the state that the first has used up, so the job is watched at length before it is
        # asked again. A second stop or savepoint does no harm.
        return self._lost and self._shows(at_length=self.what == "run")

    def _was_needless(self) -> bool:
        """Refused because the job is so already: somebody else did it, or our own call whose answer was lost."""
        return self.needless(self.job.look()) or (self._lost and self._shows(at_length=True))

    def _shows(self, *, at_length: bool) -> bool:
        """Whether the job shows that a call was carried out whose answer was lost."""
        job, seconds = self.job, 0.0
        if at_length:
            seconds = min(job.sightings.patience, job.deadline.remaining)
        unseen: DliError | None = None
        for _ in polls(Deadline(seconds, job.clock)):
            try:
                if self.arrived(job.look()):
                    return True
                unseen = None
            except (Unavailable, Throttled) as unanswered:
                unseen = unanswered
        if unseen:
            raise unseen  # nothing is repeated blindly
        return False
