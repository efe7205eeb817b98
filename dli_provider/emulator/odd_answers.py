"""Answers that arrive, but not as a client would wish: slowly, swollen, or cut off. What was asked has been done."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final

from starlette.responses import Response, StreamingResponse

from dli_provider.emulator.faults import Fault

KINDS: Final = ("drip", "flood", "truncate")
_MEGABYTE: Final = 1024 * 1024
_JSON: Final = "application/json"
_GZIP: Final = 16 + zlib.MAX_WBITS  # how zlib is told to write a gzip header


def odd_answer(fault: Fault, content: bytes, status: int, headers: Mapping[str, str]) -> Response:
    """The answer as the fault has it."""
    if fault.kind == "drip":
        # Its length is known from the start, so that each pause looks like one in the network.
        length = {"Content-Length": str(len(content))}
        return StreamingResponse(_drops(content, fault.seconds), status, {**headers, **length}, _JSON)
    if fault.kind == "flood":
        packed = {"Content-Encoding": "gzip"}
        return StreamingResponse(_flood(content, fault.megabytes), status, {**headers, **packed}, _JSON)
    # Before the last quotation mark: within a string, wherever that is.
    return Response(content[: max(0, content.rfind(b'"'))], status, dict(headers), _JSON)


async def _drops(content: bytes, seconds: float) -> AsyncIterator[bytes]:
    for number in range(len(content)):
        await asyncio.sleep(seconds / len(content))
        yield content[number : number + 1]


def _flood(content: bytes, megabytes: int) -> Iterator[bytes]:
    """The answer behind so much white space, which JSON allows: read whole, it is what it should be."""
    packing = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    for _ in range(megabytes):
        yield packing.compress(b" " * _MEGABYTE)
    yield packing.compress(content) + packing.flush()
