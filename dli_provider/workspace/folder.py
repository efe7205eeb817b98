"""Which folder a command works in: that of the Pulumi project around it."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from dli_provider.settings import is_local
from dli_provider.workspace import Unusable

PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")


def project_around(folder: Path) -> Path | None:
    """The folder of the project that a folder belongs to: this one, or one above it, as Pulumi itself looks."""
    for each in (folder.absolute(), *folder.absolute().parents):
        if any((each / name).is_file() for name in PROJECT_FILES):
            return each
    return None


def project_folder(folder: Path) -> Path:
    """The same. Raises Unusable where there is no project."""
    found = project_around(folder)
    if found is None:
        raise Unusable(
            f"there is no Pulumi project in {folder.absolute()}, nor above it: no Pulumi.yaml. Go to the folder that "
            "has it, or make one with `dli init`."
        )
    return found


def unread_settings(folder: Path) -> str:
    """What to do where the project's `.envrc` sets what this shell does not have; empty where all is set.

    Without it the engine asks another backend, which knows none of these stacks, or takes none of their passphrases.
    """
    file = (project_around(folder) or folder) / ".envrc"
    if not file.is_file():
        return ""
    named = re.findall(
        r"^\s*export\s+(\w+)=", file.read_text(encoding="utf-8", errors="replace"), re.MULTILINE
    )
    missing = ", ".join(name for name in named if name not in os.environ)
    return (
        f"This shell lacks what {file} sets ({missing}): run `. ./.envrc` in that folder." if missing else ""
    )


def configured_stacks(folder: Path) -> list[str]:
    """The stacks of the project around a folder that have a config, by name, as far as its files tell."""
    return sorted(_configs(folder))


def local_ports(folder: Path) -> set[int]:
    """The ports of this machine at which the stacks of the project around a folder have their DLI."""
    endpoints = [
        _mapping(_mapping(file).get("config")).get("dli:endpoint") for file in _configs(folder).values()
    ]
    found = set[int]()
    for endpoint in endpoints:
        # What is no address is told of by whoever uses it.
        with suppress(ValueError):
            parts = urlsplit(str(endpoint))
            if is_local(parts) and parts.port:
                found.add(parts.port)
    return found


def _configs(folder: Path) -> dict[str, Path]:
    """The files with the config of stacks, by the stack's name."""
    root = project_around(folder)
    if root is None:
        return {}
    configs = root / str(_mapping(root / "Pulumi.yaml").get("stackConfigDir") or ".")
    return {file.name[len("Pulumi.") : -len(".yaml")]: file for file in configs.glob("Pulumi.?*.yaml")}


def _mapping(held: object) -> dict[str, object]:
    """What a YAML file or a part of it maps; nothing where it is none."""
    import yaml  # type: ignore[import-untyped]  # comes with Pulumi, without types

    if isinstance(held, Path):
        try:
            held = yaml.safe_load(held.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            return {}
    return held if isinstance(held, dict) else {}
