"""The tags of a job. DLI keeps them apart from its definition, and changes them while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dli_provider.api.call import CONFIRMED_BY_STATUS, Call
from dli_provider.api.call_group import CallGroup
from dli_provider.api.decoding import member, objects, text
from dli_provider.api.retry import Repeat


@dataclass(frozen=True)
class TagCalls(CallGroup):
    """Calls on a job's tags. What they answer for an unknown job is not documented."""

    def tags(self, job_id: int) -> dict[str, str]:
        """The tags of a job. Huawei Cloud SDK for DLI, 'ShowResourceTags'."""
        call = Call("GET", _path(job_id), version="v3", repeat=Repeat.READ, confirmed_by=CONFIRMED_BY_STATUS)
        return self._read(call, f"job {job_id}", _tags)

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
        )
        self._send(call, f"job {job_id}")


def _tags(body: object) -> dict[str, str]:
    return {text(tag.get("key")): text(tag.get("value")) for tag in objects(member(body, "tags"))}


def _path(job_id: int) -> str:
    return f"dli_flink_job/{job_id}/tags"
