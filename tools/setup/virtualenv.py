"""The virtual environment `.venv`: exactly the pinned dependencies, and this package installed editable."""

import hashlib
import subprocess
import sys
from pathlib import Path

from tools.setup.long_steps import SetupError, run

STAMP = ".complete"


def prepare(checkout: Path) -> None:
    """Bring `.venv` in line with requirements.txt and pyproject.toml; at once when it already is.

    The stamp is written last and removed first: without one the environment is half finished, and is made again.
    """
    venv = checkout / ".venv"
    stamp = venv / STAMP
    wanted = fingerprint(checkout)
    finished = stamp.is_file() and works(venv)
    if finished and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    if not finished:
        create(venv)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--no-deps"]
    pinned = [
        "--progress-bar",
        "off",
        "--require-hashes",
        "--requirement",
        str(checkout / "requirements.txt"),
    ]
    run("installing the pinned dependencies", [*pip, *pinned])
    # Without build isolation pip takes the pinned setuptools, and needs no network.
    run("installing dli-provider, editable", [*pip, "--no-build-isolation", "--editable", str(checkout)])
    stamp.write_text(wanted)


def fingerprint(checkout: Path) -> str:
    """A digest of what decides about `.venv`; its path too, for the scripts in it name their interpreter."""
    digest = hashlib.sha256(str(checkout).encode())
    for name in ("requirements.txt", "pyproject.toml"):
        digest.update(hashlib.sha256((checkout / name).read_bytes()).digest())
    return digest.hexdigest()


def works(venv: Path) -> bool:
    """Whether the environment's interpreter still runs: an upgrade of the system may have removed it."""
    try:
        check = subprocess.run([venv / "bin" / "python", "-c", "import pip"], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return check.returncode == 0


def create(venv: Path) -> None:
    """Make an empty environment in place of whatever is there."""
    # Set-up may itself run in the environment that it is to replace (`make` in an activated shell): take the
    # interpreter that one was made from.
    interpreter = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    try:
        run("creating .venv", [str(interpreter), "-m", "venv", "--clear", str(venv)])
    except SetupError as error:
        raise SetupError(
            f"{error}\n(Debian and Ubuntu keep it in a package of its own: apt-get install python3-venv)"
        ) from None
