"""The virtual environment: when it is made, and that a half-finished one heals."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.setup import virtualenv
from tools.setup.long_steps import SetupError

pytestmark = pytest.mark.slow

BACKEND = """
import zipfile

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{wheel_directory}/{name}", "w") as wheel:
        wheel.writestr("tiny.py", "answer = 42")
        about = "tiny-1.0.dist-info"
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{about}/RECORD", "")
    return name

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    raise NotImplementedError
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that needs nothing from a registry."""
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "tiny"\nversion = "1.0"\n'
    )
    (tmp_path / "backend.py").write_text(BACKEND)
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    return tmp_path


def answer(checkout: Path) -> str:
    python = checkout / ".venv" / "bin" / "python"
    told = subprocess.run([python, "-c", "import tiny; print(tiny.answer)"], capture_output=True, text=True)
    return told.stdout.strip()


def test_a_half_finished_environment_is_made_anew_and_a_finished_one_is_kept(
    checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rubbish = checkout / ".venv" / "lib" / "half-of-a-package"
    rubbish.mkdir(parents=True)
    virtualenv.prepare(checkout)
    assert answer(checkout) == "42"
    assert not rubbish.exists()
    capfd.readouterr()

    virtualenv.prepare(checkout)
    assert capfd.readouterr().out == "", "nothing to do, so nothing is said"

    # A changed pin: installed into the environment that is there.
    mark = checkout / ".venv" / "mark"
    mark.touch()
    (checkout / "requirements.txt").write_text("# another\n")
    virtualenv.prepare(checkout)
    assert "installing" in capfd.readouterr().out
    assert mark.exists()

    # An installation that fails leaves an environment that counts as half finished.
    (checkout / "backend.py").write_text("raise RuntimeError('no backend')")
    (checkout / "requirements.txt").write_text("# a third\n")
    with pytest.raises(SetupError, match="no backend"):
        virtualenv.prepare(checkout)
    assert not (checkout / ".venv" / virtualenv.STAMP).exists()


def test_an_interpreter_that_is_gone_is_noticed(tmp_path: Path) -> None:
    assert not virtualenv.works(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(tmp_path / "removed-by-an-upgrade")
    assert not virtualenv.works(tmp_path)
    (tmp_path / "bin" / "python").unlink()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    assert virtualenv.works(tmp_path)


@pytest.mark.parametrize("changed", ["requirements.txt", "pyproject.toml"])
def test_the_fingerprint_covers_what_is_installed(checkout: Path, changed: str) -> None:
    before = virtualenv.fingerprint(checkout)
    assert virtualenv.fingerprint(checkout) == before
    (checkout / changed).write_text((checkout / changed).read_text() + "# a change\n")
    assert virtualenv.fingerprint(checkout) != before


def test_the_fingerprint_covers_the_place(checkout: Path) -> None:
    before = virtualenv.fingerprint(checkout)
    moved = checkout.rename(checkout.with_name("moved"))
    assert virtualenv.fingerprint(moved) != before
