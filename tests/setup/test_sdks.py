"""The packages that `make sdks` writes hold every argument, and the examples use just what is in them, and run."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from dli_provider.emulator.server import Emulator
from dli_provider.pulumi.plugin.package_names import JOB, VERSION
from dli_provider.pulumi.plugin.package_schema import package_schema
from tests.support.pulumi_project import language_host
from tests.support.site import Site

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLES = CHECKOUT / "docs" / "plugin"
INPUTS = package_schema()["resources"][JOB]["inputProperties"]


def test_the_examples_give_arguments_that_there_are() -> None:
    declared = yaml.safe_load((EXAMPLES / "Pulumi.yaml").read_text())["resources"]["orders"]
    assert declared["type"] == "dli:FlinkSqlJob"
    given = {
        "Pulumi.yaml": {*declared["properties"]},
        "index.ts": {*re.findall(r"^    (\w+): ", (EXAMPLES / "index.ts").read_text(), re.M)},
        "program.py": {*re.findall(r"^    (\w+)=", (EXAMPLES / "program.py").read_text(), re.M)} - {"opts"},
    }
    for example, arguments in given.items():
        assert len(arguments) > 4, example
        assert arguments <= INPUTS.keys(), example


needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="TypeScript comes from npm")


@pytest.fixture
def dli() -> Iterator[Emulator]:
    with Emulator.start(start_latency=0.1, stop_latency=0.1) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("go") is None:
        pytest.skip("Pulumi's generators are built with Go")
    folder = tmp_path_factory.mktemp("sdk")
    run(sys.executable, "-m", "tools.sdks", str(folder), cwd=CHECKOUT)
    return folder


def run(*command: str, cwd: Path) -> str:
    told = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, f"{command}\n{told.stdout}\n{told.stderr}"
    return told.stdout


@pytest.mark.slow
@pytest.mark.xdist_group("sdks")
def test_packages_are_written_for_every_language(packages: Path) -> None:
    typescript = (packages / "nodejs" / "flinkSqlJob.ts").read_text()
    golang = (packages / "go" / "dli" / "flinkSqlJob.go").read_text()
    for name in INPUTS:
        assert f"readonly {name}" in typescript or f"readonly {name}?" in typescript
        assert f'pulumi:"{name}"' in golang
    python = ast.parse((packages / "python" / "pulumi_dli" / "flink_sql_job.py").read_text())
    made_of = next(
        node for node in python.body if isinstance(node, ast.ClassDef) and node.name == "FlinkSqlJobArgs"
    )
    init = next(
        node for node in made_of.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"
    )
    assert {each.arg for each in init.args.kwonlyargs} == {*INPUTS}
    for file in ("nodejs/package.json", "python/pulumi_dli/pulumi-plugin.json", "go/dli/pulumi-plugin.json"):
        assert json.loads((packages / file).read_text())["version"] == VERSION, (
            "the engine refuses a blank one"
        )


def npm_install(folder: Path, *flags: str) -> None:
    run("npm", "install", "--no-audit", "--no-fund", *flags, cwd=folder)


def typescript(folder: Path, package: Path) -> None:
    """The example in a project of its own, which names what it needs."""
    shutil.copy(EXAMPLES / "index.ts", folder)
    needs = {"@pulumi/pulumi": "3.248.0", "@types/node": "^20", "typescript": "5.9.3", "ts-node": "^10"}
    project = {
        "private": True,
        "main": "index.ts",
        "dependencies": {**needs, "pulumi-dli": f"file:{package}"},
    }
    (folder / "package.json").write_text(json.dumps(project))


@pytest.mark.slow
@pytest.mark.xdist_group("sdks")
@needs_npm
def test_the_typescript_example_fits_its_package(packages: Path, tmp_path: Path) -> None:
    typescript(tmp_path, packages / "nodejs")
    # As a copy, which finds Pulumi's own package beside itself; what is installed runs nothing here.
    npm_install(tmp_path, "--install-links", "--ignore-scripts")
    wrong = (tmp_path / "index.ts").read_text().replace("cu_number: 4", 'cu_number: "four"')
    (tmp_path / "wrong.ts").write_text(wrong)
    check = "npx tsc --strict --noEmit --skipLibCheck --target es2020 --module commonjs index.ts wrong.ts"
    told = subprocess.run(check.split(), cwd=tmp_path, capture_output=True, text=True)
    (refused,) = (line for line in told.stdout.splitlines() if "error" in line)
    assert refused.startswith("wrong.ts")
    assert "is not assignable to type" in refused


def deployed(site: Site) -> None:
    """The example is deployed, left alone, and keeps the password that it is given."""
    site.pulumi.config("sql:password", "hunter2-0815", secret=True)
    assert site.pulumi.up().changes == {"created": 2}
    assert site.job().status == "job_running"
    site.calls()
    assert site.pulumi.up("--refresh").changes == {"unchanged": 2}
    assert site.calls() == []
    exported = json.dumps(site.pulumi.export())
    assert "hunter2" not in exported
    assert "ciphertext" in exported


@pytest.mark.engine
@pytest.mark.xdist_group("sdks")
def test_the_python_example_is_deployed_with_its_package(packages: Path, site: Site, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    pip = (sys.executable, "-m", "pip", "install", "-q", "--no-build-isolation", "--target", str(installed))
    # Without Pulumi's own package, which is here; these two are what else it needs.
    run(*pip, "--no-deps", str(packages / "python"), cwd=tmp_path)
    run(*pip, "parver", "semver", cwd=tmp_path)
    site.pulumi.environ["PYTHONPATH"] = str(installed)
    site.pulumi.program((EXAMPLES / "program.py").read_text())
    deployed(site)


@pytest.mark.engine
@pytest.mark.xdist_group("sdks")
@needs_npm
@pytest.mark.skipif(
    language_host("nodejs") is None,
    reason="the host of TypeScript comes with Pulumi's release, and not with an engine that was built here",
)
def test_the_typescript_example_is_deployed_with_its_package(
    packages: Path, site: Site, tmp_path: Path
) -> None:
    package, program = tmp_path / "nodejs", site.pulumi.folder
    shutil.copytree(packages / "nodejs", package)
    npm_install(package)  # which compiles it
    typescript(program, package)
    npm_install(program)
    (program / "Pulumi.yaml").write_text("name: shop\nruntime: nodejs\n")
    deployed(site)
