"""The wheel in somebody else's Pulumi project: an empty environment, five lines, a real engine, a running job."""

import ast
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from dli_provider.emulator.server import Emulator

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).resolve().parents[2]
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")
PROJECT_ID = "0123456789abcdef0123456789abcdef"

PROGRAM = '''from dli_provider import FlinkSqlJob

SQL = """CREATE TABLE orders (id BIGINT) WITH ('connector' = 'datagen');
CREATE TABLE sink (id BIGINT) WITH ('connector' = 'print'); INSERT INTO sink SELECT id FROM orders;"""
FlinkSqlJob("orders", queue_name="general", sql_body=SQL)
'''


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: a build leaves traces beside the sources."""
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / name, copy)
    shutil.copytree(
        CHECKOUT / "dli_provider", copy / "dli_provider", ignore=shutil.ignore_patterns("__pycache__")
    )
    run(sys.executable, *PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", out, copy)
    return next(out.glob("*.whl"))


def test_the_wheel_holds_the_whole_package_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    about = next(name.split("/")[0] for name in names if name.endswith("/METADATA"))
    ours = {name for name in names if not name.startswith(about)}
    sources = {str(file.relative_to(CHECKOUT)) for file in (CHECKOUT / "dli_provider").rglob("*.py")}
    console = CHECKOUT / "dli_provider/emulator/console"
    looks = {str(file.relative_to(CHECKOUT)) for file in (console / "console.css", *console.rglob("*.html"))}
    assert len(looks) > 5
    java = {str(file.relative_to(CHECKOUT)) for file in (CHECKOUT / "dli_provider").rglob("*.java")}
    assert len(java) == 6
    schemas = {
        str(file.relative_to(CHECKOUT)) for file in (CHECKOUT / "dli_provider" / "schemas").glob("*.json")
    }
    assert len(schemas) > 10
    data = {"dli_provider/py.typed", "dli_provider/flink/broker/artifacts.txt"}
    assert ours == sources | looks | java | schemas | data
    assert f"{about}/licenses/LICENSE" in names
    programs = zipfile.ZipFile(wheel).read(f"{about}/entry_points.txt").decode()
    assert {line.split(" = ")[0] for line in programs.splitlines()} >= {"dli", "pulumi-resource-dli"}


@pytest.mark.parametrize("part", ["library", "emulator"])
def test_what_is_imported_is_declared(wheel: Path, part: str) -> None:
    """A module that is there by way of another package only is missing as soon as that one stops using it."""
    with zipfile.ZipFile(wheel) as content:
        metadata = next(name for name in content.namelist() if name.endswith("/METADATA"))
        required = re.findall(r"^Requires-Dist: (.*)", content.read(metadata).decode(), re.M)
    extra = 'extra == "emulator"'
    declared = {
        _plain(each) for each in required if "extra" not in each or (part == "emulator" and extra in each)
    }
    providers = importlib.metadata.packages_distributions()
    for file in sorted((CHECKOUT / "dli_provider").rglob("*.py")):
        if part == "library" and file.is_relative_to(CHECKOUT / "dli_provider" / "emulator"):
            continue
        for module in _imported(file) - {"dli_provider"} - sys.stdlib_module_names:
            assert {_plain(name) for name in providers[module]} & declared, f"{file} imports {module}"


@pytest.mark.engine
def test_the_wheel_serves_another_project(wheel: Path, tmp_path: Path) -> None:
    home, project = tmp_path / "venv", tmp_path / "project"
    venv.create(home, symlinks=True, with_pip=True)  # Pulumi asks pip what is installed
    pins = (
        tmp_path / "pins.txt"
    )  # the versions of requirements.txt; its hashes would have to cover our wheel too
    pins.write_text(
        "\n".join(re.findall(r"^\S+==[^\\\n]+", (CHECKOUT / "requirements.txt").read_text(), re.M))
    )
    run(home / "bin" / "python", *PIP, "install", "--constraint", pins, wheel)

    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: another\nruntime: python\n")
    (project / "__main__.py").write_text(PROGRAM)
    (tmp_path / "state").mkdir()
    # The new environment's python3 comes first; from ours, further back, only the engine is taken.
    path = os.pathsep.join([str(home / "bin"), str(Path(sys.prefix) / "bin"), os.environ["PATH"]])
    environ = {
        "PATH": path,
        "HOME": str(tmp_path),
        "PULUMI_HOME": str(tmp_path / "pulumi"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "HW_PROJECT_ID": PROJECT_ID,
    }
    with Emulator.start(start_latency=0.1, stop_latency=0.1) as dli:
        environ["DLI_ENDPOINT"] = dli.url
        pulumi(project, environ, "stack", "init", "test")
        pulumi(project, environ, "up", "--yes", "--skip-preview", "--stack", "test")
        exported = json.loads(pulumi(project, environ, "stack", "export", "--stack", "test"))
        jobs = [
            each for each in exported["deployment"]["resources"] if each["type"].endswith("dli:FlinkSqlJob")
        ]
        assert [job["outputs"]["status"] for job in jobs] == ["job_running"]
        pulumi(project, environ, "destroy", "--yes", "--skip-preview", "--stack", "test")


def pulumi(project: Path, environ: Mapping[str, str], *arguments: str) -> str:
    return run("pulumi", *arguments, cwd=project, environ=environ)


def run(*command: str | Path, cwd: Path | None = None, environ: Mapping[str, str] | None = None) -> str:
    """The output of a command that must succeed."""
    told = subprocess.run(
        command, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300
    )
    assert told.returncode == 0, f"{command}\n{told.stdout}\n{told.stderr}"
    return told.stdout


def _plain(requirement: str) -> str:
    """The normalised name of a distribution, from a requirement or a name."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def _imported(file: Path) -> set[str]:
    """The top-level modules that a file imports anywhere, those for type checkers alone left out."""
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body.clear()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found
