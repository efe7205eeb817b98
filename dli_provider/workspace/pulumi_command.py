"""The Pulumi engine as a command: runs it, reads its JSON, and passes its own words on when it fails.

Nothing that it answers is written to disk: a preview's plan, which holds secrets in clear, comes through a pipe.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from dli_provider.workspace import Failed, Unusable
from dli_provider.workspace.folder import unread_settings

_PLAIN = ("--non-interactive", "--color", "never")


def ask(folder: Path, *arguments: str) -> Any:
    """What a command of the engine answers in JSON. Raises Unusable with the engine's words when it fails."""
    return json.loads(_run(folder, arguments, Unusable))


def tell(folder: Path, text: str, *arguments: str) -> None:
    """A command of the engine that reads a text from its standard input. Raises Unusable when it fails."""
    _run(folder, arguments, Unusable, text + "\n")


def run(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> None:
    """A command of the engine that answers nothing. Raises Failed with the engine's words when it fails."""
    _run(folder, arguments, Failed, environ=environ)


def _run(
    folder: Path,
    arguments: Sequence[str],
    failing: type[Failed | Unusable],
    text: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> str:
    done = subprocess.run(
        _command(arguments),
        cwd=folder,
        env={**_environ(), **(environ or {})},
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise failing(_with_remedy(_words(done.stderr or done.stdout), folder))
    return done.stdout


def preview(
    folder: Path, stack: str, flags: Sequence[str], environ: Mapping[str, str]
) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
    """The plan of `pulumi preview`, as the engine itself writes it for `--save-plan`, with secrets in clear; and
    the steps that it shows, without secrets.

    Raises Failed with the engine's own diagnostics when the preview fails.
    """
    # The plan holds secrets in clear, so it must never be a file. The engine takes only a path: this one is a pipe.
    reading, writing = os.pipe()
    where = ("--json", "--show-secrets", "--save-plan", f"/dev/fd/{writing}")
    command = _command(("preview", "--stack", stack, *where, *flags))
    with ThreadPoolExecutor(1) as reader:
        plan = reader.submit(_read, reading)
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env={**_environ(), **environ},
                pass_fds=[writing],
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            # The engine's plugins inherit the pipe too, and one that outlives the engine keeps it open. So the end of
            # the plan is marked, and the reader does not wait for the pipe to close.
            os.write(writing, _END)
            os.close(writing)
        text = plan.result()
    if done.returncode or not text:
        said = "\n".join(filter(None, [_diagnostics(done.stdout), _words(done.stderr)]))
        raise Failed(_with_remedy(f"the preview of stack {stack} failed:\n{said}", folder))
    return json.loads(text), json.loads(done.stdout).get("steps") or ()


_END = b"\0"
"""Ends a plan in its pipe; JSON has no such byte."""


def _read(descriptor: int) -> str:
    held = bytearray()
    with os.fdopen(descriptor, "rb", buffering=0) as pipe:
        while not held.endswith(_END):
            held += pipe.read(1 << 16)
    return held.removesuffix(_END).decode()


def _command(arguments: Sequence[str]) -> list[str]:
    engine = shutil.which("pulumi", path=_environ()["PATH"])
    if engine is None:
        raise Unusable("pulumi is not on PATH. Install it, or activate the environment that has it.")
    return [engine, *arguments, *_PLAIN]


def _environ() -> dict[str, str]:
    """Our own environment. The engine, and the Python that it runs the program with, lie beside our own Python in a
    virtual environment that is used without being activated."""
    path = os.environ.get("PATH", os.defpath)
    if sys.prefix != sys.base_prefix:
        path = os.pathsep.join([str(Path(sys.prefix) / "bin"), path])
    return {**os.environ, "PATH": path, "PULUMI_SKIP_UPDATE_CHECK": "true"}


def _diagnostics(stdout: str) -> str:
    """The errors and warnings among what a preview said."""
    try:
        said = json.loads(stdout).get("diagnostics") or ()
    except ValueError:
        return stdout.strip()
    return "\n".join(
        f"  {each['message'].strip()}" for each in said if each["severity"].partition("#")[0] in _BAD
    )


_BAD = ("error", "warning")


def _with_remedy(said: str, folder: Path) -> str:
    """What the engine said and, where it asks for what only a shell can set, what to set."""
    for sign, remedy in _LOGINS.items():
        if sign in said:
            return f"{said}\nWhat to do: {remedy}. {unread_settings(folder)}".strip()
    return said


_LOGINS = {
    "PULUMI_ACCESS_TOKEN must be set": "name the backend that keeps the stacks' state: `pulumi login`, or "
    "PULUMI_BACKEND_URL in the environment",
    "passphrase must be set": "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to that of the stack",
    "incorrect passphrase": "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to that of the stack",
}
"""How the engine says that it does not get at the state, or at its secrets; and what it leaves unsaid."""


def _words(text: str) -> str:
    """What the engine said, without the prefix that ours has too."""
    return text.strip().removeprefix("error: ")
