"""Writes the packages for TypeScript, Go and Python under `sdk/`, from the schema of `pulumi-resource-dli`.

`pulumi package gen-sdk` does the same where the host of each language is installed. Here only Go is needed: Pulumi's
own generators are built from the modules that are pinned beside this file, once, and kept in Go's cache.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from dli_provider.pulumi.plugin.package_schema import schema_text
from tools.setup.engine_source import find_go
from tools.setup.long_steps import SetupError

HERE = Path(__file__).resolve().parent
LANGUAGES = ("go", "nodejs", "python")


def main(arguments: list[str]) -> int:
    """Write them into the folder that is named, by default `sdk`; 1 where that is not possible."""
    folder = Path(arguments[0] if arguments else "sdk").resolve()
    try:
        go = find_go(os.environ["PATH"])
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    for language in LANGUAGES:
        # What an older schema had must not stay behind.
        shutil.rmtree(folder / language, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        schema = Path(scratch) / "schema.json"
        schema.write_text(schema_text(), encoding="utf-8")
        env = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -trimpath", "GOWORK": "off"}
        made = subprocess.run([go, "run", ".", str(schema), str(folder)], cwd=HERE, env=env)
    if made.returncode == 0:
        print(f"packages for {', '.join(LANGUAGES)} are in {folder}")
    return int(made.returncode != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
