"""How a small Flink of one machine is configured: memory, ports, where things lie. Values only."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOOPBACK: Final = "127.0.0.1"
SLOTS: Final = 24

JOB_MANAGER_MEMORY: Final = ("-Xmx320m", "-XX:MaxMetaspaceSize=192m")
TASK_MANAGER_MEMORY: Final = ("-Xmx384m", "-XX:MaxMetaspaceSize=192m", "-XX:MaxDirectMemorySize=288m")
GATEWAY_MEMORY: Final = ("-Xmx320m", "-XX:MaxMetaspaceSize=256m")
BROKER_MEMORY: Final = ("-Xmx128m", "-Xss512k", "-XX:MaxMetaspaceSize=128m", "-XX:MaxDirectMemorySize=64m")

_MB: Final = "mb"


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Ports:
    """Where the processes listen; all other ports Flink chooses itself."""

    rest: int
    rpc: int
    gateway: int

    @classmethod
    def free(cls) -> Ports:
        """Three free ones."""
        return cls(free_port(), free_port(), free_port())


def settings(ports: Ports, home: Path) -> dict[str, str]:
    """What JobManager and TaskManager read from their configuration file."""
    return {
        "jobmanager.rpc.address": LOOPBACK,
        "jobmanager.rpc.port": str(ports.rpc),
        "jobmanager.bind-host": LOOPBACK,
        "rest.address": LOOPBACK,
        "rest.bind-address": LOOPBACK,
        "rest.port": str(ports.rest),
        "taskmanager.host": LOOPBACK,
        "taskmanager.bind-host": LOOPBACK,
        "taskmanager.numberOfTaskSlots": str(SLOTS),
        "io.tmp.dirs": str(home / "tmp"),
        "blob.storage.directory": str(home / "tmp"),
        "web.submit.enable": "false",
        # Flink tells every web page what it is asked unless one is named: then only its own.
        "web.access-control-allow-origin": f"http://{LOOPBACK}:{ports.rest}",
        "web.upload.dir": str(home / "tmp"),
        "metrics.fetcher.update-interval": "500",  # ms; whoever asks for metrics gets those of now
        # A killed TaskManager is noticed at its first unanswered call; a slow machine is not taken for a dead one.
        "heartbeat.interval": "2000",
        "heartbeat.timeout": "60000",
        # The one TaskManager comes back after a crash: until then, requests for slots wait.
        "resourcemanager.standalone.start-up-time": "2147483647",
        "slot.request.timeout": "120000",
        "slot.idle.timeout": "1000",
        # One job's queries must not be refused for what others hold.
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "parallelism.default": "1",
        "rest.await-leader-timeout": "5000",
        "web.refresh-interval": "1000",
        "web.exception-history-size": "8",
        "web.history": "64",
        "jobstore.expiration-time": "86400",
    }


def task_manager_memory() -> list[str]:
    """Its memory in full: started without Flink's scripts, a TaskManager computes none of it."""
    given = {
        "taskmanager.cpu.cores": "2.0",
        "taskmanager.memory.task.heap.size": f"256{_MB}",
        "taskmanager.memory.task.off-heap.size": f"0{_MB}",
        # 32 MB a slot: what window operators want. Memory that no operator asks for is never taken.
        "taskmanager.memory.managed.size": f"768{_MB}",
        "taskmanager.memory.network.min": f"96{_MB}",
        "taskmanager.memory.network.max": f"96{_MB}",
        "taskmanager.memory.framework.heap.size": f"128{_MB}",
        "taskmanager.memory.framework.off-heap.size": f"128{_MB}",
        "taskmanager.memory.jvm-metaspace.size": f"192{_MB}",
        "taskmanager.memory.jvm-overhead.min": f"64{_MB}",
        "taskmanager.memory.jvm-overhead.max": f"64{_MB}",
        "external-resources": "none",
    }
    return [part for key, value in given.items() for part in ("-D", f"{key}={value}")]


LOG4J: Final = """rootLogger.level = ${env:ROOT_LOG_LEVEL:-INFO}
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c{1} - %m%n
logger.pekko.name = org.apache.pekko
logger.pekko.level = WARN
logger.kafka.name = org.apache.kafka
logger.kafka.level = WARN
logger.netty.name = org.jboss.netty.channel.DefaultChannelPipeline
logger.netty.level = OFF
"""
