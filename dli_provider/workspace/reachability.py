"""Whether the queues reach the systems that the SQL of a stack names: DLI's own connectivity test, asked for each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from dli_provider.errors import DliError, Misconfigured
from dli_provider.pulumi import job_properties
from dli_provider.sql import addresses

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.workspace.stack import Stack

_AT_ONCE: Final = 4
_PATIENCE: Final = 60.0
"""Seconds in which a test must have an outcome; DLI's page names none."""
_ROUTE: Final = (
    "bind the queue to an enhanced datasource connection to that network, and let its route and security group pass; "
    "or correct the address in the SQL"
)


class Reach(Enum):
    """What is known of an address."""

    REACHABLE = "reachable"
    UNREACHABLE = "not reachable"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Reached:
    """One address, or why nothing is known of some. `remedy` is "" where there is nothing to do."""

    reach: Reach
    said: str
    remedy: str = ""


@dataclass(frozen=True)
class Using:
    """A job as the program declares it: where it runs, and what. `sql` is None where only a deployment knows it."""

    job: str
    queue: str
    sql: str | None


def declared(stack: Stack) -> tuple[Using, ...]:
    """The jobs of the stack's program as it is now, deployed or not. Raises Unusable where it does not run."""
    found = []
    for each in stack.previewed(refresh=False):
        # What is only looked up is somebody else's.
        if each.new is None or each.op == "read":
            continue
        spec = job_properties.spec(each.new)
        unknown = bool(each.unknown & {"sql_body", "sqlBody", "queue_name", "queueName"})
        found.append(Using(each.name, spec.queue_name or "", None if unknown else spec.sql_body))
    return tuple(found)


def reached(
    api: Client, jobs: Iterable[Using], pause: Callable[[float], None] = time.sleep
) -> Iterator[Reached]:
    """Each address once for each queue whose jobs name it."""
    users: dict[tuple[str, str], list[str]] = {}
    for each in jobs:
        if each.sql is None:
            yield Reached(Reach.UNKNOWN, f"{each.job}: its SQL or queue is known only during the deployment")
            continue
        found = addresses(each.sql)
        yield from (Reached(Reach.UNKNOWN, f"{each.job}: {why}") for why in found.unclear)
        if found.known and not each.queue:
            said = f"{each.job}: it names no queue, and DLI tries addresses from queues only"
            yield Reached(Reach.UNKNOWN, f"{said}: {', '.join(found.known)}")
            continue
        for address in found.known:
            users.setdefault((each.queue, address), []).append(each.job)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        tried = pool.map(lambda one: _try(api, one[0], one[1], users[one], pause), sorted(users))
        # That the call is not offered is one thing, said once.
        yield from dict.fromkeys(tried)


def _try(api: Client, queue: str, address: str, jobs: list[str], pause: Callable[[float], None]) -> Reached:
    what = f"{address} from queue {queue} (of {', '.join(sorted(jobs))})"
    try:
        word = _outcome(api, queue, address, pause)
    except Misconfigured as missing:
        # The answer to a call that the gateway does not know: the list of jobs was answered a moment ago.
        why = "; ".join(missing.reasons)
        return Reached(Reach.UNKNOWN, f"DLI does not offer its connectivity test here: {why}")
    except DliError as refused:
        return Reached(Reach.UNKNOWN, f"{what}: {'; '.join(refused.reasons)}", refused.remedy)
    if word == "REACHABLE":
        return Reached(Reach.REACHABLE, f"{what}: reachable")
    if word == "UNREACHABLE":
        return Reached(Reach.UNREACHABLE, f"{what}: not reachable", _ROUTE)
    said = f"DLI says {word!r}" if word else "DLI says nothing"
    return Reached(Reach.UNKNOWN, f"{what}: {said} after {_PATIENCE:.0f} s")


def _outcome(api: Client, queue: str, address: str, pause: Callable[[float], None]) -> str:
    """The last word of DLI on it. One that no page explains may be that of a test that still runs."""
    test = api.test_connection(queue, address)
    waited = 0.0
    while (word := api.connectivity(queue, test).upper()) not in ("REACHABLE", "UNREACHABLE"):
        if waited >= _PATIENCE:
            break
        pause(2.0)
        waited += 2.0
    return word
