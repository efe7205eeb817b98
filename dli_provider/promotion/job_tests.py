"""Whether the tests of what moves have passed: what the gate is told, and what the manifest keeps. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dli_provider.promotion.gate import Check
from dli_provider.promotion.manifest import Promoted, RecordedTests


@dataclass(frozen=True)
class JobTests:
    """The checks of a gate, and the records of the jobs that passed."""

    checks: tuple[Check, ...] = ()
    records: Mapping[str, RecordedTests] = field(default_factory=dict)

    def recorded(self, entries: Mapping[str, Promoted]) -> dict[str, Promoted]:
        """The entries of the manifest, each with the record of its job."""
        return {
            job: entry.model_copy(update={"tests": self.records[job]}) if job in self.records else entry
            for job, entry in entries.items()
        }
