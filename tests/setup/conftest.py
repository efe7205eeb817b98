"""Tiny real programs in place of Pulumi and Go: set-up is tested with files and processes, and no network."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.setup import pulumi_engine

Writer = Callable[[Path, str], Path]


@pytest.fixture
def program() -> Writer:
    """Write an executable shell script."""

    def write(file: Path, body: str) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)
        return file

    return write


@pytest.fixture
def engine_in(program: Writer) -> Callable[[Path, str], Path]:
    """Put a complete engine that tells the given version into a folder."""

    def write(folder: Path, version: str) -> Path:
        for name in pulumi_engine.PROGRAMS:
            program(folder / name, f"echo {version}" if name == "pulumi" else f"echo {name}")
        return folder

    return write


@pytest.fixture
def go_in(program: Writer) -> Callable[[Path], Path]:
    """Put into a folder a Go that notes each build in the file `builds` there, and ends once `hold` is gone."""

    def write(folder: Path) -> Path:
        scripts = folder / "sdk" / "python"
        program(scripts / "cmd" / "pulumi-language-python-exec", "exit 0")
        program(scripts / "dist" / "pulumi-resource-pulumi-python", "exit 0")
        body = f"""
        case "$1" in
        env) echo go1.25.11 ;;
        list) echo {folder}/sdk ;;
        build)
            while [ "$1" != -o ]; do shift; done
            echo "$2" >> {folder}/builds
            while [ -e {folder}/hold ]; do sleep 0.05; done
            printf '#!/bin/sh\\necho {pulumi_engine.VERSION}\\n' > "$2" && chmod +x "$2"
            ;;
        esac"""
        program(folder / "go", body)
        return folder

    return write


@pytest.fixture
def nowhere() -> str:
    """The address of a site that refuses connections at once."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    return f"http://127.0.0.1:{port}"
