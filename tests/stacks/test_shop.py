"""The committed stacks: complete and valid by the provider's own rules."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from dli_provider.job.constraints import violations
from dli_provider.promotion.environment import Environment
from dli_provider.promotion.layout import Layout
from dli_provider.promotion.release import read_release
from dli_provider.promotion.release_jobs import StackJob, pipeline
from dli_provider.settings import Settings
from dli_provider.workspace.project import Project

STACKS = Path(__file__).resolve().parents[2] / "stacks"
NAMES = ("dev", "staging", "prod")


def config(stack: str) -> dict[str, Any]:
    held: dict[str, Any] = yaml.safe_load((STACKS / f"Pulumi.{stack}.yaml").read_text())["config"]
    return held


def secrets(stack: str) -> set[str]:
    return {
        key for key, value in config(stack).items() if isinstance(value, dict) and set(value) == {"secure"}
    }


def settings_of(stack: str) -> Settings:
    held = config(stack)
    return Settings.from_config(lambda key: held.get(f"dli:{key}"), {})


def jobs(stack: str) -> tuple[StackJob, ...]:
    """The jobs of a committed stack, with a made-up value for each secret."""
    texts = {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in config(stack).items()
    }
    texts.update(dict.fromkeys(secrets(stack), "made-up"))
    environment = Environment.from_config("shop", stack, texts, secrets(stack))
    return pipeline(environment, read_release(STACKS / "releases" / stack, f"stacks/releases/{stack}"))


def test_the_promoted_releases_are_as_they_were_promoted() -> None:
    project = Project(Layout.of(STACKS.parent))
    assert project.route.stacks == NAMES
    assert {stack: project.edits(stack) for stack in project.route.promoted} == {"staging": [], "prod": []}


def test_each_stack_has_a_config_and_a_release() -> None:
    assert {file.name for file in (STACKS / "releases").iterdir()} == set(NAMES)
    assert {file.name for file in STACKS.glob("Pulumi.*.yaml")} == {f"Pulumi.{name}.yaml" for name in NAMES}


@pytest.mark.parametrize("stack", NAMES)
def test_its_jobs_are_valid(stack: str) -> None:
    declared = jobs(stack)
    assert len(declared) >= 3
    for job in declared:
        assert violations({**job.arguments, "sql_body": job.sql_body}) == ()


@pytest.mark.parametrize("stack", NAMES)
def test_no_job_can_lose_its_state_by_neglect(stack: str) -> None:
    for job in jobs(stack):
        assert job.arguments["checkpoint_enabled"] is True
        assert job.arguments["restart_when_exception"] is True
        assert job.arguments["resume_checkpoint"] is True
        assert job.arguments["smn_topic"]


@pytest.mark.parametrize("stack", NAMES)
def test_the_password_of_the_database_is_encrypted(stack: str) -> None:
    assert secrets(stack) == {"sql:customers_password"}
    assert [job.name for job in jobs(stack) if job.secret] == ["order_enrichment"]


def test_every_stack_has_a_project_of_its_own_on_the_local_dli() -> None:
    settings = [settings_of(stack) for stack in NAMES]
    assert all(each.endpoint == "http://127.0.0.1:8765" for each in settings)
    assert len({each.project_id for each in settings}) == len(NAMES)
    assert all(len(each.project_id) == 32 for each in settings)
