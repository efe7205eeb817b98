"""Which Flink it is: versions, the files that make it complete, and their checksums. Data only."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

VERSION: Final = "1.20.3"

CORE: Final = (
    f"flink-dist-{VERSION}.jar",
    f"flink-table-api-java-uber-{VERSION}.jar",
    f"flink-table-planner-loader-{VERSION}.jar",
    f"flink-table-runtime-{VERSION}.jar",
    f"flink-cep-{VERSION}.jar",
    f"flink-connector-files-{VERSION}.jar",
    f"flink-csv-{VERSION}.jar",
    f"flink-json-{VERSION}.jar",
    "log4j-1.2-api-",
    "log4j-api-",
    "log4j-core-",
    "log4j-slf4j-impl-",
)
"""Beginnings of the file names of the jars that a cluster needs; releases differ in the version of log4j."""

GATEWAY: Final = f"flink-sql-gateway-{VERSION}.jar"


class Artifact(NamedTuple):
    """A file at a package registry: its coordinates, its size in bytes and the SHA-256 of the file."""

    name: str
    size: int
    sha256: str

    @property
    def file(self) -> str:
        """`group:artifact:version` is kept as `artifact-version.jar`."""
        _, artifact, version = self.name.split(":")
        return f"{artifact}-{version}.jar"


CONNECTORS: Final = (
    Artifact(
        "org.apache.flink:flink-connector-kafka:3.4.0-1.20",
        484_429,
        "0deab094f7f54df9e8cb7c77c15b4392e1f9923f98f8972b4346f6ff384bf5e6",
    ),
    Artifact(
        f"org.apache.flink:flink-connector-base:{VERSION}",
        142_983,
        "e95179da8f560204ae21b1f709497a0928348f8655a23b1e80d458670dc4d4ce",
    ),
    Artifact(
        "org.apache.kafka:kafka-clients:3.4.0",
        5_049_207,
        "48f38dede69bf2ed3709e270afb6b72fac869651fc258997727dba350333ac64",
    ),
    Artifact(
        "org.apache.flink:flink-connector-jdbc:3.3.0-1.20",
        439_729,
        "50d243cf0e1aac67c2c81c9fb2e9b32bb7d7124b9594df009efa8122e3df1c75",
    ),
)
"""Connectors that no release contains: their factories check the options of kafka, upsert-kafka and jdbc tables."""

KAFKA_VERSION: Final = "4.4.0"
_KAFKA: Final = Path(__file__).with_name("broker") / "artifacts.txt"


def kafka() -> tuple[Artifact, ...]:
    """A Kafka broker with everything that it needs; clients of Kafka 2.1 and later can speak to it."""
    rows = (row.split() for row in _KAFKA.read_text().splitlines() if not row.startswith("#"))
    return tuple(Artifact(name, int(size), digest) for name, size, digest in rows)


class FlinkRelease(NamedTuple):
    """What is taken of a release of Flink: `jars` are beginnings of their file names."""

    version: str
    jars: tuple[str, ...]
    libraries: Artifact
    """Python's package of Flink's jars, made by the Flink project for PyFlink."""
    more: tuple[Artifact, ...] = ()
    """What that package lacks."""

    @property
    def site(self) -> str:
        """Where the Apache Software Foundation keeps it."""
        return f"https://archive.apache.org/dist/flink/flink-{self.version}"

    @property
    def archive(self) -> str:
        """The name of the file there."""
        return f"flink-{self.version}-bin-scala_2.12.tgz"


WHOLE: Final = FlinkRelease(
    VERSION,
    (*CORE, GATEWAY),
    Artifact(
        f"apache-flink-libraries=={VERSION}",
        231_679_075,
        "f07f07a46bb272c1e851379ed92105928367019db31240091a5367fc92800289",
    ),
    (
        Artifact(
            f"org.apache.flink:flink-sql-gateway:{VERSION}",
            1_021_907,
            "f80e1c5b7a8a9e0bd57bbde5a56ca6731192acce8cfb1bce43e307a33a417c8f",
        ),
        Artifact(
            f"org.apache.flink:flink-sql-gateway-api:{VERSION}",
            38_554,
            "f621b1e1fb3a7d20c5ce339fd4980aa71e84aa1f8901215fe2c73ca4a2afb298",
        ),
    ),
)
"""The Flink that jobs run on here."""

_OLDER: Final = "1.15.4"
OLDER_PLANNER: Final = FlinkRelease(
    _OLDER,
    tuple(name.replace(VERSION, _OLDER) for name in CORE if not name.startswith("log4j-")),
    Artifact(
        f"apache-flink-libraries=={_OLDER}",
        233_751_102,
        "f4f622f55198073ee1be7db14ae2efe89af1a6fc9e4da8bc6e4759d7fa84f58a",
    ),
)
"""What plans as Flink 1.15 does, which DLI has. Nothing runs on it, so it needs neither gateway nor logging."""


LOCK: Final = "flink.lock"
STAGING: Final = ".fetching-"
"""In the user's cache: the lock of whoever fetches, and how folders under way are named."""
