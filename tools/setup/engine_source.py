"""The engine built from its Go modules, for places that reach a module proxy but not Pulumi's own site.

Two modules in tools/engine pin all of it, down to the byte, with go.mod and go.sum:

- `pulumi`: the engine. A module of our own, for `go install` refuses a module that has `replace` lines.
- `language-python`: the host that runs Python programs, from the last tagged module that still contains it.
  It runs `python3` from PATH, whatever `runtime.options.virtualenv` says. Policy packs need the official one.
"""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from tools.setup import CHECKOUT
from tools.setup.long_steps import SetupError, run, say

MODULES = CHECKOUT / "tools" / "engine"
SDK = "github.com/pulumi/pulumi/sdk/v3"
SELDOM_RUN = (
    "github.com/pb33f/libopenapi/...",
    "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi/cloud/...",
    "github.com/aws/...",
    "github.com/Azure/...",
    "github.com/AzureAD/...",
    "github.com/alecthomas/chroma/...",
    "github.com/envoyproxy/...",
    "cloud.google.com/go/...",
)
"""Nearly half of the engine by size: `pulumi cloud`, and backends and keys that lie in a cloud, where the network takes
the time. They are compiled without optimization, which takes three fifths of the time and does the same."""
OLDEST_GO = (1, 21)
"""From here on, Go fetches by itself the newer Go that go.mod asks for."""


def digest() -> str:
    """What names a build of exactly these modules: a change of a pin makes a new one."""
    pins = hashlib.sha256()
    for file in sorted(MODULES.glob("*/go.*")):
        pins.update(file.read_bytes())
    return pins.hexdigest()[:12]


def build(staged: Path, version: str, path: str) -> None:
    """Put the engine's programs into `staged`. Takes minutes and Go; raises SetupError without it."""
    go = find_go(path)
    env = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false",
        "GOWORK": "off",
        "GOGC": "400",  # of the compiler itself: some more memory, less time
    }
    quickly = [f"-gcflags={packages}=-N -l" for packages in SELDOM_RUN]
    say("this takes some four minutes on two cores, once: the result is kept in your cache")
    for program, package in (
        ("pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"),
        ("pulumi-language-python", f"{SDK}/python/cmd/pulumi-language-python"),
    ):
        stamp = f"-s -w -X {SDK}/go/common/version.Version={version}"
        module = MODULES / program.removeprefix("pulumi-")
        command = [go, "build", "-v", *quickly, "-ldflags", stamp, "-o", str(staged / program), package]
        run(f"building {program}", command, cwd=module, env=env)
    # The two launchers are scripts of the SDK's module, which is there since the build.
    command = [go, "list", "-m", "-f", "{{.Dir}}", SDK]
    sdk = subprocess.run(command, cwd=MODULES / "pulumi", env=env, capture_output=True, text=True)
    if sdk.returncode != 0:
        raise SetupError(f"go list -m {SDK} failed:\n{sdk.stderr}")
    for script in ("cmd/pulumi-language-python-exec", "dist/pulumi-resource-pulumi-python"):
        copy = staged / Path(script).name
        shutil.copyfile(Path(sdk.stdout.strip()) / "python" / script, copy)
        copy.chmod(0o755)


def find_go(path: str) -> str:
    """The `go` on PATH. Raises SetupError, with what to install, when there is none or it is too old."""
    remedy = (
        "Put one of these on PATH and run `make setup` again: the Pulumi CLI (https://www.pulumi.com/docs/install/),"
        " or Go 1.21 or later (https://go.dev/doc/install) to build it."
    )
    go = shutil.which("go", path=path)
    if go is None:
        raise SetupError(f"the Pulumi engine must be built here, and there is no Go. {remedy}")
    told = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True)
    matched = re.match(r"go(\d+)\.(\d+)", told.stdout)
    if matched and (int(matched[1]), int(matched[2])) < OLDEST_GO:
        raise SetupError(f"the Pulumi engine must be built here, and {go} is {told.stdout.strip()}. {remedy}")
    return go
