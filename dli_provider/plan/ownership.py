"""Whose job is it: the tags by which a stack knows its own job again, and the note of the last savepoint.

All of them live on the job itself, so that whoever comes after a crash, on whatever machine, finds them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

RESERVED_PREFIX = "pulumi_"
"""Tags of this provider; the user's own may not begin so."""

SAVEPOINT_NOTE = "pulumi_savepoint"
"""Tag that holds the directory of the last savepoint taken before a stop."""

_STACK = ("pulumi_project", "pulumi_stack")
_OWN = re.compile(r"/savepoints/[^/]+/[^/-]+-\d+-([0-9a-f]{8})(?:/|$)")
_READABLE = 43  # the shortest limit that any DLI page names for a tag's value


def ownership_tags(owner: str | None) -> dict[str, str]:
    """The tags of a job declared by `owner` ("project/stack/resource"); none without an owner."""
    if not owner:
        return {}
    project, stack, _ = owner.split("/", 2)
    return {
        "pulumi_project": project[:_READABLE],
        "pulumi_stack": stack[:_READABLE],
        "pulumi_resource": hashlib.sha256(owner.encode()).hexdigest()[:32],
    }


def owns(owner: str | None, tags: Mapping[str, str]) -> bool:
    """Whether a job with these tags was created for `owner`."""
    own = ownership_tags(owner)
    return bool(own) and own.items() <= tags.items()


def foreign(owner: str | None, tags: Mapping[str, str]) -> bool:
    """Whether a job with these tags belongs to another stack than `owner` does."""
    own = ownership_tags(owner)
    return any(key in tags and tags[key] != own.get(key) for key in _STACK)


def owner_of(tags: Mapping[str, str]) -> str:
    """Who a job with these tags belongs to, for people."""
    stack = "/".join(tags[key] for key in _STACK if key in tags)
    return f"stack {stack}" if stack else "nobody that left a tag on it"


def savepoint_directory(bucket: str, name: str, stamp: str, run: int | None, sql_body: str) -> str:
    """Where a savepoint of our own goes: it names the job, the time (`stamp`), the run (by the moment at which DLI says
    that it began) and the query that the state fits."""
    root = bucket.removeprefix("obs://").strip("/")
    return f"obs://{root}/savepoints/{name}/{stamp}-{run or 0}-{_fits(sql_body)}/"


def taken_in(directory: str, run: int | None) -> bool:
    """Whether a savepoint of our own was taken in this run."""
    return directory.split("-")[-2:-1] == [str(run or 0)]


def fits(directory: str, sql_body: str | None) -> bool:
    """Whether a savepoint of our own was taken from a job with just this query."""
    return sql_body is not None and directory.rstrip("/").endswith("-" + _fits(sql_body))


def of_another(directory: str, *queries: str | None) -> bool:
    """Whether a savepoint of our own was taken from a job with none of these queries. Of any other, nobody knows."""
    own = _OWN.search(directory)
    return own is not None and own[1] not in {_fits(sql_body) for sql_body in queries if sql_body}


def _fits(sql_body: str) -> str:
    return hashlib.sha256(sql_body.encode()).hexdigest()[:8]
