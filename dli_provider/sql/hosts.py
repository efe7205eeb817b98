"""Which addresses the tables of a script lead to, as host:port; never with a log-in that stands beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dli_provider.sql.ast import Table
from dli_provider.sql.connectors import connector, is_servers, leads_outside
from dli_provider.sql.cursor import Unparsable
from dli_provider.sql.lexer import Unreadable
from dli_provider.sql.script import outline


@dataclass(frozen=True)
class Addresses:
    """`known` are hosts with their ports, in lower case; `unclear` says, without any value, where there are more."""

    known: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


_URLS: Final = re.compile(
    r"(connector\.|base-|jdbc-|schema-registry\.)?(url|uri)|(.+\.)?(avro-confluent|schema-registry)\.url|db_url"
    r"|(connector\.)?(hosts|fenodes|nodes|load-url)|(connector\.)?zookeeper\.quorum|cluster[._-]address|hbase\.zookeeper\.quorum"
)
_HOSTS: Final = ("hostname", "host")
_PORTS: Final = {"redis": "6379", "mysql": "3306", "postgres": "5432", "sqlserver": "1433", "oracle": "1521"}
_SCHEME_PORTS: Final = {
    **_PORTS,
    "postgresql": "5432",
    "http": "80",
    "https": "443",
    "mongodb": "27017",
}
_NAME: Final = r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]"
_ADDRESS: Final = re.compile(rf"(?P<host>{_NAME})(:(?P<port>[0-9]{{1,5}}))?")
_URL: Final = re.compile(r"(?:jdbc:)?([A-Za-z][A-Za-z0-9+_.-]*)://([^/?;#]*)(.*)", re.DOTALL)
_THIN: Final = re.compile(rf"jdbc:oracle:thin:[^@]*@(?://)?({_NAME}):([0-9]{{1,5}})([:/][^@]*)?")
_NEXT: Final = re.compile(r"[;,](?=\s*[A-Za-z][A-Za-z0-9+_.-]*://)")
"""Where a list of whole addresses goes on; other marks may belong to the address."""


def addresses(sql: str) -> Addresses:
    """The addresses of all tables of a script that have a system behind them."""
    known: dict[str, None] = {}
    unclear: dict[str, None] = {}
    try:
        script = outline(sql)
    except (Unreadable, Unparsable):
        return Addresses(unclear=("the SQL could not be read",))
    for name in (each for each in script.tables if each not in script.view_names):
        try:
            table = script.tables[name]
        except (Unreadable, Unparsable, KeyError):
            unclear[f"table {name} could not be read"] = None
            continue
        for option, address in _of(table):
            if address:
                known[address.lower()] = None
            else:
                unclear[f"{option} of table {name} is no address that can be read"] = None
    return Addresses(tuple(known), tuple(unclear))


def _of(table: Table) -> Iterator[tuple[str, str]]:
    """The options of a table that hold addresses, each with an address of it, "" for what is none."""
    if not leads_outside(table):
        return
    options = dict(table.options)
    for key, value in options.items():
        if is_servers(key) or _URLS.fullmatch(key):
            for each in _listed(value):
                yield key, each
    for key in _HOSTS:
        if key in options:
            yield key, _address(options[key].strip(), _usual_port(table, options))


def _usual_port(table: Table, options: Mapping[str, str]) -> str:
    kind = connector(table)
    return options.get("port") or next((port for name, port in _PORTS.items() if kind.startswith(name)), "")


def _listed(value: str) -> Iterator[str]:
    for part in _NEXT.split(value):
        text = part.strip()
        thin = _THIN.fullmatch(text)
        url = _URL.fullmatch(text)
        if thin:
            yield f"{thin[1]}:{thin[2]}"
        elif url:
            scheme, hosts, rest = url.groups()
            # A log-in that holds one of the marks that end it would be taken for a host: better none than that.
            known = "" if "@" in rest else hosts.rpartition("@")[2]
            yield from _each(known, _SCHEME_PORTS.get(scheme.lower(), ""))
        else:
            yield from _each(text, "")


def _each(hosts: str, port: str) -> Iterator[str]:
    parts = [part.strip() for part in re.split("[,;]", hosts)]
    # As ZooKeeper's clients read it: a port at the end is that of all who have none.
    last = _ADDRESS.fullmatch(parts[-1])
    shared = (last["port"] if last else "") or port
    for part in parts:
        yield _address(part, shared)


def _address(text: str, port: str) -> str:
    found = _ADDRESS.fullmatch(text)
    number = (found["port"] or port) if found else ""
    return f"{found['host']}:{number}" if found and number.isdigit() else ""
