"""Look-ups for programs in any language: jobs, queues and quotas as DLI has them while the program runs. Nothing here
writes. The same for Python programs without this door: `dli_provider.pulumi.lookups`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dli_provider.errors import Invalid
from dli_provider.pulumi.lookups import jobs_of, quotas_of
from dli_provider.pulumi.plugin import package_schema
from dli_provider.pulumi.plugin.structs import NOT_KNOWN, has_unknown
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


_Function = Callable[["Client", Bag, Warn], dict[str, Any]]
FUNCTIONS: Mapping[str, _Function] = {
    "dli:index:getFlinkSqlJobs": _jobs,
    "dli:index:getQueue": _queue,
    "dli:index:getQuotas": _quotas,
}
"""Every look-up, by its token. What it takes and answers is described in `package_schema`."""


def function(token: str, arguments: Bag) -> _Function | None:
    """What answers this look-up; None where that is not to be asked yet, as an argument is not known. Raises Invalid
    for a look-up or an argument that there is none of."""
    found = FUNCTIONS.get(token)
    if found is None:
        remedy = f"it has {', '.join(FUNCTIONS)}"
        raise Invalid(token, "this package has no such function", remedy=remedy)
    takes: Mapping[str, Any] = package_schema.FUNCTIONS[token]["inputs"]
    known, required = takes["properties"], takes.get("required", ())
    wrong = [f"{name} is no argument of it" for name in arguments if name not in known]
    wrong += [f"{name} is required" for name in required if name not in arguments]
    if wrong:
        raise Invalid(token, wrong, remedy=f"it takes {', '.join(known) or 'none'}")
    return None if has_unknown(arguments) else found


def not_known_yet(token: str) -> dict[str, Any]:
    """The answer as a preview has it whose arguments only the deployment finds out."""
    return dict.fromkeys(package_schema.FUNCTIONS[token]["outputs"]["properties"], NOT_KNOWN)
