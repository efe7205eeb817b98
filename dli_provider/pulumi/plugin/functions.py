"""Look-ups for programs in any language: jobs, queues and quotas as DLI has them while the program runs. Nothing here
writes. The same for Python programs without this door: `dli_provider.pulumi.lookups`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dli_provider.pulumi.lookups import jobs_of, quotas_of
from dli_provider.pulumi.property_bags import Bag

if TYPE_CHECKING:
    from dli_provider.api.client import Client

Warn = Callable[[str], None]


def _jobs(api: Client, arguments: Bag, _warn: Warn) -> dict[str, Any]:
    return {"jobs": [asdict(job) for job in jobs_of(api, **arguments)]}


def _queue(api: Client, arguments: Bag, _warn: Warn) -> dict[str, Any]:
    queue = api.queue(str(arguments.get("name") or ""))
    return {"name": queue.name, "queue_type": queue.queue_type, "cu_count": queue.cu_count}


def _quotas(api: Client, _arguments: Bag, warn: Warn) -> dict[str, Any]:
    return {"quotas": [asdict(quota) for quota in quotas_of(api, warn)]}


FUNCTIONS: Mapping[str, Callable[[Client, Bag, Warn], dict[str, Any]]] = {
    "dli:index:getFlinkSqlJobs": _jobs,
    "dli:index:getQueue": _queue,
    "dli:index:getQuotas": _quotas,
}
"""Every look-up, by its token. What it takes and answers is described in `package_schema`."""
