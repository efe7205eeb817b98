"""One job at DLI: each write carried out once for certain, and each wait to its end. Knows no plan and no spec.

DLI's writes only deliver a request, and an answer can be lost. So after every lost answer the job is looked at first,
and a call is repeated only where the job shows that it did not arrive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from dli_provider.api.client import Client
from dli_provider.api.error_codes import NO_SAVEPOINT
from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import (
    DliError,
    FailedToStop,
    NotFound,
    Refused,
    StateLoss,
    TimedOut,
    Unavailable,
    WrongStatus,
)
from dli_provider.job.status import Status, run_state
from dli_provider.run.delivery import deliver
from dli_provider.run.savepoints import import_first
from dli_provider.run.start import EMPTY, GRACE, bring_up
from dli_provider.run.waiting import Clock, Deadline, wait_until
from dli_provider.run.watch import Watch

_ITS_OWN = "its savepoint"


@dataclass
class RemoteJob:
    """A job, and what is known of it while it is being changed.

    `job_id` is None until the job is created. `own_savepoint` is the directory of the savepoint taken in
    the course of this change, `stopped_at` that of the one that DLI took when it stopped the job. `source` is, in
    words, what the last run that we asked for takes its state from.
    `halted`: we put an end to that run, so that one which goes on now is DLI's own restart of a failed job.
    `displaced`: what DLI would resume is not the job's own savepoint. `adrift`: it was asked to be created, and
    whether it was is not known. `say` gets a line for every thing that takes a while. `watch` is where this process
    waits for its jobs. `seen` is the job as it was seen last; `current`: nothing has been asked of it since.
    `stood_from`: when we asked it to stop; `paused`: for how many seconds it then stood still.
    """

    api: Client
    name: str
    job_id: int | None
    clock: Clock
    timeout: float
    say: Callable[[str], None]
    watch: Watch | None = None
    own_savepoint: str | None = None
    stopped_at: str | None = None
    source: str = ""
    halted: bool = False
    adrift: bool = False
    displaced: bool = False
    current: bool = False
    stood_from: float | None = None
    paused: float | None = None
    seen: LiveJob = field(init=False)
    deadline: Deadline = field(init=False)

    def __post_init__(self) -> None:
        self.watch = self.watch or Watch(self.api, self.clock)
        self.seen = LiveJob(self.job_id or 0, self.name, Status.INIT)
        self.renew_deadline()

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

    def look(self) -> LiveJob:
        """The job now."""
        for pause in (1.0, 2.0, None):
            try:
                self.seen = self.api.get(self.id)
            except Refused as refused:
                # A no without a code says nothing about the job.
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

    def settled(self, awaited: str = "settling") -> LiveJob:
        """The job once its status is one that lasts."""
        return self.wait(lambda live: run_state(live.status).settled, awaited)

    def update(self, document: Mapping[str, object]) -> None:
        self.current = False
        self.api.update(self.id, document)

    def delete(self) -> None:
        """Delete the job and wait until it is gone; a job that is gone already is fine."""
        self.current = False
        try:
            self.api.delete(self.id)
        except NotFound:
            return
        try:
            self.wait(lambda _: False, "deleting")
        except NotFound:
            return

    def resume(self, spares: Sequence[str], health_window: float = 0.0) -> None:
        """Run the job from its savepoint; where DLI has dropped that one, from the one that we took, or else from the
        first spare. Never empty."""
        spares = [path for path in (self.own_savepoint, self.stopped_at, *spares) if path]
        source, none_taken = _ITS_OWN, None
        if self.known().has_savepoint is False or self.displaced:
            try:
                source = self._imported(spares)
            except StateLoss as refused:
                if self.displaced:
                    raise
                # What DLI reports may be incomplete; if it has none indeed, it refuses to resume.
                none_taken = refused
        try:
            self.run(source, health_window)
        except DliError as refused:
            if refused.code != NO_SAVEPOINT:
                raise
            if none_taken:
                raise none_taken from refused
            self.run(self._imported(spares), health_window)

    def _imported(self, spares: Sequence[str]) -> str:
        self.say(f"importing savepoint {(taken := import_first(self, spares))}")
        return f"savepoint {taken}"

    def run(self, source: str = EMPTY, health_window: float = 0.0) -> None:
        """Run the job, wait until it does, and watch it for `health_window` seconds; see `starting`."""
        bring_up(self, source, health_window)

    def stop(self, *, trigger_savepoint: bool) -> LiveJob:
        """Stop the job and wait until it is at rest. Raises FailedToStop when it runs on, and TimedOut."""

        def stops(live: LiveJob) -> bool:
            return not run_state(live.status).may_run

        self.deliver(lambda: self.api.stop(self.id, trigger_savepoint), arrived=stops, needless=stops)
        asked = Deadline(GRACE, self.clock)
        moved = False

        def at_rest(live: LiveJob) -> bool:
            nonlocal moved
            state = run_state(live.status)
            if not state.settled:
                moved = True
                return False
            if state.may_run:
                if moved or not asked.remaining or live.status == Status.CANCEL_FAIL:
                    raise FailedToStop(
                        self.subject,
                        [
                            f"it was asked to stop and is {live.status}",
                            *([live.status_desc] if live.status_desc else []),
                        ],
                        remedy="look at the job in the DLI console, then deploy again",
                    )
                return False
            return True

        live = self.wait(at_rest, "stopping")
        self.stopped_at = live.savepoint_path if trigger_savepoint else None
        return live

    def halt(self) -> None:
        """Make sure that nothing runs, whatever the status is; state is not kept."""
        live = self.known()
        # A job that is being submitted can be stopped; waiting for it first could take the whole deadline.
        if not run_state(live.status).settled and live.status != Status.SUBMITTING:
            live = self.settled()
        if live.status == Status.SUBMITTING or run_state(live.status).may_run:
            try:
                self.stop(trigger_savepoint=False)
            except WrongStatus:
                self.settled()
        self.halted, self.source = True, ""

    def bring_to_rest(self, *, trigger_savepoint: bool) -> bool:
        """Make sure that the job can be run from its savepoint. False where it never stopped, and runs on."""
        state = run_state(self.settled().status)
        if state.runs and not self.halted:
            return False
        if state.may_run:
            try:
                self.stop(trigger_savepoint=trigger_savepoint and not self.halted)
            except (FailedToStop, TimedOut):
                if self.halted or not run_state(self.seen.status).runs:
                    raise
                return False
        return True

    def change_tags(self, remove: Mapping[str, str], add: Mapping[str, str]) -> None:
        """Remove and add tags, each with its value; an answer that is lost is looked for."""
        if remove:
            self._tag(
                lambda: self.api.delete_tags(self.id, remove), lambda tags: not remove.items() & tags.items()
            )
        if add:
            self._tag(lambda: self.api.create_tags(self.id, add), lambda tags: add.items() <= tags.items())

    def _tag(self, call: Callable[[], None], arrived: Callable[[Mapping[str, str]], bool]) -> None:
        try:
            call()
        except Unavailable:
            if not arrived(self.api.tags(self.id)):
                raise

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
        if self.current and deadline is None and done(self.seen):
            return self.seen
        last = ""

        def finished(live: LiveJob) -> bool:
            nonlocal last
            if live.status != last and not run_state(live.status).settled:
                self.say(f"{awaited}: {live.status}")
            last = live.status
            return done(live)

        assert self.watch is not None
        deadline = deadline or self.deadline
        rounds = self.watch.rounds(self.id, deadline, pause)
        with closing(rounds):
            live = wait_until(rounds, self.look, finished, deadline, self.subject, awaited, believe=believe)
        self.seen, self.current = live, True
        return live

    def deliver(
        self,
        call: Callable[[], None],
        *,
        arrived: Callable[[LiveJob], bool],
        needless: Callable[[LiveJob], bool],
    ) -> None:
        """Make a call that must not be repeated blindly; see `delivery`."""

        def asked() -> None:
            self.current = False
            call()

        deliver(asked, self.look, self.settled, self.deadline, arrived=arrived, needless=needless)
