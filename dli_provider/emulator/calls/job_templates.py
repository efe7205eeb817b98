"""Job templates; here `is_success` is a boolean, and there is no get.

DLI API reference, 'Creating a Template', 'Updating a Template', 'Deleting a Template', 'Querying the Template List'.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from dli_provider.emulator.calls import LARGEST_PAGE, PAGE, ApiRoute, CallContext
from dli_provider.emulator.models import milliseconds
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.responses import DliResponse, success_flag
from dli_provider.emulator.rules.definition import SHORT_SQL, check_length
from dli_provider.emulator.rules.fields import FieldCheck, named, one_of, tags, text
from dli_provider.emulator.schemas import (
    ID,
    MOMENT,
    TEXT,
    WHOLE,
    Schema,
    exactly,
    given,
    listed,
    success_flag_body,
    word,
)

_MOST: Final = 100
_TYPES: Final = ("flink_sql_job", "flink_opensource_sql_job")


def create(call: CallContext) -> DliResponse:
    """Only user templates exist; their names are unique in the project."""
    given = _read(call, {"name", "desc", "sql_body", "tags", "job_type"})
    if "name" not in given:
        raise Rejection("DLI.18006")
    db = call.dli.store.db
    count = db.execute("SELECT count(*) FROM templates WHERE project = ?", (call.project,)).fetchone()[0]
    if count >= _MOST:
        raise Rejection("DLI.18003", f"allowed are {_MOST}")
    _check_free(call, given["name"], 0)
    moment = milliseconds(call.now)
    doc = {"desc": "", "sql_body": "", "job_type": _TYPES[0], "tags": [], **given}
    doc |= {"create_time": moment, "update_time": moment}
    cursor = db.execute(
        "INSERT INTO templates (project, name, doc) VALUES (?, ?, ?)",
        (call.project, doc["name"], json.dumps(doc)),
    )
    made = {name: doc[name] for name in ("name", "desc", "create_time", "job_type")}
    return success_flag("The template was created.", template={"template_id": cursor.lastrowid, **made})


def update(call: CallContext) -> DliResponse:
    """Name, description and SQL; job type and tags stay as they are."""
    template_id, doc = _found(call, "DLI.1205")
    given = _read(call, {"name", "desc", "sql_body"})
    _check_free(call, given.get("name", doc["name"]), template_id)
    doc |= {**given, "update_time": milliseconds(call.now)}
    call.dli.store.db.execute(
        "UPDATE templates SET name = ?, doc = ? WHERE template_id = ?",
        (doc["name"], json.dumps(doc), template_id),
    )
    return success_flag("The template was updated.")


def delete(call: CallContext) -> DliResponse:
    """Allowed even while jobs were made from it: they hold a copy of its SQL."""
    template_id, _ = _found(call, "DLI.18005")
    call.dli.store.db.execute("DELETE FROM templates WHERE template_id = ?", (template_id,))
    return success_flag("The template was deleted.", template={"template_id": template_id})


def listing(call: CallContext) -> DliResponse:
    """A page of templates; `name` matches any part."""
    rows = call.dli.store.db.execute(
        "SELECT template_id, doc FROM templates WHERE project = ? ORDER BY template_id", (call.project,)
    )
    templates = [{"template_id": template_id, **json.loads(doc)} for template_id, doc in rows]
    wanted = dict(pair.partition("=")[::2] for pair in call.query.get("tags", "").split(",") if pair)
    found = [
        {name: value for name, value in template.items() if name != "tags"}
        for template in templates
        if call.query.get("name", "") in template["name"] and _has(template["tags"], wanted)
    ]
    if call.order() == "desc":
        found.reverse()
    offset = call.query_int("offset", 0, "DLI.1206")
    limit = call.query_int("limit", 10, "DLI.1206", most=LARGEST_PAGE)
    page = found[offset : offset + limit]
    return success_flag("", template_list={"total_count": len(found), "templates": page})


CHECKS: Final[dict[str, FieldCheck]] = {
    "name": named(64, empty="DLI.18006", long="DLI.18009", odd="DLI.18007"),
    "desc": text(512, "DLI.18008"),
    "sql_body": text(1024 * 1024, "DLI.18001"),
    "tags": tags,
    "job_type": one_of(*_TYPES),
}


def _read(call: CallContext, known: set[str]) -> dict[str, Any]:
    given = {name: value for name, value in call.json("DLI.18004").items() if value is not None}
    if set(given) - known:
        raise Rejection("DLI.0001", "unknown parameter " + ", ".join(sorted(set(given) - known)))
    read = {name: CHECKS[name](name, value) for name, value in given.items()}
    check_length("name", read.get("name", ""), call.dli.settings, 64, "DLI.18009")
    check_length("desc", read.get("desc", ""), call.dli.settings, 512, "DLI.18008")
    if call.dli.settings.lengths_in_bytes:
        check_length("sql_body", read.get("sql_body", ""), call.dli.settings, SHORT_SQL, "DLI.18001")
    return read


def _found(call: CallContext, not_found: str) -> tuple[int, dict[str, Any]]:
    template_id = call.path_id("template_id")
    row = call.dli.store.db.execute(
        "SELECT doc FROM templates WHERE project = ? AND template_id = ?", (call.project, template_id)
    ).fetchone()
    if row is None:
        raise Rejection(not_found, f"template {template_id}")
    return template_id, json.loads(row[0])


def _check_free(call: CallContext, name: str, template_id: int) -> None:
    taken = call.dli.store.db.execute(
        "SELECT 1 FROM templates WHERE project = ? AND name = ? AND template_id != ?",
        (call.project, name, template_id),
    ).fetchone()
    if taken:
        raise Rejection("DLI.18002", name)


def _has(tags_of_template: list[dict[str, str]], wanted: Mapping[str, str]) -> bool:
    present = {tag["key"]: tag["value"] for tag in tags_of_template}
    return wanted.items() <= present.items()


_TEMPLATES: Final = "/v1.0/{project_id}/streaming/job-templates"
_GIVEN: Final[dict[str, Schema]] = {name: CHECKS[name].schema for name in ("name", "desc", "sql_body")}
_SHOWN: Final[dict[str, Schema]] = {
    "template_id": ID,
    "name": TEXT,
    "desc": TEXT,
    "create_time": MOMENT,
    "job_type": TEXT,
}

ROUTES: Final = (
    ApiRoute(
        "template_create",
        "POST",
        _TEMPLATES,
        create,
        write=True,
        answer=success_flag_body(template=exactly(**_SHOWN)),
        body=given("name", **_GIVEN, tags=tags.schema, job_type=word(*_TYPES)),
    ),
    ApiRoute(
        "template_list",
        "GET",
        _TEMPLATES,
        listing,
        write=False,
        answer=success_flag_body(
            template_list=exactly(
                total_count=WHOLE,
                templates=listed(exactly(**_SHOWN, update_time=MOMENT, sql_body=TEXT)),
            )
        ),
        query={"name": TEXT, "tags": TEXT, "order": word("asc", "desc"), **PAGE},
    ),
    ApiRoute(
        "template_update",
        "PUT",
        _TEMPLATES + "/{template_id}",
        update,
        write=True,
        answer=success_flag_body(),
        body=given(**_GIVEN),
    ),
    ApiRoute(
        "template_delete",
        "DELETE",
        _TEMPLATES + "/{template_id}",
        delete,
        write=True,
        answer=success_flag_body(template=exactly(template_id=ID)),
    ),
)
