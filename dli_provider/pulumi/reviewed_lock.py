"""What the provider lets through: refused plans never, with `dli:reviewed` only what was reviewed, and no write at all
in the preview of a review.

Reads one file, once. Decides nothing: a plan says itself whether it is refused, a review whether it knows the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dli_provider.errors import Invalid, StateLoss

if TYPE_CHECKING:
    from dli_provider.job.fields import JobSpec
    from dli_provider.plan.live_job import Observed
    from dli_provider.plan.plan import Plan
    from dli_provider.plan.preview import Ahead
    from dli_provider.review.reviewed import Reviewed

KEY = "dli:reviewed"
REVIEWED = "DLI_REVIEWED"
REVIEW = "DLI_REVIEW"


@dataclass(frozen=True)
class ReviewedLock:
    """`reviewing`: this is the preview of a review, which shows refusals with all the rest and writes nothing."""

    reviewed: Reviewed | None = None
    reviewing: bool = False

    @classmethod
    def of(cls, path: str | None, environ: Mapping[str, str]) -> ReviewedLock:
        """The lock of this deployment: the saved review that config (`path`) or the environment names, or none.

        A relative path begins in the folder of the project. Raises Invalid where the file cannot be used.
        """
        # First of all: a review must also show what the saved review would not let through. Whoever sets the variable
        # for a deployment gets none: it lifts the lock of a preview, and closes everything else.
        if is_review(environ):
            return cls(reviewing=True)
        if environ.get(REVIEW, "0") not in ("", "0"):
            reason = f"it is {environ[REVIEW]!r}, and only `dli review` sets it, to '1'"
            raise Invalid(REVIEW, reason, remedy=f"did you mean {REVIEWED}? Otherwise unset it")
        path = path or environ.get(REVIEWED)
        if not path:
            return cls()
        from dli_provider.review.reviewed import Reviewed

        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid(
                f"{KEY}, {path}",
                f"it cannot be read: {getattr(error, 'strerror', 'it is not UTF-8 text')}",
                remedy=f"save a review there: dli review --save {path}",
            ) from error
        return cls(Reviewed.parse(text, path))

    @property
    def judge(self) -> str | None:
        """Who is to judge changes of SQL: whoever judged them in the review; None where that is open."""
        return "text" if self.reviewed and self.reviewed.by_text else None

    def check(self, ahead: Ahead, new: JobSpec) -> None:
        """Raises in a preview what the deployment would raise, as far as that is known."""
        if refusal := ahead.refusal:
            raise StateLoss(ahead.plan.subject, refusal.reason, remedy=refusal.remedy)
        # With values still unknown, the plan is not yet the one that will be compared.
        if self.reviewed and not ahead.unknown and not ahead.replaces:
            self.reviewed.refuse_worse(ahead.plan, new)

    def approve(self, spec: JobSpec, plan: Plan, live: Observed | None, new: JobSpec | None) -> None:
        """Raises NotReviewed where a review is asked for and this is not what was reviewed, and Invalid where this is a
        review."""
        self.require_deployment()
        if self.reviewed:
            self.reviewed.require(spec, plan, live, new)

    def require_deployment(self) -> None:
        """Raises Invalid where this is a review."""
        if self.reviewing:
            refuse_to_write()


def is_review(environ: Mapping[str, str]) -> bool:
    """Whether this is the preview of a review."""
    return environ.get(REVIEW) == "1"


def only_in_deployments(before_write: Callable[[], None], environ: Mapping[str, str]) -> Callable[[], None]:
    """What to call before each write: in a review, what raises Invalid, whoever wants to write and why."""
    return refuse_to_write if is_review(environ) else before_write


def refuse_to_write() -> None:
    """Raises Invalid."""
    raise Invalid(
        f"{REVIEW}=1",
        f"this makes it the preview of a review, as `dli review` runs it, and a review writes nothing: {KEY} "
        "is not asked, and nothing is deployed",
        remedy=f"unset {REVIEW} and deploy again; `dli review` sets it for itself",
    )
