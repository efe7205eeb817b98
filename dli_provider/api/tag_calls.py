"""The tags of a job. DLI keeps them apart from its definition, and changes them while it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dli_provider.api.call import CONFIRMED_BY_STATUS, Call
from dli_provider.api.call_group import CallGroup
from dli_provider.api.decoding import integer, member, objects, required_id, text
from dli_provider.api.retry import Repeat

_JOBS = "dli_flink_job"
_PAGE = 100
_MISSING = frozenset({"DLI.0002", "DLI.0023"})


@dataclass(frozen=True)
class TagCalls(CallGroup):
    """Calls on a job's tags.

    What they answer for an unknown job is not documented: either code for what is not there is taken for it. Tags are
    kept apart from jobs, so a job that they do not know is gone only if its own call says so.
    """

    def tags(self, job_id: int) -> dict[str, str]:
        """The tags of a job. Huawei Cloud SDK for DLI, 'ShowResourceTags'."""
        call = Call(
            "GET",
            _path(job_id),
            version="v3",
            repeat=Repeat.READ,
            confirmed_by=CONFIRMED_BY_STATUS,
            missing=_MISSING,
        )
        return self._read(call, f"job {job_id}", _tags)

    def tags_of_all(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Every job with its tags, page by page. Whether those without tags are among them is not documented.

        Huawei Cloud SDK for DLI, 'ListResourcesByTags'.
        """
        seen: set[int] = set()
        while True:
            query = {"limit": str(_PAGE), "offset": str(len(seen))}
            call = Call(
                "POST",
                f"{_JOBS}/resource-instances/filter",
                version="v3",
                query=query,
                body={},
                repeat=Repeat.READ,
                confirmed_by=CONFIRMED_BY_STATUS,
            )
            found, total = self._read(call, "the list of tags", _tagged)
            new = {job_id: tags for job_id, tags in found.items() if job_id not in seen}
            yield from new.items()
            seen |= new.keys()
            # A page with nothing new ends it too, since DLI need not give a total.
            if not new or (total is not None and len(seen) >= total):
                return

    def create_tags(self, job_id: int, tags: Mapping[str, str]) -> None:
        """Add tags. Whether a key that exists is overwritten is not documented: delete it first.

        Huawei Cloud SDK for DLI, 'BatchCreateResourceTags'.
        """
        self._change(job_id, "create", tags)

    def delete_tags(self, job_id: int, tags: Mapping[str, str]) -> None:
        """Remove tags, each with its value. Huawei Cloud SDK for DLI, 'BatchDeleteResourceTags'."""
        self._change(job_id, "delete", tags)

    def _change(self, job_id: int, action: str, tags: Mapping[str, str]) -> None:
        call = Call(
            "POST",
            f"{_path(job_id)}/{action}",
            version="v3",
            body={"tags": [{"key": key, "value": value} for key, value in tags.items()]},
            repeat=Repeat.IDEMPOTENT,
            confirmed_by=CONFIRMED_BY_STATUS,
            missing=_MISSING,
        )
        self._send(call, f"job {job_id}")


def _tagged(body: object) -> tuple[dict[int, dict[str, str]], int | None]:
    resources = objects(member(body, "resources"))
    found = {required_id(each, "resource_id"): _tags(each) for each in resources}
    return found, integer(member(body, "total_count"))


def _tags(body: object) -> dict[str, str]:
    return {text(tag.get("key")): text(tag.get("value")) for tag in objects(member(body, "tags"))}


def _path(job_id: int) -> str:
    return f"{_JOBS}/{job_id}/tags"
