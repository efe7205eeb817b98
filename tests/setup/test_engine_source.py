"""The build from Go modules: what is pinned, and what is said when there is no fit Go."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.setup import engine_source, pulumi_engine
from tools.setup.long_steps import SetupError


@pytest.mark.parametrize("version", ["go1.20.14", "go1.4"])
def test_a_go_that_is_too_old_is_named(
    tmp_path: Path, program: Callable[[Path, str], Path], version: str
) -> None:
    go = program(tmp_path / "go", f"echo {version}")
    with pytest.raises(SetupError, match=f"{go} is {version}.*Go 1.21 or later"):
        engine_source.find_go(str(tmp_path))


@pytest.mark.parametrize("version", ["go1.21.0", "go1.26.8", "devel go1.30-abc"])
def test_a_newer_go_is_taken(tmp_path: Path, program: Callable[[Path, str], Path], version: str) -> None:
    go = program(tmp_path / "go", f"echo {version}")
    assert engine_source.find_go(str(tmp_path)) == str(go)


def test_a_build_that_fails_shows_what_go_said(tmp_path: Path, program: Callable[[Path, str], Path]) -> None:
    program(
        tmp_path / "go",
        'if [ "$1" = env ]; then echo go1.25.0; else echo "dial tcp: no route" >&2; exit 1; fi',
    )
    with pytest.raises(SetupError, match=r"building pulumi failed \(exit code 1\):\ndial tcp: no route"):
        engine_source.build(tmp_path, pulumi_engine.VERSION, str(tmp_path))


def test_the_modules_pin_the_version_that_is_asked_for() -> None:
    module = (engine_source.MODULES / "pulumi" / "go.mod").read_text()
    assert f"{engine_source.SDK} {pulumi_engine.VERSION}" in module
    assert f"github.com/pulumi/pulumi/pkg/v3 {pulumi_engine.VERSION}" in module
    assert len((engine_source.MODULES / "pulumi" / "go.sum").read_text().splitlines()) > 500
    assert len((engine_source.MODULES / "language-python" / "go.sum").read_text().splitlines()) > 200
