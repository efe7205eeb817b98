"""Create, update, get and list.

DLI API reference, 'Creating a SQL Job', 'Updating a SQL Job', 'Creating a Flink Jar Job', 'Updating a Flink Jar Job',
'Querying Job Details', 'Querying the Job List'.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dli_provider.emulator.calls import JOBS, LARGEST_PAGE, PAGE, ApiRoute, CallContext
from dli_provider.emulator.calls.job_tags import put_tags, tag_condition
from dli_provider.emulator.job_json import (
    DETAIL_IN_LIST_SCHEMA,
    DETAIL_SCHEMA,
    SUMMARY_SCHEMA,
    USER_NAME,
    detail,
    summary,
)
from dli_provider.emulator.models import StoredJob, milliseconds
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.responses import DliResponse, success
from dli_provider.emulator.rules import definition as rules
from dli_provider.emulator.rules import jars
from dli_provider.emulator.rules.fields import FIELDS, JOB_TYPES, Field
from dli_provider.emulator.rules.statuses import STATUSES
from dli_provider.emulator.schemas import (
    FLAG,
    ID,
    MOMENT,
    TEXT,
    WHOLE,
    Schema,
    exactly,
    given,
    listed,
    success_body,
    word,
)


def create(call: CallContext) -> DliResponse:
    """A draft: `job_init`, never started."""
    given = rules.read_create(call.json(), call.dli.settings)
    if given.get("template_id") is not None and not given.get("sql_body"):
        given["sql_body"] = _template_sql(call, given["template_id"])
    return _add(call, given, rules.complete(given))


def create_jar(call: CallContext) -> DliResponse:
    """The same for a jar job."""
    given = rules.read_create(call.json(), call.dli.settings, jars.JAR_FIELDS)
    return _add(call, given, jars.complete(given))


def _add(call: CallContext, given: dict[str, Any], definition: dict[str, Any]) -> DliResponse:
    dli = call.dli
    if dli.store.job_named(call.project, given["name"]) is not None:
        raise Rejection("DLI.11004", given["name"])
    rules.check_whole(definition, call.project, dli.resources, dli.settings)
    drafts = dli.store.count_jobs("project = ? AND run = 0", (call.project,))
    if drafts >= dli.settings.draft_limit:
        raise Rejection("DLI.11003", f"{drafts} drafts, allowed are {dli.settings.draft_limit}")
    moment = milliseconds(call.now)
    job = StoredJob(call.project, definition, create_time=moment, update_time=moment)
    dli.store.add_job(job)
    put_tags(call, job.job_id, given.get("tags", []))
    entry = {"job_id": job.job_id, "status_name": job.status, "status_desc": job.status_desc}
    return success("The job was created.", job=entry)


def update(call: CallContext) -> DliResponse:
    """A merge: what is left out stays, `""` clears, `null` counts as left out. Everything or nothing."""
    job = call.job("DLI.12004")
    if job.job_type == jars.JOB_TYPE:
        raise Rejection("DLI.0007", "a jar job has an update call of its own")
    return _merge(call, job)


def update_jar(call: CallContext) -> DliResponse:
    """The same for a jar job."""
    job = call.job("DLI.12004")
    if job.job_type != jars.JOB_TYPE:
        raise Rejection("DLI.0007", "only a jar job is updated so")
    return _merge(call, job)


def _merge(call: CallContext, job: StoredJob) -> DliResponse:
    dli = call.dli
    given = rules.read_update(call.json(), dli.settings, rules.fields_of(job.job_type))
    # An unchanged value counts as left out: Terraform sends some along with a live update, and DLI takes that.
    changed = rules.changes(job, given)
    rules.check_status(job, given, changed, dli.settings)
    namesake = dli.store.job_named(call.project, changed["name"]) if "name" in changed else None
    if namesake is not None:
        raise Rejection("DLI.12006", changed["name"])
    # On a job at rest an explicit "" is kept as "", so that get shows "" instead of null: clients compare the two.
    merged = job.definition | (changed if job.status == "job_running" else given)
    if changed:
        rules.check_whole(merged, call.project, dli.resources, dli.settings)
    dli.orders.update(job, changed if job.status == "job_running" else given, call.now)
    dli.store.save_job(job)
    return success("The job was updated.", job={"update_time": milliseconds(call.now)})


def get(call: CallContext) -> DliResponse:
    """Everything about one job."""
    return success("", job_detail=_detail(call, call.job("DLI.16001")))


def listing(call: CallContext) -> DliResponse:
    """A page of jobs: `offset` counts rows, names match exactly, `limit` is at most 100."""
    condition, values = _filters(call)
    order = call.order()
    limit = call.query_int("limit", 10, "DLI.23001", most=LARGEST_PAGE)
    offset = call.query_int("offset", 0, "DLI.23001")
    store = call.dli.store
    total = store.count_jobs(condition, values)
    passed = offset if call.dli.settings.offset_counts == "rows" else 0
    if offset and not passed:  # the page speaks of "jobs whose id is greater or less than" it, too
        condition, values = f"{condition} AND job_id {'<' if order == 'desc' else '>'} ?", [*values, offset]
    page = store.jobs(condition, values, f"ORDER BY job_id {order} LIMIT {limit} OFFSET {passed}")
    full = call.query_flag("show_detail")
    entries = [_detail(call, job) if full else _summary(call, job) for job in page]
    for entry in entries if full else ():
        entry["start_time"] = entry["start_time"] or 0
        del entry["user_name"], entry["root_id"]
    return success("", job_list={"total_count": total, "jobs": entries})


def _filters(call: CallContext) -> tuple[str, list[Any]]:
    conditions, values = ["project = ?"], [call.project]
    call.query_word("status", STATUSES)
    call.query_word("job_type", (*JOB_TYPES, jars.JOB_TYPE))
    for name in ("job_type", "status", "name", "queue_name"):
        wanted = call.query.get(name)
        if wanted:
            conditions.append(f"{name} = ?")
            values.append(wanted.lower() if name == "queue_name" else wanted)
    if call.query.get("tags"):
        condition, found = tag_condition(call.query["tags"], "job_id")
        conditions.append(condition)
        values += found
    matches_none = call.query.get("user_name") not in (None, "", USER_NAME)
    if call.query.get("root_job_id"):
        call.query_int("root_job_id", 0, "DLI.23003", most=ID["maximum"])
        matches_none = True  # only edge jobs have children, and no edge node is simulated
    return " AND ".join([*conditions, *(["0"] if matches_none else [])]), values


def _detail(call: CallContext, job: StoredJob) -> dict[str, Any]:
    store = call.dli.store
    # Only a job that once ran can have a savepoint or checkpoint; looking is what costs in long lists.
    savepoint = store.savepoint(job.savepoint) if job.savepoint else None
    checkpoint = (
        store.last_checkpoint(job.job_id) if job.run and job.definition["checkpoint_enabled"] else None
    )
    return detail(job, savepoint, checkpoint, rules.slot_number(job.definition))


def _summary(call: CallContext, job: StoredJob) -> dict[str, Any]:
    return summary(job, call.dli.store.savepoint(job.savepoint) if job.savepoint else None, call.now)


def _template_sql(call: CallContext, template_id: int) -> str:
    row = call.dli.store.db.execute(
        "SELECT json_extract(doc, '$.sql_body') FROM templates WHERE project = ? AND template_id = ?",
        (call.project, template_id),
    ).fetchone()
    if row is None:
        raise Rejection("DLI.18005", f"template {template_id}")
    return str(row[0] or "")


_SQL_JOBS: Final = "/v1.0/{project_id}/streaming/sql-jobs"
_JAR_JOBS: Final = "/v1.0/{project_id}/streaming/flink-jobs"
_CREATED: Final = success_body(job=exactly(job_id=ID, status_name=word("job_init"), status_desc=TEXT))
_UPDATED: Final = success_body(job=exactly(update_time=MOMENT))
_FILTERS: Final = ("queue_name", "user_name", "name", "tags")


def _create_body(fields: Mapping[str, Field]) -> Schema:
    return given("name", **{name: field.check.schema for name, field in fields.items() if field.on_create})


def _update_body(fields: Mapping[str, Field]) -> Schema:
    return given(**{name: field.check.schema for name, field in fields.items() if field.on_update})


ROUTES: Final = (
    ApiRoute("create", "POST", _SQL_JOBS, create, write=True, answer=_CREATED, body=_create_body(FIELDS)),
    ApiRoute(
        "update",
        "PUT",
        _SQL_JOBS + "/{job_id}",
        update,
        write=True,
        answer=_UPDATED,
        body=_update_body(FIELDS),
    ),
    ApiRoute(
        "create_jar",
        "POST",
        _JAR_JOBS,
        create_jar,
        write=True,
        answer=_CREATED,
        body=_create_body(jars.JAR_FIELDS),
    ),
    ApiRoute(
        "update_jar",
        "PUT",
        _JAR_JOBS + "/{job_id}",
        update_jar,
        write=True,
        answer=_UPDATED,
        body=_update_body(jars.JAR_FIELDS),
    ),
    ApiRoute(
        "get", "GET", JOBS + "/{job_id}", get, write=False, answer=success_body(job_detail=DETAIL_SCHEMA)
    ),
    ApiRoute(
        "list",
        "GET",
        JOBS,
        listing,
        write=False,
        answer=success_body(
            job_list=exactly(
                total_count=WHOLE,
                jobs=listed({"anyOf": [SUMMARY_SCHEMA, DETAIL_IN_LIST_SCHEMA]}, maxItems=LARGEST_PAGE),
            )
        ),
        query={
            **dict.fromkeys(_FILTERS, TEXT),
            "status": word(*STATUSES),
            "job_type": word(*JOB_TYPES, jars.JOB_TYPE),
            "sys_enterprise_project_name": TEXT,
            "root_job_id": WHOLE,
            "show_detail": FLAG,
            "order": word("asc", "desc"),
            **PAGE,
        },
    ),
)
