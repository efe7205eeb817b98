"""What a release will be once others have moved in, and how that gets into files. Whether it may is the gate's."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from dli_provider.likeness import likeliest
from dli_provider.promotion.artefact import Artefact, Artefacts, digests
from dli_provider.promotion.manifest import Manifest, Promoted, Promotion
from dli_provider.promotion.order import After
from dli_provider.promotion.problems import Problems


@dataclass(frozen=True)
class Move:
    """One job of the target: the version that it has and the one that it gets. None: not there."""

    job: str
    before: str | None
    after: str | None

    def describe(self) -> str:
        """`orders  1f0c... -> 9a3b...`"""
        # It moves only because the manifest does not know it yet; its files stay.
        if self.before == self.after:
            return f"{self.job}  {self.after}, as it is; noted for the first time"
        return f"{self.job}  {self.before or 'new'} -> {self.after or 'taken out'}"


@dataclass(frozen=True)
class Candidate:
    """The target's release after a promotion, before a single file is written. `left_out` are jobs that only the target
    has, and that were not named."""

    target: str
    artefacts: Artefacts = field(repr=False)
    moves: tuple[Move, ...]
    left_out: tuple[str, ...] = ()

    @property
    def jobs(self) -> tuple[str, ...]:
        return tuple(move.job for move in self.moves)

    def stage(self, folder: Path) -> None:
        """Write the whole release into a folder of its own, to be previewed from there."""
        # The whole release and not only what moves: Pulumi would delete the jobs that the preview does not declare.
        (folder / self.target).mkdir(parents=True)
        for job, artefact in self.artefacts.items():
            artefact.write(folder / self.target, job)

    def put(self, release: Path, manifest: Manifest) -> None:
        """Change the files of the target's release, and of nothing else. The manifest comes last: were this cut off,
        `dli promote --check` would tell."""
        for move in self.moves:
            # Both files, since one alone is refused as an incomplete job.
            if move.after is None:
                for suffix in (".sql", ".yaml"):
                    (release / f"{move.job}{suffix}").unlink(missing_ok=True)
            else:
                self.artefacts[move.job].write(release, move.job)
        (release / "manifest.json").write_text(manifest.render(), encoding="utf-8", newline="\n")


def promoted(
    origin: Artefacts,
    target: str,
    present: Artefacts,
    jobs: Sequence[str],
    noted: Collection[str] | None = None,
) -> Candidate:
    """The target's release once these jobs (all of the origin, if none is named) have moved in.

    `noted` are the jobs in the target's manifest, all if None: one that is not moves even if its files stay. A job that
    the origin no longer has is taken out of the target only if it is named: a job is never deleted as a side effect.

    Raises Problems for a name that neither has.
    """
    # Also what only the target has: naming it is how a job is taken out.
    known = {*origin, *present}
    unknown = [job for job in jobs if job not in known]
    if unknown:
        raise Problems(f"there is no job {job}. {likeliest(job, known)}" for job in unknown)
    # Without names only what the origin has: a job that is gone there is reported, not deleted.
    wanted = {job: origin.get(job) for job in sorted(set(jobs) or origin)}
    left_out = () if jobs else sorted({*present} - {*origin})
    return _candidate(target, present, wanted, present if noted is None else noted, left_out)


def reverted(target: str, present: Artefacts, earlier: Artefacts) -> Candidate:
    """The target's release as it was."""
    # All jobs of either, so that those that came since are taken out again.
    return _candidate(
        target, present, {job: earlier.get(job) for job in sorted({*present, *earlier})}, present
    )


def sign(
    candidate: Candidate,
    manifest: Manifest,
    entries: Mapping[str, Promoted],
    promotion: Promotion,
    after: After,
) -> Manifest:
    """The manifest that goes with a candidate; `entries` say where each version that moves in came from."""
    # A job that was taken out leaves the manifest with its files.
    jobs = {job: held for job, held in manifest.jobs.items() if job in candidate.artefacts}
    jobs |= entries
    held = digests(candidate.artefacts)
    # The digests of what is written, not of what was asked for; None for what is taken out.
    described = {move.job: held.get(move.job) for move in candidate.moves}
    return manifest.promoted(promotion.model_copy(update={"jobs": described}), jobs, after)


def stamp(moment: float) -> str:
    """Epoch seconds as the manifest has them: UTC, to the second."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> float:
    """The epoch seconds of a stamp."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()


def _candidate(
    target: str,
    present: Artefacts,
    wanted: Mapping[str, Artefact | None],
    noted: Collection[str],
    left_out: Sequence[str] = (),
) -> Candidate:
    after = {**present, **{job: artefact for job, artefact in wanted.items() if artefact}}
    for job in (job for job, artefact in wanted.items() if artefact is None):
        after.pop(job, None)
    return Candidate(target, after, tuple(_moves(present, wanted, noted)), tuple(left_out))


def _moves(
    present: Artefacts, wanted: Mapping[str, Artefact | None], noted: Collection[str]
) -> Iterator[Move]:
    for job, artefact in wanted.items():
        before, after = (each.digest if each else None for each in (present.get(job), artefact))
        # A job whose files were copied by hand is unchanged and unknown to the manifest: it moves so that it gets an
        # origin.
        if before != after or (after and job not in noted):
            yield Move(job, before, after)
