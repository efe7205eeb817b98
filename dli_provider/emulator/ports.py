"""Listening sockets on the loopback interface; the local DLI is reachable from nowhere else."""

from __future__ import annotations

import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"


def bind(port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises `OSError` when the port is taken."""
    # asyncio turns Nagle's algorithm off only for sockets that name TCP; with it every answer takes 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
        listening.listen(2048)
    except OSError:
        listening.close()
        raise
    return listening
