"""One job at DLI: looked at, waited for, and asked for something exactly once. Knows no plan and no spec.

DLI's writes only deliver a request, and an answer can be lost. So after every lost answer the job is looked at first,
and a call is repeated only where the job shows that it did not arrive.

What a job can be asked for stands in `amend`, `creation`, `savepoints`, `start` and `stop`: functions of a handle.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from dli_provider.api.client import Client
from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import DliError, NotFound, Refused, Throttled, Unavailable, WrongStatus
from dli_provider.job.status import Status, run_state
from dli_provider.run.waiting import Clock, Deadline, wait_until
from dli_provider.run.watch import Watch

GRACE = 15.0
"""Seconds that an accepted request may take to show in the status."""
_PAUSES = (0.5, 1.0, 2.0)
"""Seconds before a call is made a second, third and fourth time."""


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
    """What marks the job that this attempt creates as just this attempt's."""
    begun: str | None = None
    """What the job bears as the sign that it is being made, until it is done."""
    finishing: bool = False
    """The job whose place this one takes was found at rest and renamed: so a finished one of the wanted name is what
    the attempt that did this had made, and nobody else's."""
    former: int | None = None
    """The job whose place this one takes, which is never the one to go on with."""
    unmarked: bool = False
    """The job could not be marked as its owner's."""
    adrift: bool = False
    """The job was asked to be created, and whether it was is not known."""
    stood_from: float | None = None
    """When we asked it to stop, by the clock."""
    paused: float | None = None
    """For how many seconds it then stood still, until it ran again."""


@dataclass
class JobHandle:
    """A job, how it is reached, and how it was seen last.

    `job_id` is None until the job is created. `say` gets a line for every thing that takes a while. `watch` is where
    this process waits for its jobs. `current`: nothing has been asked of the job since it was `seen`.
    """

    api: Client
    name: str
    job_id: int | None
    clock: Clock
    timeout: float
    say: Callable[[str], None]
    watch: Watch
    notes: Notes = field(default_factory=Notes)
    current: bool = False
    seen: LiveJob = field(init=False)
    deadline: Deadline = field(init=False)

    def __post_init__(self) -> None:
        self.seen = LiveJob(self.job_id or 0, self.name, Status.INIT)
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

    # -- looking ---------------------------------------------------------------------------------------------------

    def look(self) -> LiveJob:
        """The job now."""
        for pause in (1.0, 2.0, None):
            try:
                self.seen = self.api.get(self.id)
            except Refused as refused:
                # A refusal without DLI's error code says nothing about the job: ask again.
                if refused.code or pause is None:
                    raise
                self.clock.sleep(pause)
            else:
                break
        self.current = True
        return self.seen

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

    # -- waiting ---------------------------------------------------------------------------------------------------

    def settled(self, awaited: str = "settling") -> LiveJob:
        """The job once its status is one that lasts."""
        return self.wait(lambda live: run_state(live.status).settled, awaited)

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
        last = ""

        def finished(live: LiveJob) -> bool:
            nonlocal last
            if live.status != last and not run_state(live.status).settled:
                self.say(f"{awaited}: {live.status}")
            last = live.status
            return done(live)

        deadline = deadline or self.deadline
        rounds = self.watch.rounds(self.id, deadline, pause)
        with closing(rounds):
            live = wait_until(rounds, self.look, finished, deadline, self.subject, awaited, believe=believe)
        self.seen, self.current = live, True
        return live

    # -- asking ----------------------------------------------------------------------------------------------------

    def about_to_change(self) -> None:
        """A request follows, so what was seen of the job before does not count any more."""
        self.current = False

    def deliver(
        self,
        call: Callable[[], None],
        *,
        arrived: Callable[[LiveJob], bool],
        needless: Callable[[LiveJob], bool],
    ) -> None:
        """Make a call that must not be repeated blindly; see `deliver_once`."""

        def asked() -> None:
            self.about_to_change()
            call()

        deliver_once(asked, self.look, self.settled, self.deadline, arrived=arrived, needless=needless)


def deliver_once(
    call: Callable[[], None],
    look: Callable[[], LiveJob],
    settle: Callable[[], object],
    deadline: Deadline,
    *,
    arrived: Callable[[LiveJob], bool],
    needless: Callable[[LiveJob], bool],
) -> None:
    """Make a call that must not be repeated blindly, at most four times.

    `arrived` tells by the job, after an answer was lost, whether the call was carried out; `needless` whether the job
    is as the call would make it, by itself or by somebody else. Raises what the last attempt raised.
    """
    lost = False
    for pause in (*_PAUSES, None):
        try:
            call()
        except (Unavailable, Throttled):
            if pause is None or not deadline.remaining:
                raise
            lost = True
            deadline.clock.sleep(pause)
            # The answer is lost, not necessarily the request: a job that shows it is not asked a second time.
            if arrived(look()):
                return
        except WrongStatus:
            live = look()
            # Refused because the job is so already: somebody else did it, or our own call whose answer was lost.
            if needless(live) or (lost and arrived(live)):
                return
            # Somebody else's change may be under way; a status that lasts will not change its mind.
            if pause is None or run_state(live.status).settled:
                raise
            settle()
        else:
            return
