"""Which folder a command works in: that of the Pulumi project around it."""

from __future__ import annotations

from pathlib import Path

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


def configured_stacks(folder: Path) -> list[str]:
    """The stacks of the project around a folder that have a config, by name, as far as its files tell."""
    import yaml  # type: ignore[import-untyped]  # comes with Pulumi, without types

    root = project_around(folder)
    if root is None:
        return []
    try:
        held = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return []
    configs = root / str((held.get("stackConfigDir") if isinstance(held, dict) else None) or ".")
    return sorted(file.name[len("Pulumi.") : -len(".yaml")] for file in configs.glob("Pulumi.?*.yaml"))
