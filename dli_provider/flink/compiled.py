"""Programs of ours that need Flink's or Kafka's own classes, compiled once into the cache."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from dli_provider import downloads
from dli_provider.flink import java, pins


def jar(
    runtime: Path,
    root: Path,
    source: Path,
    classes: str,
    more: Mapping[str, str] | None = None,
    version: str = pins.VERSION,
) -> Path | None:
    """The jar of one source file, with `more` files in it; `None` where there is no compiler, only a runtime."""
    # Another text of it, or another version of the classes to compile against, is another jar.
    built = root / f"{source.stem.lower()}-{version}-{downloads.checksum(source)[:12]}.jar"
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
        draft.replace(built)
    return built
