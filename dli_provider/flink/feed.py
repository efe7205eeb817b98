"""A program of the user's that writes records: line by line into the topics of a broker, as long as both live.

The program is a command, and each line of its output a JSON object: `topic`, `value`, and if wanted `key` and `at`.
"""

from __future__ import annotations

import json
import logging
import os
import shlex
import threading
from typing import Any, Final

from dli_provider.flink.cluster import GuardedProcess
from dli_provider.flink.failures import FlinkError
from dli_provider.flink.kafka import Broker, Unfit

SINCE: Final = "FEED_SINCE"
"""The environment variable that tells the program up to when (epoch seconds, of `at`) its records are there already."""

_BLOCK: Final = 1 << 20
_WAIT: Final = 1.0  # seconds, while a broker that died comes up again
_log = logging.getLogger(__name__)


class Feed:
    """`with Feed.start(...)`. What the program says besides records is in `log`."""

    def __init__(self, command: str, broker: Broker) -> None:
        self._broker, self._mark = broker, broker.home / "fed"
        self._over = threading.Event()
        since = self._mark.read_text() if self._mark.exists() else ""
        arguments = shlex.split(command)
        self.log = broker.home / "feed.log"
        self._process = GuardedProcess("feed", arguments, self.log, {SINCE: since}, to_us=True)
        self._thread = threading.Thread(target=self._run, name="kafka-feed", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the program."""
        self._over.set()
        self._process.end()
        self._thread.join()
        self._process.output.close()

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        rest = b""
        try:
            while block := os.read(self._process.output.fileno(), _BLOCK):
                *lines, rest = (rest + block).split(b"\n")
                self._hand_over([record(line) for line in lines if line.strip()])
        except (ValueError, Unfit) as error:
            _log.error("The program that feeds Kafka is ended: %s", error)
            self._process.end()
            return
        if not self._over.is_set():
            _log.error(
                "The program that feeds Kafka has ended; the end of %s: %s",
                self.log,
                self._process.last_words(),
            )

    def _hand_over(self, records: list[dict[str, Any]]) -> None:
        while records and not self._over.is_set():
            try:
                self._broker.write(records)
            except Unfit:
                raise  # again and again it would write those beside it, which are in the topics by now
            except FlinkError as error:
                _log.warning("Kafka takes no records, which are kept for it: %s", error)
                self._over.wait(_WAIT)
                continue
            newest = max((float(each["at"]) for each in records if each.get("at") is not None), default=None)
            if newest is not None:
                self._mark.write_text(str(newest / 1000))
            return


def record(line: bytes) -> dict[str, Any]:
    """A line as a record. Raises `ValueError` with what it lacks."""
    shown = line[:200].decode(errors="replace")
    try:
        found = json.loads(line)
    except ValueError as error:
        raise ValueError(f"a line that is no JSON: {shown}") from error
    if not isinstance(found, dict) or not isinstance(found.get("topic"), str) or "value" not in found:
        raise ValueError(f"a line without topic and value: {shown}")
    at = found.get("at")
    textual, timed = isinstance(found.get("key"), str | None), at is None or type(at) in (int, float)
    if not textual or not timed:
        raise ValueError(f"a key that is no text, or an at that is no number of milliseconds: {shown}")
    return found
