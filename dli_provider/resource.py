"""`FlinkSqlJob`, and the provider behind it: Pulumi's verbs become calls of the lifecycle, and nothing else.

The import path of `JobProvider` and the type token are written into every user's state: neither may ever change.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from threading import Lock
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

from dli_provider.errors import Invalid, NotFound
from dli_provider.pulumi import process
from dli_provider.pulumi.messages import for_the_terminal
from dli_provider.pulumi.property_bags import Bag, at_peace, same_arguments
from dli_provider.pulumi.resource_options import owner_of, timeouts_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from dli_provider.job.declarations import FieldDeclaration
    from dli_provider.pulumi.adoption_preview import AdoptionPreview
    from dli_provider.pulumi.arguments import JobArguments
    from dli_provider.pulumi.reviewed_lock import ReviewedLock
    from dli_provider.pulumi.sql_check import SqlCheck
    from dli_provider.run.lifecycle import Lifecycle
    from dli_provider.settings import Settings


class JobProvider(ResourceProvider):
    """Pulumi's verbs for one Flink SQL job. It is pickled by reference into the state, so it carries nothing.

    Where nothing is to be done, nothing is imported that knows how: each verb imports what it needs.
    """

    serialize_as_secret_always = False
    _settings: Settings
    _gate: ReviewedLock
    _sql: SqlCheck | None = None
    _made: Lifecycle | None
    _checked: set[str]
    _named: dict[str, str]
    _past: set[str]

    def configure(self, req: ConfigureRequest) -> None:
        """Take endpoint, project and credentials from the stack's config (namespace `dli`) or the environment."""
        process.settle_in()
        with for_the_terminal():
            from dli_provider.pulumi.reviewed_lock import KEY, ReviewedLock
            from dli_provider.settings import Settings

            self._settings = Settings.from_config(lambda key: req.config.get(f"dli:{key}"), os.environ)
            self._gate = ReviewedLock.of(req.config.get(KEY), os.environ)
            if asked := req.config.get("dli:check"):
                from dli_provider.pulumi.sql_check import SqlCheck

                self._sql = SqlCheck.of(asked, lambda line: _tell(pulumi.log.info, line))
        self._made = None
        self._checked, self._named, self._past = set(), {}, set()

    @property
    def _lifecycle(self) -> Lifecycle:
        """The one of this process, made for the first job that needs it."""
        with _one_at_a_time:
            if self._made is None:
                from dli_provider.connect import connect
                from dli_provider.run.lifecycle import Lifecycle

                api = connect(self._settings, before_write=process.require_engine)
                self._made = Lifecycle(api, _say, approve=self._gate.approve)
            return self._made

    def check(self, olds: Bag, news: Bag) -> CheckResult:
        """Refuse what DLI would refuse, everything at once, and name the job if the program does not."""
        inputs = {key: value for key, value in news.items() if value is not None}
        owner = str(inputs.get("owner"))
        taken = None
        if "adopt" in inputs and not olds and owner not in self._past:
            # A review looks for itself, and shows what cannot be adopted with all the rest.
            if not self._gate.reviewing:
                from dli_provider.pulumi import adoption_preview

                taken = adoption_preview.look(self._lifecycle, inputs)
                inputs = taken.inputs
        elif "name" not in inputs and inputs.get("owner"):
            inputs["name"] = olds.get("name") or _auto_name(owner)
        failures = [] if same_arguments(olds, inputs) else self._failures(olds, inputs, taken)
        name = inputs.get("name")
        namesake = self._named.setdefault(name, owner) if isinstance(name, str) else owner
        if namesake != owner:
            other = namesake.split("/", 2)[-1]
            reason = f"name is the name of {other!r} too; each job needs a name of its own"
            failures.append(_failure("name", reason))
        self._checked.add(owner)
        return CheckResult(inputs, failures)

    def _failures(self, olds: Bag, inputs: Bag, taken: AdoptionPreview | None) -> list[CheckFailure]:
        """All that is wrong with the arguments, with the way from the old ones to them, or with the job to adopt."""
        from dli_provider.job.constraints import violations
        from dli_provider.plan.refusal import unfit
        from dli_provider.pulumi import job_properties

        values, unknown = job_properties.arguments(inputs)
        failures = [_failure(found.property, found.reason) for found in violations(values, unknown)]
        if not failures and "sql_body" not in unknown and not self._gate.reviewing:
            sql = values.get("sql_body")
            if self._sql and sql and sql != olds.get("sql_body"):
                failures = [_failure("sql_body", reason) for reason in self._sql.refusals(str(sql), values)]
            if olds.get("sql_body"):
                refusals = unfit(job_properties.spec(olds), job_properties.spec(inputs))
                failures += [_failure(name, reason) for name, reason in refusals.items()]
        if taken and not failures:
            line, problem = taken.foretold()
            failures = [_failure("adopt", problem)] if problem else []
            if line:
                _tell(pulumi.log.info, line)
        return failures

    def diff(self, _id: str, olds: Bag, news: Bag) -> DiffResult:
        """Whether there is anything to do; says what it will mean for the running job and its state."""
        if not self._gate.reviewing and at_peace(olds, news):
            return DiffResult(changes=False, replaces=[], delete_before_replace=False)
        from dli_provider.plan.preview import foresee
        from dli_provider.pulumi import job_properties

        values, unknown = job_properties.arguments(news)
        kept = {**{name: olds[name] for name in unknown if name in olds}, **values}
        new = job_properties.spec(kept)
        ahead = foresee(
            job_properties.spec(olds),
            new,
            job_properties.seen(olds),
            job_properties.record(olds),
            unknown,
        )
        # `pulumi refresh` calls diff too, with the roles reversed, to show what it found: nothing will be done then. It
        # does so without a check before. A review says all of it itself.
        if str(values.get("owner")) in self._checked and not self._gate.reviewing:
            if ahead.changes:
                _tell(pulumi.log.info, "\n".join(ahead.lines))
            if ahead.notice:
                _tell(pulumi.log.warn, ahead.notice)
            with for_the_terminal():
                self._gate.check(ahead, new)
        if ahead.replaces:
            self._past.add(str(values.get("owner")))  # the job that takes its place is a new one
        return DiffResult(
            changes=ahead.changes, replaces=list(ahead.replaces), delete_before_replace=bool(ahead.replaces)
        )

    def create(self, props: Bag) -> CreateResult:
        """Create the job exactly once, and run it if it is to run; or take over the one that is to be adopted."""
        from dli_provider.pulumi import job_properties

        new = job_properties.spec(props)
        bring = self._lifecycle.adopt if new.adopt and new.owner not in self._past else self._lifecycle.create
        with for_the_terminal():
            if new.name is None:  # only a review leaves the name of a job that is adopted open
                remedy = "deploy without DLI_REVIEW"
                raise Invalid(
                    new.owner or "a job", "its name was not looked up, as in a review", remedy=remedy
                )
            outcome = bring(new)
        return CreateResult(str(outcome.job_id), job_properties.outputs(props, outcome))

    def update(self, id_: str, olds: Bag, news: Bag) -> UpdateResult:
        """Bring the job to its new definition, or back to the old one."""
        from dli_provider.pulumi import job_properties

        old, new = job_properties.spec(olds), job_properties.spec(news)
        with for_the_terminal():
            outcome = self._lifecycle.update(int(id_), old, new, job_properties.record(olds))
        return UpdateResult(job_properties.outputs(news, outcome))

    def read(self, id_: str, props: Bag) -> ReadResult:
        """The job as it is now: declared arguments, status, savepoints. A job that is gone is reported as gone."""
        from dli_provider.pulumi import job_properties

        with for_the_terminal():
            found = self._lifecycle.look(int(id_), job_properties.spec(props), job_properties.record(props))
            if found is None and "job_id" not in props:
                # An unknown id would silently become an empty resource.
                raise NotFound(
                    f"job {id_}", "DLI has no job of this id in this project", remedy="check the id"
                )
        if found is None:
            self._past.add(str(props.get("owner")))
            return ReadResult("", {})
        live, outcome = found
        inputs = (
            job_properties.refreshed(props, live)
            if "job_id" in props
            else job_properties.everything(props, live)
        )
        outputs = job_properties.outputs(inputs, outcome)
        # Without inputs Pulumi keeps those it has; that saves packing them where nothing has drifted.
        return ReadResult(id_, outputs, inputs=None if same_arguments(props, inputs) else inputs)

    def delete(self, id_: str, props: Bag) -> None:
        """Stop and delete the job; one that is gone already is fine."""
        from dli_provider.pulumi import job_properties

        with for_the_terminal():
            self._lifecycle.delete(int(id_), job_properties.spec(props))


def _auto_name(owner: str) -> str:
    from dli_provider.pulumi.job_properties import auto_name

    return auto_name(owner)


def _failure(name: str, reason: str) -> CheckFailure:
    """A failure under its property. Pulumi prints the value of that property, be it a secret; so one that may hold
    secrets, or that is not ours to know, goes without, and is named by its reason alone."""
    field = _fields().get(name)
    return CheckFailure(name if field and not field.hidden else "", reason)


def _fields() -> Mapping[str, FieldDeclaration]:
    from dli_provider.job.declarations import FIELDS

    return FIELDS


class FlinkSqlJob(Resource, module="dli", name="FlinkSqlJob"):
    """A Flink SQL job on DLI: created, run, changed without losing its state, and deleted.

    Every argument is named as in DLI's own documents and described in `dli_provider.pulumi.arguments.JobArguments`; any
    may be an output of another resource. `opts.custom_timeouts` bounds the waits. The resource's `id` is DLI's job id.
    """

    name: pulumi.Output[str]
    """The job's name, also where the program names none."""
    job_id: pulumi.Output[int]
    """DLI's id of the job."""
    status: pulumi.Output[str]
    """DLI's status of the job, such as `job_running`, when it was last deployed or refreshed."""
    status_desc: pulumi.Output[str]
    """DLI's words about a status that is not as it should be."""
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


_one_at_a_time = Lock()


def _say(name: str, line: str) -> None:
    _tell(pulumi.log.info, f"{name}: {line}")


def _tell(log: Callable[[str], None], text: str) -> None:
    # Pulumi writes a text and the end of its line one after the other, and many jobs speak at once.
    with _one_at_a_time:
        log(text)
