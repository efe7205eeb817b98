"""Writes `dli_provider/pulumi/arguments.py`, the typed arguments of `FlinkSqlJob`, from the declared fields.

`python -m tools.arguments` writes the file; with `--check` it writes nothing, and fails when the file is stale.
"""

import sys
import textwrap
from pathlib import Path

from dli_provider.job.catalogue import FieldInfo, fields

FILE = Path(__file__).resolve().parents[1] / "dli_provider" / "pulumi" / "arguments.py"

HEAD = '''"""The arguments of `FlinkSqlJob`, each with its meaning and what a change to it does to the running job.

Generated from `dli_provider/job/fields.py` by `python -m tools.arguments`; change it there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from pulumi import Input


class JobArguments(TypedDict, total=False):
    """All may be left out, and all may be outputs of other resources."""
'''


def main(arguments: list[str]) -> int:
    """Write the file, or with --check only compare it; 1 when it is stale."""
    text = HEAD + "".join(f"\n{_declaration(info)}" for info in fields() if info.name != "owner")
    if "--check" in arguments:
        if FILE.read_text() == text:
            return 0
        print(f"{FILE.name} is stale: run `python -m tools.arguments`", file=sys.stderr)
        return 1
    FILE.write_text(text)
    return 0


def _declaration(info: FieldInfo) -> str:
    facts = [info.description]
    if info.bounds:
        facts.append(f"Bounds: {info.bounds}.")
    if info.default:
        facts.append(f"Default: {info.default}.")
    facts.append(f"A change is {info.impact.name}: {info.because}.")
    words = textwrap.wrap(" ".join(facts), 110, initial_indent='    """', subsequent_indent="    ")
    text = "\n".join(words)
    lone = len(words) == 1 and len(text) <= 107
    return f"    {info.name}: Input[{_type(info)}]\n{text}" + ('"""\n' if lone else '\n    """\n')


def _type(info: FieldInfo) -> str:
    if info.type == "ResourceConfig":
        return "Mapping[str, Any]"
    if info.type.startswith('"'):
        return f"Literal[{info.type.replace(' | ', ', ')}]"
    # What a mapping or list holds may itself be an output.
    return (
        info.type.replace("Mapping[str, str]", "Mapping[str, Input[str]]")
        .replace("list[str]", "list[Input[str]]")
        .replace("object", "Any")
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
