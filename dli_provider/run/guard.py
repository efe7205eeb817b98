"""Stands before the first write to any job: whose is it, and is this the place it was made in?

Every update, deletion, adoption and change by hand passes here. The verdict is `plan.ownership.standing`; here is what
it is asked about and what the user reads. Writes nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from dli_provider.api.client import Client
from dli_provider.errors import Conflict, DliError, Misconfigured
from dli_provider.plan.ownership import Marks, Standing, standing
from dli_provider.settings import same_place

_SETTINGS = (
    "put the setting back: dli:projectId [HW_PROJECT_ID], dli:region [HW_REGION_NAME] and dli:endpoint [DLI_ENDPOINT] "
    "say where"
)


def new_nonce() -> str:
    """What tells one job from every other that the same resource has made or will make, here or in another checkout."""
    return secrets.token_hex(6)


@dataclass(frozen=True)
class Places:
    """Where a deployment is: `present` is the place of its settings, `left` the one that it has moved away from, on
    purpose. A place is "region/project id"; "" is one that is not known."""

    present: str = ""
    left: str = ""

    def elsewhere(self, recorded: str | None) -> bool:
        """Whether what was made in this place is out of this deployment's reach. Of an old state nobody knows."""
        return bool(recorded and self.present and not same_place(recorded, self.present))

    def moved_from(self, recorded: str | None) -> bool:
        """Whether this is the place that the deployment was told to leave behind."""
        return bool(recorded and self.elsewhere(recorded) and same_place(recorded, self.left))

    def require(self, subject: str, recorded: str | None) -> None:
        """Raises Conflict for what was made elsewhere: here it would not be found, and taken for deleted."""
        if not self.elsewhere(recorded):
            return
        raise Conflict(
            subject,
            f"it was made in {recorded}, and this deployment speaks to {self.present}; nothing is touched, and nothing "
            "forgotten",
            remedy=f"{_SETTINGS}; or, to leave it where it is and make all anew here, set dli:movedFrom "
            f"[DLI_MOVED_FROM] to {recorded}",
        )

    def require_known(
        self, subject: str, recorded: str | None, savepoints: Sequence[str] = (), found: str = ""
    ) -> None:
        """Raises Conflict for what is not found here, where the state does not say where it was made.

        It may have been deleted, or run on in another place: were it forgotten, a second one would be made beside it.
        `savepoints` are those that the state would forget with it; `found` says what another job of its id is.
        """
        if recorded or not self.present:
            return
        saved = f"; its savepoints, for from_savepoint: {', '.join(savepoints)}" if savepoints else ""
        what = (
            f"the job of this id in {self.present} {found}" if found else f"it is not found in {self.present}"
        )
        really = "it is really the one" if found else "it was really deleted"
        raise Conflict(
            subject,
            f"{what}, and the state does not say where it was made; nothing is touched, and nothing forgotten",
            remedy=f"{_SETTINGS}; or, if {really}, `pulumi state delete <its URN>`{saved}",
        )


def found_here(api: Client, job_id: int, nonce: str | None) -> bool:
    """Whether a job that was recorded under another place is found here all the same: one place has more names than
    one, such as those of a private endpoint, and the nonce tells that it is no other job of this id."""
    if nonce is None:
        return False  # an equal id alone says nothing: every place counts its jobs by itself
    try:
        return Marks.of(api.tags(job_id)).nonce == nonce
    except DliError:
        # It is refused then by the place, which says more than why a job of another place cannot be read here.
        return False


def require(
    subject: str,
    tags: Mapping[str, str] | None,
    was: str | None,
    now: str | None,
    nonce: str | None,
    *,
    unclaimed: bool,
) -> None:
    """Raises Conflict unless the job with these tags is this resource's; see `standing`."""
    marks = None if tags is None else Marks.of(tags)
    verdict = standing(marks, was, now, nonce, unclaimed=unclaimed)
    if marks is None or verdict in (Standing.OURS, Standing.MOVING):
        return
    require_recorded(subject, tags, was, now, nonce)
    mine = was or now
    again = "`pulumi state delete` this resource, and declare it with adopt"
    if verdict is Standing.LET_GO:
        raise Conflict(
            subject,
            f"{mine} had marked it, and the marks were taken off, so somebody let it go; it is not touched",
            remedy="take the resource out of the program, which leaves the job alone; or, if nobody else has the job, "
            f"take it back: {again}",
        )
    raise Conflict(
        subject,
        f"it is {whose(marks, mine)} now, and was {mine}'s; it is not touched",
        remedy="take the resource out of the program, which leaves the job alone; or, to have the job back, let the "
        f"other go of it, then {again}",
    )


def estranged(
    tags: Mapping[str, str] | None,
    owner: str | None,
    nonce: str | None,
    *,
    unclaimed: bool,
    now: str | None = None,
) -> str:
    """What a job that the state lists is by now, if not this resource's: `is stack shop/prod's now`; else ""."""
    marks = None if tags is None else Marks.of(tags)
    verdict = standing(marks, owner, now or owner, nonce, unclaimed=unclaimed)
    if marks is None or verdict in (Standing.OURS, Standing.MOVING):
        return ""
    if verdict is Standing.LET_GO:
        return "bears this stack's marks no more, so somebody let it go"
    return f"is {whose(marks, owner)} now"


def require_recorded(
    subject: str, tags: Mapping[str, str] | None, was: str | None, now: str | None, nonce: str | None
) -> None:
    """Raises Conflict for a job that was marked as a third owner's and kept its nonce: only a change of owner that the
    state knows nothing of does that, and were it forgotten now, no state would know of the job. A state of version
    0.1.0 has no nonce, so there the same resource of another stack is taken for it."""
    marks = Marks.of(tags or {})
    unrecorded = marks.same_resource(was) if nonce is None else marks.nonce == nonce
    if not unrecorded or marks.is_of(was) or marks.is_of(now):
        return
    how = "by a change of owner that was cut off before it was recorded"
    if nonce is None:
        how = "and a state of version 0.1.0 does not tell whether the resource was given that owner or lost the job"
    raise Conflict(
        subject,
        f"it is {whose(marks, was)} by now, {how}; it is not touched, and not forgotten",
        remedy="deploy with `pulumi up` under the new owner once, which records it, and only then take the change "
        "back; or, where another state has the job, `pulumi state delete` this resource, which leaves it alone",
    )


def require_told(api: Client, subject: str) -> None:
    """Raises Conflict for a job that was marked, and is to go, and whose tags cannot be read: it may be another's by
    now. Where a region has no tag calls at all, the state's word is all there is."""
    with suppress(DliError):
        try:
            next(iter(api.tags_of_all()), None)
        except Misconfigured:
            return
    raise Conflict(
        subject,
        "it was marked as this resource's, and whose it is now cannot be told, as its tags cannot be read; it is not "
        "touched, and not forgotten",
        remedy="have reading tags granted where that is a missing permission, and deploy again; or delete the job in "
        "the DLI console, and `pulumi state delete` this resource",
    )


def whose(marks: Marks, owner: str | None) -> str:
    """Whose a job is, as seen by another owner: `stack shop/prod's`."""
    if marks.is_of(owner):
        return f"another checkout's of {owner}"
    if marks.same_stack(owner):
        return f"another resource's of {marks.whose}"
    # Two names that begin alike read alike, as DLI's tags have no room for all of a long one.
    return f"{marks.whose}'s"
