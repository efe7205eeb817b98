"""What Pulumi's verbs mean for a job: property bags in, calls of the lifecycle, property bags out.

Knows none of the SDK's classes of requests and results, so that another door to the same jobs can stand beside
`dli_provider.resource`. Holds no rule about jobs. Where nothing is to be done, nothing is imported that knows how: each
verb imports what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from dli_provider.errors import DliError, NotFound
from dli_provider.pulumi.property_bags import Bag, nothing_to_do, same_arguments

if TYPE_CHECKING:
    from dli_provider.job.fields import JobSpec
    from dli_provider.plan.create import Former
    from dli_provider.pulumi.adoption_preview import AdoptionPreview
    from dli_provider.pulumi.reviewed_lock import ReviewedLock
    from dli_provider.pulumi.sql_check import SqlCheck
    from dli_provider.run.lifecycle import Lifecycle, Outcome
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
    """Whether there is anything to do, and what takes another job: this one goes when the other is there."""

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
    _lifecycle: Lifecycle | None = None
    _making: Lock = field(default_factory=Lock)
    _checked: set[str] = field(default_factory=set)
    """Owners whose arguments were checked: what is announced for them is going to be done."""
    _named: dict[str, str] = field(default_factory=dict)
    """Names of jobs, each with its owner."""
    _past: set[str] = field(default_factory=set)
    """Owners whose job is gone or is being replaced: the next one is created, even if the program says `adopt`."""
    _replaced: dict[str, Bag] = field(default_factory=dict)
    """What the state has of jobs that others are about to take the place of, by owner."""
    _former: dict[str, Former] = field(default_factory=dict)
    """Jobs that are gone, and whose state those made anew go on from, by owner."""
    _wanted: dict[str, Bag] = field(default_factory=dict)
    """Arguments of declared jobs that this process has not made yet, by owner."""
    _holders: dict[int, str] = field(default_factory=dict)
    """Jobs that the state has for a declared resource, each with its owner."""
    _adopters: dict[int, str] = field(default_factory=dict)
    """Jobs that a declared resource adopts, each with its owner."""
    _given: dict[int, str] = field(default_factory=dict)
    """Jobs that this process has made or adopted, each with its owner."""
    _made: dict[str, tuple[int, JobSpec]] = field(default_factory=dict)
    """Jobs that this process has made without a former one's state, by owner."""

    @classmethod
    def configured(
        cls,
        config: Callable[[str], str | None],
        environ: Mapping[str, str],
        *,
        tell: Callable[[str], None],
        warn: Callable[[str], None],
        before_write: Callable[[], None],
        keys: Iterable[str] = (),
    ) -> JobVerbs:
        """Endpoint, project and credentials come from the stack's config (whole keys) or the environment.

        `keys` are those of ours in the config: what nobody knows of them is refused.
        """
        from dli_provider.pulumi.reviewed_lock import KEY, ReviewedLock, only_in_deployments
        from dli_provider.settings import Settings

        settings = Settings.from_config(lambda key: config(f"dli:{key}"), environ, keys)
        lock = ReviewedLock.of(config(KEY), environ)
        sql = None
        # Java and a Flink are needed for this check, so only a stack that asks for it pays for the import.
        if asked := config("dli:check"):
            from dli_provider.pulumi.sql_check import SqlCheck

            sql = SqlCheck.of(asked, tell)
        # A review judges all changes itself, with the same judge.
        if not lock.reviewing:
            from dli_provider.pulumi.sql_judge import KEY as JUDGE
            from dli_provider.pulumi.sql_judge import consult_when_asked

            consult_when_asked(lock.judge or config(JUDGE), environ, warn)
        return cls(settings, lock, sql, tell, warn, only_in_deployments(before_write, environ))

    @property
    def credentials(self) -> Bag:
        """What must never be shown, whatever is worked on."""
        return {"secret": self.settings.secrets}

    @property
    def lifecycle(self) -> Lifecycle:
        """The one of this process, made for the first job that needs it."""
        with self._making:
            if self._lifecycle is None:
                from dli_provider.connect import connect
                from dli_provider.run.lifecycle import Lifecycle

                api = connect(self.settings, before_write=self.before_write)
                self._lifecycle = Lifecycle(
                    api,
                    lambda name, line: self.tell(f"{name}: {line}"),
                    approve=self.lock.approve,
                    left=self.settings.moved_from,
                    holder=self._holder,
                )
            return self._lifecycle

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
                if adopted.found:
                    self._adopters[adopted.found.live.job_id] = owner
        elif "name" not in inputs and inputs.get("owner"):
            inputs["name"] = olds.get("name") or _auto_name(owner)
        # What is the same as before was taken before, perhaps by an older version with other rules: were it checked
        # again, an upgrade of this package could keep a stack from being deployed at all.
        failures = [] if same_arguments(olds, inputs) else self._failures(olds, inputs, adopted)
        failures += self._namesakes(inputs.get("name"), owner)
        if not failures:
            failures = self._state_lost(inputs, owner)
        self._checked.add(owner)
        self._wanted[owner] = inputs
        return CheckedInputs(inputs, failures)

    def _namesakes(self, name: object, owner: str) -> list[tuple[str, str]]:
        """DLI would refuse the second job of one name only in the middle of the deployment."""
        namesake = self._named.setdefault(name, owner) if isinstance(name, str) else owner
        if namesake == owner:
            return []
        other = namesake.split("/", 2)[-1]
        return [_failure("name", f"name is the name of {other!r} too; each job needs a name of its own")]

    def _state_lost(self, inputs: Bag, owner: str) -> list[tuple[str, str]]:
        """Why a job that somebody deleted cannot be made anew; says where it takes its state from if it can."""
        former = self._former.get(owner)
        if former is None or self.lock.reviewing:
            return []
        from dli_provider.plan.create import plan_create
        from dli_provider.pulumi import job_properties

        new, (_, unknown) = job_properties.spec(inputs), job_properties.arguments(inputs)
        if unknown:
            return []
        plan = plan_create(new, former)
        if plan.refusal:
            return [("", f"{new.name}: {plan.refusal.reason}. What to do: {plan.refusal.remedy}.")]
        self.tell(f"{new.name}: CREATE - job {former.job_id} was deleted, and is made anew: {plan.because}")
        return []

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
        """Whether there is anything to do; says what it will mean for the running job and its state.

        Raises Conflict for a job that was made in another place, or that another resource is about to adopt.
        """
        # Compared before all else, and at no cost: in another place every job would seem to be deleted.
        renamed = olds.get("place") not in (None, self.settings.place)
        if renamed and not self._is_here(olds):
            return self._elsewhere(olds, news)
        self._hold(olds, news)
        if not self.lock.reviewing and nothing_to_do(olds, news):
            return AheadOfUpdate(changes=renamed)  # an update that only records the place's other name
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
            owner = str(values.get("owner"))
            self._past.add(owner)  # the job that takes its place is a new one
            self._replaced[owner] = olds
        return AheadOfUpdate(ahead.changes or renamed, tuple(ahead.replaces))

    def _is_here(self, olds: Bag) -> bool:
        """Whether a job that was recorded under another place is the very one that is found here; says so."""
        from dli_provider.pulumi import job_properties

        job_id, record = int(olds.get("job_id") or 0), job_properties.record(olds)
        if not self.lifecycle.is_here(job_id, record):
            return False
        if not self.lock.reviewing:
            self.tell(
                f"{olds.get('name')}: job {job_id}, recorded in {record.place}, is found here: that is "
                f"{self.settings.place} by another name, and only this is recorded"
            )
        return True

    def _elsewhere(self, olds: Bag, news: Bag) -> AheadOfUpdate:
        """What is to be done about a job in another place: nothing, or to leave it there and make it anew here."""
        from dli_provider.run.guard import Places

        name, job_id, recorded = str(olds.get("name")), int(olds.get("job_id") or 0), str(olds.get("place"))
        places = Places(self.settings.place, self.settings.moved_from)
        if not places.moved_from(recorded):
            places.require(f"{name} (job {job_id})", recorded)
        owner = str(news.get("owner"))
        if owner in self._checked and not self.lock.reviewing:
            self.tell(
                f"{name}: CREATE in {self.settings.place} - job {job_id} is left in {recorded}, where it may run: "
                "stop it there"
            )
        self._past.add(owner)
        return AheadOfUpdate(changes=True, replaces=("place",))

    def _hold(self, olds: Bag, news: Bag) -> None:
        """Note that a declared resource has this job, so that no other adopts it. Raises Conflict if one does."""
        owner, job_id = str(news.get("owner")), olds.get("job_id")
        # A refresh compares as well, also what the program does not declare any more; it checks nothing before.
        if job_id is None or owner not in self._checked:
            return
        self._holders[int(job_id)] = owner
        if adopter := self._adopter(int(job_id), owner):
            from dli_provider.run.adoption import held

            raise held(f"{olds.get('name')} (job {int(job_id)})", adopter)

    def _holder(self, job_id: int, owner: str | None) -> str:
        """The other declared resource that has this job; "" where none has."""
        holder = self._holders.get(job_id, owner)
        return holder if holder and holder != owner else ""

    def _adopter(self, job_id: int, owner: str | None) -> str:
        """The other declared resource that adopts this job; "" where none does."""
        adopter = self._adopters.get(job_id, owner)
        return adopter if adopter and adopter != owner else ""

    def create(self, props: Bag) -> tuple[str, dict[str, Any]]:
        """Create the job exactly once, and run it if it is to run; or take over the one that is to be adopted.

        Its id, and what to keep of it.
        """
        from dli_provider.pulumi import job_properties

        # Before all else: a review leaves the name of a job that is adopted open.
        self.lock.require_deployment()
        new = job_properties.spec(props)
        owner = str(new.owner)
        self._wanted.pop(owner, None)
        if olds := self._replaced.pop(owner, None):
            old, record = job_properties.spec(olds), job_properties.record(olds)
            outcome = self.lifecycle.replace(int(olds["job_id"]), old, new, record)
        elif new.adopt and owner not in self._past:
            outcome = self.lifecycle.adopt(new)
        else:
            former = self._former.pop(owner, None)
            outcome = self._create(new, former)
            if former is None:
                self._made[owner] = outcome.job_id, new
        self._given[outcome.job_id] = owner
        return str(outcome.job_id), job_properties.outputs(props, outcome)

    def _create(self, new: JobSpec, former: Former | None) -> Outcome:
        """Create the job; where that fails, say where the state of the former one lies, as nothing else names it."""
        try:
            return self.lifecycle.create(new, former)
        except DliError as failure:
            if former is None or not former.savepoints:
                raise
            state = f"the state of job {former.job_id} is in {former.savepoints[0]}"
            go_on = "name that with from_savepoint, as the next deployment knows nothing of it"
            raise type(failure)(
                failure.subject,
                [*failure.reasons, state],
                remedy="; ".join(filter(None, (failure.remedy, go_on))),
                request_id=failure.request_id,
                code=failure.code,
            ) from failure

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

        deployed, record = "job_id" in props, job_properties.record(props)
        if not deployed:
            record = replace(
                record, place=self.settings.place
            )  # it is looked up where we are, and nowhere else
        found = self.lifecycle.look(job_id, job_properties.spec(props), record)
        if found is None:
            if not deployed:
                # An unknown id would silently become an empty resource.
                reason = f"DLI has no job of this id in {self.settings.place}"
                remedy = "check the id, and that this is the place which is meant"
                raise NotFound(f"job {job_id}", reason, remedy=remedy)
            self._lose(job_id, props)
            return None
        live, outcome = found
        if not deployed:
            # Pulumi does not tell what an earlier look-up had found, and another place has jobs of the same ids.
            self.tell(f"{live.spec.name}: job {job_id} is looked up in {self.settings.place}")
        inputs = (job_properties.refreshed if deployed else job_properties.everything)(props, live)
        outputs = job_properties.outputs(inputs, outcome)
        # Without inputs Pulumi keeps those it has; that saves packing them where nothing has drifted.
        return ReadJob(outputs, None if same_arguments(props, inputs) else inputs)

    def delete(self, job_id: int, props: Bag) -> None:
        """Stop and delete the job; one that is gone already is fine."""
        from dli_provider.pulumi import job_properties

        owner = props.get("owner")
        # A replacement may adopt the very job that it is to replace, and its predecessor is deleted by the same id.
        if self._given.get(job_id) == owner:
            self.tell(f"{props.get('name')}: job {job_id} is the one that was just taken over: it stays")
            return
        # Two resources of an old state may have one job, and one that was adopted twice without a write has no marks to
        # tell: it goes only with the last of them.
        holder = self._holder(job_id, owner) or self._adopter(job_id, owner)
        # One that is being replaced is its heir's only until that has a job of its own, and under another owner's name.
        replaced = job_id in self.lifecycle.parked or self._replaced.get(holder, {}).get("job_id") == job_id
        if holder and not replaced:
            self.tell(f"{props.get('name')}: job {job_id} is {holder}'s now: left alone")
            return
        old, record = job_properties.spec(props), job_properties.record(props)
        elsewhere = record.place not in (None, self.settings.place)
        made = self._made.get(str(owner))
        if made and made[0] != job_id and not elsewhere and job_id not in self.lifecycle.parked:
            # Under another name a tainted job was made beside this one, and knows nothing of its state.
            self.lifecycle.retire(job_id, old, made[1], record)
            return
        heir = self._heir(job_id, props)
        # The state has another job for the resource: this one was replaced in an earlier deployment. It looks at
        # a copy, as other threads go on noting what they find.
        settled = any(each == owner and other != job_id for other, each in list(self._holders.items()))
        if heir is None or settled or elsewhere:
            self.lifecycle.delete(job_id, old, record)
            return
        # It is declared, and was not made yet: another job is about to take its place, under the same name.
        self._replaced.pop(heir, None)
        if former := self.lifecycle.retire(job_id, old, job_properties.spec(self._wanted[heir]), record):
            self._former[heir] = former
            self._past.add(heir)  # what the program says of `adopt` was said of the job that is gone

    def _heir(self, job_id: int, props: Bag) -> str | None:
        """The declared resource that is going to make the job which takes this one's place; None where none is.

        The state names the owner that the job had. Where stack or resource were renamed, only its name tells.
        """
        owner = str(props.get("owner"))
        if owner in self._wanted:
            return owner
        has_one = {each for other, each in list(self._holders.items()) if other != job_id}
        named = (each for each, bag in list(self._wanted.items()) if bag.get("name") == props.get("name"))
        return next((each for each in named if each not in has_one), None)

    def _lose(self, job_id: int, props: Bag) -> None:
        """Note that a job is gone, with what is known of its state, and say so."""
        from dli_provider.plan.create import Former
        from dli_provider.pulumi import job_properties

        owner, record = str(props.get("owner")), job_properties.record(props)
        self._past.add(owner)
        if record.place not in (None, self.settings.place):
            return  # it was left behind on purpose
        ran = job_properties.seen(props).status != "job_init"
        former = Former(job_id, job_properties.spec(props), record.savepoints, ran, gone=True)
        self._former[owner] = former
        if ran:
            known = ", ".join(record.savepoints)
            state = f"its savepoints: {known}" if known else "no savepoint of it is known"
            self.warn(
                f"{former.spec.name}: job {job_id} was deleted; {state}. To start another from a savepoint, name it "
                "with from_savepoint"
            )


def _auto_name(owner: str) -> str:
    from dli_provider.pulumi.job_properties import auto_name

    return auto_name(owner)


def _failure(name: str, reason: str) -> tuple[str, str]:
    """A failure under its argument, whose value Pulumi prints beside it, even if that is a secret. So an argument that
    may hold secrets, or that is not an argument of a job, is left out, and only the reason names it."""
    from dli_provider.job.declarations import FIELDS

    field = FIELDS.get(name)
    return name if field and not field.hidden else "", reason
