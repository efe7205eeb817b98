"""Programs of ours that need Flink's or Kafka's own classes, compiled once into the cache."""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from dli_provider import downloads
from dli_provider.flink import java, pins

_LONG_AGO: Final = 1_000_000_000.0
_UNUSED: Final = 30 * 86400.0  # seconds


def jar(
    runtime: Path,
    root: Path,
    source: Path,
    classes: str,
    more: Mapping[str, str] | None = None,
    version: str = pins.VERSION,
    beside: Sequence[Path] = (),
) -> Path | None:
    """The jar of a source file and those `beside` it, with `more` files in it; `None` where there is only a runtime,
    and no compiler."""
    # Another text of them, or another version of the classes to compile against, is another jar.
    texts = hashlib.sha256(b"".join(each.read_bytes() for each in (source, *beside))).hexdigest()
    built = root / f"{source.stem.lower()}-{version}-{texts[:12]}.jar"
    if built.is_file() and zipfile.is_zipfile(built):
        # Its last use is its time of access; its time of change is looked at by archives of its classes.
        os.utime(built, ns=(time.time_ns(), built.stat().st_mtime_ns))
        return built
    with downloads.exclusive(root / pins.LOCK), downloads.staging(root, pins.STAGING) as staged:
        if not java.compile_sources(runtime, (source, *beside), classes, staged / "classes"):
            return None
        draft = staged / built.name
        with zipfile.ZipFile(draft, "w") as packed:
            for each in sorted((staged / "classes").rglob("*.class")):
                packed.write(each, str(each.relative_to(staged / "classes")))
            for name, text in (more or {}).items():
                packed.writestr(name, text)
        # An archive of loaded classes holds for jars of just this time of change (see `warm_classes`): one that is
        # compiled again from the same source is the same one to it.
        os.utime(draft, (time.time(), _LONG_AGO))
        draft.replace(built)
        _forget_unused(root, source.stem.lower())
    return built


def _forget_unused(root: Path, stem: str) -> None:
    """Remove what earlier texts of a program were compiled to. Not at once: another version of this package may be at
    work on this machine."""
    for each in root.glob(f"{stem}-*.jar"):
        with suppress(OSError):  # somebody else has just removed it
            if time.time() - each.stat().st_atime > _UNUSED:
                each.unlink()
