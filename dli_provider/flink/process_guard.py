"""`python process_guard.py OUTPUT COMMAND ...`: a command that ends when whoever started it does, even by kill -9.

Its output is added to the file OUTPUT, and ours is its process id; where that is `-`, its output is ours.

The starter holds the other end of our standard input and never writes to it: its end is the kernel's word that the
starter is gone. Run as a file of its own, with the standard library only, so that a guard is small and quick.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1
_LOOK = 0.5  # seconds between two looks at whether the command has ended by itself


def _die_with_parent() -> None:
    """Linux only: should the guard itself be killed, its command goes too."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main(output: str, command: list[str]) -> int:
    """Run the command until it ends or the starter is gone; its exit code."""
    bound = _die_with_parent if sys.platform == "linux" else None
    held = os.dup(1) if output == "-" else output
    with open(held, "ab") as out:  # noqa: PTH123 - pathlib alone would double the time a guard takes to start
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, preexec_fn=bound)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the starter, who then ends us in order
    if output != "-":
        os.write(1, f"{child.pid}\n".encode())  # the starter reads it: who is really at work
    os.close(1)
    while child.poll() is None:
        ready, _, _ = select.select([0], [], [], _LOOK)
        if ready and not os.read(0, 1):
            child.kill()
            child.wait()
    return child.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
