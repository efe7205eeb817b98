"""One job at DLI: looked at and waited for. Knows no plan and no spec.

What a look proves is said by `belief`, how a job is asked for something exactly once by `delivery`, and what it can be
asked for by `amend`, `creation`, `savepoints`, `start` and `stop`: functions of a handle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field

from dli_provider.api.client import Client
from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import DliError, NotFound, Refused, Throttled, TimedOut, Unavailable
from dli_provider.job.status import Status, run_state
from dli_provider.run.belief import CONSTANTLY, Sightings
from dli_provider.run.once import Once
from dli_provider.run.waiting import Clock, Deadline, wait_until
from dli_provider.run.watch import Watch
from dli_provider.times import lasting


@dataclass
class Notes:
    """What is noted of a job in the course of one change, for the steps that follow and for a rollback."""

    own_savepoint: str | None = None
    """Directory of the savepoint of ours that was taken on the way. It outlives every start: a failed one can be taken
    back from it, and it is remembered for later."""
    stopped_at: str | None = None
    """Directory of the savepoint that DLI took when it stopped the job, the newest state there is. DLI drops it at the
    next start, so that one which fails has to import it again."""
    source: str = ""
    """In words, what the last run that we asked for takes its state from. "" where we asked for none, or have halted
    it again."""
    halted: bool = False
    """We stopped that run. If the job runs now, DLI restarted it with the failed definition; it must be stopped
    again."""
    displaced: bool = False
    """What DLI would resume is not the job's own savepoint, since an import could not be taken back. So whoever runs
    the job imports its state first."""
    nonce: str | None = None
    """What marks the job that this attempt creates as just this attempt's, or as what follows from the job that it
    replaces."""
    begun: str | None = None
    """What the job bears as the sign that it is being made, until it is done."""
    former: int | None = None
    """The job whose place this one takes, which is never the one to go on with."""
    imported: bool = False
    """DLI took the import of what the job is to resume, and nothing was run since."""
    ran: bool = False
    """A run was asked for: DLI's own savepoint, which lives until the next start, may be gone."""
    sent: list[Mapping[str, object]] = field(default_factory=list)
    """Updates that were made, or may have been."""
    unmarked: bool = False
    """The job could not be marked as its owner's."""
    adrift: bool = False
    """The job was asked to be created, and whether it was is not known."""
    taken: bool = False
    """DLI says that its name is taken, and lists no such job."""
    absent_at: str = ""
    """When the list of jobs was last seen without a job that was asked to be created."""
    stood_from: float | None = None
    """When we asked it to stop, by the clock."""
    paused: float | None = None
    """For how many seconds it then stood still, until it ran again."""
    keeps: bool = False
    """A job that is made, and does not come up, is to stay: somebody can remember it."""
    kept: bool = False
    """It did stay."""


_SOON = 10.0
"""Seconds after which it is said what is being done: what takes less needs no telling, and with a hundred jobs nobody
could read it."""


@dataclass
class JobHandle:
    """A job, how it is reached, and how it was seen last.

    `job_id` is None until the job is created. `say` gets a line for what should be known afterwards, `progress` one for
    what is only worth knowing while it lasts. `watch` is where this process waits for its jobs. `current`: nothing has
    been asked of the job since it was `seen`. `once`: what was done and said once in this process, for all its jobs.
    `made` runs for as long after its creation as "not found" is not believed.
    """

    api: Client
    name: str
    job_id: int | None
    clock: Clock
    timeout: float
    say: Callable[[str], None]
    progress: Callable[[str], None]
    watch: Watch
    notes: Notes = field(default_factory=Notes)
    current: bool = False
    once: Once = field(default_factory=Once)
    seen: LiveJob = field(init=False)
    deadline: Deadline = field(init=False)
    sightings: Sightings = field(init=False)
    made: Deadline | None = None
    _begun: float = field(init=False)
    _silent_until: float = _SOON

    def __post_init__(self) -> None:
        # Who gives little time is not to spend all of it on one doubt.
        self.sightings = Sightings(self.clock, min(CONSTANTLY, self.timeout / 2))
        self.seen = LiveJob(self.job_id or 0, self.name, Status.INIT)
        self._begun = self.clock.now()
        self.renew_deadline()
        # A call that drips, or is made again and again, must not outlive the operation that it is part of.
        self.api = self.api.within(lambda: self.deadline.remaining)

    def renew_deadline(self) -> None:
        """Give what follows the full time again: a rollback must not suffer from what went before."""
        self.deadline = Deadline(self.timeout, self.clock)

    @property
    def subject(self) -> str:
        return f"{self.name} (job {self.job_id})" if self.job_id is not None else self.name

    @property
    def id(self) -> int:
        assert self.job_id is not None, "a step that needs the job comes after the one that creates it"
        return self.job_id

    def created(self, job_id: int) -> None:
        """DLI has created the job just now: a draft that has never run."""
        self.job_id = job_id
        self.seen, self.current = LiveJob(job_id, self.name, Status.INIT), True
        self.sightings.note(self.seen)
        self.made = Deadline(self.sightings.patience, self.clock)

    # -- looking ---------------------------------------------------------------------------------------------------

    def look(self) -> LiveJob:
        """The job now, or as a replica has it that lags."""
        for pause in (1.0, 2.0, None):
            try:
                self.seen = self._get()
            except Refused as refused:
                # A refusal without DLI's error code says nothing about the job: ask again.
                if refused.code or pause is None:
                    raise
                self.clock.sleep(pause)
            else:
                break
        self.current = True
        self.sightings.note(self.seen)
        return self.seen

    def _get(self) -> LiveJob:
        """The job; one that we made just now may not be known everywhere yet."""
        while True:
            try:
                return self.api.get(self.id)
            except NotFound:
                if self.made is None or not self.made.remaining:
                    raise
                self.clock.sleep(1.0)

    def known(self) -> LiveJob:
        """The job as it was seen last if nothing has been asked of it since, else as it is now."""
        return self.seen if self.current else self.look()

    def last_look(self) -> LiveJob:
        """The job now that all is done. As that cannot fail any more, what was seen last will do."""
        try:
            return self.known()
        except NotFound:
            raise
        except DliError:
            return self.seen

    # -- telling ---------------------------------------------------------------------------------------------------

    def under_way(self, what: str) -> None:
        """Say what is being done just now, if the change takes long: then, and after three times as long, and so on. A
        job that is waited for by the hour fills no log."""
        so_far = self.clock.now() - self._begun
        if so_far >= self._silent_until:
            self._silent_until = 3 * so_far
            self.progress(f"{what} ({lasting(so_far)} so far)")

    # -- waiting ---------------------------------------------------------------------------------------------------

    def settled(self, awaited: str = "settling") -> LiveJob:
        """The job once its status is one that lasts, and no old news."""
        return self.wait(
            lambda live: run_state(live.status).settled and self.sightings.believed(live), awaited
        )

    def watched(self, seconds: float) -> LiveJob:
        """The job after so many seconds, or as soon as it has come to rest."""
        with suppress(TimedOut):
            self.wait(
                lambda live: run_state(live.status).at_rest and self.sightings.believed(live),
                "afterwards",
                Deadline(seconds, self.clock),
            )
        return self.seen

    def wait(
        self,
        done: Callable[[LiveJob], bool],
        awaited: str,
        deadline: Deadline | None = None,
        *,
        pause: float = 0.0,
        believe: bool = False,
    ) -> LiveJob:
        """Wait until `done` says so, or until the deadline, by default the operation's; see `waiting`."""
        # With its own deadline the caller watches for changes to come, so an earlier look does not count.
        if self.current and deadline is None and done(self.seen):
            return self.seen

        def finished(live: LiveJob) -> bool:
            self.sightings.note(live)
            self.under_way(f"{awaited}: {live.status}")
            return done(live)

        def look() -> LiveJob:
            try:
                return self.look()
            except (Unavailable, Throttled) as unseen:
                # Else a DLI that does not answer could not be told from a job that is slow, until the time is over.
                self.under_way(f"{awaited}: {'; '.join(unseen.reasons)}")
                raise

        deadline = deadline or self.deadline
        rounds = self.watch.rounds(self.id, deadline, pause)
        with closing(rounds):
            live = wait_until(rounds, look, finished, deadline, self.subject, awaited, believe=believe)
        self.seen, self.current = live, True
        return live

    # -- asking ----------------------------------------------------------------------------------------------------

    def about_to_change(self) -> None:
        """A request follows, so what was seen of the job before does not count any more."""
        self.current = False
