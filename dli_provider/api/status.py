"""The statuses that DLI documents for a job. What follows from them is decided elsewhere."""

from __future__ import annotations

from enum import Enum


class Status(str, Enum):
    """A job's status, under DLI's name for it (DLI API reference, 'Querying Job Details').

    Members are strings, equal to the wire's text. A live job carries the wire's text itself, so that a
    status which DLI introduces later is shown as it is and is simply none of these.
    """

    INIT = "job_init"
    SUBMITTING = "job_submitting"
    SUBMIT_FAIL = "job_submit_fail"
    RUNNING = "job_running"
    RUNNING_EXCEPTION = "job_running_exception"
    DOWNLOADING = "job_downloading"
    IDLE = "job_idle"
    CANCELING = "job_canceling"
    CANCEL_SUCCESS = "job_cancel_success"
    CANCEL_FAIL = "job_cancel_fail"
    SAVEPOINTING = "job_savepointing"
    ARREARAGE_STOPPED = "job_arrearage_stopped"
    ARREARAGE_RECOVERING = "job_arrearage_recovering"
    FINISH = "job_finish"

    # How such members are formatted differs from one Python to the next; the wire's text is always wanted.
    __str__ = str.__str__
