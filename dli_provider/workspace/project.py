"""The user's project as promotion sees it: its releases and their history, its stacks, and the live jobs behind them.

Asks files, git, the engine and DLI, and hands what it found to `dli_provider.promotion`, which decides.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from dli_provider.api.client import Client
from dli_provider.connect import connect
from dli_provider.errors import DliError, NotFound
from dli_provider.graph.edges import Flows
from dli_provider.job.fields import JobSpec
from dli_provider.plan.drift import drift_of, estranged
from dli_provider.promotion.artefact import Artefacts, digests, read_artefacts
from dli_provider.promotion.environment import way_out
from dli_provider.promotion.gate import Check, Sighting
from dli_provider.promotion.layout import Layout
from dli_provider.promotion.manifest import Manifest, hand_edits, read_manifest
from dli_provider.promotion.pipeline import stack_jobs
from dli_provider.promotion.problems import Problems, text_of
from dli_provider.promotion.release import read_release
from dli_provider.promotion.repository import Repository, unfounded
from dli_provider.promotion.route import PromotionRoute, read_route
from dli_provider.promotion.stack_comparison import Compared, Side, compare
from dli_provider.promotion.versions import Cell, Version, Versions, cell, from_manifest, health, lags
from dli_provider.pulumi import job_properties
from dli_provider.review.report import JobReview
from dli_provider.run.look import observe
from dli_provider.sql import flow
from dli_provider.workspace import Unusable
from dli_provider.workspace.access import in_its_place
from dli_provider.workspace.job_owners import JobOwners, owners_of
from dli_provider.workspace.stack import Recorded, Stack

_AT_ONCE = 8
_LOOKED_BACK = 100


StackSightings = Mapping[str, Sighting] | str
"""The jobs of a stack, or why they could not be looked at."""


@dataclass(frozen=True)
class ReleaseMatrix:
    """Jobs by stacks: `rows` have the cells of each job by stack, none where a stack does not have it. `unseen` says
    why a stack could not be looked at."""

    stacks: tuple[str, ...]
    rows: Mapping[str, Mapping[str, Cell]]
    unseen: Mapping[str, str]


@dataclass(frozen=True)
class Project:
    """One Pulumi project with releases."""

    layout: Layout
    _known: set[str] = field(default_factory=set)

    @classmethod
    def here(cls) -> Project:
        """The project of the current folder. Raises Problems where there is none."""
        return cls(Layout.here())

    @cached_property
    def route(self) -> PromotionRoute:
        """Which way releases go."""
        return read_route(self.layout.path(self.layout.route), self.layout.route)

    @property
    def repository(self) -> Repository:
        return Repository(self.layout.root)

    def stack(self, name: str) -> Stack:
        """A stack as the engine knows it, read again each time: what it has deployed changes."""
        if name not in self._known:  # to ask the engine whether there is such a stack takes a second
            self._known.add(Stack.select(name, self.layout.root).name)
        return Stack(name, self.layout.root)

    def folder(self, stack: str) -> Path:
        """Where a stack's release is."""
        return self.layout.path(self.layout.release(stack))

    def artefacts(self, stack: str) -> Artefacts:
        """A stack's release, as its files are now."""
        return read_artefacts(self.folder(stack))

    def released(self) -> tuple[str, ...]:
        """The stacks that have a release."""
        folder = self.layout.path(self.layout.release("any")).parent
        return tuple(sorted(each.name for each in folder.glob("*/") if each.is_dir()))

    def manifest(self, stack: str) -> Manifest | None:
        """What a stack's release says of its origin; None for one that is edited, or was never promoted to."""
        file = self.layout.path(self.layout.manifest(stack))
        shown = self.layout.manifest(stack)
        return read_manifest(text_of(file, shown), shown) if file.is_file() else None

    def edits(self, stack: str) -> list[str]:
        """Where a promoted release was edited by hand."""
        manifest = self.manifest(stack)
        if manifest is None:
            return [f"{self.layout.manifest(stack)} is missing: nothing was ever promoted to {stack}."]
        return list(hand_edits(manifest, digests(self.artefacts(stack)), self.layout.release(stack)))

    def ways_out(self, stack: str, jobs: Iterable[JobReview]) -> Iterator[tuple[str, str]]:
        """Each refused job of the stack's release files, and what to do in files and config. A refusal itself names
        arguments, which are nowhere to be written there."""
        for job in jobs:
            if job.refusal and (self.folder(stack) / f"{job.resource}.yaml").is_file():
                yield job.name, way_out(self.layout.project, stack, job.resource, job.remedy)

    def versions(self, stack: str, job: str, until: str | None = None) -> Versions:
        """The versions of a job that a stack has had, the newest first; of those in git, back to `until` at most."""
        artefact, manifest = self.artefacts(stack).get(job), self.manifest(stack)
        now = artefact.digest if artefact else None
        known = self._committed(stack, job, until) if manifest is None else from_manifest(manifest, job)
        found = list(known)
        return found if found and found[0].digest == now else [Version(now, None), *found]

    def declared(self, stack: Stack, releases: Path | None = None) -> dict[str, JobSpec]:
        """The jobs that a stack's release, or one in another folder, and its environment make. Raises Problems."""
        hidden = frozenset(key for key, value in stack.config.items() if value in stack.secrets)
        made = stack_jobs(self.layout, stack.name, stack.config, hidden, releases)
        return {job.name: job_properties.spec({**job.arguments, "sql_body": job.sql_body}) for job in made}

    def sightings(self, stack: Stack, jobs: Sequence[str] | None = None) -> dict[str, Sighting]:
        """Jobs of a stack (all, if None) as declared, as deployed, and as DLI has them now."""
        declared = self.declared(stack)
        recorded = {job.name: job for job in stack.recorded()}
        names = sorted({*declared, *recorded}) if jobs is None else list(jobs)
        with connect(in_its_place(stack)) as api, ThreadPoolExecutor(_AT_ONCE) as pool:
            owners = owners_of(api, [recorded[name] for name in names if name in recorded], ())
            found = pool.map(lambda name: _sight(api, name, declared, recorded.get(name), owners), names)
            return {sighting.job: sighting for sighting in found}

    def compared(self, one: str, other: str) -> tuple[Compared, ...]:
        """Two stacks side by side, as the engine's previews of their program declare them."""
        with ThreadPoolExecutor(2) as pool:
            left, right = pool.map(
                lambda stack: self._side(stack, other if stack == one else one), (one, other)
            )
        return compare(left, right)

    def matrix(self, now: float) -> ReleaseMatrix:
        """Where each release stands, at this time in epoch seconds."""
        stacks = self.route.stacks
        with ThreadPoolExecutor(len(stacks)) as pool:
            seen = dict(zip(stacks, pool.map(self._looked_at, stacks), strict=True))
        jobs = sorted({job for stack in stacks for job in self.artefacts(stack)})
        unseen = {stack: found for stack, found in seen.items() if isinstance(found, str)}
        return ReleaseMatrix(stacks, {job: self._row(job, seen, now) for job in jobs}, unseen)

    def as_promoted(self) -> Iterator[Check]:
        """Whether the release of each stack that is promoted to is as it was promoted, and came from where it says."""
        for stack in self.route.promoted:
            if not self.folder(stack).is_dir():
                continue  # nothing has got that far yet
            edits, manifest = self.edits(stack), self.manifest(stack)
            forged = list(unfounded(manifest, self.repository, self.layout)) if manifest else []
            for reason in [*edits, *forged] or ["its release is as it was promoted"]:
                yield Check("as promoted", stack, not (edits or forged), reason)

    def _side(self, stack: str, other: str) -> Side:
        artefacts, others = self.artefacts(stack), self.artefacts(other)
        declared = self.stack(stack).previewed(refresh=False)
        definitions = read_release(self.folder(stack), self.layout.release(stack)).jobs
        return Side(
            stack,
            {job.name: job_properties.spec(job.new) for job in declared if job.new is not None},
            {one.name: one for one in definitions},
            artefacts,
            {
                # Older versions than the other stack's own say nothing about who is behind.
                job: self.versions(stack, job, others[job].digest if job in others else None)
                for job in {*artefacts, *others}
            },
        )

    def _looked_at(self, stack: str) -> StackSightings:
        try:
            return self.sightings(self.stack(stack))
        except (Unusable, Problems, DliError) as reason:
            # One stack that nobody can look at is no reason to be silent about the others.
            return str(reason)

    def _row(self, job: str, seen: Mapping[str, StackSightings], now: float) -> dict[str, Cell]:
        versions = {stack: self.versions(stack, job) for stack in seen}
        behind = lags([*seen], versions)
        row = {}
        for stack, found in seen.items():
            artefacts = self.artefacts(stack)
            if job in artefacts:
                how = ("not looked at", False) if isinstance(found, str) else health(found.get(job), now)
                made = cell(job, stack, artefacts, versions[stack], how)
                row[stack] = replace(made, behind=behind.get(stack))
        return row

    def _committed(self, stack: str, job: str, until: str | None) -> Iterator[Version]:
        release = self.layout.release(stack)
        commits = self.repository.commits(f"{release}/{job}.sql", f"{release}/{job}.yaml")
        for commit in commits[:_LOOKED_BACK]:
            artefact = self.repository.artefact(commit.name, release, job)
            yield Version(artefact.digest if artefact else None, commit.time)
            if artefact and artefact.digest == until:
                return  # each commit is a call of git


def flows(artefacts: Artefacts) -> Flows:
    """What each job of a release reads and writes."""
    return {job: flow(artefact.sql) for job, artefact in artefacts.items()}


def _sight(
    api: Client, job: str, declared: Mapping[str, JobSpec], recorded: Recorded | None, owners: JobOwners
) -> Sighting:
    if recorded is None:
        return Sighting(job, declared.get(job))
    deployed = job_properties.spec(recorded.outputs)
    if what := owners.others.get(recorded.id):
        # How another's job fares says nothing of this stack's release.
        return Sighting(job, declared.get(job), deployed, drift=estranged(job, int(recorded.id), what))
    try:
        live = api.get(int(recorded.id))
        tags = owners.tags.get(recorded.id) if deployed.tags else None
    except NotFound:
        return Sighting(job, declared.get(job), deployed)
    seen = observe(live, tags, deployed, job_properties.record(recorded.outputs))
    refreshed = job_properties.spec(job_properties.refreshed(recorded.outputs, seen))
    drift = drift_of(live.job_id, deployed, refreshed, seen, live.status_desc, time.time())
    return Sighting(job, declared.get(job), deployed, seen, live, drift)
