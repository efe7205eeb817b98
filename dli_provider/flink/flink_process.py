"""One process of Flink under a guard: started, watched, ended. Its output goes to a file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_GUARD = str(Path(__file__).with_name("process_guard.py"))
_GRACE = 5.0  # seconds between asking a process to end and ending it


class Process:
    """It lives no longer than this process does, however this one ends."""

    def __init__(self, name: str, command: Sequence[str], log: Path, env: dict[str, str]) -> None:
        self.name, self.log = name, log
        with log.open("ab") as errors:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", _GUARD, str(log.with_suffix(".out")), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **env},
                start_new_session=True,
            )
        assert self._guard.stdout is not None
        with self._guard.stdout as told:
            self.pid = int(told.readline() or 0)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._guard.poll() is None

    def end(self) -> None:
        """Ask it to end; see that it does."""
        if self.alive:
            self._guard.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._guard.wait(_GRACE)
        assert self._guard.stdin is not None
        self._guard.stdin.close()  # to the guard this is our death: it kills what is left
        self._guard.wait()

    def last_words(self, lines: int = 12) -> str:
        """The end of what it wrote."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
