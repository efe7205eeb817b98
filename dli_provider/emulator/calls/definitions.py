"""Create, update, get and list.

DLI API reference, 'Creating a SQL Job', 'Updating a SQL Job', 'Creating a Flink Jar Job', 'Updating a Flink Jar Job',
'Querying Job Details', 'Querying the Job List'.
"""

from __future__ import annotations

from typing import Any

from dli_provider.emulator.calls import Call
from dli_provider.emulator.calls.tags import put_tags, tag_condition
from dli_provider.emulator.clock import milliseconds
from dli_provider.emulator.job import Job
from dli_provider.emulator.rules import definition as rules
from dli_provider.emulator.rules import jars
from dli_provider.emulator.states import STATUSES
from dli_provider.emulator.wire.answers import Answer, said_yes
from dli_provider.emulator.wire.refusals import Refusal
from dli_provider.emulator.wire.shapes import USER_NAME, detail, summary

_LARGEST_PAGE = 100


def create(call: Call) -> Answer:
    """A draft: `job_init`, never started."""
    given = rules.read_create(call.json(), call.world.settings)
    if given.get("template_id") is not None and not given.get("sql_body"):
        given["sql_body"] = _template_sql(call, given["template_id"])
    return _add(call, given, rules.complete(given))


def create_jar(call: Call) -> Answer:
    """The same for a jar job."""
    given = rules.read_create(call.json(), call.world.settings, jars.JAR_FIELDS)
    return _add(call, given, jars.complete(given))


def _add(call: Call, given: dict[str, Any], definition: dict[str, Any]) -> Answer:
    world = call.world
    if world.store.job_named(call.project, given["name"]) is not None:
        raise Refusal("DLI.11004", given["name"])
    rules.check_whole(definition, call.project, world.estate, world.settings)
    drafts = world.store.count_jobs("project = ? AND run = 0", (call.project,))
    if drafts >= world.settings.draft_limit:
        raise Refusal("DLI.11003", f"{drafts} drafts, allowed are {world.settings.draft_limit}")
    moment = milliseconds(call.now)
    job = Job(call.project, definition, create_time=moment, update_time=moment)
    world.store.add_job(job)
    put_tags(call, job.job_id, given.get("tags", []))
    entry = {"job_id": job.job_id, "status_name": job.status, "status_desc": job.status_desc}
    return said_yes("The job was created.", job=entry)


def update(call: Call) -> Answer:
    """A merge: what is left out stays, `""` clears, `null` counts as left out. Everything or nothing."""
    job = call.job("DLI.12004")
    if job.job_type == jars.JOB_TYPE:
        raise Refusal("DLI.0007", "a jar job has an update call of its own")
    return _merge(call, job)


def update_jar(call: Call) -> Answer:
    """The same for a jar job."""
    job = call.job("DLI.12004")
    if job.job_type != jars.JOB_TYPE:
        raise Refusal("DLI.0007", "only a jar job is updated so")
    return _merge(call, job)


def _merge(call: Call, job: Job) -> Answer:
    world = call.world
    given = rules.read_update(call.json(), world.settings, rules.fields_of(job.job_type))
    changed = rules.changes(job, given)
    rules.check_status(job, given, changed, world.settings)
    namesake = world.store.job_named(call.project, changed["name"]) if "name" in changed else None
    if namesake is not None:
        raise Refusal("DLI.12006", changed["name"])
    # On a job at rest an explicit "" is kept as "", so that get shows "" instead of null.
    merged = job.definition | (changed if job.status == "job_running" else given)
    if changed:
        rules.check_whole(merged, call.project, world.estate, world.settings)
    job.definition, job.update_time = merged, milliseconds(call.now)
    world.store.save_job(job)
    return said_yes("The job was updated.", job={"update_time": job.update_time})


def get(call: Call) -> Answer:
    """Everything about one job."""
    return said_yes("", job_detail=_detail(call, call.job("DLI.16001")))


def listing(call: Call) -> Answer:
    """A page of jobs: `offset` counts rows, names match exactly, `limit` is capped at 100."""
    condition, values = _filters(call)
    order = call.order()
    limit = min(_LARGEST_PAGE, call.query_int("limit", 10, "DLI.23001"))
    offset = call.query_int("offset", 0, "DLI.23001")
    store = call.world.store
    page = store.jobs(condition, values, f"ORDER BY job_id {order} LIMIT {limit} OFFSET {offset}")
    full = call.query.get("show_detail", "false").lower() == "true"
    entries = [_detail(call, job) if full else _summary(call, job) for job in page]
    for entry in entries if full else ():
        entry["start_time"] = entry["start_time"] or 0
        del entry["user_name"], entry["root_id"]
    return said_yes("", job_list={"total_count": store.count_jobs(condition, values), "jobs": entries})


def _filters(call: Call) -> tuple[str, list[Any]]:
    conditions, values = ["project = ?"], [call.project]
    for name in ("job_type", "status", "name", "queue_name"):
        wanted = call.query.get(name)
        if wanted:
            if name == "status" and wanted not in STATUSES:
                raise Refusal("DLI.0001", f"status={wanted}")
            conditions.append(f"{name} = ?")
            values.append(wanted.lower() if name == "queue_name" else wanted)
    if call.query.get("tags"):
        condition, found = tag_condition(call.query["tags"], "job_id")
        conditions.append(condition)
        values += found
    nobodys = call.query.get("user_name") not in (None, "", USER_NAME)
    if call.query.get("root_job_id"):
        call.query_int("root_job_id", 0, "DLI.23003")
        nobodys = True  # only edge jobs have children, and no edge node is simulated
    return " AND ".join([*conditions, *(["0"] if nobodys else [])]), values


def _detail(call: Call, job: Job) -> dict[str, Any]:
    store = call.world.store
    # Only a job that once ran can have a savepoint or checkpoint; looking is what costs in long lists.
    savepoint = store.savepoint(job.savepoint) if job.savepoint else None
    checkpoint = (
        store.last_checkpoint(job.job_id) if job.run and job.definition["checkpoint_enabled"] else None
    )
    return detail(job, savepoint, checkpoint, rules.slot_number(job.definition))


def _summary(call: Call, job: Job) -> dict[str, Any]:
    return summary(job, call.world.store.savepoint(job.savepoint) if job.savepoint else None, call.now)


def _template_sql(call: Call, template_id: int) -> str:
    row = call.world.store.db.execute(
        "SELECT json_extract(doc, '$.sql_body') FROM templates WHERE project = ? AND template_id = ?",
        (call.project, template_id),
    ).fetchone()
    if row is None:
        raise Refusal("DLI.18005", f"template {template_id}")
    return str(row[0] or "")
