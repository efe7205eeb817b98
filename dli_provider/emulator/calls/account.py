"""What jobs need around them: bucket permissions, queues, quotas, and the project look-up of IAM.

DLI API reference, 'Granting OBS Permissions to DLI', 'Querying All Queues', 'Querying Details of a Queue',
'Creating an Address Connectivity Test Request', 'Querying Connectivity Test Details of a Specified Address',
'Querying User Quotas', 'Obtaining DLI Agency Information', 'Creating a DLI Agency';
IAM API reference, 'Querying Project Information', 'Obtaining a User Token Through Password Authentication',
'Querying Account Information Accessible to an IAM User', 'Querying Projects Accessible to an IAM User'.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from dli_provider.emulator.calls import ApiRoute, CallContext
from dli_provider.emulator.job_json import USER_NAME
from dli_provider.emulator.models import bucket_of
from dli_provider.emulator.project_resources import EmulatedQueue
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.responses import DliResponse, success, success_flag
from dli_provider.emulator.rules.fields import FLINK_VERSIONS
from dli_provider.emulator.schemas import (
    FLAG,
    MOMENT,
    OBJECT,
    TEXT,
    WHOLE,
    Schema,
    exactly,
    given,
    listed,
    success_body,
    success_flag_body,
    word,
)


def obs_authorize(call: CallContext) -> DliResponse:
    """Let DLI write checkpoints, savepoints and logs to buckets. Authorizes all of them or none."""
    buckets = call.json("DLI.19001").get("obs_buckets")
    if not buckets:
        raise Rejection("DLI.19004")
    if not isinstance(buckets, list) or not all(isinstance(bucket, str) and bucket for bucket in buckets):
        raise Rejection("DLI.0001", "obs_buckets must be an array of strings")
    dli = call.dli
    for bucket in buckets:
        if not dli.resources.bucket_exists(call.project, bucket):
            raise Rejection("DLI.19003", bucket)
        if dli.settings.refuse_repeated_authorize and dli.resources.bucket_authorized(call.project, bucket):
            raise Rejection("DLI.19005", bucket)
    for bucket in buckets:
        dli.store.put("authorized", call.project, bucket_of(bucket), {})
    return success("The buckets were authorized.")


def queues(call: CallContext) -> DliResponse:
    """The queues of a type; without one only those for SQL, which cannot run Flink jobs."""
    wanted = call.query.get("queue_type") or "sql"
    if wanted not in ("sql", "general", "all"):
        raise Rejection("DLI.0001", f"queue_type={wanted}")
    found = call.dli.resources.queues(call.project)
    return success_flag("", queues=[_queue(queue) for queue in found if wanted in ("all", queue.queue_type)])


def queue(call: CallContext) -> DliResponse:
    """One queue; this page spells four of the names in camelCase."""
    found = _made(call)
    return success_flag("", **{_CAMEL_CASE.get(key, key): value for key, value in _queue(found).items()})


def _made(call: CallContext) -> EmulatedQueue:
    """The queue that the path names. The calls on queues know none that nobody made, whatever jobs may run on."""
    name = call.path["queue_name"].lower()
    found = next((queue for queue in call.dli.resources.queues(call.project) if queue.name == name), None)
    if found is None:
        raise Rejection("DLI.20005", name)
    return found


def connection_test(call: CallContext) -> DliResponse:
    """Have a queue try an address. It is known at once, from what the admin interface calls unreachable: where a
    queue's network leads this machine cannot know, and whoever may call DLI must not make it knock at other doors."""
    address = call.json("DLI.0001").get("address")
    # The page: IP address or domain name, and a port.
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise Rejection("DLI.0001", "address must be a host and a port, host:port")
    queue, store = call.path["queue_name"].lower(), call.dli.store
    if call.dli.resources.queue(call.project, queue) is None:
        raise Rejection("DLI.20005", queue)
    test = len(store.all("connection_test", call.project)) + 1
    store.put("connection_test", call.project, str(test), {"queue": queue, "address": address.lower()})
    return success_flag("The test was begun.", task_id=test)


def connection_tested(call: CallContext) -> DliResponse:
    """What a test of a queue has found."""
    test = call.path_id("test_id")
    known = call.dli.store.take("connection_test", call.project, str(test))
    if known is None or known["queue"] != call.path["queue_name"].lower():
        raise Rejection("DLI.0001", f"no test {test} of this queue")
    found = "REACHABLE" if call.dli.resources.reachable(call.project, known["address"]) else "UNREACHABLE"
    return success_flag("", connectivity=found)


_ADDRESS: Final = re.compile(r"([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}")
_CAMEL_CASE: Final = {
    "queue_name": "queueName",
    "queue_type": "queueType",
    "cu_count": "cuCount",
    "charging_mode": "chargingMode",
}


def _queue(queue: EmulatedQueue) -> dict[str, Any]:
    versions = list(FLINK_VERSIONS)
    return {
        "queue_name": queue.name,
        "queue_type": queue.queue_type,
        "cu_count": queue.cu,
        "description": "",
        "owner": USER_NAME,
        "create_time": 0,
        "charging_mode": 1,
        "resource_mode": 1,
        "enterprise_project_id": "0",
        "support_flink_sql_versions": versions if queue.queue_type == "general" else [],
        "default_flink_sql_version": versions[-1] if queue.queue_type == "general" else "",
    }


_QUOTAS: Final = (
    "CU",
    "QUEUE",
    "DATABASE",
    "TABLE",
    "TEMPLATE",
    "SL_PKG_RESOURCE",
    "SL_SESSION",
    "JOB_CU",
    "ELASTIC_RESOURCE_POOL",
)


def quotas(call: CallContext) -> DliResponse:
    """Quotas with what is used of them."""
    cus = sum(queue.cu for queue in call.dli.resources.queues(call.project))
    templates = call.dli.store.db.execute("SELECT count(*) FROM templates WHERE project = ?", (call.project,))
    used = dict.fromkeys(_QUOTAS, 0) | {
        "CU": cus,
        "QUEUE": len(call.dli.resources.queues(call.project)),
        "TEMPLATE": templates.fetchone()[0],
    }
    resources = [
        {
            "type": kind,
            "min": 0,
            "max": 100_000,
            "quota": 100 if kind == "TEMPLATE" else 10_000,
            "used": count,
        }
        for kind, count in used.items()
    ]
    return success_flag("", quotas={"resources": resources})


_ROLES: Final = ("obs_adm", "dis_adm", "ctable_adm", "vpc_netadm", "smn_adm", "te_admin", "ief_adm")


def agency(call: CallContext) -> DliResponse:
    """The roles that DLI has been given; none at first."""
    roles = call.dli.store.take("agency", call.project, "roles") or []
    return success_flag("", version="v2", current_roles=roles)


def create_agency(call: CallContext) -> DliResponse:
    """Give DLI exactly these roles."""
    roles = call.json().get("roles")
    if not roles:
        raise Rejection("DLI.11029", "roles")
    if not isinstance(roles, list) or not all(role in _ROLES for role in roles):
        raise Rejection("DLI.0001", "roles must be an array of " + ", ".join(_ROLES))
    call.dli.store.put("agency", call.project, "roles", roles)
    return success_flag("The agency was created.")


def iam_token(call: CallContext) -> DliResponse:
    """A token for whoever asks, unless the server was started with credentials: then 401, for it knows no passwords."""
    try:
        identity = call.json()["auth"]["identity"]
        named = "password" in identity["methods"] and isinstance(identity["password"]["user"], dict)
    except (KeyError, TypeError):
        named = False
    if not named:
        raise Rejection("DLI.0001", "auth.identity must name the method password and a user")
    if not call.dli.credentials.anyone:
        error = {"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}
        return DliResponse(401, {"error": error})
    until = datetime.fromtimestamp(call.now, timezone.utc) + timedelta(days=1)
    token = {"methods": ["password"], "expires_at": until.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")}
    return DliResponse(201, {"token": token}, {"X-Subject-Token": "the-local-dli-takes-any-token"})


def iam_projects(call: CallContext) -> DliResponse:
    """Exactly one project per region name, always with the same id."""
    return DliResponse(body={"projects": [_project(call.query.get("name") or "local")], "links": _LINKS})


def iam_auth_projects(_call: CallContext) -> DliResponse:
    """The projects that whoever asks may use: here the one that has no region's name."""
    return DliResponse(body={"projects": [_project("local")], "links": _LINKS})


def iam_auth_domains(_call: CallContext) -> DliResponse:
    """The account of whoever asks: here one for all."""
    domain = {"id": _DOMAIN, "name": USER_NAME, "enabled": True, "description": "", "links": {"self": ""}}
    return DliResponse(body={"domains": [domain], "links": _LINKS})


_DOMAIN: Final = "0" * 32
_LINKS: Final = {"next": None, "previous": None, "self": ""}


def _project(name: str) -> dict[str, Any]:
    return {
        "id": hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(),
        "name": name,
        "domain_id": _DOMAIN,
        "parent_id": _DOMAIN,
        "is_domain": False,
        "enabled": True,
        "description": "",
    }


_AGENCY: Final = "/v2/{project_id}/agency"
_QUEUE: Final[dict[str, Schema]] = {
    "queue_name": TEXT,
    "queue_type": word("sql", "general"),
    "cu_count": WHOLE,
    "description": TEXT,
    "owner": TEXT,
    "create_time": MOMENT,
    "charging_mode": WHOLE,
    "resource_mode": WHOLE,
    "enterprise_project_id": TEXT,
    "support_flink_sql_versions": listed(TEXT),
    "default_flink_sql_version": TEXT,
}
_QUOTA: Final = exactly(type=TEXT, min=WHOLE, max=WHOLE, quota=WHOLE, used=WHOLE)

ROUTES: Final = (
    ApiRoute(
        "obs_authorize",
        "POST",
        "/v1.0/{project_id}/dli/obs-authorize",
        obs_authorize,
        write=True,
        deprecated=True,
        answer=success_body(),
        body=given("obs_buckets", obs_buckets=listed(TEXT | {"minLength": 1}, minItems=1)),
    ),
    ApiRoute(
        "queues",
        "GET",
        "/v1.0/{project_id}/queues",
        queues,
        write=False,
        answer=success_flag_body(queues=listed(exactly(**_QUEUE))),
        query={
            "queue_type": word("sql", "general", "all"),
            "tags": TEXT,
            "with-priv": FLAG,
            "with-charge-info": FLAG,
        },
    ),
    ApiRoute(
        "queue",
        "GET",
        "/v1.0/{project_id}/queues/{queue_name}",
        queue,
        write=False,
        answer=success_flag_body(**{_CAMEL_CASE.get(name, name): schema for name, schema in _QUEUE.items()}),
    ),
    ApiRoute(
        "connection_test",
        "POST",
        "/v1.0/{project_id}/queues/{queue_name}/connection-test",
        connection_test,
        write=True,
        answer=success_flag_body(task_id=WHOLE),
        body=given("address", address=TEXT | {"pattern": f"^{_ADDRESS.pattern}$"}),
    ),
    ApiRoute(
        "connection_tested",
        "GET",
        "/v1.0/{project_id}/queues/{queue_name}/connection-test/{test_id}",
        connection_tested,
        write=False,
        answer=success_flag_body(connectivity=word("REACHABLE", "UNREACHABLE")),
    ),
    ApiRoute(
        "quotas",
        "GET",
        "/v3/{project_id}/quotas",
        quotas,
        write=False,
        answer=success_flag_body(quotas=exactly(resources=listed(_QUOTA))),
    ),
    ApiRoute(
        "agency",
        "GET",
        _AGENCY,
        agency,
        write=False,
        deprecated=True,
        answer=success_flag_body(version=TEXT, current_roles=listed(TEXT)),
    ),
    ApiRoute(
        "agency_create",
        "POST",
        _AGENCY,
        create_agency,
        write=True,
        deprecated=True,
        answer=success_flag_body(),
        body=given("roles", roles=listed(word(*_ROLES), minItems=1)),
    ),
    ApiRoute(
        "iam_token",
        "POST",
        "/v3/auth/tokens",
        iam_token,
        write=True,
        answer=exactly(token=exactly(methods=listed(TEXT), expires_at=TEXT)),
        body=OBJECT,
        status=201,
        guarded=False,
    ),
    ApiRoute(
        "iam_projects",
        "GET",
        "/v3/projects",
        iam_projects,
        write=False,
        answer=exactly(projects=listed(OBJECT), links=OBJECT),
        query={"name": TEXT},
    ),
    ApiRoute(
        "iam_auth_projects",
        "GET",
        "/v3/auth/projects",
        iam_auth_projects,
        write=False,
        answer=exactly(projects=listed(OBJECT), links=OBJECT),
    ),
    ApiRoute(
        "iam_auth_domains",
        "GET",
        "/v3/auth/domains",
        iam_auth_domains,
        write=False,
        answer=exactly(domains=listed(OBJECT), links=OBJECT),
    ),
)
