"""One small function per DLI call: rules, then the runner or the store, then the response. Under the functions of a
module stand its `ROUTES`: everything that others must know of a call, said once.

A call gets a `CallContext`, and returns a `DliResponse` or raises a `Rejection`. It runs within one transaction, and
knows neither headers nor the faults of the connection.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Final, TypeAlias

from dli_provider.emulator.faults import Fault, ordered_for
from dli_provider.emulator.local_dli import LocalDli
from dli_provider.emulator.models import StoredJob
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.responses import DliResponse
from dli_provider.emulator.rules.fields import each_once
from dli_provider.emulator.runners import OrderedFaults
from dli_provider.emulator.schemas import ERROR, Schema, whole

_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class CallContext:
    """One request, routed: path parameters, query and body, and the moment at which it happens."""

    dli: LocalDli
    name: str
    project: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    now: float
    faults: Sequence[Fault] = ()

    def json(self, code: str = "DLI.10004") -> dict[str, Any]:
        """The body as a JSON object. Anything else is rejected with `code`: pages have different ones for it."""
        try:
            once = self.dli.settings.repeated_keys == "refuse"
            parsed = json.loads(self.body, object_pairs_hook=each_once if once else None)
            # Half a surrogate pair parses, but is no text: nothing could be stored or sent back.
            json.dumps(parsed, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise Rejection(code) from None
        if not isinstance(parsed, dict):
            raise Rejection(code, "not an object")
        return parsed

    def ordered_faults(self, job: StoredJob) -> OrderedFaults:
        """What fault rules have in store for this job in this call."""
        return ordered_for(self.faults, job.name)

    def path_id(self, name: str = "job_id") -> int:
        """The numeric id in the path; anything else is rejected with DLI.12001."""
        return number(self.path[name])

    def job(self, not_found: str) -> StoredJob:
        """The job that the path names; where there is none, each call has a code of its own."""
        return self.job_with(self.path_id(), not_found)

    def job_with(self, job_id: int, not_found: str) -> StoredJob:
        """The job of this id; where there is none, each call has a code of its own."""
        job = self.dli.store.job(self.project, job_id)
        if job is None:
            raise Rejection(not_found, f"job {job_id}")
        return job

    def query_int(self, name: str, default: int, code: str, most: int = 10**18) -> int:
        """A whole number from 0 to `most` from the query; anything else is rejected with `code`."""
        text = self.query.get(name)
        if text is None or text == "":
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) > most:
            raise Rejection(code, f"{name}={text}")
        return int(text)

    def query_flag(self, name: str) -> bool:
        """`true` or `false` from the query; false when it is left out."""
        return self.query_word(name, ("true", "false", "")) == "true"

    def query_word(self, name: str, words: Collection[str]) -> str:
        """One of a few words from the query, in whatever case of letters; "" when it is left out."""
        word = self.query.get(name, "").lower()
        if word and word not in words:
            raise Rejection("DLI.0001", f"{name}={word}")
        return word

    def order(self) -> str:
        """`order` of a list: `desc` unless the query says `asc`."""
        return self.query_word("order", ("asc", "desc")) or "desc"


Handler: TypeAlias = Callable[[CallContext], DliResponse]

LARGEST_PAGE: Final = 100
PAGE: Final[dict[str, Schema]] = {"offset": whole(0, 10**6), "limit": whole(0, LARGEST_PAGE)}
"""The query of a call that answers page by page."""
JOBS: Final = "/v1.0/{project_id}/streaming/jobs"


@dataclass(frozen=True)
class ApiRoute:
    """One DLI call: its name in fault rules and in the request log, where it is, who answers it, and the schemas of
    what goes in and out, from which the OpenAPI document is made."""

    name: str
    method: str
    path: str
    handler: Handler
    _: KW_ONLY
    write: bool  # changes something
    answer: Schema | None  # of a success; None: no body
    body: Schema | None = None
    query: Mapping[str, Schema] = field(default_factory=dict)
    status: int = 200  # of a success
    error: Schema = field(default_factory=lambda: ERROR)
    may_be_empty: bool = False  # the body may be left out
    guarded: bool = True  # False: asked by those who have no token yet
    deprecated: bool = False  # its page says so: it may be gone from a region at any time


def number(text: str) -> int:
    """An id in a path: a number greater than 0; anything else is rejected with DLI.12001."""
    if not text.isascii() or not text.isdigit() or len(text) > 19 or not 0 < int(text) <= _LARGEST_ID:
        raise Rejection("DLI.12001", text)
    return int(text)


def job_ids(body: Mapping[str, Any], name: str = "job_ids") -> list[int]:
    """The ids of a batch call: a non-empty array of integers greater than 0."""
    ids = body.get(name)
    if ids is None or ids == []:
        raise Rejection("DLI.11029", name)
    if not isinstance(ids, list):
        raise Rejection("DLI.0001", f"{name} must be an array")
    for given in ids:
        if isinstance(given, bool) or not isinstance(given, int) or not 0 < given <= _LARGEST_ID:
            raise Rejection("DLI.12001", str(given))
    return ids


def flag(body: Mapping[str, Any], name: str) -> bool:
    """A boolean in a body; false when it is left out."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise Rejection("DLI.0001", f"{name} must be a boolean")
    return bool(value)
