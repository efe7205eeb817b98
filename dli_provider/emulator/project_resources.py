"""What a project has besides jobs: queues, buckets, topics, and whether its account is paid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dli_provider.emulator.models import bucket_of
from dli_provider.emulator.store import Store
from dli_provider.emulator.switches import EmulatorSettings

EVERYWHERE: Final = "*"  # a queue under this project exists in every project
_DEFAULT_QUEUES: Final = {
    "default": {"queue_type": "sql", "cu": 16},  # the preset queue; it cannot run Flink
    "q_stream_dev": {"queue_type": "general", "cu": 64},
    "q_stream_staging": {"queue_type": "general", "cu": 64},
    "q_stream_prod": {"queue_type": "general", "cu": 256},
}


@dataclass(frozen=True)
class EmulatedQueue:
    """One queue: `queue_type` is `general` (runs Flink) or `sql`; `cu` is its size in CUs."""

    name: str
    queue_type: str
    cu: int


class ProjectResources:
    """Looks things up for the rules.

    Any bucket, topic or queue counts as existing, unless a switch (`EmulatorSettings`) asks for those that were made.
    """

    def __init__(self, store: Store, settings: Callable[[], EmulatorSettings]) -> None:
        self._store = store
        self._settings = settings

    def add_default_queues(self) -> None:
        """Give every project the default queues, keeping what is there."""
        present = self._store.all("queue", EVERYWHERE)
        for name, doc in _DEFAULT_QUEUES.items():
            if name not in present:
                self._store.put("queue", EVERYWHERE, name, doc)

    def add_queue(self, name: str, cu: int, project: str = EVERYWHERE, queue_type: str = "general") -> None:
        """Make a queue, in one project or everywhere. Names are case-insensitive."""
        self._store.put("queue", project, name.lower(), {"queue_type": queue_type, "cu": cu})

    def queues(self, project: str) -> list[EmulatedQueue]:
        """The queues of a project, by name."""
        found = self._store.all("queue", EVERYWHERE) | self._store.all("queue", project)
        return [EmulatedQueue(name, doc["queue_type"], doc["cu"]) for name, doc in sorted(found.items())]

    def queue(self, project: str, name: str) -> EmulatedQueue | None:
        """One queue, or `None`; with `any_queue` an unknown name is a general queue without limit."""
        for owner in (project, EVERYWHERE):
            doc = self._store.take("queue", owner, name.lower())
            if doc is not None:
                return EmulatedQueue(name.lower(), doc["queue_type"], doc["cu"])
        return EmulatedQueue(name.lower(), "general", 1_000_000) if self._settings().any_queue else None

    def bucket_exists(self, project: str, bucket: str) -> bool:
        """Any bucket, unless `strict_buckets`."""
        name = bucket_of(bucket)
        return not self._settings().strict_buckets or self._store.take("bucket", project, name) is not None

    def bucket_authorized(self, project: str, bucket: str) -> bool:
        """Whether DLI may write to the bucket."""
        return self._store.take("authorized", project, bucket_of(bucket)) is not None

    def topic_exists(self, project: str, topic: str) -> bool:
        """Any SMN topic, unless `strict_topics`."""
        return not self._settings().strict_topics or self._store.take("topic", project, topic) is not None

    def reachable(self, project: str, address: str) -> bool:
        """Any address, unless the admin interface says otherwise of it, or of its host."""
        host = address.rpartition(":")[0]
        return not any(self._store.take("unreachable", project, each) is not None for each in (address, host))

    def in_arrears(self, project: str) -> bool:
        """Whether the account is in arrears."""
        return self._store.take("arrears", project, "account") is not None
