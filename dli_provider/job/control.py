"""The arguments that are ours, not DLI's: how the provider treats a job. Never sent, never read back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dli_provider.job.impact import Impact, OnChange, Verdict
from dli_provider.job.values import Consent, Flag, SavepointPath, Seconds, Text, Whole, Words
from dli_provider.sql import StateFate

_READ_LATER = OnChange(Impact.NONE, "it is read at the next change of the job")


def _desired_state_verdict(_old: ControlFields, new: ControlFields) -> Verdict | None:
    """Tells a stop from a start."""
    because = "stopped with a savepoint" if new.desired_state == "stopped" else "run from its savepoint"
    return Verdict(Impact.RESTART, because, StateFate.CARRIED)


def _restart_nonce_verdict(_old: ControlFields, new: ControlFields) -> Verdict | None:
    """Taking the nonce away asks for nothing."""
    return None if new.restart_nonce else Verdict(Impact.NONE, "no restart is asked for any more")


def _from_savepoint_verdict(_old: ControlFields, new: ControlFields) -> Verdict | None:
    """Taking the savepoint away asks for nothing."""
    return None if new.from_savepoint else Verdict(Impact.NONE, "the job goes on from its own state")


class ControlFields(BaseModel):
    """What the provider does with the job, and how long it waits."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    desired_state: Annotated[
        Literal["running", "stopped"],
        Field(description="Whether the job runs. While it is stopped, every change is one plain update."),
        OnChange(
            Impact.RESTART, "the job is run, or stopped, as asked", StateFate.CARRIED, _desired_state_verdict
        ),
    ] = "running"
    upgrade_mode: Annotated[
        Literal["savepoint", "stateless"],
        Field(
            description="Whether a restart carries Flink's state over by a savepoint, or drops it on purpose."
        ),
        _READ_LATER,
    ] = "savepoint"
    rollback_on_failure: Annotated[
        Flag,
        Field(
            description="Whether the old definition is put back and run when the new one does not come up."
        ),
        _READ_LATER,
    ] = True
    health_window: Annotated[
        Seconds,
        Field(
            ge=0,
            description="Seconds a job must keep running after an update; if it fails, the old definition is put back.",
        ),
        _READ_LATER,
    ] = 5.0
    savepoint_retention: Annotated[
        Whole,
        Field(
            ge=1,
            description="How many savepoints taken by the provider are remembered, the newest first.",
            examples=[1, 2],
        ),
        _READ_LATER,
    ] = 3
    allow_state_loss: Annotated[
        Consent | None,
        Field(
            description="Consent to one change that loses the state: the 12 hex digits that the refusal prints, "
            "a digest of the old definition and the new one. It covers just that change.",
            examples=["0123456789ab", "ba9876543210"],
        ),
        _READ_LATER,
    ] = None
    keep_state: Annotated[
        Consent | None,
        Field(
            description="Consent to one change that the state does not fit: it is restored all the same, and what "
            "the two queries keep is mixed. The 12 hex digits that the refusal prints, good for just that change.",
            examples=["0123456789ab", "ba9876543210"],
        ),
        _READ_LATER,
    ] = None
    on_failed: Annotated[
        Literal["restart", "report"],
        Field(description="What is done with a job found failed: run it again, or only report it."),
        _READ_LATER,
    ] = "restart"
    restart_nonce: Annotated[
        Text | None,
        Field(
            description="Any text; a new value restarts the job from a savepoint.",
            examples=["monday", "tuesday"],
        ),
        OnChange(
            Impact.RESTART, "a restart is asked for by a new nonce", StateFate.CARRIED, _restart_nonce_verdict
        ),
    ] = None
    from_savepoint: Annotated[
        SavepointPath | None,
        Field(
            description='Directory of a savepoint, "obs://bucket/dir/", to start the job from once.',
            examples=["obs://bucket/one/", "obs://bucket/two/"],
        ),
        OnChange(
            Impact.RESTART,
            "the job starts from the given savepoint",
            StateFate.AT_RISK,
            _from_savepoint_verdict,
        ),
    ] = None
    adopt: Annotated[
        Words | None,
        Field(
            description="Id or name of a job that exists, to be taken over instead of creating one; "
            "once it is, this means nothing any more.",
            examples=["orders", "90417"],
        ),
        OnChange(Impact.NONE, "it is read only when the resource is new"),
    ] = None
    create_timeout: Annotated[
        Seconds,
        Field(
            gt=0,
            description="Seconds until a created job must run; a new queue alone may take 10 minutes.",
            examples=[60.0, 90.0],
        ),
        _READ_LATER,
    ] = 1200.0
    update_timeout: Annotated[
        Seconds,
        Field(
            gt=0,
            description="Seconds within which each stop and start of an update must be done.",
            examples=[60.0, 90.0],
        ),
        _READ_LATER,
    ] = 1200.0
    delete_timeout: Annotated[
        Seconds,
        Field(
            gt=0,
            description="Seconds within which a deleted job must have stopped and gone.",
            examples=[60.0, 90.0],
        ),
        _READ_LATER,
    ] = 1200.0
    owner: Annotated[
        Text | None,
        Field(
            description="Who declares the job, as `project/stack/resource`; set by the resource itself.",
            examples=["shop/dev/orders", "shop/prod/orders"],
        ),
        _READ_LATER,
    ] = None
