"""The names of the package `dli`: its resources and the keys of its config. Knows no field of a job."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

JOB, TEMPLATE = "dli:index:FlinkSqlJob", "dli:index:FlinkTemplate"
DYNAMIC = {
    JOB: "pulumi-python:dynamic/dli:FlinkSqlJob",
    TEMPLATE: "pulumi-python:dynamic/dli:FlinkTemplate",
}
"""The same resources through the other door. As aliases they let a stack change doors without a step."""


def semantic(python_version: str) -> str:
    """Python's way to write a version as Pulumi's: `0.2.0rc1` is `0.2.0-rc.1`. The engine takes no other."""
    named = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?", python_version)
    assert named is not None, python_version
    kinds = {"a": "alpha", "b": "beta", "rc": "rc", "dev": "dev"}
    early = re.findall(r"(?<![a-z+])(a|b|rc|dev)(\d+)", python_version[named.end() :].partition("+")[0])
    words = [part for kind, number in early for part in (kinds[kind], number)]
    return ".".join(part or "0" for part in named.groups()) + ("-" + ".".join(words) if words else "")


VERSION = semantic(version("dli-provider"))

_TEXT: dict[str, Any] = {"type": "string"}

CONFIG: Mapping[str, dict[str, Any]] = {
    "endpoint": _TEXT
    | {"description": "Address of DLI [DLI_ENDPOINT]; left out, it follows from the region."},
    "region": _TEXT | {"description": "Region, such as cn-north-4 [HW_REGION_NAME]."},
    "projectId": _TEXT | {"description": "Id of the project [HW_PROJECT_ID]."},
    "accessKey": _TEXT | {"description": "Access key [HW_ACCESS_KEY].", "secret": True},
    "secretKey": _TEXT | {"description": "Secret key [HW_SECRET_KEY].", "secret": True},
    "securityToken": _TEXT
    | {"description": "Security token of a temporary access key [HW_SECURITY_TOKEN].", "secret": True},
    "token": _TEXT | {"description": "IAM token, in place of access keys [HW_AUTH_TOKEN].", "secret": True},
    "movedFrom": _TEXT | {"description": "Place whose jobs are left behind on purpose [DLI_MOVED_FROM]."},
    "reviewed": _TEXT
    | {"description": "File of a saved review: only what was reviewed is deployed [DLI_REVIEWED]."},
    "check": _TEXT | {"description": "Has new SQL shown to Flink's planner in a preview."},
    "judge": _TEXT | {"description": "Who judges changes of SQL: auto, flink or text [DLI_JUDGE]."},
    "rules": _TEXT | {"description": "Levels of the review's rules; see `dli rules`."},
}
CREDENTIALS = frozenset(key for key, spec in CONFIG.items() if spec.get("secret"))
"""The keys of the config that are secret, whoever gives them and however."""
