"""What a program says to declare the jobs of its stack's files: config goes in, resources come out. Decides nothing."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi.runtime

from dli_provider.promotion.layout import Layout
from dli_provider.promotion.pipeline import stack_jobs
from dli_provider.promotion.problems import Problems
from dli_provider.resource import FlinkSqlJob


def declare_jobs() -> dict[str, FlinkSqlJob]:
    """The resources of the stack that is deployed, by name. A mistake in a file ends it with all that is wrong.

    SQL with a secret in it is encrypted in the state, and shown as [secret]. A job that must be deployed after others
    depends on them: when one of those fails, it stays as it is.
    """
    config, secrets = pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env()
    try:
        jobs = stack_jobs(Layout.here(), pulumi.get_stack(), config, secrets)
    except Problems as mistakes:
        # Pulumi prints this as it is, and any other error with a traceback, in which the message would be lost.
        raise pulumi.RunError(str(mistakes)) from None
    made: dict[str, FlinkSqlJob] = {}
    for job in jobs:
        # Checked by the provider, which says what is wrong better than a type could.
        arguments: dict[str, Any] = {**job.arguments}
        arguments["sql_body"] = pulumi.Output.secret(job.sql_body) if job.secret else job.sql_body
        opts = pulumi.ResourceOptions(depends_on=[made[name] for name in job.after])
        made[job.name] = FlinkSqlJob(job.name, opts, **arguments)
    return made
