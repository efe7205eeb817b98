"""The routes: which function answers which call, under the name that fault rules and the request log use."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from starlette.exceptions import HTTPException

from dli_provider.emulator import admin
from dli_provider.emulator.calls import (
    Handler,
    definitions,
    edge,
    graphs,
    lifecycle,
    siblings,
    tags,
    templates,
    transfers,
)
from dli_provider.emulator.console import routes as console
from dli_provider.emulator.gateway import Gateway
from dli_provider.emulator.openapi.document import document
from dli_provider.emulator.world import World

_JOBS: Final = "/v1.0/{project_id}/streaming/jobs"
_SQL_JOBS: Final = "/v1.0/{project_id}/streaming/sql-jobs"
_JAR_JOBS: Final = "/v1.0/{project_id}/streaming/flink-jobs"
_TEMPLATES: Final = "/v1.0/{project_id}/streaming/job-templates"
_AGENCY: Final = "/v2/{project_id}/agency"
_EDGE: Final = "/v1/{project_id}/edgesrv"
_TAGS: Final = "/v3/{project_id}/{resource_type}"


class Route(NamedTuple):
    """One DLI call."""

    name: str
    method: str
    path: str
    handler: Handler
    write: bool
    guarded: bool = True  # False: asked by those who have no token yet


ROUTES: Final = (
    Route("create", "POST", _SQL_JOBS, definitions.create, True),
    Route("update", "PUT", _SQL_JOBS + "/{job_id}", definitions.update, True),
    Route("create_jar", "POST", _JAR_JOBS, definitions.create_jar, True),
    Route("update_jar", "PUT", _JAR_JOBS + "/{job_id}", definitions.update_jar, True),
    Route("run", "POST", _JOBS + "/run", lifecycle.run, True),
    Route("stop", "POST", _JOBS + "/stop", lifecycle.stop, True),
    Route("batch_delete", "POST", _JOBS + "/delete", lifecycle.batch_delete, True),
    Route("metrics", "POST", _JOBS + "/metrics", graphs.metrics, False),
    Route("export", "POST", _JOBS + "/export", transfers.export_jobs, False),
    Route("import", "POST", _JOBS + "/import", transfers.import_jobs, True),
    Route("get", "GET", _JOBS + "/{job_id}", definitions.get, False),
    Route("list", "GET", _JOBS, definitions.listing, False),
    Route("delete", "DELETE", _JOBS + "/{job_id}", lifecycle.delete, True),
    Route("savepoint", "POST", _JOBS + "/{job_id}/savepoint", lifecycle.savepoint, True),
    Route("import_savepoint", "POST", _JOBS + "/{job_id}/import-savepoint", lifecycle.import_savepoint, True),
    Route("execution_graph", "GET", _JOBS + "/{job_id}/execute-graph", graphs.execution_graph, False),
    Route("apig_sinks", "GET", _JOBS + "/{job_id}/apig-sinks", graphs.apig_sinks, False),
    Route("gen_graph", "POST", "/v3/{project_id}/streaming/jobs/{job_id}/gen-graph", graphs.gen_graph, False),
    Route("template_create", "POST", _TEMPLATES, templates.create, True),
    Route("template_list", "GET", _TEMPLATES, templates.listing, False),
    Route("template_update", "PUT", _TEMPLATES + "/{template_id}", templates.update, True),
    Route("template_delete", "DELETE", _TEMPLATES + "/{template_id}", templates.delete, True),
    Route("obs_authorize", "POST", "/v1.0/{project_id}/dli/obs-authorize", siblings.obs_authorize, True),
    Route("queues", "GET", "/v1.0/{project_id}/queues", siblings.queues, False),
    Route("queue", "GET", "/v1.0/{project_id}/queues/{queue_name}", siblings.queue, False),
    Route("quotas", "GET", "/v3/{project_id}/quotas", siblings.quotas, False),
    Route("agency", "GET", _AGENCY, siblings.agency, False),
    Route("agency_create", "POST", _AGENCY, siblings.create_agency, True),
    Route("edge_channel", "POST", _EDGE + "/message-channel", edge.message_channel, True),
    Route("edge_report", "POST", _EDGE + "/job-report", edge.job_report, True),
    Route("edge_action", "POST", _EDGE + "/messages", edge.action_callback, True),
    Route("edge_event", "POST", _EDGE + "/system-events", edge.system_event, True),
    Route("tags_filter", "POST", _TAGS + "/resource-instances/filter", tags.filter_instances, False),
    Route("tags_count", "POST", _TAGS + "/resource-instances/count", tags.count_instances, False),
    Route("tags_of_project", "GET", _TAGS + "/tags", tags.of_project, False),
    Route("tags_create", "POST", _TAGS + "/{resource_id}/tags/create", tags.create, True),
    Route("tags_delete", "POST", _TAGS + "/{resource_id}/tags/delete", tags.delete, True),
    Route("tags_get", "GET", _TAGS + "/{resource_id}/tags", tags.get, False),
    Route("iam_token", "POST", "/v3/auth/tokens", siblings.iam_token, True, guarded=False),
    Route("iam_projects", "GET", "/v3/projects", siblings.iam_projects, False),
)


def build(world: World) -> FastAPI:
    """The application: DLI calls through the gateway, the admin interface beside it, a loud 404 for the rest."""
    app = FastAPI(
        title="Local DLI",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        openapi_url=f"{admin.PREFIX}/openapi.json",
        redirect_slashes=False,
    )
    gateway = Gateway(world)
    for route in ROUTES:
        endpoint = gateway.serve(route.name, route.handler, write=route.write, guarded=route.guarded)
        app.add_route(route.path, endpoint, [route.method], include_in_schema=False)

    @app.get(f"{admin.PREFIX}/dli-openapi.json", include_in_schema=False)
    async def openapi() -> dict[str, Any]:
        """The DLI calls as an OpenAPI document; the admin interface has one of its own."""
        return document(ROUTES)

    calls = frozenset(route.name for route in ROUTES)
    app.include_router(admin.router(world, calls))
    app.include_router(console.router(world, calls))

    async def unknown(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(admin.PREFIX) and isinstance(error, HTTPException):
            return await http_exception_handler(request, error)
        return await gateway.unknown(request)

    app.add_exception_handler(404, unknown)
    app.add_exception_handler(405, unknown)
    return app
