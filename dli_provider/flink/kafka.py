"""A Kafka broker of one machine: started, asked, ended together with whoever uses it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from dli_provider import downloads
from dli_provider.downloads import ProgressListener, silent
from dli_provider.flink import compiled, configuration, java, pins, provision
from dli_provider.flink.asked_process import AskedProcess
from dli_provider.flink.configuration import LOOPBACK
from dli_provider.flink.failures import FlinkError

_SOURCE: Final = Path(__file__).with_name("broker") / "Broker.java"
_PATIENCE: Final = 120.0  # seconds for an answer; coming up, which the first one waits for, takes about five
_LOOK: Final = 2.0  # seconds between two looks at whether it is alive
PARTITIONS: Final = (
    4  # of a topic; more for a job of more parallelism, whose idle tasks would hold watermarks back
)


class BrokerError(FlinkError):
    """The broker says no; the text is its reason."""


class Unfit(BrokerError):
    """The broker will say no to the same again: a name that is none of a topic, a record that is too large."""


class Broker:
    """`with Broker.start(...) as kafka`. One that dies is started again, with the same address and records."""

    def __init__(self, command: list[str], home: Path, address: str) -> None:
        self.home, self.address = home, address
        self._made: set[str] = set()
        self._lock, self._over = threading.Lock(), threading.Event()
        self.log = home / "broker.log"
        self._process = AskedProcess("Kafka", _PATIENCE, lambda: command, self.log)

    @classmethod
    def start(
        cls, environ: Mapping[str, str], home: Path, address: str = "", report: ProgressListener = silent
    ) -> Broker:
        """Start and wait until it answers, at `address` or on a free port. Raises `FlinkError`."""
        runtime, jars = java.find(environ), provision.kafka(environ, report)
        classes = os.pathsep.join(map(str, jars))
        root = downloads.cache_folder(environ)
        ours = compiled.jar(runtime, root, _SOURCE, classes, version=pins.KAFKA_VERSION)
        if ours is None:
            raise FlinkError(f"{runtime} has no compiler beside it: a broker of Kafka needs a JDK")
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        logging = home / "log4j.properties"
        logging.write_text(configuration.LOG4J)
        address = address or free_address()
        command = [str(runtime), *java.FLAGS, *configuration.BROKER_MEMORY]
        command += [f"-Dlog4j.configurationFile={logging}", "-cp", f"{ours}{os.pathsep}{classes}"]
        command += ["dli.Broker", str(home), address, free_address()]
        broker = cls(command, home, address)
        try:
            broker._ask({})
        except FlinkError as error:
            broker.stop()
            raise FlinkError(f"{error}; the end of {broker.log}:\n{broker.last_words()}") from error
        threading.Thread(target=broker._look_after, name="kafka-watch", daemon=True).start()
        return broker

    def stop(self) -> None:
        """End it. Its records stay in its folder."""
        self._over.set()
        with self._lock:
            self._process.close()

    def __enter__(self) -> Broker:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process id, while there is a process."""
        return self._process.pid

    def create(self, topics: Mapping[str, bool], parallelism: int = 1) -> None:
        """Make the topics that are not there yet; one that is compacted keeps the newest record of each key."""
        policies = {name: "compact" if compacted else "delete" for name, compacted in topics.items()}
        lacking = {name: policy for name, policy in policies.items() if name not in self._made}
        if lacking:
            self._ask({"create": lacking, "partitions": max(PARTITIONS, parallelism)})
            self._made |= set(lacking)

    def write(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Append records, each with `topic`, `value` (JSON, or text as it stands) and, if wanted, `key` and `at` (epoch
        milliseconds). All of them are in the topics at the return."""
        listed = list(records)
        self.create({str(each["topic"]): False for each in listed})
        self._ask({"write": listed})

    def read(self, topic: str) -> list[dict[str, Any]]:
        """Every record of a topic that is committed: `partition`, `offset`, `at`, `key`, `value`."""
        found: list[dict[str, Any]] = self._ask({"read": topic})["records"]
        return found

    def forget(self) -> None:
        """Delete all topics."""
        self._made.clear()
        self._ask({"forget": True})

    def last_words(self, lines: int = 12) -> str:
        """The end of what it wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            if self._over.is_set():  # it would be started again, and stay
                raise BrokerError("Kafka has been stopped")
            asked = [json.dumps(question)]
            try:
                (line,) = self._process.answers(asked)
            except FlinkError:
                # Of a write some may be in the topics: the writer knows whether twice does harm.
                if "write" in question:
                    raise
                (line,) = self._process.answers(asked)  # which starts it again
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise (BrokerError if answer["again"] else Unfit)(f"Kafka: {answer['error']}")
        return answer

    def _look_after(self) -> None:
        while not self._over.wait(_LOOK):
            with suppress(FlinkError):
                self._ask({})


def free_address() -> str:
    """A loopback address that was free a moment ago."""
    return f"{LOOPBACK}:{configuration.free_port()}"
