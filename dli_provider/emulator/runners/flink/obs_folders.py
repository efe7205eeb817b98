"""OBS as a folder: `obs://bucket/dir` is `<root>/bucket/dir`; savepoints and checkpoints as they lie there."""

from __future__ import annotations

import re
import shutil
import uuid
from pathlib import Path
from typing import Final

_METADATA: Final = "_metadata"
_OBS_LITERAL: Final = re.compile(r"(?<=')(obs|s3a|s3)://(?=[^'])")


class ObsFolders:
    """Everything under one root. Paths are spelt as `job.directory()` does: without scheme and closing slash."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def at(self, path: str) -> Path:
        """The folder of an OBS path; a path cannot climb out of the root."""
        parts = [part for part in path.split("/") if part not in ("", ".", "..")]
        return self.root.joinpath(*parts)

    def uri(self, path: str) -> str:
        """The folder as Flink wants it."""
        return self.at(path).as_uri()

    def mapped(self, text: str) -> str:
        """A setting's value, its OBS path turned into a folder."""
        return text.replace("obs://", self.root.as_uri() + "/") if text.startswith("obs://") else text

    def mapped_sql(self, sql: str) -> str:
        """SQL, each literal that is an OBS path turned into a folder. Lines stay lines."""
        return _OBS_LITERAL.sub(self.root.as_uri() + "/", sql)

    def holds(self, path: str) -> bool:
        """Whether a savepoint or checkpoint lies there."""
        return (self.at(path) / _METADATA).is_file()

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
        found = [each.parent for each in self.at(path).glob(f"*/chk-*/{_METADATA}")]
        newest = max(found, key=lambda each: (each / _METADATA).stat().st_mtime, default=None)
        return None if newest is None else str(newest.relative_to(self.root))

    def age(self, path: str) -> float:
        """When a savepoint or checkpoint was finished, in epoch seconds; 0 when there is none."""
        file = self.at(path) / _METADATA
        return file.stat().st_mtime if file.is_file() else 0.0
