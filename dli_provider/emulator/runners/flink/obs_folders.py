"""OBS as a folder: `obs://bucket/dir` is `<root>/bucket/dir`; savepoints and checkpoints as they lie there."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from dli_provider.flink.failures import FlinkError

_METADATA: Final = "_metadata"
_OBS_LITERAL: Final = re.compile(r"(?<=')(obs|s3a|s3)://(?=[^'])")
_SCHEME: Final = re.compile(r"(?:obs|s3a|s3)://")
_STEPS: Final = re.compile(r"[/\\]+")  # Flink takes both for a slash


class OutsideFolderError(FlinkError):
    """A path leads out of the folder that stands for OBS; the text says which."""


class ObsFolders:
    """Everything under one root. Paths are spelt as `job.directory()` does: without scheme and closing slash."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def at(self, path: str) -> Path:
        """The folder of an OBS path. Raises `OutsideFolderError` for one that climbs, or that a link leads out of the
        root."""
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if any(step.strip() == ".." for step in _STEPS.split(unquote(path))):
            raise OutsideFolderError(f"obs://{path} climbs with '..', which OBS does not have")
        place = self.root.joinpath(*parts)
        if not self._inside(place):
            raise OutsideFolderError(f"obs://{path} leads out of {self.root} by a link")
        return place

    def confine(self, path: str) -> None:
        """Raises `OutsideFolderError` unless this is an OBS path, and neither it nor a link below it leads out."""
        if not self.is_path(path):
            raise OutsideFolderError(
                f"Only obs:// paths are read and written; the folder that stands for OBS is {self.root}"
            )
        place = self.at(_SCHEME.sub("", path, count=1))
        for link in _links(place):
            if not self._inside(link):
                raise OutsideFolderError(f"{link} is a link that leads out of {self.root}")

    @staticmethod
    def is_path(text: str) -> bool:
        """Whether it is spelt as an OBS path, which `mapped_sql` turns into a folder."""
        return _SCHEME.match(text) is not None

    def _inside(self, place: Path) -> bool:
        return place.resolve().is_relative_to(self.root.resolve())

    def _there(self, path: str) -> Path | None:
        """The folder of a path that may lead out, in which case nothing is there."""
        try:
            return self.at(path)
        except OutsideFolderError:
            return None

    def uri(self, path: str) -> str:
        """The folder as Flink wants it."""
        return self.at(path).as_uri()

    def mapped(self, text: str) -> str:
        """A setting's value, its OBS path turned into a folder."""
        return _SCHEME.sub(lambda _: self.root.as_uri() + "/", text, count=1) if self.is_path(text) else text

    def mapped_sql(self, sql: str) -> str:
        """SQL, each literal that is an OBS path turned into a folder. Lines stay lines."""
        return _OBS_LITERAL.sub(self.root.as_uri() + "/", sql)

    def holds(self, path: str) -> bool:
        """Whether a savepoint or checkpoint lies there."""
        place = self._there(path)
        return place is not None and (place / _METADATA).is_file()

    def scratch(self) -> Path:
        """A new folder for a savepoint under way. Flink puts it into a folder of its own in there."""
        return self.root / ".taking" / uuid.uuid4().hex

    def settle(self, taken: str, path: str) -> None:
        """Put a finished savepoint where it was asked for. Flink's savepoints can be moved."""
        source, target = Path(taken.removeprefix("file:")), self.at(path)
        target.mkdir(parents=True, exist_ok=True)
        for old in target.iterdir():
            if old.is_file():  # one that lay there is replaced, as objects are; folders below it are others'
                old.unlink()
        for each in source.iterdir():
            shutil.move(str(each), target / each.name)
        shutil.rmtree(source.parent, ignore_errors=True)

    def newest(self, path: str) -> str | None:
        """The newest checkpoint under a path, as a path."""
        place = self._there(path)
        found = [each.parent for each in place.glob(f"*/chk-*/{_METADATA}")] if place else []
        newest = max(found, key=lambda each: (each / _METADATA).stat().st_mtime, default=None)
        return None if newest is None else str(newest.relative_to(self.root))

    def age(self, path: str) -> float:
        """When a savepoint or checkpoint was finished, in epoch seconds; 0 when there is none."""
        place = self._there(path)
        file = place / _METADATA if place else None
        return file.stat().st_mtime if file and file.is_file() else 0.0


def _links(folder: Path) -> Iterator[Path]:
    """The symbolic links below a folder, none of which is followed."""
    for parent, folders, files in os.walk(folder):
        yield from (each for name in [*folders, *files] if (each := Path(parent, name)).is_symlink())
