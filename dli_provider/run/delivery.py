"""A write that is carried out once for certain: looked for, after a lost answer, before it is repeated."""

from __future__ import annotations

from collections.abc import Callable

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import Throttled, Unavailable, WrongStatus
from dli_provider.job.status import run_state
from dli_provider.run.waiting import Deadline

_PAUSES = (0.5, 1.0, 2.0)


def deliver(
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
            if arrived(look()):
                return
        except WrongStatus:
            live = look()
            if needless(live) or (lost and arrived(live)):
                return
            # Somebody else's change may be under way.
            if pause is None or run_state(live.status).settled:
                raise
            settle()
        else:
            return
