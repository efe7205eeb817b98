"""What Pulumi's verbs mean for a job: property bags in, calls of the lifecycle, property bags out.

Knows none of the SDK's classes of requests and results, so that another door to the same jobs can stand beside
`dli_provider.resource`. Holds no rule about jobs. Where nothing is to be done, nothing is imported that knows how: each
verb imports what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from dli_provider.errors import Invalid, NotFound
from dli_provider.pulumi.property_bags import Bag, nothing_to_do, same_arguments

if TYPE_CHECKING:
    from dli_provider.pulumi.adoption_preview import AdoptionPreview
    from dli_provider.pulumi.reviewed_lock import ReviewedLock
    from dli_provider.pulumi.sql_check import SqlCheck
    from dli_provider.run.lifecycle import Lifecycle
    from dli_provider.settings import Settings


@dataclass(frozen=True)
class CheckedInputs:
    """The inputs to go on with, and what is wrong with them: (argument, reason) each.

    The argument is "" where its value must not be shown; the reason names it all the same.
    """

    inputs: dict[str, Any]
    failures: list[tuple[str, str]]


@dataclass(frozen=True)
class AheadOfUpdate:
    """Whether there is anything to do, and which arguments take another job, made after this one is deleted."""

    changes: bool
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadJob:
    """A job as it is; `inputs` is None where none of them has changed."""

    outputs: dict[str, Any]
    inputs: dict[str, Any] | None


@dataclass
class JobVerbs:
    """The verbs for the jobs of one DLI project, in one process.

    `tell` and `warn` say a line to the user. `before_write` is called before each write to DLI.
    """

    settings: Settings
    lock: ReviewedLock
    sql: SqlCheck | None
    tell: Callable[[str], None]
    warn: Callable[[str], None]
    before_write: Callable[[], None]
    _made: Lifecycle | None = None
    _making: Lock = field(default_factory=Lock)
    _checked: set[str] = field(default_factory=set)
    """Owners whose arguments were checked: what is announced for them is going to be done."""
    _named: dict[str, str] = field(default_factory=dict)
    """Names of jobs, each with its owner."""
    _past: set[str] = field(default_factory=set)
    """Owners whose job is gone or is being replaced: the next one is created, even if the program says `adopt`."""

    @classmethod
    def configured(
        cls,
        config: Callable[[str], str | None],
        environ: Mapping[str, str],
        *,
        tell: Callable[[str], None],
        warn: Callable[[str], None],
        before_write: Callable[[], None],
    ) -> JobVerbs:
        """Endpoint, project and credentials come from the stack's config (whole keys) or the environment."""
        from dli_provider.pulumi.reviewed_lock import KEY, ReviewedLock
        from dli_provider.settings import Settings

        settings = Settings.from_config(lambda key: config(f"dli:{key}"), environ)
        lock = ReviewedLock.of(config(KEY), environ)
        sql = None
        # Java and a Flink are needed for this check, so only a stack that asks for it pays for the import.
        if asked := config("dli:check"):
            from dli_provider.pulumi.sql_check import SqlCheck

            sql = SqlCheck.of(asked, tell)
        return cls(settings, lock, sql, tell, warn, before_write)

    @property
    def lifecycle(self) -> Lifecycle:
        """The one of this process, made for the first job that needs it."""
        with self._making:
            if self._made is None:
                from dli_provider.connect import connect
                from dli_provider.run.lifecycle import Lifecycle

                api = connect(self.settings, before_write=self.before_write)
                self._made = Lifecycle(
                    api, lambda name, line: self.tell(f"{name}: {line}"), approve=self.lock.approve
                )
            return self._made

    def check(self, olds: Bag, news: Bag) -> CheckedInputs:
        """Refuse what DLI would refuse, everything at once, and name the job if the program does not."""
        inputs = {key: value for key, value in news.items() if value is not None}
        owner = str(inputs.get("owner"))
        adopted = None
        if "adopt" in inputs and not olds and owner not in self._past:
            # A review looks for itself, and shows what cannot be adopted with all the rest.
            if not self.lock.reviewing:
                from dli_provider.pulumi import adoption_preview

                adopted = adoption_preview.look(self.lifecycle, inputs)
                inputs = adopted.inputs
        elif "name" not in inputs and inputs.get("owner"):
            inputs["name"] = olds.get("name") or _auto_name(owner)
        # What is the same as before was taken before, perhaps by an older version with other rules: were it checked
        # again, an upgrade of this package could keep a stack from being deployed at all.
        failures = [] if same_arguments(olds, inputs) else self._failures(olds, inputs, adopted)
        failures += self._namesakes(inputs.get("name"), owner)
        self._checked.add(owner)
        return CheckedInputs(inputs, failures)

    def _namesakes(self, name: object, owner: str) -> list[tuple[str, str]]:
        """DLI would refuse the second job of one name only in the middle of the deployment."""
        namesake = self._named.setdefault(name, owner) if isinstance(name, str) else owner
        if namesake == owner:
            return []
        other = namesake.split("/", 2)[-1]
        return [_failure("name", f"name is the name of {other!r} too; each job needs a name of its own")]

    def _failures(self, olds: Bag, inputs: Bag, adopted: AdoptionPreview | None) -> list[tuple[str, str]]:
        """All that is wrong with the arguments, with the way from the old ones to them, or with the job to adopt."""
        from dli_provider.job.constraints import violations
        from dli_provider.pulumi import job_properties

        values, unknown = job_properties.arguments(inputs)
        failures = [_failure(found.property, found.reason) for found in violations(values, unknown)]
        # A review shows these with all the rest, each with its remedy; here they would end it.
        if not failures and "sql_body" not in unknown and not self.lock.reviewing:
            failures = self._failures_of_sql(olds, inputs, values)
        if adopted and not failures:
            line, problem = adopted.announcement()
            failures = [_failure("adopt", problem)] if problem else []
            if line:
                self.tell(line)
        return failures

    def _failures_of_sql(self, olds: Bag, inputs: Bag, values: Mapping[str, object]) -> list[tuple[str, str]]:
        """What Flink says of new SQL, where it is asked, and whether the saved state fits it."""
        from dli_provider.plan.refusal import unfit
        from dli_provider.pulumi import job_properties

        failures, sql = [], values.get("sql_body")
        if self.sql and sql and sql != olds.get("sql_body"):
            failures = [_failure("sql_body", reason) for reason in self.sql.refusals(str(sql), values)]
        if olds.get("sql_body"):
            refusals = unfit(job_properties.spec(olds), job_properties.spec(inputs))
            failures += [_failure(name, reason) for name, reason in refusals.items()]
        return failures

    def diff(self, olds: Bag, news: Bag) -> AheadOfUpdate:
        """Whether there is anything to do; says what it will mean for the running job and its state."""
        if not self.lock.reviewing and nothing_to_do(olds, news):
            return AheadOfUpdate(changes=False)
        from dli_provider.plan.preview import foresee
        from dli_provider.pulumi import job_properties

        values, unknown = job_properties.arguments(news)
        # What is not known yet is taken to stay: the plan is made again, from the live job, once it is known.
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
        if str(values.get("owner")) in self._checked and not self.lock.reviewing:
            if ahead.changes:
                self.tell("\n".join(ahead.lines))
            if ahead.notice:
                self.warn(ahead.notice)
            self.lock.check(ahead, new)
        if ahead.replaces:
            self._past.add(str(values.get("owner")))  # the job that takes its place is a new one
        return AheadOfUpdate(ahead.changes, tuple(ahead.replaces))

    def create(self, props: Bag) -> tuple[str, dict[str, Any]]:
        """Create the job exactly once, and run it if it is to run; or take over the one that is to be adopted.

        Its id, and what to keep of it.
        """
        from dli_provider.pulumi import job_properties

        new = job_properties.spec(props)
        bring = self.lifecycle.adopt if new.adopt and new.owner not in self._past else self.lifecycle.create
        if new.name is None:  # only a review leaves the name of a job that is adopted open
            remedy = "deploy without DLI_REVIEW"
            raise Invalid(new.owner or "a job", "its name was not looked up, as in a review", remedy=remedy)
        outcome = bring(new)
        return str(outcome.job_id), job_properties.outputs(props, outcome)

    def update(self, job_id: int, olds: Bag, news: Bag) -> dict[str, Any]:
        """Bring the job to its new definition, or back to the old one; what to keep of it."""
        from dli_provider.pulumi import job_properties

        old, new = job_properties.spec(olds), job_properties.spec(news)
        outcome = self.lifecycle.update(job_id, old, new, job_properties.record(olds))
        return job_properties.outputs(news, outcome)

    def read(self, job_id: int, props: Bag) -> ReadJob | None:
        """The job as it is now: declared arguments, status, savepoints; None for one that is gone.

        A job that was never deployed, by its id alone, is only looked up: all that DLI says of it.
        """
        from dli_provider.pulumi import job_properties

        deployed = "job_id" in props
        found = self.lifecycle.look(job_id, job_properties.spec(props), job_properties.record(props))
        if found is None:
            if not deployed:
                # An unknown id would silently become an empty resource.
                reason = "DLI has no job of this id in this project"
                raise NotFound(f"job {job_id}", reason, remedy="check the id")
            self._past.add(str(props.get("owner")))
            return None
        live, outcome = found
        inputs = (job_properties.refreshed if deployed else job_properties.everything)(props, live)
        outputs = job_properties.outputs(inputs, outcome)
        # Without inputs Pulumi keeps those it has; that saves packing them where nothing has drifted.
        return ReadJob(outputs, None if same_arguments(props, inputs) else inputs)

    def delete(self, job_id: int, props: Bag) -> None:
        """Stop and delete the job; one that is gone already is fine."""
        from dli_provider.pulumi import job_properties

        self.lifecycle.delete(job_id, job_properties.spec(props))


def _auto_name(owner: str) -> str:
    from dli_provider.pulumi.job_properties import auto_name

    return auto_name(owner)


def _failure(name: str, reason: str) -> tuple[str, str]:
    """A failure under its argument, whose value Pulumi prints beside it, even if that is a secret. So an argument that
    may hold secrets, or that is not an argument of a job, is left out, and only the reason names it."""
    from dli_provider.job.declarations import FIELDS

    field = FIELDS.get(name)
    return name if field and not field.hidden else "", reason
