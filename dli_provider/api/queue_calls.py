"""The queues that jobs run on, what they reach, and how much of everything the project may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote

from dli_provider.api.call import Call
from dli_provider.api.call_group import CallGroup
from dli_provider.api.decoding import Fields, as_fields, integer, member, objects, required_id, text
from dli_provider.api.retry import Repeat

_MISSING = frozenset({"DLI.0002", "DLI.0008", "DLI.0023", "DLI.20005"})


@dataclass(frozen=True)
class Queue:
    """A queue. `cu_count` is its size in CUs; `fields` is everything reported, under names in snake_case."""

    name: str
    queue_type: str
    cu_count: int | None
    fields: Fields = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Quota:
    """How much of one type of resource (CU, QUEUE, TEMPLATE ...) may be used, and is."""

    type: str
    quota: int | None
    used: int | None


@dataclass(frozen=True)
class QueueCalls(CallGroup):
    """Calls that look at what is there; nothing here changes a queue."""

    def test_connection(self, queue: str, address: str) -> int:
        """Have a queue try to reach `host:port`; the id of the test. Raises NotFound for a queue that is not there.

        DLI API reference, 'Creating an Address Connectivity Test Request'.
        """
        call = Call(
            "POST",
            f"queues/{quote(queue, safe='')}/connection-test",
            body={"address": address},
            repeat=Repeat.IDEMPOTENT,
            confirmed_by="task_id",
            missing=_MISSING,
        )
        return self._read(call, f"queue {queue}", lambda body: required_id(body, "task_id"))

    def connectivity(self, queue: str, test: int) -> str:
        """What a test of a queue has found, in DLI's word: its page has REACHABLE, and no list of the others.

        DLI API reference, 'Querying Connectivity Test Details of a Specified Address'.
        """
        call = Call(
            "GET",
            f"queues/{quote(queue, safe='')}/connection-test/{test}",
            repeat=Repeat.READ,
            confirmed_by="connectivity",
        )
        return self._read(call, f"queue {queue}", lambda body: text(member(body, "connectivity")))

    def queues(self, queue_type: str = "general") -> tuple[Queue, ...]:
        """The queues of one type: `general` (the ones Flink SQL runs on), `sql` or `all`.

        DLI API reference, 'Querying All Queues'.
        """
        query = {"queue_type": queue_type}
        call = Call("GET", "queues", query=query, repeat=Repeat.READ, confirmed_by="queues")
        return self._read(call, "the list of queues", _queues)

    def queue(self, name: str) -> Queue:
        """One queue, of any type. Raises NotFound. DLI API reference, 'Querying a Queue'."""
        call = Call(
            "GET",
            f"queues/{quote(name, safe='')}",
            repeat=Repeat.READ,
            confirmed_by="queueName",
            missing=_MISSING,
        )
        return self._read(call, f"queue {name}", lambda body: _queue(as_fields(body, "queue")))

    def quotas(self) -> tuple[Quota, ...]:
        """The quotas of the project. Huawei Cloud SDK for DLI, 'ShowQuota'."""
        call = Call("GET", "quotas", version="v3", repeat=Repeat.READ, confirmed_by="quotas")
        return self._read(call, "the quotas", _quotas)

    def agency_roles(self) -> tuple[str, ...]:
        """The roles that DLI itself has been given in the project, such as `obs_adm`, by which it may use what is not
        its own. DLI API reference, 'Obtaining DLI Agency Information', which is deprecated."""
        call = Call("GET", "agency", version="v2", repeat=Repeat.READ, confirmed_by="current_roles")
        return self._read(call, "DLI's agency", _roles)


def _queue(entry: Fields) -> Queue:
    """Lists name their fields in snake_case; the query of one queue mostly in camelCase."""
    fields = {_snake_case(key): value for key, value in entry.items()}
    return Queue(
        name=text(fields.get("queue_name")),
        queue_type=text(fields.get("queue_type")),
        cu_count=integer(fields.get("cu_count")),
        fields=MappingProxyType(fields),
    )


def _queues(body: object) -> tuple[Queue, ...]:
    return tuple(_queue(entry) for entry in objects(member(body, "queues")))


def _quotas(body: object) -> tuple[Quota, ...]:
    entries = objects(member(member(body, "quotas"), "resources"))
    return tuple(
        Quota(text(entry.get("type")), integer(entry.get("quota")), integer(entry.get("used")))
        for entry in entries
    )


def _roles(body: object) -> tuple[str, ...]:
    roles = member(body, "current_roles")
    return tuple(text(role) for role in roles) if isinstance(roles, list) else ()


def _snake_case(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)
