"""What a preview says of a resource that is to adopt a job: Pulumi asks its provider nothing else about new resources.

Only looks. Nothing is decided here: the plan is the one that `pulumi up` then carries out.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dli_provider.errors import DliError
from dli_provider.pulumi import job_properties
from dli_provider.pulumi.job_properties import Bag

if TYPE_CHECKING:
    from dli_provider.job.fields import JobSpec
    from dli_provider.run.lifecycle import Lifecycle
    from dli_provider.run.look import Found


@dataclass(frozen=True)
class AdoptionPreview:
    """A resource that is new and adopts a job: the inputs, with the job's own name where the program gives none, and
    the job; `problem` is why there is none to adopt. If `found` is None without a problem, the job is to be created."""

    inputs: dict[str, Any]
    found: Found | None = None
    problem: str = ""

    @property
    def name_now(self) -> str | None:
        """The name that the job has at DLI; None where there is none."""
        return self.found.live.name if self.found else None

    def as_it_is(self) -> JobSpec | None:
        """The job as far as the program speaks of it, as if it had been declared so; None where there is none."""
        from dli_provider.plan.adopt import as_it_is

        if self.found is None:
            return None
        new = job_properties.spec(self.inputs)
        return as_it_is(new, self.found.seen_for(new))

    def announcement(self, secret: Set[str]) -> tuple[str, str]:
        """What a reviewer reads, without values of `secret` arguments, and why it cannot be done; one of both is ""."""
        from dli_provider.plan.ownership import Marks
        from dli_provider.plan.undeclared import undeclared
        from dli_provider.run.adoption import plan_adoption

        if self.problem or "adopt" in job_properties.arguments(self.inputs)[1]:
            return "", self.problem
        new, (_, unknown) = job_properties.spec(self.inputs), job_properties.arguments(self.inputs)
        if self.found is None:
            return f"{new.name}: CREATE - there is no job of this name to adopt", ""
        named = new if new.name else new.model_copy(update={"name": self.found.live.name})
        live = self.found.seen_for(named).arrived()
        try:
            plan = plan_adoption(self.found, named, live, "<time>").hiding(secret)
        except DliError as refused:
            return "", refused.text()
        if plan.refusal:
            return "", f"{plan.subject}: {plan.refusal.reason}. What to do: {plan.refusal.remedy}."
        lines = [f"{plan.headline()}; it is job {self.found.live.job_id} ({self.found.live.status})"]
        if Marks.of(self.found.tags or {}).is_of(named.owner):
            lines.append(
                "    it is this resource's already: should Pulumi replace it and delete it first, another is made from "
                "its state"
            )
        left = undeclared(named, live)
        if arguments := [name for name in left.arguments if name not in unknown]:
            lines.append(f"    not declared, and left as the job has it: {', '.join(arguments)}")
        if left.beyond:
            lines.append(
                f"    no argument says it, and it is left as the job has it: {', '.join(left.beyond)}"
            )
        if unknown:
            lines.append(f"    known only during the update: {', '.join(sorted(unknown))}")
        return "\n".join(lines), ""


def look(lifecycle: Lifecycle, inputs: Bag) -> AdoptionPreview:
    """Find the job that a new resource adopts. Raises nothing: why it cannot be adopted is for the preview to say."""
    values, unknown = job_properties.arguments(inputs)
    # Not known yet, or ill-formed: the one is said later, the other by the check of arguments.
    if "adopt" in unknown or not isinstance(values["adopt"], str | int):
        return AdoptionPreview(dict(inputs))
    try:
        found = lifecycle.find(
            job_properties.spec({key: values[key] for key in ("adopt", "name", "owner") if key in values})
        )
    except DliError as error:
        return AdoptionPreview(dict(inputs), problem=error.text())
    named = {"name": found.live.name} if found and "name" not in inputs else {}
    return AdoptionPreview({**inputs, **named}, found)
