"""One call of the DLI API as data: what is sent, how far it may be repeated, what shows success."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dli_provider.api.retry import Repeat

CONFIRMED_BY_STATUS = ""


@dataclass(frozen=True)
class Call:
    """A request below `<endpoint>/<version>/<project id>/`.

    `confirmed_by` is the key which, where `is_success` is missing, shows that a 2xx answer means success: the
    payload's name; `is_success` itself where there is no payload; or `CONFIRMED_BY_STATUS` for calls that
    answer no body. `missing` are codes that for this call, beyond those that always do, mean that the
    object named in the path is gone. `elements` names the objects of a batch call in order, for its error
    messages. `asks_job`: a job is asked for something that its status may not allow.
    """

    method: str
    path: str
    version: str = "v1.0"
    query: Mapping[str, str] = field(default_factory=dict)
    # A body may hold SQL, and SQL may hold passwords.
    body: Mapping[str, object] | None = field(default=None, repr=False)
    repeat: Repeat = Repeat.ONCE
    confirmed_by: str = "is_success"
    missing: frozenset[str] = frozenset()
    elements: tuple[str, ...] = ()
    asks_job: bool = False
