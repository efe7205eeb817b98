"""`make yaml`: Pulumi's host of YAML programs in `.venv/bin`, for an engine that was built here and comes without it.

Pulumi's release has it. Building it takes a minute and a half on two cores, so it is no part of `make setup`: the test
of a YAML program runs where the host is, and is skipped elsewhere.
"""

import os
import subprocess
import sys
from pathlib import Path

from tools.setup.engine_source import find_go
from tools.setup.long_steps import SetupError

HERE = Path(__file__).resolve().parent
PROGRAM = "pulumi-language-yaml"


def main() -> int:
    """Build it from the modules that are pinned beside this file; 1 where that is not possible."""
    try:
        go = find_go(os.environ["PATH"])
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    made = Path(sys.prefix) / "bin" / PROGRAM
    env = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -trimpath", "GOWORK": "off"}
    package = f"github.com/pulumi/pulumi-yaml/cmd/{PROGRAM}"
    code = subprocess.run(
        [go, "build", "-ldflags", "-s -w", "-o", made, package], cwd=HERE, env=env
    ).returncode
    if code == 0:
        print(f"the host of YAML programs is {made}")
    return int(code != 0)


if __name__ == "__main__":
    sys.exit(main())
