"""Where Java 17 is: what Flink runs on, and the options it needs there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from dli_provider.flink.failures import FlinkError

WANTED: Final = 17

_OPENED: Final = (
    # From the `env.java.opts.all` of Flink's own configuration.
    "--add-exports=java.base/sun.net.util=ALL-UNNAMED",
    "--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED",
    *(
        f"--add-exports=jdk.compiler/com.sun.tools.javac.{part}=ALL-UNNAMED"
        for part in ("api", "file", "parser", "tree", "util")
    ),
    "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
    *(
        f"--add-opens=java.base/{part}=ALL-UNNAMED"
        for part in (
            "java.lang",
            "java.net",
            "java.io",
            "java.nio",
            "sun.nio.ch",
            "java.lang.reflect",
            "java.text",
            "java.time",
            "java.util",
            "java.util.concurrent",
            "java.util.concurrent.atomic",
            "java.util.concurrent.locks",
        )
    ),
)

FLAGS: Final = (
    *_OPENED,
    "-XX:+IgnoreUnrecognizedVMOptions",  # a runtime without the compiler's module warns of it otherwise
    "-XX:+UseSerialGC",  # small heaps, few cores: the least memory and the fewest threads
    "-XX:TieredStopAtLevel=1",  # quick to start; a local DLI is not there for throughput
    "-Xshare:auto",
)
"""What every process of Flink is started with."""


def find(environ: Mapping[str, str]) -> Path:
    """The `java` of JAVA_HOME, else of PATH, when it is new enough. Raises `FlinkError`, saying what to do."""
    home = environ.get("JAVA_HOME")
    named = str(Path(home) / "bin" / "java") if home else shutil.which("java", path=environ.get("PATH"))
    told = _version(named) if named else None
    remedy = f"Flink needs Java {WANTED} (a newer one with long-term support will do): install it, or set JAVA_HOME"
    if named is None:
        raise FlinkError(f"no java on PATH, and JAVA_HOME is not set. {remedy}.")
    if told is None:
        raise FlinkError(f"{named} does not run. {remedy}.")
    if told < WANTED:
        raise FlinkError(f"{named} is Java {told}. {remedy}.")
    return Path(named)


def compile_sources(runtime: Path, sources: Sequence[Path], classes: str, into: Path) -> bool:
    """Compile files with the compiler beside a runtime; False where there is none. Raises `FlinkError`."""
    beside = runtime.resolve().with_name("javac")
    compiler = str(beside) if beside.is_file() else shutil.which("javac")
    if compiler is None:
        return False
    into.mkdir(parents=True)
    command = [
        compiler,
        "-nowarn",
        "-Xlint:none",
        "--release",
        "11",
        "-cp",
        classes,
        "-d",
        str(into),
        *map(str, sources),
    ]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if told.returncode != 0:
        raise FlinkError(f"{compiler} refuses {sources[0].name}:\n{told.stderr[-2000:]}")
    return True


def _version(java: str) -> int | None:
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, env=os.environ)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', told.stderr + told.stdout)
    return int(found[1]) if found and told.returncode == 0 else None
