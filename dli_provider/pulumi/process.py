"""The processes of Pulumi's that our code runs in, and what is done about them: here, and nowhere else.

A process that serves dynamic resources serves four operations at a time, outlives a killed engine and prints Python
tracebacks; the program's process waits for every output, and looks for garbage, over and over. All of it is done
through what these processes happen to hold, and does nothing where they hold something else, or outside of them (tests,
the command line).
"""

from __future__ import annotations

import ctypes
import gc
import os
import re
import socket
import sys
import threading
import time
from asyncio import Future
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import PurePath
from queue import Empty

from dli_provider.settings import own_keys

HANDS = 16
"""Threads that do the work of operations. Who waits holds none of them, so any number of operations is served at once;
`pulumi up --parallel` is the knob for users."""
CALLERS = 128
"""Requests to DLI that can be under way at once: where one takes a tenth of a second, 1,280 in a second."""

OBJECTS = 200_000
"""After so many new ones Python looks for garbage in a program that declares jobs."""

PLUGIN = "pulumi-resource-dli"
"""The program that is the second door."""

_ADDRESS = re.compile(r"(\[[0-9a-f:]+\]|[\w.-]+):\d+")
_DEBUG = "DLI_DEBUG"
_ARENAS_AT_MOST = -8
"""`M_ARENA_MAX` of `mallopt` in glibc."""
_PROBE_SECONDS = 1.0


@cache
def settle_in() -> None:
    """Make this process, which serves dynamic resources, a good plugin, once. Called when the engine configures the
    provider."""
    if _engine() is None:
        return
    if os.environ.get(_DEBUG) != "1":
        sys.tracebacklimit = 0
    keep_small()
    _widen()
    end_with_the_engine()


@cache
def end_with_the_engine() -> None:
    """From here on, end the process as soon as the engine is gone that its argument names."""
    threading.Thread(target=_watch_the_engine, name="dli-engine-watch", daemon=True).start()


def require_engine() -> None:
    """End the process if its engine is gone: nobody would record what is written from here on."""
    engine = _engine()
    if engine is not None and not _answers(engine):
        os._exit(1)


def engine_name() -> str | None:
    """What tells the engine of this process from others; None outside a plugin."""
    engine = _engine()
    return f"{engine[0]}:{engine[1]}" if engine else None


def _watch_the_engine() -> None:
    while True:
        time.sleep(_PROBE_SECONDS)
        require_engine()


@cache
def _engine() -> tuple[str, int] | None:
    """The engine's address, which is the plugin's argument; None outside a plugin process."""
    program = PurePath(sys.argv[0])
    if program.stem != PLUGIN and program.parts[-3:] != ("pulumi", "dynamic", "__main__.py"):
        return None
    host, _, port = engine_address(sys.argv[1:]).rpartition(":")
    return (host.strip("[]"), int(port)) if port else None


def keep_small() -> None:
    """Have this process, which has many threads and does one thing at a time, take its memory from few places: what one
    thread has given back, the others can use. Called before there are threads; it does nothing where memory is not
    managed by glibc."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_ARENAS_AT_MOST, 2)


def engine_address(arguments: Sequence[str]) -> str:
    """The engine's address among the arguments of a plugin, as host:port; "" where there is none. It is the last:
    flags of the engine's own stand before it, and one of them may have an address for a value (`--tracing`)."""
    return next((each for each in reversed(arguments) if _ADDRESS.fullmatch(each)), "")


def _answers(address: tuple[str, int]) -> bool:
    with suppress(OSError), socket.create_connection(address, timeout=5):
        return True
    return False


def _widen() -> None:
    """Let the plugin's gRPC server do more than four calls at once.

    The server does not offer its executor, so it is looked for; where it is not found, four it stays.
    """
    from dli_provider.pulumi.crew import Crew

    for executor in (one for one in gc.get_objects() if isinstance(one, ThreadPoolExecutor)):
        if executor._max_workers == 4:
            crew = Crew(HANDS, CALLERS)
            executor.submit = crew.submit  # type: ignore[method-assign]
            # Those that are queued already came before there was a crew.
            with suppress(Empty):
                while queued := executor._work_queue.get_nowait():
                    crew.submit(queued.run)


def config_keys(config: object) -> tuple[str, ...]:
    """The keys of ours in a stack's config, which Pulumi hands to a provider.

    It offers no list of them, so they are looked for; where they are not found, nothing is known to be wrong.
    """
    held, project = vars(config).get("_props"), vars(config).get("_project_name")
    return own_keys(held, str(project)) if isinstance(held, dict) else ()


def let_go(outputs: Iterable[object]) -> None:
    """Keep Pulumi's program process from waiting for these outputs of a resource one by one.

    It waits for each resource's registration, which settles them all; and then again for all outputs there are, as
    often as one settles. With a thousand jobs of twenty arguments that took longer than all the rest.
    """
    _collect_rarely()
    for output in outputs:
        # Of an output itself every attribute can be asked for, and is one more output.
        untrack = getattr(type(output), "_untrack", None)
        settled = vars(output).get("_data") if untrack else None
        if untrack and isinstance(settled, Future):
            untrack(output)
            settled.add_done_callback(_noted)


@cache
def _collect_rarely() -> None:
    """Resources live as long as the program that declares them, and Python would look through all of them for garbage
    again and again: with a thousand jobs for a seventh of the time of a preview. What grows meanwhile is some 30 MB."""
    if gc.isenabled() and 0 < gc.get_threshold()[0] < OBJECTS:
        gc.set_threshold(OBJECTS)


def _noted(settled: Future[object]) -> None:
    """A registration that fails is reported by itself; asyncio would complain that nobody asked its outputs."""
    if not settled.cancelled():
        settled.exception()
