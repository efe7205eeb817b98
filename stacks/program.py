"""Between Pulumi and the rest: this stack's config goes in, resources come out. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pulumi
import pulumi.runtime

from dli_provider import FlinkSqlJob
from dli_provider.promotion.layout import Layout
from dli_provider.promotion.pipeline import stack_jobs
from dli_provider.promotion.problems import Problems
from dli_provider.promotion.release_jobs import StackJob

_ROOT = Path(__file__).parent.parent


def jobs() -> tuple[StackJob, ...]:
    """The jobs of the stack that is being deployed. A mistake ends the program with its message, not a traceback."""
    try:
        config, secrets = pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env()
        return stack_jobs(Layout.of(_ROOT), pulumi.get_stack(), config, secrets)
    except Problems as mistakes:
        raise pulumi.RunError(str(mistakes)) from None


def declare(jobs: Iterable[StackJob]) -> None:
    """The resources of the jobs. SQL with a secret in it is encrypted in the state, and shown as [secret].

    A job that must be deployed after others depends on them: when one of those fails, it stays as it is.
    """
    made: dict[str, FlinkSqlJob] = {}
    for job in jobs:
        # Checked by the provider, which says what is wrong better than a type could.
        arguments: dict[str, Any] = {**job.arguments}
        arguments["sql_body"] = pulumi.Output.secret(job.sql_body) if job.secret else job.sql_body
        opts = pulumi.ResourceOptions(depends_on=[made[name] for name in job.after])
        made[job.name] = FlinkSqlJob(job.name, opts, **arguments)
