"""A promotion, or a revert, as data: what would move, what the gate says, what it would do to the target. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from dli_provider.graph.edges import Edge
from dli_provider.graph.picture import Graph
from dli_provider.promotion.candidate import Candidate
from dli_provider.promotion.gate import Check, PromotionGate
from dli_provider.promotion.manifest import Manifest, Promoted
from dli_provider.promotion.order import After


@dataclass(frozen=True)
class Effect:
    """What a deployment of the target would do to one job: in a word, in a line, step by step; `restarts` the job?"""

    job: str
    verb: str
    headline: str
    details: str = ""
    restarts: bool = False


@dataclass(frozen=True)
class Proposal:
    """Everything there is to know before a file is changed.

    `origin` is where the versions come from: for a revert the target itself, and `commit` what is gone back to.
    `present` is the target's manifest; `entries` say of each version that moves in where it came from, `time` when.
    `graph` has the jobs that a deployment of the target would change, and those that read what they write.
    The jobs go in `sequence`, each `after` those that it waits for.
    """

    origin: str
    target: str
    candidate: Candidate
    gate: PromotionGate
    present: Manifest
    entries: Mapping[str, Promoted]
    edges: tuple[Edge, ...] = ()
    sequence: tuple[str, ...] = ()
    after: After = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    revert: bool = False
    canary: bool = False
    because: str | None = None
    commit: str = ""
    time: str = ""
    notes: tuple[str, ...] = field(default=())
    deploying: bool = False
    """Nothing moves, as the files have all of it already, and the target is to be deployed all the same."""
    graph: Graph | None = None

    @property
    def allowed(self) -> bool:
        """Whether the gate is open, or was overruled."""
        return self.gate.open or self.because is not None

    @property
    def deciding(self) -> tuple[Edge, ...]:
        """The edges that decide about the order."""
        return tuple(edge for edge in self.edges if edge.sequence)

    def checked(self, checks: Sequence[Check]) -> Proposal:
        """The same with more checks in its gate."""
        return replace(self, gate=PromotionGate((*self.gate.checks, *checks)))
