"""What the workspace loads: nothing that it does not know, and nothing that takes long and is seldom needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dli_provider.workspace

MODULES = sorted(each.stem for each in Path(*dli_provider.workspace.__path__).glob("[!_]*.py"))


def test_the_workspace_loads_neither_what_prints_nor_pulumis_runtime() -> None:
    names = ", ".join(f"dli_provider.workspace.{name}" for name in MODULES)
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys, {names}; print({{'click', 'rich', 'pulumi'}} & set(sys.modules))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "set()\n"
