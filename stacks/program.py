"""Between Pulumi and the rest: this stack's config goes in, resources come out. Nothing is decided here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pulumi.runtime

from dli_provider import FlinkSqlJob
from stacks.environment import Environment
from stacks.mistakes import Mistakes
from stacks.pipeline import Job, pipeline
from stacks.release import read_release

_RELEASES = Path(__file__).parent / "releases"


def jobs() -> tuple[Job, ...]:
    """The jobs of the stack that is being deployed. A mistake ends the program with its message, not a traceback."""
    stack = pulumi.get_stack()
    try:
        config, secrets = pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env()
        environment = Environment.from_config(pulumi.get_project(), stack, config, secrets)
        return pipeline(environment, read_release(_RELEASES / stack, f"stacks/releases/{stack}"))
    except Mistakes as mistakes:
        raise pulumi.RunError(str(mistakes)) from None


def declare(job: Job) -> FlinkSqlJob:
    """The resource of one job. SQL with a secret in it is encrypted in the state, and shown as [secret]."""
    # Checked by the provider, which says what is wrong better than a type could.
    arguments: dict[str, Any] = {**job.arguments}
    arguments["sql_body"] = pulumi.Output.secret(job.sql_body) if job.secret else job.sql_body
    return FlinkSqlJob(job.name, **arguments)
