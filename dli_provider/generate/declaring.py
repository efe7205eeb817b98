"""What a live job has to be declared as, so that adopting it changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dli_provider.api.job_answers import LiveJob
from dli_provider.generate.extraction import Extracted, Secrets
from dli_provider.job.constraints import violations
from dli_provider.job.declarations import WIRED
from dli_provider.job.document import minimal
from dli_provider.job.fields import JobSpec
from dli_provider.job.status import run_state
from dli_provider.job.values import plain
from dli_provider.plan.live_job import Record
from dli_provider.run.look import observe


@dataclass(frozen=True)
class JobDeclaration:
    """One `FlinkSqlJob`: its resource name, its arguments but for `sql_body`, in order, and its SQL without secrets.

    `config` names the secrets among the entries of `runtime_config`. `remarks` explain arguments; `problems` are why
    DLI's job breaks the rules for arguments, so that a person has to look at it. `beyond` are its settings that no
    argument can say.
    """

    resource: str
    job_id: int
    arguments: Mapping[str, object] = field(repr=False)
    sql: Extracted = field(repr=False)
    config: Mapping[str, str]
    remarks: Mapping[str, str]
    problems: tuple[str, ...]
    beyond: tuple[str, ...] = ()

    @property
    def unsaid(self) -> str:
        """The same in a sentence; "" where there is nothing."""
        if not self.beyond:
            return ""
        kept = "the job keeps it when it is adopted, and one made anew would be without it"
        return f"no argument says {', '.join(self.beyond)}: {kept}"


def declare(live: LiveJob, tags: Mapping[str, str], secrets: Secrets, resource: str = "") -> JobDeclaration:
    """The declaration of a live job; its secrets go to `secrets`. The resource is named like the job by default."""
    seen = observe(live, tags, JobSpec(), Record())
    spec = seen.spec
    found: dict[str, object] = {"name": live.name, **minimal(spec)}
    if spec.flink_version and "flink_version" not in found and live.job_type in WIRED["flink_version"].jobs:
        found["flink_version"] = spec.flink_version  # which version is the default may change with DLI
    sql_body = str(found.pop("sql_body", ""))
    runtime_config = spec.runtime_config or {}
    control, remarks = _control(live)
    arguments = {name: found[name] for name in WIRED if name in found}
    # The job is written all the same, with its problems as comments: a person has to decide.
    problems = violations({**arguments, "sql_body": sql_body or None, **control})
    return JobDeclaration(
        resource or live.name,
        live.job_id,
        {
            # A name is easier to read, but one of digits only would be taken for an id.
            "adopt": str(live.job_id) if live.name.isdigit() else live.name,
            **{name: plain(value) for name, value in arguments.items()},
            **control,
        },
        secrets.take_out(sql_body),
        secrets.of_config(runtime_config),
        remarks,
        tuple(violation.reason for violation in problems),
        seen.beyond,
    )


def _control(live: LiveJob) -> tuple[dict[str, object], dict[str, str]]:
    """The arguments of ours by which the job is left as it is, and why they are there."""
    state = run_state(live.status)
    # Adoption must change nothing, so the program has to want what the job is.
    if state.counts_as_stopped:
        return {"desired_state": "stopped"}, {}
    # Otherwise the first deployment would run a job that somebody may have left down on purpose.
    if state.failed:
        why = f"it was {live.status} when this was written; take this out to have it run again"
        return {"on_failed": "report"}, {"on_failed": why}
    return {}, {}
