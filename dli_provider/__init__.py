"""Flink SQL jobs on Huawei Cloud DLI, declared as Pulumi resources. Public names only; nothing happens at import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dli_provider.resource import FlinkSqlJob
    from dli_provider.spec.job import JobSpec

__all__ = ["FlinkSqlJob", "JobSpec"]

_HOMES = {"FlinkSqlJob": "dli_provider.resource", "JobSpec": "dli_provider.spec.job"}


def __getattr__(name: str) -> Any:
    # Found when they are first used: the command line and the emulator need neither Pulumi nor the specification.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
