"""Writes the JSON schemas that the package ships: of what `--json` prints, and of the settings of a release.

`python -m tools.json_schemas` writes all of them; with `--check` it writes none, and fails when one is stale.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dli_provider.cli.document_shapes import SHAPES, schema_of
from dli_provider.promotion.release import settings_schema
from dli_provider.proof.cases import cases_schema

FOLDER = Path(__file__).resolve().parents[1] / "dli_provider" / "schemas"


def schemas() -> Mapping[str, dict[str, Any]]:
    """Each schema by the name of its file."""
    documents = {f"{kind}.json": schema_of(kind) for kind in SHAPES}
    return {**documents, "release-settings.json": settings_schema(), "job-tests.json": cases_schema()}


def main() -> int:
    """Write the schemas, or say which are stale."""
    parser = argparse.ArgumentParser(prog="python -m tools.json_schemas", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a schema is stale")
    check = parser.parse_args().check
    made = {name: json.dumps(schema, indent=1, sort_keys=True) + "\n" for name, schema in schemas().items()}
    held = {file.name: file.read_text() for file in FOLDER.glob("*.json")}
    stale = sorted(name for name in made.keys() | held.keys() if made.get(name) != held.get(name))
    if check:
        for name in stale:
            print(f"stale: dli_provider/schemas/{name}; run `make docs`")
        return bool(stale)
    FOLDER.mkdir(exist_ok=True)
    for name in stale:
        if name in made:
            (FOLDER / name).write_text(made[name])
        else:
            (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
