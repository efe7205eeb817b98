"""The steps that end a job. Neither is taken back: a deletion was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from dli_provider.errors import DliError
from dli_provider.plan.steps import Lasting, StopJob, Write
from dli_provider.run.handle import RemoteJob


@dataclass(frozen=True)
class HaltJob(Lasting):
    """Stop a job that is to be deleted. DLI deletes jobs of any status, so a refusal to stop does not matter."""

    def describe(self) -> str:
        return "stop without a savepoint"

    def writes(self) -> tuple[Write, ...]:
        return StopJob(trigger_savepoint=False).writes()

    def apply(self, job: RemoteJob) -> None:
        try:
            job.halt()
        except DliError as refused:
            job.say(f"it did not stop ({'; '.join(refused.reasons)}); deleting it as it is")


@dataclass(frozen=True)
class DeleteJob(Lasting):
    def describe(self) -> str:
        return "delete"

    def writes(self) -> tuple[Write, ...]:
        return (Write("DELETE", "streaming/jobs/{job_id}"),)

    def apply(self, job: RemoteJob) -> None:
        job.delete()
