"""What Pulumi's verbs mean for a job: property bags in, calls of the lifecycle, property bags out.

Knows none of the SDK's classes of requests and results, so that another door to the same jobs can stand beside
`dli_provider.resource`. Holds no rule about jobs. Where nothing is to be done, nothing is imported that knows how: each
verb imports what it needs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from dli_provider.errors import Conflict, DliError, NotFound, StateLoss
from dli_provider.pulumi.ledger import Fate, Ledger, OldJob
from dli_provider.pulumi.property_bags import GONE, Bag, nothing_to_do, same_arguments

if TYPE_CHECKING:
    from dli_provider.job.constraints import Violation
    from dli_provider.plan.live_job import Record
    from dli_provider.pulumi.adoption_preview import AdoptionPreview
    from dli_provider.pulumi.neighbours import Neighbours
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
    """Whether there is anything to do, and what takes another job: this one goes when the other is there."""

    changes: bool
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadJob:
    """A job as it is; `inputs` is None where none of them has changed."""

    outputs: dict[str, Any]
    inputs: dict[str, Any] | None


class Unhealthy(Exception):
    """A job was made and does not run as it should. It is there, so the state had better know it: `outputs`."""

    def __init__(self, job_id: str, outputs: dict[str, Any], failure: DliError) -> None:
        super().__init__(str(failure))
        self.job_id, self.outputs, self.failure = job_id, outputs, failure


def _neighbours() -> Neighbours:
    from dli_provider.pulumi.neighbours import Neighbours
    from dli_provider.pulumi.process import engine_name

    return Neighbours(engine_name(), os.environ)


@dataclass
class JobVerbs:
    """The verbs for the jobs of one DLI project, in one process.

    `tell` and `warn` say a line to the user, `progress` one that matters only while it lasts. `before_write` is called
    before each write to DLI. What one call of the engine's has found out, and another needs, is in the `ledger`.
    """

    settings: Settings
    lock: ReviewedLock
    sql: SqlCheck | None
    judge: Callable[[], None] | None
    """Has changes of SQL judged as `dli:judge` says it; None where the text judges."""
    tell: Callable[[str], None]
    warn: Callable[[str], None]
    before_write: Callable[[], None]
    progress: Callable[[str], None]
    _lifecycle: Lifecycle | None = None
    _making: Lock = field(default_factory=Lock)
    ledger: Ledger = field(default_factory=Ledger)
    neighbours: Neighbours = field(default_factory=_neighbours)

    @classmethod
    def configured(
        cls,
        config: Callable[[str], str | None],
        environ: Mapping[str, str],
        *,
        tell: Callable[[str], None],
        warn: Callable[[str], None],
        before_write: Callable[[], None],
        progress: Callable[[str], None] | None = None,
        keys: Iterable[str] = (),
    ) -> JobVerbs:
        """Endpoint, project and credentials come from the stack's config (whole keys) or the environment.

        `keys` are those of ours in the config: what nobody knows of them is refused.
        """
        from dli_provider.pulumi.reviewed_lock import KEY, ReviewedLock, only_in_deployments
        from dli_provider.settings import JUDGE, Settings, judge_mode

        settings = Settings.from_config(lambda key: config(f"dli:{key}"), environ, keys)
        lock = ReviewedLock.of(config(KEY), environ)
        sql = None
        # Java and a Flink are needed for this check, so only a stack that asks for it pays for the import.
        if asked := config("dli:check"):
            from dli_provider.pulumi.sql_check import SqlCheck

            sql = SqlCheck.of(asked, tell)
        # A review judges all changes itself, with the same judge.
        mode = "text" if lock.reviewing else judge_mode(lock.judge or config(JUDGE), environ)

        def appoint() -> None:
            from dli_provider.pulumi.sql_judge import consult_when_asked

            consult_when_asked(mode, environ, warn)

        judge = None if mode == "text" else appoint
        return cls(
            settings,
            lock,
            sql,
            judge,
            tell,
            warn,
            only_in_deployments(before_write, environ),
            progress or tell,
        )

    @property
    def credentials(self) -> Bag:
        """What must never be shown, whatever is worked on."""
        return {"secret": self.settings.secrets}

    def _appoint_judge(self) -> None:
        """Before the first change is judged, and not sooner: where nothing changes, nothing of SQL is loaded."""
        with self._making:
            appoint, self.judge = self.judge, None
            if appoint:
                appoint()

    @property
    def lifecycle(self) -> Lifecycle:
        """The one of this process, made for the first job that needs it."""
        self._appoint_judge()
        with self._making:
            if self._lifecycle is None:
                from dli_provider.connect import connect
                from dli_provider.run.lifecycle import Lifecycle

                api = connect(self.settings, before_write=self.before_write)
                self._lifecycle = Lifecycle(
                    api,
                    lambda name, line: self.tell(f"{name}: {line}"),
                    progress=lambda name, line: self.progress(f"{name}: {line}"),
                    approve=self.lock.approve,
                    left=self.settings.moved_from,
                    take_over=self.ledger.take_over,
                )
            return self._lifecycle

    def check(self, olds: Bag, news: Bag, secret: Set[str] = frozenset()) -> CheckedInputs:
        """Refuse what DLI would refuse, everything at once, and name the job if the program does not.

        What is said names no value of the arguments that are `secret`.
        """
        inputs = {key: value for key, value in news.items() if value is not None}
        owner = str(inputs.get("owner"))
        adopted = None
        if "adopt" in inputs and not olds and self.ledger.may_adopt(owner):
            # A review looks for itself, and shows what cannot be adopted with all the rest.
            if not self.lock.reviewing:
                from dli_provider.pulumi import adoption_preview

                adopted = adoption_preview.look(self.lifecycle, inputs)
                inputs = adopted.inputs
        elif "name" not in inputs and inputs.get("owner"):
            inputs["name"] = olds.get("name") or _auto_name(owner)
        # What is the same as before was taken before, perhaps by an older version with other rules: were it checked
        # again, an upgrade of this package could keep a stack from being deployed at all.
        failures = [] if same_arguments(olds, inputs) else self._failures(olds, inputs, adopted, secret)
        failures += self._namesakes(inputs.get("name"), owner)
        self.ledger.declare(owner, inputs)
        if not olds:
            # Both names, where a job is adopted and gets another.
            for name in {inputs.get("name"), adopted.name_now if adopted else None} - {None}:
                self.neighbours.want(self.settings.place, name, owner)
        return CheckedInputs(inputs, failures)

    def _namesakes(self, name: object, owner: str) -> list[tuple[str, str]]:
        """DLI would refuse the second job of one name only in the middle of the deployment."""
        namesake = self.ledger.namesake(name, owner) if isinstance(name, str) else ""
        if not namesake:
            return []
        other = namesake.split("/", 2)[-1]
        return [_failure("name", f"name is the name of {other!r} too; each job needs a name of its own")]

    def _failures(
        self, olds: Bag, inputs: Bag, adopted: AdoptionPreview | None, secret: Set[str]
    ) -> list[tuple[str, str]]:
        """All that is wrong with the arguments, with the way from the old ones to them, or with the job to adopt."""
        from dli_provider.job.constraints import violations
        from dli_provider.job.document import put_back
        from dli_provider.pulumi import job_properties

        self._appoint_judge()
        values, unknown = job_properties.arguments(inputs)
        # With what the update puts back too: of a version of Flink, DLI's default may not have what the rest asks for.
        given = {**values, **put_back(job_properties.arguments(olds)[0], inputs)}
        found = [one.hiding(secret) for one in violations(given, unknown)]
        refused = [one for one in found if not one.caution]
        lived_with = self._lived_with(refused, olds, inputs, adopted) if refused else ()
        failures = [_failure(one.property, one.reason) for one in refused if one not in lived_with]
        # A review has a rule for these.
        for one in () if self.lock.reviewing else found:
            if one in lived_with:
                self.warn(f"{inputs.get('name')}: {one.reason} (only a warning, as the job is so already)")
            elif one.caution:
                self.warn(f"{inputs.get('name') or 'job'}: {one.reason}")
        # A review shows these with all the rest, each with its remedy; here they would end it.
        if not failures and "sql_body" not in unknown and not self.lock.reviewing:
            failures = self._failures_of_sql(olds, inputs, values)
        if adopted and not failures:
            line, problem = adopted.announcement(secret)
            failures = [_failure("adopt", problem)] if problem else []
            if line:
                self.tell(line)
        return failures

    def _lived_with(
        self, found: Sequence[Violation], olds: Bag, inputs: Bag, adopted: AdoptionPreview | None
    ) -> Sequence[Violation]:
        """What is wrong with arguments, and not new: the job was deployed so before, or is so where it is adopted."""
        from dli_provider.job.constraints import standing
        from dli_provider.pulumi import job_properties

        new = job_properties.spec(inputs)
        if olds:
            return standing(found, job_properties.spec(olds), new)
        if "adopt" not in inputs or not self.ledger.may_adopt(str(inputs.get("owner"))):
            return ()
        from dli_provider.pulumi import adoption_preview

        # A review has not looked yet.
        before = (adopted or adoption_preview.look(self.lifecycle, inputs)).as_it_is()
        return standing(found, before, new) if before else ()

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

    def diff(self, olds: Bag, news: Bag, secret: Set[str] = frozenset()) -> AheadOfUpdate:
        """Whether there is anything to do; says what it will mean for the running job and its state, but no value of
        the arguments that are `secret`.

        Raises Conflict for a job that was made in another place, or that another resource is about to adopt.
        """
        # Compared before all else, and at no cost: in another place every job would seem to be deleted.
        renamed = olds.get("place") not in (None, self.settings.place)
        if renamed and not self._is_here(olds):
            return self._elsewhere(olds, news)
        self._hold(olds, news)
        if olds.get(GONE) and news.get("adopt") not in (None, olds.get("adopt")):
            # What was made anew in its place may be there, and the state not know it: the program names it.
            self.ledger.adopt_instead(str(news.get("owner")))
            return AheadOfUpdate(changes=True, replaces=("adopt",))
        if not self.lock.reviewing and nothing_to_do(olds, news):
            return AheadOfUpdate(changes=renamed)  # an update that only records the place's other name
        from dli_provider.plan.preview import foresee
        from dli_provider.pulumi import job_properties

        self._appoint_judge()
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
            int(olds.get("job_id") or 0),
        )
        # `pulumi refresh` calls diff too, with the roles reversed, to show what it found: nothing will be done then. It
        # does so without a check before. A review says all of it itself.
        owner = str(values.get("owner"))
        if self.ledger.declared(owner) and not self.lock.reviewing:
            if ahead.changes:
                self.tell("\n".join(ahead.hiding(secret).lines))
            if ahead.notice:
                self.warn(ahead.notice)
            self.lock.check(ahead, new)
        if ahead.replaces:
            self.ledger.replace(owner, olds)
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
        """What is to be done about a job in another place: nothing, or to leave it there and make it anew here.

        Raises StateLoss where it has state there, and nobody consented to starting without it.
        """
        from dli_provider.plan.create import plan_move
        from dli_provider.pulumi import job_properties

        name, job_id, recorded = str(olds.get("name")), int(olds.get("job_id") or 0), str(olds.get("place"))
        subject, places = f"{name} (job {job_id})", self.lifecycle.places
        if not places.moved_from(recorded):
            places.require(subject, recorded)
        owner, adopt = str(news.get("owner")), news.get("adopt")
        # An id that stood there before is of the place that is left: here it may be anybody's job.
        if adopt is None or (adopt == olds.get("adopt") and str(adopt).isdigit()):
            self.ledger.make_anew(owner)
            if self.ledger.declared(owner) and not self.lock.reviewing:
                _, unknown = job_properties.arguments(news)
                ran = job_properties.seen(olds).status != "job_init"
                plan = plan_move(job_properties.spec(olds), job_properties.spec({**olds, **news}), ran=ran)
                self.tell(
                    f"{name}: CREATE in {self.settings.place} - job {job_id} is left in {recorded}, where it may run: "
                    f"stop it there\n    the new one: {plan.because}"
                )
                if plan.refusal and not unknown:
                    raise StateLoss(subject, plan.refusal.reason, remedy=plan.refusal.remedy)
        return AheadOfUpdate(changes=True, replaces=("place",))

    def _hold(self, olds: Bag, news: Bag) -> None:
        """Note that a declared resource has this job, so that no other adopts it. Raises Conflict if one does."""
        owner, job_id = str(news.get("owner")), olds.get("job_id")
        # A refresh compares as well, also what the program does not declare any more; it checks nothing before.
        if job_id is None or not self.ledger.declared(owner):
            return
        if adopter := self.ledger.hold(int(job_id), owner, olds.get("nonce")):
            from dli_provider.run.adoption import held

            raise held(f"{olds.get('name')} (job {int(job_id)})", adopter)
        self.neighbours.have(self.settings.place, olds.get("name"), int(job_id), owner)

    def create(self, props: Bag, *, keeps: bool = False) -> tuple[str, dict[str, Any]]:
        """Create the job exactly once, and run it if it is to run; or take over the one that is to be adopted.

        Its id, and what to keep of it. If the state `keeps` what does not come up, that raises Unhealthy, and nothing
        is removed again.
        """
        from dli_provider.pulumi import job_properties
        from dli_provider.run.lifecycle import CreatedUnhealthy

        # Before all else: a review leaves the name of a job that is adopted open.
        self.lock.require_deployment()
        new = job_properties.spec(props)
        owner = str(new.owner)
        former = self.ledger.predecessor(owner, props)
        if former:
            olds = former.olds
            old, record = job_properties.spec(olds), job_properties.record(olds)
            # One that is gone is not kept for a next attempt; what is known of it was said.
            kept = former.retired and not record.gone
            succeed = self.lifecycle.succeed if kept else self.lifecycle.replace
            outcome = succeed(int(olds["job_id"]), old, new, record)
        elif new.adopt and self.ledger.may_adopt(owner):
            outcome = self.lifecycle.adopt(new)
        else:
            try:
                outcome = self.lifecycle.create(new, keeps=keeps)
            except CreatedUnhealthy as made:
                self.ledger.make(owner, made.outcome.job_id, succeeds=False)
                self.neighbours.have(self.settings.place, new.name, made.outcome.job_id, owner)
                outputs = job_properties.outputs(props, made.outcome, self.credentials)
                raise Unhealthy(str(made.outcome.job_id), outputs, made.failure) from made
        self.ledger.make(owner, outcome.job_id, succeeds=former is not None)
        self.neighbours.have(self.settings.place, new.name, outcome.job_id, owner)
        return str(outcome.job_id), job_properties.outputs(props, outcome, self.credentials)

    def update(self, job_id: int, olds: Bag, news: Bag) -> dict[str, Any]:
        """Bring the job to its new definition, or back to the old one; what to keep of it."""
        from dli_provider.pulumi import job_properties

        old, new = job_properties.spec(olds), job_properties.spec(news)
        record = job_properties.record(olds)
        try:
            outcome = self.lifecycle.update(job_id, old, new, record)
        except NotFound as gone:
            remedy = f"deploy with `pulumi up --refresh`, which makes it anew: {_state_known(record)}"
            raise gone.also("so it was deleted, and not by this stack", remedy=remedy) from gone
        return job_properties.outputs(news, outcome, self.credentials)

    def read(self, job_id: int, props: Bag) -> ReadJob | None:
        """The job as it is now: declared arguments, status, savepoints.

        One that is gone, or was left in another place, is kept as the state has it, until another takes its place: what
        a refresh forgets is forgotten for good, whether the deployment then succeeds or not. None for one that is gone
        and has never run. A job that was never deployed, by its id alone, is only looked up: all that DLI says of it.
        """
        from dli_provider.pulumi import job_properties

        deployed, record = "job_id" in props, job_properties.record(props)
        if not deployed:
            record = replace(
                record, place=self.settings.place
            )  # it is looked up where we are, and nowhere else
        elif self.lifecycle.is_left(job_id, record):
            self.tell(
                f"{props.get('name')}: job {job_id} is left in {record.place}, where it may run: stop it there"
            )
            return ReadJob(dict(props), None)
        found = self.lifecycle.look(job_id, job_properties.spec(props), record)
        if found is None:
            if not deployed:
                # An unknown id would silently become an empty resource.
                reason = f"DLI has no job of this id in {self.settings.place}"
                remedy = "check the id, and that this is the place which is meant"
                raise NotFound(f"job {job_id}", reason, remedy=remedy)
            return self._lose(job_id, props, record)
        live, outcome = found
        if not deployed:
            # Pulumi does not tell what an earlier look-up had found, and another place has jobs of the same ids.
            self.tell(f"{live.spec.name}: job {job_id} is looked up in {self.settings.place}")
        inputs = (job_properties.refreshed if deployed else job_properties.everything)(props, live)
        outputs = job_properties.outputs(inputs, outcome, self.credentials)
        # Without inputs Pulumi keeps those it has; that saves packing them where nothing has drifted.
        return ReadJob(outputs, None if same_arguments(props, inputs) else inputs)

    def delete(self, job_id: int, props: Bag) -> None:
        """Stop and delete the job; one that is gone already is fine.

        Raises Conflict for one that another resource was to take over, and has not, and StateLoss for one beside which
        another was made that knows nothing of its state; both before anything is done.
        """
        from dli_provider.pulumi import job_properties

        owner, name = str(props.get("owner")), props.get("name")
        old, record = job_properties.spec(props), job_properties.record(props)
        # Before all else, as every place counts its jobs by itself: here an equal id is another job's.
        if self.lifecycle.is_left(job_id, record):
            self._leave(job_id, props, self.ledger.fate(0, owner, name))
            return
        fated = self.ledger.fate(job_id, owner, name)
        if fated.fate is Fate.UNWANTED and self._is_elsewhere(job_id, owner, name):
            return
        if fated.fate is Fate.STAYS:
            # A replacement may adopt the very job that it is to replace, and its predecessor goes by the same id.
            self.tell(f"{name}: job {job_id} is the one that was just taken over: it stays")
        elif fated.fate is Fate.HANDED_ON:
            # Two resources of an old state may have one job, and one that was adopted twice without a write has no
            # marks to tell: it goes only with the last of them.
            self.lifecycle.give_back(job_id, old, record, fated.owner, fated.nonce)
        elif fated.fate is Fate.AWAITED:
            raise _awaited(f"{name} (job {job_id})", owner, fated)
        elif fated.fate is Fate.MAKES_WAY:
            former = self.lifecycle.park(job_id, old, job_properties.spec(fated.wanted), record)
            if former:
                kept = {"savepoints": list(former.savepoints), GONE: former.gone or None}
                self.ledger.retire(fated.owner, {**props, **kept})
        elif fated.fate is Fate.LEFT_BEHIND and not self._was_replaced(job_id, record, fated):
            self.lifecycle.retire(job_id, old, job_properties.spec(fated.wanted), record, int(fated.has or 0))
        else:
            self.lifecycle.delete(job_id, old, record)

    def _is_elsewhere(self, job_id: int, owner: str, name: object) -> bool:
        """Whether a resource of another process has this job; says so. Raises Conflict where one was to have it, or its
        name, and has got neither."""
        place = self.settings.place
        if holder := self.neighbours.held_by(place, job_id):
            self.tell(
                f"{name}: job {job_id} is {holder}'s by the other door, or another provider: left alone"
            )
        elif wanted := self.neighbours.wanted_by(place, name):
            from dli_provider.pulumi.neighbours import awaited_elsewhere

            raise awaited_elsewhere(f"{name} (job {job_id})", owner, wanted, name)
        return bool(holder)

    def _was_replaced(self, job_id: int, record: Record, fated: OldJob) -> bool:
        """Whether the job that the resource has was made from this one after all: from one that was kept, or by an
        earlier deployment, which was cut off before this one went."""
        from dli_provider.plan.ownership import heir_nonce

        return job_id in self.lifecycle.parked or fated.nonce == heir_nonce(job_id, record.nonce)

    def _leave(self, job_id: int, props: Bag, fated: OldJob) -> None:
        """Forget a job in the place that was left. Raises StateLoss where the one that is made in this place starts
        without its state, and nobody consented: for a tainted one no diff has asked."""
        from dli_provider.plan.create import plan_move
        from dli_provider.pulumi import job_properties

        old = job_properties.spec(props)
        if fated.fate in (Fate.MAKES_WAY, Fate.LEFT_BEHIND):
            ran = job_properties.seen(props).status != "job_init"
            refusal = plan_move(old, job_properties.spec(fated.wanted), ran=ran).refusal
            if refusal:
                raise StateLoss(f"{old.name} (job {job_id})", refusal.reason, remedy=refusal.remedy)
        self.lifecycle.delete(job_id, old, job_properties.record(props))

    def _lose(self, job_id: int, props: Bag, record: Record) -> ReadJob | None:
        """What to keep of a job that is gone; says so."""
        from dli_provider.pulumi import job_properties

        owner = str(props.get("owner"))
        if job_properties.seen(props).status == "job_init":
            self.ledger.make_anew(owner)  # it had no state, so nothing is lost with it
            return None
        self.warn(
            f"{props.get('name')}: job {job_id} was deleted, and not by this stack. The next `pulumi up` makes it "
            f"anew: {_state_known(record)}"
        )
        outputs = job_properties.lost(props)
        self.ledger.replace(owner, outputs)
        return ReadJob(outputs, None)


def _awaited(subject: str, owner: str, fated: OldJob) -> Conflict:
    """The error for a job that another resource needs, directly or for its name: forgotten now, no state would have
    it, should that other one never come."""
    if fated.owner == owner:
        reason = "the one that takes its place was not made"
        remedy = "deploy again, once what kept that one from it is mended"
    elif fated.wanted.get("adopt"):
        reason = f"{fated.owner} was to take it over, and has not"
        remedy = "deploy again, once what kept that resource from it is mended"
    else:
        former, new = owner.split("/", 2)[-1], fated.owner.split("/", 2)[-1]
        reason = f"{fated.owner} is to be made under its name, and is not"
        remedy = (
            f"if {new} is to go on with this job, give it aliases=[pulumi.Alias(name={former!r})] or "
            f"adopt={fated.wanted.get('name')!r} (a tainted one is replaced in a deployment after that); if not, give "
            "it another name, or deploy without it first"
        )
    return Conflict(subject, f"{reason}; it is not touched, and not forgotten", remedy=remedy)


def _state_known(record: Record) -> str:
    """What a job that is made anew can go on from."""
    if not record.savepoints:
        return (
            "no savepoint of it is known, so that needs one in from_savepoint, or consent to starting empty "
            "(allow_state_loss, or upgrade_mode='stateless')"
        )
    return (
        f"from {record.savepoints[0]}, the newest of its savepoints ({', '.join(record.savepoints)}), or from the one "
        "that from_savepoint names"
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
