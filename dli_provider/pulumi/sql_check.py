"""`dli:check = flink`: new and changed SQL is shown to Flink's planner while Pulumi checks a job. Nothing runs.

Loaded only where a stack asks for it. Prints nothing: what there is to say goes to whoever asks.
"""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import Any

from dli_provider.errors import Invalid
from dli_provider.flink import java, provision
from dli_provider.flink.cluster import Cluster
from dli_provider.flink.failures import FlinkError, RestError
from dli_provider.flink.plans import judged
from dli_provider.flink.sessions import own_jars, session_settings, told
from dli_provider.resting import Turn, elsewhere
from dli_provider.secrets import MASK, sounds_secret
from dli_provider.sql import Unreadable, secret_spans

KEY = "dli:check"
FLINK = "flink"
_OPTIONS = " Table options are:"

Say = Callable[[str], None]


class CheckingFlink:
    """Flink's SQL gateway, started when it is first asked for, once; it ends with this process, however that ends."""

    def __init__(self, start: Callable[[Say], Cluster]) -> None:
        self._start, self._turn = start, Turn()
        self._flink: Cluster | None = None
        self._trouble: FlinkError | None = None

    def running(self, say: Say) -> Cluster:
        """The running Flink. Raises `FlinkError`; what failed once is not tried again."""
        with (
            self._turn
        ):  # it may be fetched first: those whose jobs are waited for on this thread must not wait, too
            if self._trouble is not None:
                raise self._trouble
            if self._flink is None:
                try:
                    self._flink = elsewhere(lambda: self._start(say))
                except FlinkError as error:
                    self._trouble = error
                    raise
            return self._flink


def _started(say: Say) -> Cluster:
    java.find(os.environ)  # before anything is fetched for it
    begun: list[str] = []

    def report(what: str, *_: int, **__: int) -> None:
        if not begun:
            say(f"{KEY}: {what}; it is fetched once, some 200 MB")
        begun.append(what)

    distribution = provision.obtain(os.environ, report)
    with ExitStack() as opened:
        home = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="dli-check-")))
        flink = opened.enter_context(Cluster.start(distribution, os.environ, home, tasks=False))
        atexit.register(opened.pop_all().close)
    return flink


_OF_THIS_PROCESS = CheckingFlink(_started)


class SqlCheck:
    """What Flink's planner says of jobs; all of them share one gateway. `say` gets what is good to know, once."""

    def __init__(self, say: Say, gateway: CheckingFlink = _OF_THIS_PROCESS) -> None:
        self._say, self._gateway = say, gateway
        self._lock, self._stood_in = Lock(), set[str]()

    @classmethod
    def of(cls, config: str, say: Say) -> SqlCheck:
        """The check that `dli:check` in the stack's config asks for. Raises Invalid."""
        if config != FLINK:
            reason = f"it is {config!r}, and SQL is checked by {FLINK!r} only"
            raise Invalid(KEY, reason, remedy=f"pulumi config set {KEY} {FLINK}, or pulumi config rm {KEY}")
        return cls(say)

    def refusals(self, sql: str, inputs: Mapping[str, Any]) -> list[str]:
        """Why Flink refuses the SQL of a job, one line each, without secrets; or why it cannot be asked."""
        hidden = sorted(_secrets(sql, inputs), key=len, reverse=True)
        try:
            refused, stood_in = judged(
                self._gateway.running(self._say),
                sql,
                session_settings(inputs.get("runtime_config")),
                own_jars(inputs.get("udf_jar_url")),
            )
        except FlinkError as error:
            text = told(str(error))[0] if isinstance(error, RestError) and error.status else str(error)
            text = f"sql_body cannot be checked with Flink, as {KEY} asks: {text}"
            return [f"{_without(hidden, text)} To go on unchecked: pulumi config rm {KEY}"]
        for connector in sorted({table.connector for table in stood_in}):
            self._tell_once(connector)
        # Behind this Flink lists every option of the table, with its value.
        messages = [(each, _without(hidden, each.message.partition(_OPTIONS)[0])) for each in refused]
        return [f"sql_body, line {each.line}, column {each.column}: {text}" for each, text in messages]

    def _tell_once(self, connector: str) -> None:
        with self._lock:
            new = connector not in self._stood_in
            self._stood_in.add(connector)
        if new:
            self._say(f"{KEY}: tables of {connector!r} are planned with a stand-in, their options unchecked")


def _secrets(sql: str, inputs: Mapping[str, Any]) -> Iterator[str]:
    yield from (
        value
        for key, value in session_settings(inputs.get("runtime_config")).items()
        if sounds_secret(key) and value
    )
    try:
        spans = secret_spans(sql)
    except Unreadable:
        return  # Flink says where a literal never ends, and nothing of what is in it
    yield from filter(None, (sql[start:end].strip("'\"` ") for start, end in spans))


def _without(hidden: list[str], text: str) -> str:
    for secret in hidden:
        text = text.replace(secret, MASK)
    return text
