"""Export and import of jobs through a bucket. DLI API reference, 'Exporting a Flink Job', 'Importing a Flink Job'."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from dli_provider.emulator.calls import JOBS, ApiRoute, CallContext, flag, job_ids
from dli_provider.emulator.models import StoredJob, directory, milliseconds
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.responses import DliResponse, success
from dli_provider.emulator.schemas import FLAG, ID, TEXT, WHOLE, exactly, given, listed, success_body


def export_jobs(call: CallContext) -> DliResponse:
    """Write all jobs, or the selected ones, into one zip in a directory."""
    body = call.json()
    place = _place(body.get("obs_dir"), "DLI.29001")
    if body.get("is_selected") is None:
        raise Rejection("DLI.11029", "is_selected")
    if flag(body, "is_selected"):
        jobs = [call.job_with(job_id, "DLI.16001") for job_id in job_ids(body, "job_selected")]
    else:
        jobs = call.dli.store.jobs("project = ?", (call.project,))
    name = f"{place}/flink_jobs_{milliseconds(call.now)}.zip"
    content = [{"job_id": job.job_id, "definition": job.definition} for job in jobs]
    call.dli.store.put("export", call.project, name, content)
    return success("The jobs were exported.", zip_file=[name])


def import_jobs(call: CallContext) -> DliResponse:
    """Bring jobs in from a zip, or from a directory that holds zips; a covered job becomes a draft again."""
    body = call.json()
    place, cover = _place(body.get("zip_file"), "DLI.29002"), flag(body, "is_cover")
    exports = call.dli.store.all("export", call.project)
    zips = [content for name, content in exports.items() if name == place or name.startswith(f"{place}/")]
    if not zips:
        raise Rejection("DLI.29002", place)
    mapping = [_bring_in(call, packed, cover) for content in zips for packed in content]
    return success("The jobs were imported.", job_mapping=mapping)


def _bring_in(call: CallContext, packed: dict[str, Any], cover: bool) -> dict[str, Any]:
    dli, moment = call.dli, milliseconds(call.now)
    present = dli.store.job_named(call.project, packed["definition"]["name"])
    if present is None:
        job = StoredJob(call.project, packed["definition"], create_time=moment, update_time=moment)
        dli.store.add_job(job)
        return {"old_job_id": packed["job_id"], "new_job_id": job.job_id, "remark": "Job created."}
    if not cover:
        return {
            "old_job_id": packed["job_id"],
            "new_job_id": -1,
            "remark": "A job of this name already exists.",
        }
    dli.runner.remove(present, call.now, through_canceling=False)
    covered = replace(
        present, definition=packed["definition"], update_time=moment, status="job_init", events=[]
    )
    dli.store.save_job(covered)
    return {"old_job_id": packed["job_id"], "new_job_id": covered.job_id, "remark": "Job overwritten."}


def _place(given: object, code: str) -> str:
    if not isinstance(given, str) or not directory(given):
        raise Rejection(code, str(given))
    return directory(given)


ROUTES: Final = (
    ApiRoute(
        "export",
        "POST",
        JOBS + "/export",
        export_jobs,
        write=False,
        answer=success_body(zip_file=listed(TEXT)),
        body=given(
            "obs_dir", "is_selected", obs_dir=TEXT, is_selected=FLAG, job_selected=listed(ID, minItems=1)
        ),
    ),
    ApiRoute(
        "import",
        "POST",
        JOBS + "/import",
        import_jobs,
        write=True,
        answer=success_body(job_mapping=listed(exactly(old_job_id=ID, new_job_id=WHOLE, remark=TEXT))),
        body=given("zip_file", zip_file=TEXT, is_cover=FLAG),
    ),
)
