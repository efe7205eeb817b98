"""What each status allows: one table, by status and call. The outcome is `OK`, or the code of the rejection."""

from __future__ import annotations

from typing import Final, NamedTuple

OK: Final = "ok"


class Allowed(NamedTuple):
    """The outcome of each call for a job in one status: `OK` or an error code."""

    run: str
    stop: str
    put_live: str  # update of the fields that DLI changes on a running job
    put_other: str  # update of any other field
    savepoint: str
    import_savepoint: str


# DLI API reference, 'Running Jobs in Batches', 'Stopping Jobs in Batches', 'Updating a SQL Job'; savepoints may be
# triggered only while a job runs and imported only while it does not. Deleting is allowed in every status.
STATUSES: Final[dict[str, Allowed]] = {
    #                                   run          stop         put_live     put_other    savepoint    import
    "job_init": Allowed(OK, "DLI.15002", OK, OK, "DLI.15002", OK),
    "job_submitting": Allowed("DLI.13006", OK, "DLI.12003", "DLI.12003", "DLI.15002", "DLI.15002"),
    "job_submit_fail": Allowed(OK, "DLI.15002", OK, OK, "DLI.15002", OK),
    "job_running": Allowed("DLI.13006", OK, OK, "DLI.12003", OK, "DLI.15002"),
    "job_running_exception": Allowed(OK, "DLI.15002", OK, OK, "DLI.15002", OK),
    "job_savepointing": Allowed("DLI.13006", "DLI.15002", "DLI.12005", "DLI.12005", "DLI.15002", "DLI.15002"),
    "job_canceling": Allowed("DLI.13006", "DLI.15002", "DLI.12005", "DLI.12005", "DLI.15002", "DLI.15002"),
    "job_cancel_success": Allowed(OK, "DLI.15002", OK, OK, "DLI.15002", OK),
    "job_cancel_fail": Allowed("DLI.13006", OK, "DLI.12005", "DLI.12005", "DLI.15002", "DLI.15002"),
    "job_finish": Allowed(OK, "DLI.15002", OK, OK, "DLI.15002", OK),
    "job_arrearage_stopped": Allowed("DLI.10009", "DLI.15002", OK, OK, "DLI.15002", OK),
    "job_arrearage_recovering": Allowed("DLI.13006", OK, "DLI.12005", "DLI.12005", "DLI.15002", "DLI.15002"),
    "job_downloading": Allowed("DLI.13006", "DLI.15002", "DLI.12005", "DLI.12005", "DLI.15002", "DLI.15002"),
    "job_idle": Allowed("DLI.13006", "DLI.15002", "DLI.12005", "DLI.12005", "DLI.15002", "DLI.15002"),
}


def allowed(status: str) -> Allowed:
    """What a status allows, in whatever case of letters; one that is not in the table is taken for one on the way."""
    return STATUSES.get(status.lower(), STATUSES["job_idle"])
