"""A program of ours over jars of Flink or Kafka, which answers a line with a line: started when it is first asked."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import Final

from dli_provider.flink.failures import FlinkError

_PATIENCE_TO_END: Final = 5.0


class AskedProcess:
    """One process at a time. `name` stands in messages, `command` is asked for when it is started; what it says besides
    answers goes into `log`, or nowhere."""

    def __init__(
        self, name: str, patience: float, command: Callable[[], Sequence[str]], log: Path | None = None
    ) -> None:
        self._name, self._patience, self._command, self._log = name, patience, command, log
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, while there is a process."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End it: it ends by itself when its input does."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(OSError, subprocess.TimeoutExpired):
            process.communicate(timeout=_PATIENCE_TO_END)
        process.kill()
        process.wait()

    def answers(self, questions: Sequence[str]) -> list[str]:
        """The answers, a line each. Raises `FlinkError`: a process that does not answer is ended, and the next question
        starts another."""
        if not questions:
            return []
        if self._process is None:
            self._process = self._started()
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        impatient = Timer(self._patience, process.kill)
        impatient.start()
        try:
            process.stdin.write("".join(f"{question}\n" for question in questions))
            process.stdin.flush()
            lines = [process.stdout.readline() for _ in questions]
        except OSError:
            lines = [""]
        finally:
            impatient.cancel()
        if not all(lines):
            process.kill()
            self.close()  # its pipes too
            raise FlinkError(f"{self._name} ended, or did not answer for {self._patience:.0f} s")
        return lines

    def _started(self) -> subprocess.Popen[str]:
        # Through pipes alone: options of tables hold passwords, which no file should.
        with (self._log or Path(os.devnull)).open("ab") as log:
            return subprocess.Popen(
                self._command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # Ctrl-C is for us, who then end it in order
            )
