"""Flink SQL jobs on Huawei Cloud DLI, declared as Pulumi resources. Public names only; nothing happens at import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dli_provider.job.fields import JobSpec
    from dli_provider.pulumi.lookups import get_flink_sql_jobs, get_queue, get_quotas
    from dli_provider.resource import FlinkSqlJob
    from dli_provider.template import FlinkTemplate

__all__ = ["FlinkSqlJob", "FlinkTemplate", "JobSpec", "get_flink_sql_jobs", "get_queue", "get_quotas"]

_HOMES = {
    "FlinkSqlJob": "dli_provider.resource",
    "FlinkTemplate": "dli_provider.template",
    "JobSpec": "dli_provider.job.fields",
    "get_flink_sql_jobs": "dli_provider.pulumi.lookups",
    "get_queue": "dli_provider.pulumi.lookups",
    "get_quotas": "dli_provider.pulumi.lookups",
}


def __getattr__(name: str) -> Any:
    # Found when they are first used: the command line and the emulator need neither Pulumi nor the specification.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
