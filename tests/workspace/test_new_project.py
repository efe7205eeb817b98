"""`dli init`: what it writes fits together, and nothing of anybody's is written over."""

from __future__ import annotations

from pathlib import Path

import jsonschema_rs
import pytest
import yaml  # type: ignore[import-untyped]  # comes with Pulumi, without types

from dli_provider.promotion.layout import Layout
from dli_provider.promotion.pipeline import stack_jobs
from dli_provider.promotion.release import settings_schema
from dli_provider.promotion.route import read_route
from dli_provider.pulumi.job_properties import spec
from dli_provider.workspace import Unusable
from dli_provider.workspace.new_project import begin, project_name


def test_the_job_of_a_new_project_is_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    made = begin(tmp_path / "my shop", "my-shop")
    layout = Layout.find(made.folder / "stacks")
    config = yaml.safe_load((made.folder / "stacks/Pulumi.dev.yaml").read_text())["config"]
    (job,) = stack_jobs(layout, "dev", config, frozenset())
    declared = spec({**job.arguments, "sql_body": job.sql_body})
    assert (job.name, declared.queue_name, declared.checkpoint_enabled) == ("clicks", "q_dev", True)
    assert "'rows-per-second' = '10'" in job.sql_body
    assert str(made.port) in config["dli:endpoint"]
    settings = yaml.safe_load((made.folder / "stacks/releases/dev/clicks.yaml").read_text())
    jsonschema_rs.validator_for(settings_schema()).validate(settings)
    assert read_route(made.folder / "stacks/promotion.yaml", "").stacks == ("dev", "staging", "prod")
    for file in (*made.folder.rglob("*.yaml"), *made.folder.rglob("*.yml")):
        assert yaml.safe_load(file.read_text()), file
    assert oct((made.folder / ".dli").stat().st_mode)[-3:] == "700"


def test_the_editor_line_leads_to_the_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    folder = begin(tmp_path / "shop", "shop").folder
    settings = folder / "stacks/releases/dev/clicks.yaml"
    line = settings.read_text().splitlines()[0]
    assert line.startswith("# yaml-language-server: $schema=")
    assert (settings.parent / line.partition("$schema=")[2]).resolve().is_file()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: mine\n")
    with pytest.raises(Unusable, match=r"has Pulumi\.yaml already"):
        begin(tmp_path, "mine")
    assert [file.name for file in tmp_path.iterdir()] == ["Pulumi.yaml"]


def test_a_repository_that_begins_with_a_readme_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    (tmp_path / "README.md").write_text("# Mine\n")
    made = begin(tmp_path, "mine")
    assert "README.md" not in made.files
    assert (tmp_path / "README.md").read_text() == "# Mine\n"
    assert (tmp_path / "Pulumi.yaml").is_file()


def test_what_a_repository_ignores_already_stays_and_ours_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    (tmp_path / ".gitignore").write_text("*.log\n__pycache__/")
    assert ".gitignore" in begin(tmp_path, "mine").files
    assert (tmp_path / ".gitignore").read_text() == "*.log\n__pycache__/\n/.dli/\n/.venv/\n"


def test_a_list_of_what_is_ignored_that_is_no_text_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes(b"\xff\n")
    with pytest.raises(Unusable, match=r"\.gitignore cannot be read"):
        begin(tmp_path, "mine")
    assert [file.name for file in tmp_path.iterdir()] == [".gitignore"]


def test_a_name_comes_from_the_folder(tmp_path: Path) -> None:
    assert project_name(tmp_path / "My Shop (2)", None) == "my-shop-2"
    for wrong in ("a/b", "sql", ""):
        with pytest.raises(Unusable):
            project_name(tmp_path / "!!!", wrong)
