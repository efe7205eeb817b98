"""Tags of jobs. DLI API reference, 'Adding Tags to a Resource in Batches' and its siblings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dli_provider.emulator.calls import PAGE, ApiRoute, CallContext, flag, number
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.responses import DliResponse
from dli_provider.emulator.rules.fields import TAG, text, wrong
from dli_provider.emulator.rules.fields import tags as read_tags
from dli_provider.emulator.schemas import FLAG, TEXT, WHOLE, exactly, given, listed, whole, word

JOB: Final = "dli_flink_job"
_MOST = 20


def put_tags(call: CallContext, job_id: int, tags: Sequence[Mapping[str, str]]) -> None:
    """Set tags of a job; an existing key gets the new value."""
    for tag in tags:
        call.dli.store.db.execute(
            "INSERT OR REPLACE INTO tags VALUES (?, ?, ?, ?, ?)",
            (call.project, JOB, job_id, tag["key"], tag["value"]),
        )


def create(call: CallContext) -> DliResponse:
    """204 without a body, as shipped clients demand."""
    job_id = _resource(call)
    put_tags(call, job_id, _given(call))
    if len(_tags(call, job_id)) > _MOST:
        raise Rejection("DLI.0001", f"a job may have {_MOST} tags")
    return DliResponse(204)


def delete(call: CallContext) -> DliResponse:
    """204 without a body, also where a tag is not there or has another value."""
    job_id = _resource(call)
    for tag in _given(call):
        call.dli.store.db.execute(
            "DELETE FROM tags WHERE project = ? AND resource_type = ? AND resource_id = ? AND key = ? AND value = ?",
            (call.project, JOB, job_id, tag["key"], tag["value"]),
        )
    return DliResponse(204)


def get(call: CallContext) -> DliResponse:
    """The tags of one job."""
    tags = _tags(call, _resource(call))
    return DliResponse(body={"tags": _page(call, tags), "count": len(tags)})


def of_project(call: CallContext) -> DliResponse:
    """Every key with its values, over all jobs of the project."""
    _check_type(call)
    rows = call.dli.store.db.execute(
        "SELECT DISTINCT key, value FROM tags WHERE project = ? AND resource_type = ? ORDER BY key, value",
        (call.project, JOB),
    )
    values: dict[str, list[str]] = {}
    for key, value in rows:
        values.setdefault(key, []).append(value)
    tags = [{"key": key, "values": found} for key, found in values.items()]
    return DliResponse(body={"tags": _page(call, tags), "count": len(tags)})


def filter_instances(call: CallContext) -> DliResponse:
    """The jobs that have all the tags asked for."""
    condition, values = _instances(call)
    jobs = call.dli.store.jobs(condition, values)
    resources = [
        {
            "resource_id": str(job.job_id),
            "resource_name": job.name,
            "resource_detail": "",
            "tags": _tags(call, job.job_id),
        }
        for job in jobs
    ]
    return DliResponse(body={"resources": _page(call, resources), "total_count": len(resources)})


def count_instances(call: CallContext) -> DliResponse:
    """How many jobs have all the tags asked for."""
    condition, values = _instances(call)
    return DliResponse(body={"total_count": call.dli.store.count_jobs(condition, values)})


def tag_condition(wanted: str, column: str) -> tuple[str, list[str]]:
    """`k1=v1,k2=v2` as an SQL condition: all of them."""
    conditions, values = [], []
    for pair in wanted.split(","):
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise Rejection("DLI.0001", f"tags={wanted}")
        conditions.append(f"{column} IN (SELECT resource_id FROM tags WHERE key = ? AND value = ?)")
        values += [key, value]
    return " AND ".join(conditions), values


def _instances(call: CallContext) -> tuple[str, list[Any]]:
    _check_type(call)
    body = call.json() if call.body else {}
    conditions: list[str] = ["project = ?"]
    values: list[Any] = [call.project]
    if flag(body, "without_any_tag"):
        conditions.append("job_id NOT IN (SELECT resource_id FROM tags WHERE tags.project = jobs.project)")
    for tag in _objects(body, "tags"):
        wanted = tag.get("values") or []
        if not isinstance(wanted, list) or not all(isinstance(value, str) for value in wanted):
            raise wrong("values", "an array of strings")
        marks = ", ".join("?" for _ in wanted)
        which = f" AND value IN ({marks})" if wanted else ""
        conditions.append(f"job_id IN (SELECT resource_id FROM tags WHERE key = ?{which})")
        values += [text(128)("key", tag.get("key")), *wanted]
    for match in _objects(body, "matches"):
        if match.get("key") != "resource_name":
            raise Rejection("DLI.0001", "matches know only the key resource_name")
        conditions.append("name = ?")
        values.append(text()("value", match.get("value")))
    return " AND ".join(conditions), values


def _objects(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    given = body.get(name) or []
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        raise wrong(name, "an array of objects")
    return given


def _check_type(call: CallContext) -> None:
    if call.path["resource_type"] != JOB:
        raise Rejection("DLI.0001", f"resource_type {call.path['resource_type']}")


def _resource(call: CallContext) -> int:
    _check_type(call)
    job_id = number(call.path["resource_id"])
    call.job_with(job_id, "DLI.0023")
    return job_id


def _given(call: CallContext) -> list[dict[str, str]]:
    body = call.json()
    if not body.get("tags"):
        raise Rejection("DLI.0001", "tags must not be empty")
    read: list[dict[str, str]] = read_tags("tags", body["tags"])
    return read


def _tags(call: CallContext, job_id: int) -> list[dict[str, str]]:
    rows = call.dli.store.db.execute(
        "SELECT key, value FROM tags WHERE project = ? AND resource_type = ? AND resource_id = ? ORDER BY key",
        (call.project, JOB, job_id),
    )
    return [{"key": key, "value": value} for key, value in rows]


def _page(call: CallContext, entries: list[Any]) -> list[Any]:
    offset = call.query_int("offset", 0, "DLI.0001")
    return entries[offset : offset + call.query_int("limit", 1000, "DLI.0001", most=1000)]


_TAGS: Final = "/v3/{project_id}/{resource_type}"
_PAGE: Final = {**PAGE, "limit": whole(0, 1000)}
_SOME: Final = given("tags", tags=listed(TAG, minItems=1, maxItems=_MOST))
_SHOWN: Final = exactly(key=TEXT, value=TEXT)
_INSTANCES: Final = given(
    without_any_tag=FLAG,
    tags=listed(given("key", key=TEXT | {"maxLength": 128}, values=listed(TEXT))),
    matches=listed(given("key", "value", key=word("resource_name"), value=TEXT)),
)
_RESOURCE: Final = exactly(resource_id=TEXT, resource_name=TEXT, resource_detail=TEXT, tags=listed(_SHOWN))

ROUTES: Final = (
    ApiRoute(
        "tags_filter",
        "POST",
        _TAGS + "/resource-instances/filter",
        filter_instances,
        write=False,
        answer=exactly(resources=listed(_RESOURCE), total_count=WHOLE),
        body=_INSTANCES,
        may_be_empty=True,
        query=_PAGE,
    ),
    ApiRoute(
        "tags_count",
        "POST",
        _TAGS + "/resource-instances/count",
        count_instances,
        write=False,
        answer=exactly(total_count=WHOLE),
        body=_INSTANCES,
        may_be_empty=True,
    ),
    ApiRoute(
        "tags_of_project",
        "GET",
        _TAGS + "/tags",
        of_project,
        write=False,
        answer=exactly(tags=listed(exactly(key=TEXT, values=listed(TEXT))), count=WHOLE),
        query=_PAGE,
    ),
    ApiRoute(
        "tags_create",
        "POST",
        _TAGS + "/{resource_id}/tags/create",
        create,
        write=True,
        answer=None,
        body=_SOME,
        status=204,
    ),
    ApiRoute(
        "tags_delete",
        "POST",
        _TAGS + "/{resource_id}/tags/delete",
        delete,
        write=True,
        answer=None,
        body=_SOME,
        status=204,
    ),
    ApiRoute(
        "tags_get",
        "GET",
        _TAGS + "/{resource_id}/tags",
        get,
        write=False,
        answer=exactly(tags=listed(_SHOWN), count=WHOLE),
        query=_PAGE,
    ),
)
