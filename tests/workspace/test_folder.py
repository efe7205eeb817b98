"""What the files of a project tell: its stacks, and where on this machine they have their DLI."""

from __future__ import annotations

from pathlib import Path

import pytest

from dli_provider.workspace.folder import configured_stacks, local_ports


def config(folder: Path, stack: str, text: str) -> None:
    (folder / "Pulumi.yaml").write_text("name: shop\nstackConfigDir: stacks\n")
    (folder / "stacks").mkdir(exist_ok=True)
    (folder / "stacks" / f"Pulumi.{stack}.yaml").write_text(text)


def at(endpoint: str) -> str:
    return f"config:\n  dli:endpoint: {endpoint}\n"


@pytest.mark.parametrize(
    ("endpoint", "ports"),
    [
        ("http://127.0.0.1:8770", {8770}),
        ("http://localhost:8771/", {8771}),
        ("http://[::1]:8772", {8772}),
        ("https://dli.cn-north-4.myhuaweicloud.com:8773", set()),
        ("http://127.0.0.1", set()),
        ("http://127.0.0.1:many", set()),
        ("17", set()),
    ],
)
def test_the_port_of_the_local_dli_is_read_from_the_config(
    endpoint: str, ports: set[int], tmp_path: Path
) -> None:
    config(tmp_path, "dev", at(endpoint))
    (tmp_path / "below").mkdir()
    assert local_ports(tmp_path / "below") == ports


def test_each_stack_may_have_its_own(tmp_path: Path) -> None:
    config(tmp_path, "dev", at("http://127.0.0.1:1"))
    config(tmp_path, "qa", at("http://127.0.0.1:2"))
    config(tmp_path, "prod", "config:\n  dli:region: cn-north-4\n")
    config(tmp_path, "broken", "config: [\n")
    assert local_ports(tmp_path) == {1, 2}
    assert configured_stacks(tmp_path) == ["broken", "dev", "prod", "qa"]


def test_outside_of_projects_there_is_none(tmp_path: Path) -> None:
    assert local_ports(tmp_path) == set()
    assert configured_stacks(tmp_path) == []
