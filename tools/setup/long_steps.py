"""What the user sees of long steps: how long they run, whom they wait for, and the last words of one that failed."""

import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from dli_provider import downloads

TICK_SECONDS = 1.0  # on a terminal, where the line is rewritten in place
LINE_SECONDS = 15.0  # anywhere else, such as the log of a CI run
TAIL_LINES = 25


class SetupError(Exception):
    """Set-up cannot go on; the text says why and what to do."""


def say(text: str) -> None:
    """One line to the user, at once."""
    print(text, flush=True)


class LongStep:
    """A long step under way; `detail` may change while it runs."""

    def __init__(self, label: str, out: TextIO) -> None:
        self.label = label
        self.detail = ""
        self._out = out
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long the step has run."""
        return time.monotonic() - self._started

    def show(self) -> None:
        """Write the state of the step: over the last one on a terminal, else as a line of its own."""
        text = f"{self.label}: {self.seconds:.0f} s" + (f", {self.detail}" if self.detail else "")
        self._out.write(f"\r\033[K{text[:100]}" if self._out.isatty() else f"{text[:160]}\n")
        self._out.flush()

    def close(self, word: str) -> None:
        """Write how the step ended."""
        if self._out.isatty():
            self._out.write("\r\033[K")
        self._out.write(f"{self.label}: {word} after {self.seconds:.0f} s\n")
        self._out.flush()


@contextmanager
def step(label: str, every: float | None = None) -> Iterator[LongStep]:
    """Show that `label` is under way until the block ends, however it ends."""
    out = sys.stdout
    current, over = LongStep(label, out), threading.Event()
    pause = every or (TICK_SECONDS if out.isatty() else LINE_SECONDS)

    def tick() -> None:
        while not over.wait(pause):
            current.show()

    ticker = threading.Thread(target=tick, daemon=True)
    say(f"{label} ...")
    ticker.start()
    word = "stopped"
    try:
        yield current
        word = "done"
    finally:
        over.set()
        ticker.join()
        current.close(word)


@contextmanager
def exclusive(lock: Path) -> Iterator[None]:
    """One set-up at a time: hold the lock file for the length of the block, telling for whom it waits."""
    with downloads.exclusive(lock, lambda: step(f"waiting for another set-up, which holds {lock}")):
        yield


def run(
    label: str,
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run one long command, its last line of output shown as the step's detail.

    Raises SetupError with the end of its output when it fails.
    """
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    with step(label) as current:
        with subprocess.Popen(
            command,
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                tail.append(line.rstrip())
                current.detail = line.strip()
        if process.returncode != 0:
            raise SetupError(f"{label} failed (exit code {process.returncode}):\n" + "\n".join(tail))
