"""Tables of Kafka, led to the one broker of this machine: which topics a script needs, and what of it leads elsewhere.

The options of Kafka's client can name other brokers, classes to load, files and addresses of log-in servers. So only
those of an allow-list are kept, which name nothing: the broker here asks for no log-in anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dli_provider.emulator.runners.flink.confinement import CLIENT, Option, connectors_of, option_lists
from dli_provider.flink.statements import Statement, pieces

KAFKA: Final = "kafka"
UPSERT_KAFKA: Final = "upsert-kafka"
CONNECTORS: Final = frozenset([KAFKA, UPSERT_KAFKA])

_SERVERS: Final = f"{CLIENT}bootstrap.servers"
_KEPT: Final = re.compile(
    r"group\.id|client\.id|auto\.offset\.reset|isolation\.level|enable\.(?:auto\.commit|idempotence)"
    r"|partition\.discovery\.interval\.ms|acks|compression\.type|retries|batch\.size|linger\.ms|buffer\.memory"
    r"|(?:auto\.commit\.interval|retry\.backoff|transaction\.timeout|delivery\.timeout|request\.timeout"
    r"|session\.timeout|heartbeat\.interval|metadata\.max\.age|connections\.max\.idle)\.ms"
    r"|(?:fetch|max)\.[a-z.]+|(?:receive|send)\.buffer\.bytes"
)
"""What a client does, and nothing that it loads, opens or speaks to."""


@dataclass(frozen=True)
class KafkaTables:
    """A script whose tables of Kafka are those of this machine."""

    statements: tuple[Statement, ...]
    topics: dict[str, bool]
    """Which it names, each with whether it is compacted: of what is upserted, the newest of each key is kept."""
    left_out: tuple[str, ...]
    """The options that mean nothing here, without their values: log-ins, certificates, classes."""


def led_here(statements: Sequence[Statement], address: str) -> KafkaTables:
    """The statements with `address` for whatever broker they name. Lines stay lines.

    They have been looked at by `confinement`: each option is written plainly. Options of Kafka's client are led here
    wherever they stand: in hints, in tables that take over another one, and beside any connector.
    """
    topics: dict[str, bool] = {}
    left_out: dict[str, None] = {}
    led: list[Statement] = []
    for statement in statements:
        text, shift = statement.text, 0
        for options in option_lists(pieces(statement.text)):
            if not options:
                continue
            connectors = connectors_of(options)
            if not connectors or connectors[0] in CONNECTORS:
                for name in _topics(options):
                    topics[name] = topics.get(name, False) or connectors == [UPSERT_KAFKA]
                left_out |= dict.fromkeys(option.key for option in options if _leads_out(option))
            # A table of Kafka may take over (LIKE) the options of one whose own connector never looks at them.
            elif not any(option.key.startswith(CLIENT) for option in options):
                continue
            new = _list_led_here(statement.text, options, address)
            start, end = options[0].start, options[-1].end
            text = text[: start + shift] + new + text[end + shift :]
            shift += len(new) - (end - start)
        led.append(replace(statement, text=text))
    return KafkaTables(tuple(led), topics, tuple(left_out))


def _topics(options: Sequence[Option]) -> Iterator[str]:
    """A pattern names no topic: it finds those that are there."""
    for option in options:
        if option.key == "topic":
            yield from (name for part in option.value.split(";") if (name := part.strip()))


def _leads_out(option: Option) -> bool:
    own = option.key.removeprefix(CLIENT)
    return option.key.startswith(CLIENT) and option.key != _SERVERS and not _KEPT.fullmatch(own)


def _list_led_here(text: str, options: Sequence[Option], address: str) -> str:
    """The list from its first option to its last, with the line breaks it had."""
    written: list[str] = []
    breaks = ""
    for number, option in enumerate(options):
        before = text[options[number - 1].end : option.start] if number else ""
        breaks += "\n" * before.count("\n")
        if _leads_out(option):
            breaks += "\n" * text[option.start : option.end].count("\n")
            continue
        shown = text[option.start : option.end]
        if option.key == _SERVERS:
            shown = f"{text[option.start : option.value_at]}'{address}'"
        written.append(breaks + shown)
        breaks = ""
    # Options of Kafka's client lead nowhere but to Kafka, so its address stands well in the place of any of them.
    return ", ".join(written or [f"'{_SERVERS}' = '{address}'"]) + breaks
