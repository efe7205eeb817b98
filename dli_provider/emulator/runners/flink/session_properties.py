"""A job's definition as settings of a Flink session. DLI API reference, 'Creating a SQL Job'."""

from __future__ import annotations

import json
from typing import Any, Final

from dli_provider.emulator.rules.fields import FIELDS
from dli_provider.emulator.runners.flink.confinement import check_setting
from dli_provider.emulator.runners.flink.obs_folders import ObsFolders

_FOREVER: Final = "2147483647"
_RESTART: Final = "restart-strategy"


def session_properties(
    definition: dict[str, Any], name: str, folders: ObsFolders, checkpoints: str
) -> dict[str, str]:
    """Everything that a job's configuration means to Flink. `runtime_config` has the last word.

    Raises `OutsideFolderError` for a setting that leads out of the folder that stands for OBS."""
    found = {
        "pipeline.name": name,
        "execution.runtime-mode": "streaming",
        "execution.checkpointing.dir": folders.uri(checkpoints),
        **_restarts(definition),
    }
    for field_name, field in FIELDS.items():
        setting, value = field.flink, definition.get(field_name, field.default)
        if setting is None or value is None or (setting.when and not definition[setting.when]):
            continue
        found[setting.key] = setting.form(value)
    own = runtime_config(definition["runtime_config"])
    for key, value in own.items():
        check_setting(key, value, folders)
    return found | {key: folders.mapped(value) for key, value in own.items()}


def _restarts(definition: dict[str, Any]) -> dict[str, str]:
    """A restart that goes on from the last checkpoint is Flink's own; one from empty state is DLI's (see `runner`)."""
    if not definition["restart_when_exception"] or not definition["resume_checkpoint"]:
        return {f"{_RESTART}.type": "none"}
    limit = definition["resume_max_num"]
    if limit == -1:
        return {
            f"{_RESTART}.type": "fixed-delay",
            f"{_RESTART}.fixed-delay.attempts": _FOREVER,
            f"{_RESTART}.fixed-delay.delay": "1 s",
        }
    return {
        f"{_RESTART}.type": "failure-rate",
        f"{_RESTART}.failure-rate.max-failures-per-interval": str(limit),
        f"{_RESTART}.failure-rate.failure-rate-interval": "1 h",
        f"{_RESTART}.failure-rate.delay": "1 s",
    }


def runtime_config(text: Any) -> dict[str, str]:
    """`runtime_config` in the forms that clients send: pairs of key and value, an object, or lines `key=value`."""
    if not text or not isinstance(text, str):
        return {}
    try:
        given = json.loads(text)
    except ValueError:
        lines = (line.partition("=") for line in text.splitlines() if "=" in line)
        return {key.strip(): value.strip() for key, _, value in lines}
    if isinstance(given, dict):
        return {str(key): str(value) for key, value in given.items()}
    pairs = given if isinstance(given, list) else []
    return {
        str(pair["key"]): str(pair["value"]) for pair in pairs if isinstance(pair, dict) and "key" in pair
    }


def slots(definition: dict[str, Any]) -> int | None:
    """How many slots the job's TaskManagers have in all, where the job says how many one has; else enough."""
    if not definition["tm_slot_num"]:
        return None
    managers = (definition["cu_number"] - definition["manager_cu_number"]) // max(1, definition["tm_cus"])
    return int(max(1, managers) * definition["tm_slot_num"])
