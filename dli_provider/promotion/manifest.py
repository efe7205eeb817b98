"""What a promoted release says of itself: which version of each job, where it came from, and all promotions so far.

`manifest.json` lies beside the jobs, is written by `dli promote` alone, and is a contract: `version` tells its form.
One line for each job and each promotion, in a fixed order, so that a pull request shows just what moves. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dli_provider.promotion.artefact import release_digest
from dli_provider.promotion.problems import Problems

VERSION = 1
KEPT = 50
"""How many promotions a manifest remembers; git remembers the others."""


class RecordedRehearsal(BaseModel):
    """A rehearsal of this version's SQL: the verdict, on which Flink and which rows. `consented`: it did not go as it
    should, and that was consented to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: str
    flink: str
    seed: int
    consented: bool = False


class RecordedTests(BaseModel):
    """That all tests of this version passed: how many, on which Flink."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    passed: int
    flink: str


class Promoted(BaseModel):
    """The version of a job: digest, the stack it came from, the last commit there that changed it, and when (UTC).

    `tests` and `rehearsal` are what its target demanded, and what was seen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    digest: str
    origin: str = Field(alias="from")
    commit: str
    time: str
    tests: RecordedTests | None = None
    rehearsal: RecordedRehearsal | None = None


class Promotion(BaseModel):
    """One change of the release, which was called `release` after it. None for a job that was taken out.

    `revert`: back to an earlier release. `canary`: the first of more to come. `because`: why the gate was overruled.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    release: str
    time: str
    origin: str = Field(alias="from")
    commit: str
    jobs: Mapping[str, str | None]
    revert: bool = False
    canary: bool = False
    because: str | None = None


@dataclass(frozen=True)
class Manifest:
    """`history` has the newest promotion first. `after` are jobs that are deployed after others, and these."""

    jobs: Mapping[str, Promoted] = field(default_factory=dict)
    after: Mapping[str, Sequence[str]] = field(default_factory=dict)
    history: tuple[Promotion, ...] = ()

    @property
    def release(self) -> str:
        """What names this release."""
        return release_digest({name: job.digest for name, job in self.jobs.items()})

    def promoted(
        self, promotion: Promotion, jobs: Mapping[str, Promoted], after: Mapping[str, Sequence[str]]
    ) -> Manifest:
        """The manifest with one more promotion; its digest is put in here."""
        made = Manifest(jobs, after)
        named = promotion.model_copy(update={"release": made.release})
        return replace(made, history=(named, *self.history)[:KEPT])

    def render(self) -> str:
        """The text of the file."""
        jobs = [f"    {json.dumps(name)}: {_line(job)}" for name, job in sorted(self.jobs.items())]
        history = [f"    {_line(promotion)}" for promotion in self.history]
        return "\n".join(
            [
                "{",
                f'  "version": {VERSION},',
                *_block('"jobs": {', jobs, "}"),
                f'  "after": {json.dumps(self.after, ensure_ascii=False, sort_keys=True)},',
                *_block('"history": [', history, "]", last=True),
                "}\n",
            ]
        )


def read_manifest(text: str, shown: str) -> Manifest:
    """The manifest in a text, which messages call `shown`. Raises Problems."""
    remedy = "It is written by `dli promote` alone; take it back from git, or promote again"
    try:
        held = json.loads(text)
        version = held.get("version") if isinstance(held, dict) else None
        # A newer dli may have written it. To read it as if it were ours could lose what it says.
        if version != VERSION:
            raise Problems(
                [f"{shown}: version {version} is not known here. Use a newer dli, or take it back from git."]
            )
        return Manifest(
            {name: Promoted.model_validate(job) for name, job in held["jobs"].items()},
            {job: tuple(map(str, before)) for job, before in held["after"].items()},
            tuple(Promotion.model_validate(one) for one in held["history"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError):
        raise Problems([f"{shown} cannot be read. {remedy}."]) from None


def hand_edits(manifest: Manifest, digests: Mapping[str, str], shown: str) -> Iterator[str]:
    """Where a release's files are not those that were promoted, each with the remedy."""
    back = f"Take it back (git checkout -- {shown}), and make the change in the first stack's release"
    for name in sorted({*manifest.jobs, *digests}):
        held, found = manifest.jobs.get(name), digests.get(name)
        if held is None:
            yield f"{shown}/{name}: nobody promoted this job. {back}."
        elif found is None:
            yield f"{shown}/{name}: its files are gone, but the job was not taken out by a promotion. {back}."
        elif held.digest != found:
            yield f"{shown}/{name}: its files were edited by hand ({found}; promoted was {held.digest}). {back}."
    # Also the manifest itself may have been edited, so that it fits files which nobody promoted.
    if manifest.history and manifest.history[0].release != manifest.release:
        yield f"{shown}/manifest.json: its jobs are not those of its last promotion. {back}."


def _line(model: BaseModel) -> str:
    held = model.model_dump(by_alias=True, exclude_defaults=True)
    return json.dumps(held, ensure_ascii=False)


def _block(opening: str, lines: list[str], closing: str, *, last: bool = False) -> list[str]:
    end = closing if last else f"{closing},"
    if not lines:
        return [f"  {opening}{end}"]
    return [f"  {opening}", *(f"{line}," for line in lines[:-1]), lines[-1], f"  {end}"]
