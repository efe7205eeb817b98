"""Where things lie: the checkout, and the folder of the user's cache that outlives it."""

import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.setup.errors import SetupError

CHECKOUT = Path(__file__).resolve().parents[2]

SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def cache(environ: Mapping[str, str], system: str = sys.platform) -> Path:
    """This project's folder in the user's cache: `$XDG_CACHE_HOME`, else the platform's custom."""
    named = environ.get("XDG_CACHE_HOME", "")
    if Path(named).is_absolute():  # a relative one is to be ignored, says the XDG specification
        return Path(named) / "dli-provider"
    custom = "Library/Caches" if system == "darwin" else ".cache"
    return Path(environ.get("HOME") or Path.home()) / custom / "dli-provider"


def platform_name() -> str:
    """This machine as Pulumi's releases call it, for example `linux-x64`."""
    try:
        return f"{SYSTEMS[platform.system()]}-{MACHINES[platform.machine().lower()]}"
    except KeyError:
        raise SetupError(
            f"no Pulumi engine for {platform.system()} on {platform.machine()}; there is one for Linux and"
            " macOS on x86-64 and arm64 (on Windows, use WSL)"
        ) from None
