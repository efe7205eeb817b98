"""Every error a caller can meet, as one tree.

    DliError
    ├── Invalid              the arguments, settings or SQL are wrong; nothing was called, or DLI refused them
    ├── Misconfigured        endpoint, region or project are wrong: the gateway does not know the path
    ├── Unauthenticated      credentials are missing, wrong or expired
    ├── Forbidden            the credentials may not do this
    ├── NotFound             DLI itself says that the object does not exist
    ├── Conflict             a name is taken, or the object belongs to somebody else
    ├── WrongStatus          the job's present status does not allow the call
    ├── Throttled            too many requests, even after waiting
    ├── QuotaExceeded        quota, queue capacity or account balance do not allow it
    ├── Unavailable          no usable answer: connection, 5xx; the call may or may not have been carried out
    ├── Refused              DLI said no, and neither its code nor its words tell for certain why
    │   └── NoSavepoint      run was asked to resume a savepoint, and the job has none
    ├── FailedToStart        the job was submitted and did not come up
    ├── FailedToStop         the job was asked to stop and did not
    ├── SavepointFailed      the state could not be saved, so nothing was stopped
    ├── StateLoss            going on would lose Flink state, and nobody consented
    ├── NotReviewed          the plan or the live job is not as it was reviewed; nothing was changed
    ├── RolledBack           the new definition failed; the old one runs again
    ├── RollbackFailed       the new definition failed, and so did putting the old one back
    └── TimedOut             a status was not reached within its deadline

A class exists only where a caller acts differently on it or the runbook (`docs/operations.md`) has another answer.
This module knows neither HTTP nor Pulumi; what it holds is masked.
"""

from __future__ import annotations

from collections.abc import Sequence

from dli_provider.secrets import for_people, visible


class DliError(Exception):
    """What went wrong, for whom, why (all reasons), what to do, and what to quote to support.

    `subject` is the job, field or setting concerned; `reasons` are full sentences or DLI's own words;
    `remedy` is what the reader can do; `request_id` and `code` are DLI's, where there are any. `code` is for readers:
    which one DLI uses depends on region and year, so whoever decides asks for the class and the two properties below.
    """

    cause_unknown = False
    """DLI said no, and the class does not tell why: login, permission, quota, a missing object or a taken name it is
    not known to be. So what the job was and is has to tell, such as that it runs."""
    certainly_not_done = True
    """Of the error of one call: nothing of what was asked was carried out, by any of its attempts. False: look before
    it is asked again."""

    def __init__(
        self,
        subject: str,
        reasons: str | Sequence[str],
        *,
        remedy: str = "",
        request_id: str = "",
        code: str = "",
    ) -> None:
        # An error is made to be shown, and half of its words are DLI's: no way to one leads past the masker.
        self.subject = for_people(subject)
        self.reasons = tuple(map(for_people, (reasons,) if isinstance(reasons, str) else reasons))
        self.remedy = for_people(remedy)
        self.request_id = visible(request_id)
        self.code = visible(code)
        super().__init__(self.text())

    def text(self) -> str:
        """Subject, every reason, remedy, DLI code and request id, in one readable paragraph."""
        parts = [f"{self.subject}: " + "; ".join(reason.rstrip(".") for reason in self.reasons) + "."]
        if self.remedy:
            parts.append(f"What to do: {self.remedy.rstrip('.')}.")
        quoted = [self.code, f"request id {self.request_id}" if self.request_id else ""]
        if any(quoted):
            parts.append(f"({', '.join(part for part in quoted if part)})")
        return " ".join(parts)

    def also(
        self, *reasons: str, remedy: str = "", subject: str = "", kind: type[DliError] | None = None
    ) -> DliError:
        """The same failure told by somebody who knows more: further reasons, another way out, another class."""
        return (kind or type(self))(
            subject or self.subject,
            [*self.reasons, *reasons],
            remedy=remedy or self.remedy,
            request_id=self.request_id,
            code=self.code,
        )

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword arguments do not pickle by themselves; process pools and xdist need it.
        given = (type(self), self.subject, self.reasons, self.remedy, self.request_id, self.code)
        return (_rebuild, given, {"certainly_not_done": self.certainly_not_done})


def _rebuild(
    kind: type[DliError], subject: str, reasons: tuple[str, ...], remedy: str, request_id: str, code: str
) -> DliError:
    return kind(subject, reasons, remedy=remedy, request_id=request_id, code=code)


class Invalid(DliError):
    """Arguments, settings or SQL that DLI would refuse, or has refused."""


class Misconfigured(DliError):
    """The gateway does not know the path: wrong endpoint, region or project. Never means that a job is gone."""


class Unauthenticated(DliError):
    """Credentials are missing, wrong or expired."""


class Forbidden(DliError):
    """The credentials are good, the permission is missing."""


class NotFound(DliError):
    """DLI itself says that the object does not exist."""


class Conflict(DliError):
    """The name is taken, or the job belongs to another owner."""


class WrongStatus(DliError):
    """The job's present status does not allow the call."""


class Throttled(DliError):
    """Too many requests, even after waiting as asked."""


class QuotaExceeded(DliError):
    """Quota, queue capacity or account balance do not allow it."""


class Unavailable(DliError):
    """No usable answer. A write may or may not have been carried out: look before repeating it."""

    certainly_not_done = False


class Refused(DliError):
    """DLI refused, for a reason that no other class names."""

    cause_unknown = True


class NoSavepoint(Refused):
    """Run was asked to resume a savepoint, and the job has none. Nothing runs."""

    cause_unknown = False


class FailedToStart(DliError):
    """The job was submitted and ended in a failed status; the reasons are DLI's own."""


class FailedToStop(DliError):
    """The job was asked to stop and did not; it may still run."""


class SavepointFailed(DliError):
    """No savepoint could be taken. Nothing was stopped."""


class StateLoss(DliError):
    """Going on would lose Flink state, and nobody consented. Nothing was changed."""


class NotReviewed(DliError):
    """The plan got worse, or the job changed, since the review that `dli:reviewed` names. Nothing was changed."""


class RolledBack(DliError):
    """The new definition did not come up; the old definition runs again, from its state where there was one."""


class RollbackFailed(DliError):
    """The new definition did not come up, and the old one could not be put back. The job needs a person."""


class TimedOut(DliError):
    """A status was not reached within its deadline."""
