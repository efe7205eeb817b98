"""The classes of Flink's planner as they load fastest: unpacked once, and their archive made once, in the cache.

Flink packs its planner into another jar and unpacks that into a temporary folder at each start, where Java can share no
classes between processes. An archive of loaded classes halves the time to the first answer. Java itself checks that the
archive fits the jars and the runtime, and goes without where it does not.
"""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import Final

from dli_provider import downloads
from dli_provider.downloads import ProgressListener
from dli_provider.flink import pins
from dli_provider.flink.failures import FlinkError

_LOADER: Final = "flink-table-planner-loader-"
_PACKED: Final = "flink-table-planner.jar"
_LOGGING: Final = "log4j-"
_PATIENCE: Final = 300.0  # seconds for making an archive: some 15 are usual
_KEPT: Final = 4  # archives of other planners, checkouts and runtimes: 80 MB each
QUIET: Final = "-Xlog:disable"
"""Java tells of an archive that does not fit on its standard output, where only answers belong."""


def class_path(jars: Sequence[Path], root: Path) -> tuple[Path, ...]:
    """The jars as the planner's process takes them: the planner itself unpacked, and no logging, as nobody reads it."""
    return tuple(
        _unpacked(jar, root) if jar.name.startswith(_LOADER) else jar
        for jar in jars
        if not jar.name.startswith(_LOGGING)
    )


def archive(runtime: Path, root: Path, jars: Sequence[Path]) -> Path:
    """Where the archive of these jars is, or would be: others, or another Java, have another one."""
    seen = [(str(jar), jar.stat().st_size, jar.stat().st_mtime_ns) for jar in (*jars, runtime.resolve())]
    key = hashlib.sha256(repr(seen).encode()).hexdigest()[:12]
    return root / f"planner-{key}.jsa"


def make(command: Sequence[str], questions: Sequence[str], made: Path, report: ProgressListener) -> None:
    """Make the archive of what is loaded to answer the questions. Raises `FlinkError` where Java makes none."""
    root = made.parent
    with downloads.exclusive(root / pins.LOCK), downloads.staging(root, pins.STAGING) as staged:
        if made.is_file():
            return  # somebody else made it while we waited
        report("preparing Flink's planner, once")
        draft = staged / made.name
        with subprocess.Popen(
            [command[0], f"-XX:ArchiveClassesAtExit={draft}", *command[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        ) as process:
            impatient = Timer(_PATIENCE, process.kill)
            impatient.start()
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write("".join(f"{question}\n" for question in questions))
                process.stdin.flush()
                # It ends with its input, whether or not all is answered: what is not loaded yet would be missing.
                answers = [process.stdout.readline() for _ in questions]
                process.communicate()
            except OSError:
                answers = []
            finally:
                impatient.cancel()
        if process.returncode != 0 or not all(answers) or not draft.is_file():
            raise FlinkError(
                "Java made no archive of the classes of Flink's planner, which starts slower without"
            )
        draft.replace(made)
        for old in sorted(root.glob("planner-*.jsa"), key=lambda each: each.stat().st_mtime)[:-_KEPT]:
            with suppress(OSError):
                old.unlink()


def _unpacked(loader: Path, root: Path) -> Path:
    """The planner's own jar out of the one that Flink ships, written once."""
    told = loader.stat()
    key = hashlib.sha256(f"{loader.name} {told.st_size} {told.st_mtime_ns}".encode()).hexdigest()[:12]
    jar = root / f"planner-{key}.jar"
    if jar.is_file() and zipfile.is_zipfile(jar):
        return jar
    with downloads.exclusive(root / pins.LOCK), downloads.staging(root, pins.STAGING) as staged:
        with zipfile.ZipFile(loader) as packed:
            packed.extract(_PACKED, staged)
        (staged / _PACKED).replace(jar)
    return jar
