"""The packages that `make sdks` writes hold every argument, and the examples use just what is in them."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from dli_provider.pulumi.plugin.package_names import JOB
from dli_provider.pulumi.plugin.package_schema import package_schema

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


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("go") is None, reason="Pulumi's generators are built with Go")
def test_packages_are_written_for_every_language(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.sdks", str(tmp_path)]
    made = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    typescript = (tmp_path / "nodejs" / "flinkSqlJob.ts").read_text()
    golang = (tmp_path / "go" / "dli" / "flinkSqlJob.go").read_text()
    for name in INPUTS:
        assert f"readonly {name}" in typescript or f"readonly {name}?" in typescript
        assert f'pulumi:"{name}"' in golang
    python = ast.parse((tmp_path / "python" / "pulumi_dli" / "flink_sql_job.py").read_text())
    made_of = next(
        node for node in python.body if isinstance(node, ast.ClassDef) and node.name == "FlinkSqlJobArgs"
    )
    init = next(
        node for node in made_of.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"
    )
    assert {each.arg for each in init.args.kwonlyargs} == {*INPUTS}
