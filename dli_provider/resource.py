"""`FlinkSqlJob`, and the provider behind it: the SDK's requests and results around `dli_provider.pulumi.job_verbs`.

The import path of `JobProvider` and the type token are written into every user's state: neither may ever change.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from dli_provider.pulumi import messages, process
from dli_provider.pulumi.messages import for_the_terminal
from dli_provider.pulumi.property_bags import Bag, from_the_other_door
from dli_provider.pulumi.resource_options import owner_of, timeouts_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from dli_provider.job.declarations import FieldDeclaration
    from dli_provider.pulumi.arguments import JobArguments
    from dli_provider.pulumi.job_verbs import JobVerbs


class JobProvider(ResourceProvider):
    """Pulumi's verbs for one Flink SQL job. It is pickled by reference into the state, so it carries nothing."""

    # Else the SDK would keep it as a secret, and there is nothing in it to hide.
    serialize_as_secret_always = False
    _verbs: JobVerbs

    def configure(self, req: ConfigureRequest) -> None:
        """Take endpoint, project and credentials from the stack's config (namespace `dli`) or the environment."""
        process.settle_in()
        messages.warn_of_variables()
        with for_the_terminal():
            from dli_provider.pulumi.job_verbs import JobVerbs

            self._verbs = JobVerbs.configured(
                req.config.get,
                os.environ,
                tell=messages.tell,
                progress=messages.progress,
                warn=messages.warn,
                before_write=process.require_engine,
                keys=process.config_keys(req.config),
            )

    def check(self, olds: Bag, news: Bag) -> CheckResult:
        """Refuse what DLI would refuse, everything at once, and name the job if the program does not."""
        with for_the_terminal(olds, news, self._verbs.credentials):
            checked = self._verbs.check(olds, news)
            failures = [CheckFailure(name, messages.fit(reason)) for name, reason in checked.failures]
        return CheckResult(checked.inputs, failures)

    def diff(self, id_: str, olds: Bag, news: Bag) -> DiffResult:
        """Whether there is anything to do; says what it will mean for the running job and its state."""
        # States of version 0.1.0 hold the job's id as a number, which may have lost its last digits.
        olds = {**olds, "job_id": id_} if "job_id" in olds else olds
        with for_the_terminal(olds, news, self._verbs.credentials):
            ahead = self._verbs.diff(olds, news)
        changes = ahead.changes or from_the_other_door(olds, news)
        return DiffResult(changes=changes, replaces=list(ahead.replaces), delete_before_replace=False)

    def create(self, props: Bag) -> CreateResult:
        """Create the job exactly once, and run it if it is to run; or take over the one that is to be adopted."""
        with for_the_terminal(props, self._verbs.credentials):
            return CreateResult(*self._verbs.create(props))

    def update(self, id_: str, olds: Bag, news: Bag) -> UpdateResult:
        """Bring the job to its new definition, or back to the old one."""
        with for_the_terminal(olds, news, self._verbs.credentials):
            return UpdateResult(self._verbs.update(int(id_), olds, news))

    def read(self, id_: str, props: Bag) -> ReadResult:
        """The job as it is now: declared arguments, status, savepoints. A job that is gone is reported as gone."""
        with for_the_terminal(props, self._verbs.credentials):
            found = self._verbs.read(int(id_), props)
        return ReadResult(id_, found.outputs, inputs=found.inputs) if found else ReadResult("", {})

    def delete(self, id_: str, props: Bag) -> None:
        """Stop and delete the job; one that is gone already is fine."""
        with for_the_terminal(props, self._verbs.credentials):
            self._verbs.delete(int(id_), props)


class FlinkSqlJob(Resource, module="dli", name="FlinkSqlJob"):
    """A Flink SQL job on DLI: created, run, changed without losing its state, and deleted.

    Every argument is named as in DLI's own documents and described in `dli_provider.pulumi.arguments.JobArguments`; any
    may be an output of another resource. `opts.custom_timeouts` bounds the waits. The resource's `id` is DLI's job id.
    """

    name: pulumi.Output[str]
    """The job's name, also where the program names none."""
    job_id: pulumi.Output[str]
    """DLI's id of the job, as text: a number would lose the last digits of a long one. In a state that version 0.1.0
    wrote it is a number, until the job is next deployed or refreshed."""
    status: pulumi.Output[str]
    """DLI's status of the job, such as `job_running`, when it was last deployed or refreshed."""
    status_desc: pulumi.Output[str]
    """DLI's words about a status that is not as it should be."""
    place: pulumi.Output[str]
    """Where the job is: `region/project id`."""
    savepoints: pulumi.Output[list[str]]
    """Directories of the last savepoints taken before stops, newest first."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **arguments: Unpack[JobArguments],
    ) -> None:
        if not isinstance(opts, pulumi.ResourceOptions | None):
            reason = "arguments are given by name, as in sql_body=...; the second is opts, a ResourceOptions"
            raise pulumi.RunError(f"FlinkSqlJob {resource_name!r}: {reason}")
        props: dict[str, Any] = {key: value for key, value in arguments.items() if value is not None}
        props.setdefault("owner", owner_of(resource_name, opts))
        props = {**timeouts_of(opts), **props}
        # An output exists only if it is named here. A job that is only looked up has all that DLI says of it; for the
        # others each name costs time, and so does the import of all fields.
        for output in (*FlinkSqlJob.__annotations__, *(_fields() if opts and opts.id else ())):
            props.setdefault(output, None)
        super().__init__(JobProvider(), resource_name, props, opts)
        process.let_go(self.__dict__.values())

    @staticmethod
    def get(
        resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> FlinkSqlJob:
        """A job that somebody else owns, by DLI's id: all that DLI says of it, and nothing is ever written to it."""
        looked_up = pulumi.ResourceOptions(id=id)
        return FlinkSqlJob(resource_name, pulumi.ResourceOptions.merge(opts, looked_up))

    def __getattr__(self, name: str) -> pulumi.Output[Any]:
        """An argument that is not declared is an output of None, not an error."""
        if name in _fields():
            return pulumi.Output.from_input(None)
        raise AttributeError(f"FlinkSqlJob has no argument or output {name!r}")


def _fields() -> Mapping[str, FieldDeclaration]:
    # Imported when a field is asked for: most programs declare jobs and never do.
    from dli_provider.job.declarations import FIELDS

    return FIELDS
