"""Puts a proposal together: asks the project what there is, and the gate what it says to that. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from dli_provider.promotion import gate
from dli_provider.promotion.artefact import Artefact
from dli_provider.promotion.candidate import promoted, reverted, stamp
from dli_provider.promotion.gate import Check, PromotionGate, Sighting
from dli_provider.promotion.manifest import Manifest, Promoted, read_manifest
from dli_provider.promotion.order import chosen, edges, ordered, still_read
from dli_provider.promotion.problems import Problems
from dli_provider.promotion.proposal import Proposal
from dli_provider.workspace.effects import effects
from dli_provider.workspace.project import Project, flows


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


@dataclass(frozen=True)
class Proposer:
    """`now` is the time, in epoch seconds: health is a matter of it."""

    project: Project
    now: Callable[[], float]

    def promotion(self, origin: str, target: str, jobs: Sequence[str], wishes: Wishes) -> Proposal:
        """A promotion of these jobs, or of all. Raises Problems for what makes no sense."""
        project = self.project
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
            return proposal
        proposal = replace(proposal, entries=self._entries(proposal))
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
        return self._foreseen(proposal, wishes) if candidate.moves else proposal

    def soaked(self, stack: str, jobs: Sequence[str], soak: float) -> list[Check]:
        """Whether these jobs of a stack run its release, and have done so long enough."""
        sightings = self.project.sightings(self.project.stack(stack), jobs).values()
        return [
            check
            for seen in sightings
            for check in (gate.runs_this(seen), gate.healthy(seen, soak, self.now()))
        ]

    def _foreseen(
        self, proposal: Proposal, wishes: Wishes, meanwhile: Callable[[], Sequence[Check]] = list
    ) -> Proposal:
        """With the order of the jobs, and what the target's deployment would do; `meanwhile` adds checks."""
        old, new = flows(self.project.artefacts(proposal.target)), flows(proposal.candidate.artefacts)
        between = edges(old, new)
        known = {job for stack in (proposal.origin, proposal.target) for job in self.project.artefacts(stack)}
        given = chosen(wishes.order, known | {*proposal.candidate.jobs}, proposal.candidate.jobs)
        sequence, after, order = ordered(proposal.candidate.jobs, between, given)
        found, review = effects(self.project, self.project.stack(proposal.target), proposal.candidate)
        restarts = {effect.job: effect.restarts for effect in found}
        limit = gate.within(wishes.max_restarts, restarts, sequence)
        unread = tuple(
            f"the SQL of {job} is not understood; its place in the order is a guess"
            for job in proposal.candidate.jobs
            if job in new and not new[job].understood
        )
        checks = [*meanwhile(), order, *still_read(new, between), *review, *([limit] if limit else [])]
        proposal = replace(
            proposal,
            edges=between,
            sequence=sequence,
            after=after,
            effects=found,
            notes=(*proposal.notes, *unread),
        )
        return proposal.checked(checks)

    def _health(self, proposal: Proposal, soak: float) -> Iterator[Check]:
        """What the origin's live jobs say, and the target's canary if there was one."""
        moving = [move.job for move in proposal.candidate.moves if move.after]
        sightings: Mapping[str, Sighting] = {}
        if moving:
            sightings = self.project.sightings(self.project.stack(proposal.origin), moving)
        for seen in sightings.values():
            yield from (gate.runs_this(seen), gate.no_drift(seen), gate.healthy(seen, soak, self.now()))
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
