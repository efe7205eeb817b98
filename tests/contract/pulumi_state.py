"""What Pulumi does around the lifecycle: remembers what succeeded, refreshes, previews, creates, updates, deletes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dli_provider.errors import StateLoss
from dli_provider.job.fields import JobSpec
from dli_provider.plan.live_job import Record
from dli_provider.plan.preview import Ahead, foresee
from dli_provider.plan.refusal import unfit
from dli_provider.pulumi import job_properties
from dli_provider.pulumi.plugin.structs import closed, opened
from dli_provider.pulumi.property_bags import Bag
from dli_provider.pulumi.reviewed_lock import ReviewedLock
from dli_provider.run.lifecycle import Lifecycle, Outcome
from tests.support.declared import Inputs


@dataclass
class PulumiState:
    """One declared job as Pulumi's state has it: `state` is what the last success left, None before the first.

    A failed call leaves `state` as it was. That is all that an engine knows after a crash, too.
    """

    state: dict[str, Any] | None = None
    to_delete: list[tuple[int, JobSpec, Record]] = field(default_factory=list)

    def fresh(self) -> PulumiState:
        """A state of the same door with nothing in it."""
        return PulumiState()

    @property
    def job_id(self) -> int:
        assert self.state is not None
        return int(self.state["job_id"])

    def up(self, lifecycle: Lifecycle, inputs: Inputs, *, refresh: bool = False) -> None:
        """`pulumi up`, of a program that declares the job with these arguments."""
        self._delete_the_replaced(lifecycle)
        if refresh:
            self.refresh(lifecycle)
        if self.state is None:
            self._record(inputs, lifecycle.create(job_properties.spec(inputs)))
            return
        ahead = self.preview(inputs)
        if not ahead.changes:
            return
        if ahead.replaces:
            old, new = job_properties.spec(self.state), job_properties.spec(inputs)
            former, record = self.job_id, job_properties.record(self.state)
            self._record(inputs, lifecycle.replace(former, old, new, record))
            self.to_delete.append((former, old, record))
            self._delete_the_replaced(lifecycle)
            return
        self.update(lifecycle, inputs)

    def update(self, lifecycle: Lifecycle, inputs: Inputs) -> None:
        """The update itself, past the preview."""
        assert self.state is not None
        old, new = job_properties.spec(self.state), job_properties.spec(inputs)
        self._record(inputs, lifecycle.update(self.job_id, old, new, job_properties.record(self.state)))

    def adopt(self, lifecycle: Lifecycle, inputs: Inputs, job_id: int) -> None:
        """`pulumi up` of a program that takes over this job."""
        adopting = {**inputs, "adopt": str(job_id)}
        self._record(adopting, lifecycle.adopt(job_properties.spec(adopting)))

    def preview(self, inputs: Inputs) -> Ahead:
        """`pulumi preview`. Raises StateLoss where check or diff refuse."""
        assert self.state is not None
        old, new = job_properties.spec(self.state), job_properties.spec(inputs)
        if refused := unfit(old, new):
            raise StateLoss("check", [*refused.values()])
        ahead = foresee(
            old, new, job_properties.seen(self.state), job_properties.record(self.state), frozenset()
        )
        ReviewedLock().check(ahead, new)
        return ahead

    def refresh(self, lifecycle: Lifecycle) -> None:
        """`pulumi refresh`: the state becomes what the live job is."""
        if self.state is None:
            return
        last: Bag = self.state
        found = lifecycle.look(self.job_id, job_properties.spec(last), job_properties.record(last))
        if found is None:
            self.state = None
            return
        live, outcome = found
        self._record(job_properties.refreshed(last, live), outcome)

    def destroy(self, lifecycle: Lifecycle) -> None:
        """`pulumi destroy`."""
        assert self.state is not None
        lifecycle.delete(self.job_id, job_properties.spec(self.state), job_properties.record(self.state))
        self.state = None

    def _delete_the_replaced(self, lifecycle: Lifecycle) -> None:
        """What the engine does first, where a deployment was cut off between a replacement and its deletion."""
        while self.to_delete:
            lifecycle.delete(*self.to_delete[-1])
            self.to_delete.pop()

    def _record(self, inputs: Bag, outcome: Outcome) -> None:
        # As it comes back over the wire, where every number is a double.
        self.state = opened(closed(job_properties.outputs(inputs, outcome)))[0]
