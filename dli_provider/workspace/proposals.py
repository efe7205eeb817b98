"""Puts a proposal together, and carries it out: asks the project what there is, the gate what it says to that, and the
review what a deployment of the target would then do. A release changes only by `promote`, and only as was shown.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from dli_provider.graph.edges import edges
from dli_provider.graph.picture import Graph
from dli_provider.job.fields import JobSpec
from dli_provider.likeness import likeliest
from dli_provider.promotion import gate
from dli_provider.promotion.artefact import Artefact
from dli_provider.promotion.candidate import Candidate, promoted, reverted, sign, stamp
from dli_provider.promotion.environment import way_out
from dli_provider.promotion.gate import Check, PromotionGate, Sighting, disagreements
from dli_provider.promotion.job_tests import JobTests
from dli_provider.promotion.layout import CANDIDATES
from dli_provider.promotion.manifest import Manifest, Promoted, Promotion, RecordedRehearsal, read_manifest
from dli_provider.promotion.order import chosen, ordered, still_read
from dli_provider.promotion.problems import Problems
from dli_provider.promotion.proposal import Effect, Proposal
from dli_provider.review import in_words
from dli_provider.review.report import LEVELS, JobReview, Report, Severity
from dli_provider.review.subject import Subject
from dli_provider.workspace import Failed, Unusable
from dli_provider.workspace.deployments import deploy, soak_in
from dli_provider.workspace.project import Project, flows
from dli_provider.workspace.reviewing import Rehearse, review_stack
from dli_provider.workspace.stack import Stack


@dataclass(frozen=True)
class Wishes:
    """What a person asks of a promotion beyond its jobs."""

    soak: float
    max_restarts: int | None = None
    order: Sequence[str] = ()
    canary: str | None = None
    because: str | None = None
    following: bool = False
    """It follows a canary: the target's release has just been changed, and is not committed yet."""
    deploying: bool = False
    """The target is to be deployed, also where its files have all of it already."""


Rehearsing: TypeAlias = Callable[[], AbstractContextManager[Rehearse | None]]
"""Begins what holds rehearsals, for as long as the block lasts; None where nobody can."""


@dataclass(frozen=True)
class Proposer:
    """`now` is the time, in epoch seconds: health is a matter of it."""

    project: Project
    now: Callable[[], float]
    rehearsing: Rehearsing = nullcontext
    """What holds rehearsals, where the target demands them."""

    def promotion(self, origin: str, target: str, jobs: Sequence[str], wishes: Wishes) -> Proposal:
        """A promotion of these jobs, or of all. Raises Problems for what makes no sense."""
        project = self.project
        if not project.artefacts(origin):
            known = project.released()
            raise Problems(
                [
                    f"there is no release of stack {origin}: {project.layout.release(origin)} has no job. "
                    + likeliest(origin, known)
                ]
            )
        present = project.manifest(target) or Manifest()
        jobs = [wishes.canary] if wishes.canary else jobs
        candidate = promoted(project.artefacts(origin), target, project.artefacts(target), jobs, present.jobs)
        proposal = Proposal(
            origin,
            target,
            candidate,
            PromotionGate(
                (gate.on_the_way(project.route, origin, target), *self._known(origin, target, wishes))
            ),
            present,
            {},
            canary=wishes.canary is not None,
            because=wishes.because,
            time=stamp(self.now()),
            notes=tuple(f"{job} is in {target} only; name it to take it out" for job in candidate.left_out),
        )
        if not candidate.moves:
            return self._deployable(proposal, wishes) if wishes.deploying else proposal
        proposal = replace(proposal, entries=self._entries(proposal))
        # The engine's preview takes long; the live jobs are looked at meanwhile.
        with ThreadPoolExecutor(1) as beside:
            health = beside.submit(lambda: list(self._health(proposal, wishes.soak)))
            return self._foreseen(proposal, wishes, health.result)

    def revert(self, target: str, to: str | None, wishes: Wishes) -> Proposal:
        """Back to an earlier release of a stack: the one before the present one, or the one of this digest."""
        project = self.project
        present = project.manifest(target)
        if present is None:
            raise Problems(
                [f"{project.layout.manifest(target)} is missing: nothing was ever promoted to {target}."]
            )
        commit, earlier, artefacts = self._earlier(target, present, to)
        candidate = reverted(target, project.artefacts(target), artefacts)
        proposal = Proposal(
            target,
            target,
            candidate,
            PromotionGate(tuple(self._known(target, target, wishes))),
            present,
            {move.job: earlier.jobs[move.job] for move in candidate.moves if move.after},
            revert=True,
            because=wishes.because,
            commit=commit,
            time=stamp(self.now()),
        )
        if candidate.moves:
            return self._foreseen(proposal, wishes)
        return self._deployable(proposal, wishes) if wishes.deploying else proposal

    def soaked(self, stack: str, jobs: Sequence[str], soak: float) -> list[Check]:
        """Whether these jobs of a stack run its release, and have done so long enough."""
        sightings = self.project.sightings(self.project.stack(stack), jobs).values()
        return [
            check
            for seen in sightings
            for check in (gate.runs_this(seen), gate.healthy(seen, soak, self.now()))
        ]

    def _deployable(self, proposal: Proposal, wishes: Wishes) -> Proposal:
        """A promotion whose files were written before, and that is only to be deployed: the gate asks whether they are
        still as they were promoted. Where they come from was asked then, and they need not be committed yet."""
        target = proposal.target
        checks = []
        if self.project.manifest(target) is not None:
            checks.append(gate.unedited(target, self.project.edits(target)))
        return self._foreseen(replace(proposal, gate=PromotionGate(tuple(checks)), deploying=True), wishes)

    def _foreseen(
        self, proposal: Proposal, wishes: Wishes, meanwhile: Callable[[], Sequence[Check]] = list
    ) -> Proposal:
        """With the order of the jobs, and what the target's deployment would do; `meanwhile` adds checks."""
        old, new = flows(self.project.artefacts(proposal.target)), flows(proposal.candidate.artefacts)
        between = edges(old, new)
        known = {job for stack in (proposal.origin, proposal.target) for job in self.project.artefacts(stack)}
        given = chosen(wishes.order, known | {*proposal.candidate.jobs}, proposal.candidate.jobs)
        sequence, after, order = ordered(proposal.candidate.jobs, between, given)
        outlook = self._outlook(proposal)
        tests = self._tests(proposal)
        restarts = {effect.job: effect.restarts for effect in outlook.effects}
        limit = gate.within(wishes.max_restarts, restarts, sequence)
        unread = tuple(
            f"the SQL of {job} is not understood; its place in the order is a guess"
            for job in proposal.candidate.jobs
            if job in new and not new[job].understood
        )
        checks = [
            *meanwhile(),
            order,
            *still_read(new, between),
            *tests.checks,
            *outlook.checks,
            *([limit] if limit else []),
        ]
        proposal = replace(
            proposal,
            edges=between,
            sequence=sequence,
            after=after,
            effects=outlook.effects,
            graph=outlook.graph,
            notes=(*proposal.notes, *unread),
            entries=tests.recorded(outlook.recorded(proposal.entries)),
        )
        return proposal.checked(checks)

    def _demands(self, proposal: Proposal, what: str) -> bool:
        # On the way back there is no time to lose, and what is gone back to has run there before.
        return what in self.project.route.demands.get(proposal.target, ()) and not proposal.revert

    def _tests(self, proposal: Proposal) -> JobTests:
        """Whether the tests of what moves have passed, where the target demands that."""
        if not self._demands(proposal, "tests"):
            return JobTests()
        from dli_provider.workspace.demanded_tests import demanded  # only now: it comes with Flink's part

        moving = [move.job for move in proposal.candidate.moves if move.after]
        return demanded(self.project.layout, proposal.origin, moving)

    def _outlook(self, proposal: Proposal) -> _Outlook:
        """What the target's deployment would do, with the rehearsals that the target demands."""
        stack = self.project.stack(proposal.target)
        if not self._demands(proposal, "rehearsal"):
            return _outlook(self.project, stack, proposal.candidate)
        try:
            with self.rehearsing() as rehearse:
                return _outlook(self.project, stack, proposal.candidate, rehearse)
        except Unusable as error:
            found = _outlook(self.project, stack, proposal.candidate)
            reason = f"{proposal.target} demands rehearsals, and none can be held here: {error}"
            return replace(found, checks=(*found.checks, gate.not_rehearsed(proposal.target, reason)))

    def _health(self, proposal: Proposal, soak: float) -> Iterator[Check]:
        """What the origin's live jobs say, and the target's canary if there was one."""
        moving = [move.job for move in proposal.candidate.moves if move.after]
        sightings: Mapping[str, Sighting] = {}
        if moving:
            sightings = self.project.sightings(self.project.stack(proposal.origin), moving)
        for seen in sightings.values():
            yield from (gate.runs_this(seen), gate.no_drift(seen), gate.healthy(seen, soak, self.now()))
        # What follows a canary waits until it has soaked, also when somebody promotes the rest by hand later.
        last = proposal.present.history[:1]
        for job in (job for promotion in last if promotion.canary for job in promotion.jobs):
            yield from (
                replace(check, name=f"canary {check.name}")
                for check in self.soaked(proposal.target, [job], soak)
            )

    def _known(self, origin: str, target: str, wishes: Wishes) -> Iterator[Check]:
        """Whether git knows the releases, and the promoted ones are as they were promoted."""
        project, repository = self.project, self.project.repository
        stacks = tuple(dict.fromkeys((origin, target)))
        # The rest after a canary is promoted onto files that the canary itself has just changed.
        for stack in stacks[:1] if wishes.following else stacks:
            files = repository.uncommitted(project.layout.release(stack))
            yield gate.committed(stack, files, under_git=repository.exists)
        for stack in stacks:
            if project.manifest(stack) is not None:
                yield gate.unedited(stack, project.edits(stack))

    def _entries(self, proposal: Proposal) -> dict[str, Promoted]:
        origin, candidate, time = proposal.origin, proposal.candidate, proposal.time
        release = self.project.layout.release(origin)
        entries = {}
        for job in (move.job for move in candidate.moves if move.after):
            commits = self.project.repository.commits(f"{release}/{job}.sql", f"{release}/{job}.yaml")
            commit = commits[0].short if commits else ""
            digest = candidate.artefacts[job].digest
            entries[job] = Promoted.model_validate(
                {"digest": digest, "from": origin, "commit": commit, "time": time}
            )
        return entries

    def _earlier(
        self, target: str, present: Manifest, to: str | None
    ) -> tuple[str, Manifest, dict[str, Artefact]]:
        """The commit, the manifest and the files of an earlier release. Raises Problems where git has none."""
        project, repository = self.project, self.project.repository
        shown = project.layout.manifest(target)
        # The newest first, so the release before the present one comes first; one whose files were edited by hand, or
        # that git has in part only, is no release to go back to.
        for commit in repository.commits(shown):
            text = repository.text(commit.name, shown)
            if text is None:
                continue
            earlier = read_manifest(text, f"{shown} in {commit.short}")
            wanted = earlier.release.startswith(to) if to else earlier.release != present.release
            if wanted:
                release = project.layout.release(target)
                files = {job: repository.artefact(commit.name, release, job) for job in earlier.jobs}
                whole = {job: artefact for job, artefact in files.items() if artefact}
                if {job: one.digest for job, one in whole.items()} == {
                    job: one.digest for job, one in earlier.jobs.items()
                }:
                    return commit.short, earlier, whole
        which = f"release {to}" if to else "earlier release"
        raise Problems(
            [f"{shown}: git has no {which} of {target} in this clone. `git fetch --unshallow` may bring it."]
        )


def promote(
    proposer: Proposer,
    proposal: Proposal,
    wishes: Wishes,
    show: Callable[[Proposal], None],
    tell: Callable[[str], None],
    *,
    dry_run: bool,
    up: bool,
) -> bool:
    """Show the proposal, write what the gate lets pass, and deploy it where `up` says so; with a canary, wait until it
    has soaked in the target, then do the same with the rest. False where the gate says no.
    """
    project = proposer.project
    if not _carry_out(project, proposal, show, tell, dry_run=dry_run, up=up):
        return False
    # Without `up` nobody knows when the canary is deployed: then the rest is a promotion of its own.
    if not (wishes.canary and up and not dry_run and proposal.candidate.moves):
        return True
    soak_in(lambda: proposer.soaked(proposal.target, [str(wishes.canary)], wishes.soak), tell)
    rest = proposer.promotion(
        proposal.origin, proposal.target, [], replace(wishes, canary=None, following=True, deploying=False)
    )
    return _carry_out(project, rest, show, tell, dry_run=False, up=True)


def _carry_out(
    project: Project,
    proposal: Proposal,
    show: Callable[[Proposal], None],
    tell: Callable[[str], None],
    *,
    dry_run: bool,
    up: bool,
) -> bool:
    show(proposal)
    if not (proposal.candidate.moves or proposal.deploying):
        return True
    if not proposal.allowed:
        return False
    if dry_run:
        tell("Nothing was changed: this was a dry run.")
        return True
    if proposal.candidate.moves:
        _write(project, proposal)
        folder = project.layout.release(proposal.target)
        # A folder that is new to git is in no `git diff` until it is added.
        look = f"Look with `git add {folder} && git diff --staged`, and commit it"
        approval = f"The pull request is the approval; then `pulumi up --stack {proposal.target}`."
        tell(f"Written: {folder}. {look}." if up else f"Written: {folder}. {look}. {approval}")
    if up:
        deploy(project.stack(proposal.target), tell)
    return True


def _write(project: Project, proposal: Proposal) -> None:
    first = next(iter(proposal.entries.values()), None)
    promotion = Promotion.model_validate(
        {
            "release": "",
            "time": proposal.time,
            "from": proposal.origin,
            "commit": proposal.commit or (first.commit if first else ""),
            "jobs": {},
            "revert": proposal.revert,
            "canary": proposal.canary,
            # A reason that overruled nothing would read in the history as if it had.
            "because": None if proposal.gate.open else proposal.because,
        }
    )
    manifest = sign(proposal.candidate, proposal.present, proposal.entries, promotion, proposal.after)
    proposal.candidate.put(project.folder(proposal.target), manifest)


@dataclass(frozen=True)
class _Outlook:
    """What the target's deployment would do, whether it would go through, and the picture of it."""

    effects: tuple[Effect, ...]
    checks: tuple[Check, ...]
    graph: Graph | None = None
    rehearsals: Mapping[str, RecordedRehearsal] = field(default_factory=dict)

    def recorded(self, entries: Mapping[str, Promoted]) -> dict[str, Promoted]:
        """The entries of the manifest, each with the rehearsal of its job."""
        return {
            job: entry.model_copy(update={"rehearsal": self.rehearsals[job]})
            if job in self.rehearsals
            else entry
            for job, entry in entries.items()
        }


def _outlook(
    project: Project, stack: Stack, candidate: Candidate, rehearse: Rehearse | None = None
) -> _Outlook:
    """What the target's deployment would do once the candidate is its release.

    The files of the candidate lie in a folder of their own meanwhile: the release itself is not touched.
    """
    with tempfile.TemporaryDirectory(prefix="dli-candidate-") as folder:
        candidate.stage(Path(folder))
        try:
            with ThreadPoolExecutor(1) as beside:
                made = beside.submit(project.declared, stack, Path(folder))
                report, reviewed = review_stack(
                    stack, lambda _: None, environ={CANDIDATES: folder}, rehearse=rehearse
                )
                declared = made.result()
        except (Problems, Failed) as failed:
            return _Outlook((), (Check("review", stack.name, False, str(failed)),))
    found = tuple(_effect(job) for job in report.changed)
    subjects = [subject for subject, _ in reviewed]

    def remedy(job: JobReview, offered: str) -> str:
        return way_out(project.layout.project, stack.name, job.resource, offered)

    checks = tuple(_objections(report, remedy)) or (_same(stack.name, subjects, declared),)
    held = {job.resource: job for job in report.jobs if job.rehearsal}
    records = {name: _record(job) for name, job in held.items()}
    shown = tuple(
        gate.rehearsed(job.name, records[name], job.rehearsal.because, remedy(job, job.rehearsal.remedy))
        for name, job in held.items()
        if job.rehearsal
    )
    return _Outlook(found, (*checks, *shown), report.graph, records)


def _record(job: JobReview) -> RecordedRehearsal:
    held = job.rehearsal
    assert held is not None
    return RecordedRehearsal(
        verdict=held.verdict, flink=held.flink_version, seed=held.seed, consented=held.consented
    )


def _objections(report: Report, remedy: Callable[[JobReview, str], str]) -> Iterable[Check]:
    """What the review itself objects to: changes that a deployment refuses, and errors by the project's rules."""
    for job in report.jobs:
        if job.refusal:
            yield Check("review", job.name, False, f"{job.refusal}. What to do: {remedy(job, job.remedy)}")
    for finding in report.findings:
        if finding.severity is Severity.ERROR:
            reason = f"{finding.reason} ({finding.rule}). What to do: {finding.remedy}; {LEVELS}"
            yield Check("review", finding.subject, False, reason)


def _same(stack: str, subjects: Iterable[Subject], declared: Mapping[str, JobSpec]) -> Check:
    """Whether what was reviewed is what would be promoted: a program may make its jobs in another way."""
    reviewed = {job.resource: job.new for job in subjects if job.new is not None and job.op != "delete"}
    wrong = sorted({*reviewed} ^ {*declared})
    wrong += [
        f"{name} ({', '.join(others)})"
        for name in sorted(reviewed.keys() & declared.keys())
        if (others := disagreements(declared[name], reviewed[name]))
    ]
    if not wrong:
        return Check("review", stack, True, "its preview goes through")
    reason = f"its program makes something else of its release: {'; '.join(wrong)}"
    return Check("review", stack, False, f"{reason}. docs/promotion.md tells what a program has to do")


def _effect(job: JobReview) -> Effect:
    action = in_words.action(job)
    state = f"state {in_words.state(job)}" + (f": {job.because}" if job.because else "")
    return Effect(
        job.resource,
        action,
        f"{job.name}: {action} ({in_words.causes(job)}) - {state}",
        " -> ".join(job.steps),
        restarts=job.pauses,
    )
