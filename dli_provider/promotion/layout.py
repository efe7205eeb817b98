"""Where a Pulumi project keeps what is promoted. Reads `Pulumi.yaml`; writes nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dli_provider.promotion.problems import Problems, mapping_of

CANDIDATES = "DLI_RELEASES"
"""Environment variable that names another folder of releases: so a promotion is previewed before a file is touched."""


@dataclass(frozen=True)
class Layout:
    """A project's folder, its name, and the folder of its stacks' config, "." where that is the same.

    Names of files are as a person in `root` would type them, with slashes.
    """

    root: Path
    project: str
    folder: str = "."

    @classmethod
    def find(cls, start: Path) -> Layout:
        """The project that a folder belongs to. Raises Problems where there is none."""
        # As Pulumi itself looks for the project: in this folder, then in those above.
        for root in (start.absolute(), *start.absolute().parents):
            if (root / "Pulumi.yaml").is_file():
                return cls.of(root)
        raise Problems(
            [
                f"there is no Pulumi project in {start}, nor above it: no Pulumi.yaml. Go to the folder that has "
                "it, or make one with `dli init`."
            ]
        )

    @classmethod
    def here(cls) -> Layout:
        """The project of the current folder, which is the program's when Pulumi runs it."""
        return cls.find(Path.cwd())

    @classmethod
    def of(cls, root: Path) -> Layout:
        """The project in this very folder."""
        held = mapping_of(root / "Pulumi.yaml")
        name = held.get("name")
        if not isinstance(name, str):
            raise Problems([f"{root / 'Pulumi.yaml'}: it names no project. Write `name: ...`."])
        return cls(root, name, str(PurePosixPath(str(held.get("stackConfigDir") or "."))))

    def config_file(self, stack: str) -> str:
        """The environment of a stack."""
        return self._named(f"Pulumi.{stack}.yaml")

    def release(self, stack: str) -> str:
        """The folder with the release of a stack."""
        return self._named(f"releases/{stack}")

    def manifest(self, stack: str) -> str:
        """What that folder says of its origin."""
        return f"{self.release(stack)}/manifest.json"

    @property
    def route(self) -> str:
        """The file that says which way releases go."""
        return self._named("promotion.yaml")

    def path(self, name: str) -> Path:
        """Where a file of one of these names is."""
        return self.root / name

    def release_to_read(self, stack: str, releases: Path | None = None) -> Path:
        """The folder that a program reads: the stack's own, or a candidate for it that is only previewed."""
        candidates = releases or Path(os.environ.get(CANDIDATES) or self.path(self.release(stack)).parent)
        own = self.path(self.release(stack))
        return candidates / stack if (candidates / stack).is_dir() else own

    def _named(self, name: str) -> str:
        return str(PurePosixPath(self.folder) / name)
