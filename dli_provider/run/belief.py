"""What to believe of a job that is looked at: a look may be old news, and what DLI said yes to may come late.

No page of DLI's says that a read shows what a write before it did, nor how long an accepted request takes. So:

- A sight (status and start of the run) that was seen before the last request is no answer to it; nor is one of an
  earlier run than the newest that was seen. It may be a replica that lags, or DLI has not begun yet.
- A sight that was not there before is believed at once.
- That a request came to nothing is believed only once the same was seen constantly, for CONSTANTLY seconds.

Decides nothing about jobs: it only says which looks count.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dli_provider.api.job_answers import LiveJob
from dli_provider.run.waiting import Clock, Deadline
from dli_provider.times import time_of_day

CONSTANTLY = 60.0
"""Seconds for which nothing may change before an accepted request, or one whose answer was lost, is believed to have
come to nothing; at most half of the time that an operation has. Stops were seen to begin 40 s after their yes, and
reads to lag by 20 s."""
AFTERWARDS = 10.0
"""Seconds for which a job is watched at the end of a failed deployment, where something asked for may yet happen."""

_Sight = tuple[str, int | None]


@dataclass(frozen=True)
class _Memory:
    """`past`: sights that tell nothing new. `last` is the present one, seen `since` then."""

    past: frozenset[_Sight] = frozenset()
    last: _Sight | None = None
    since: float = 0.0


@dataclass
class Sightings:
    """All looks at one job in the course of one change."""

    clock: Clock
    patience: float = CONSTANTLY
    """For how many seconds something has to be seen constantly."""
    outstanding: str = ""
    """What DLI was asked for and has not been seen to do, nor constantly not to do: "stop" or "run"."""
    asked_at: float = 0.0
    lag: float = 0.0
    """For how many seconds an earlier run was still shown after a newer one had been seen."""
    last_seen_at: float | None = None
    _seen: set[_Sight] = field(default_factory=set)
    _memory: _Memory = field(default_factory=_Memory)
    _newest: int = 0
    _newest_since: float = 0.0

    def note(self, live: LiveJob) -> None:
        """The job was looked at."""
        sight, now = _sight(live), self.clock.now()
        self.last_seen_at = self.clock.wall()
        if live.start_time is None and self._newest:
            return  # entries of the list may tell less
        if self._is_superseded(live):
            self.lag = max(self.lag, now - self._newest_since)
        elif (live.start_time or 0) > self._newest:
            self._newest, self._newest_since = live.start_time or 0, now
        self._seen.add(sight)
        if sight != self._memory.last:
            self._memory = replace(self._memory, last=sight, since=now)

    def asked(self, what: str = "") -> _Memory:
        """A request follows: what was seen up to now is no answer to it. For `refused`."""
        memory = self._memory
        self._memory = replace(memory, past=memory.past | self._seen, since=self.clock.now())
        self.outstanding, self.asked_at = what, self.clock.now()
        return memory

    def refused(self, memory: _Memory) -> None:
        """The request certainly did nothing."""
        self._memory, self.outstanding = memory, ""

    def arrived(self, live: LiveJob) -> None:
        """What was asked for was seen to have happened, or not to: from here on this is the present."""
        self._memory = replace(self._memory, past=frozenset(self._seen) - {_sight(live)})
        self.outstanding = ""

    def is_news(self, live: LiveJob) -> bool:
        """Whether this can only be what came of the last request."""
        return _sight(live) not in self._memory.past and not self._is_superseded(live)

    def is_constant(self, live: LiveJob) -> bool:
        """Whether this was seen, and nothing else, for so long that it is believed to be all that comes."""
        same = _sight(live) == self._memory.last
        return same and self.clock.now() - self._memory.since >= self.patience

    def believed(self, live: LiveJob) -> bool:
        """Whether this look counts."""
        return self.is_news(live) or self.is_constant(live)

    @property
    def waited(self) -> float:
        """Seconds since the last request."""
        return self.clock.now() - self.asked_at

    def when(self) -> str:
        """When the job was last seen, for people."""
        return "no time" if self.last_seen_at is None else time_of_day(self.last_seen_at)

    def _is_superseded(self, live: LiveJob) -> bool:
        return live.start_time is not None and live.start_time < self._newest


@dataclass
class Refusals:
    """Refusals of one request, one after the other.

    DLI may be busy in a way that the status does not show yet, so it is asked again until it has refused for so many
    seconds while the job looked the same.
    """

    clock: Clock
    deadline: Deadline
    seconds: float = CONSTANTLY
    _patience: Deadline | None = None
    _pause: float = 0.5

    def go_on(self, *, moves: bool) -> bool:
        """Wait a little, and say whether to ask again. `moves`: the job is on its way to another status."""
        if self._patience is None or moves:
            self._patience = Deadline(self.seconds, self.clock)
        if not (self._patience.remaining and self.deadline.remaining):
            return False
        self.clock.sleep(min(self._pause, self.deadline.remaining))
        self._pause = min(self._pause * 2, 5.0)
        return True


def _sight(live: LiveJob) -> _Sight:
    return live.status, live.start_time
