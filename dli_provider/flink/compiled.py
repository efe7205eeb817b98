"""Programs of ours that need Flink's own classes, compiled once into the cache."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dli_provider import downloads
from dli_provider.flink import java, pins

_LONG_AGO: Final = 1_000_000_000.0


def jar(
    runtime: Path, root: Path, source: Path, classes: str, more: Mapping[str, str] | None = None
) -> Path | None:
    """The jar of one source file, with `more` files in it; `None` where there is no compiler, only a runtime."""
    # Another text of it, or another Flink to compile against, is another jar.
    built = root / f"{source.stem.lower()}-{pins.VERSION}-{downloads.checksum(source)[:12]}.jar"
    if built.is_file() and zipfile.is_zipfile(built):
        return built
    with downloads.exclusive(root / pins.LOCK), downloads.staging(root, pins.STAGING) as staged:
        if not java.compile_source(runtime, source, classes, staged / "classes"):
            return None
        draft = staged / built.name
        with zipfile.ZipFile(draft, "w") as packed:
            for each in sorted((staged / "classes").rglob("*.class")):
                packed.write(each, str(each.relative_to(staged / "classes")))
            for name, text in (more or {}).items():
                packed.writestr(name, text)
        # An archive of loaded classes holds for jars of just this time of change (see `warm_classes`): one that is
        # compiled again from the same source is the same one, and nobody may touch it. Its last use is its atime.
        os.utime(draft, (_LONG_AGO, _LONG_AGO))
        draft.replace(built)
    return built
