"""How one consents, in a project with releases, to a change that a job's state does not survive. Pure.

The consent concerns one live job, so it is the environment's; a release that had it would carry it on to other stacks.
"""

from __future__ import annotations

import re

from dli_provider.job.control import consent_to_state_loss

_PLAIN = re.compile(r"[\w-]+")


def way_out(project: str, stack: str, job: str, sql: str, remedy: str) -> str:
    """The remedy of a refused change; where consent helps, the command that gives it, for just this SQL."""
    consent = consent_to_state_loss(sql)
    if repr(consent) not in remedy:
        return remedy
    at = f".{job}" if _PLAIN.fullmatch(job) else f'["{job}"]'
    command = f"pulumi config set --path --type string '{project}:jobs{at}.allow_state_loss' {consent} --stack {stack}"
    return (
        f"to start it empty, for just this change: `{command}`, then give this command again; "
        "otherwise leave its query as it is, or deploy the new one as a second job and switch over"
    )
