"""The routes: which function answers which call, under the name that fault rules and the request log use."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from starlette.exceptions import HTTPException

from dli_provider.emulator import admin
from dli_provider.emulator.calls import (
    Handler,
    account,
    edge,
    export_import,
    job_definitions,
    job_graphs,
    job_tags,
    job_templates,
    run_and_stop,
)
from dli_provider.emulator.console import app as console
from dli_provider.emulator.local_dli import LocalDli
from dli_provider.emulator.openapi.document import document
from dli_provider.emulator.request_pipeline import RequestPipeline

_JOBS: Final = "/v1.0/{project_id}/streaming/jobs"
_SQL_JOBS: Final = "/v1.0/{project_id}/streaming/sql-jobs"
_JAR_JOBS: Final = "/v1.0/{project_id}/streaming/flink-jobs"
_TEMPLATES: Final = "/v1.0/{project_id}/streaming/job-templates"
_AGENCY: Final = "/v2/{project_id}/agency"
_EDGE: Final = "/v1/{project_id}/edgesrv"
_TAGS: Final = "/v3/{project_id}/{resource_type}"


class ApiRoute(NamedTuple):
    """One DLI call."""

    name: str
    method: str
    path: str
    handler: Handler
    write: bool
    guarded: bool = True  # False: asked by those who have no token yet


ROUTES: Final = (
    ApiRoute("create", "POST", _SQL_JOBS, job_definitions.create, True),
    ApiRoute("update", "PUT", _SQL_JOBS + "/{job_id}", job_definitions.update, True),
    ApiRoute("create_jar", "POST", _JAR_JOBS, job_definitions.create_jar, True),
    ApiRoute("update_jar", "PUT", _JAR_JOBS + "/{job_id}", job_definitions.update_jar, True),
    ApiRoute("run", "POST", _JOBS + "/run", run_and_stop.run, True),
    ApiRoute("stop", "POST", _JOBS + "/stop", run_and_stop.stop, True),
    ApiRoute("batch_delete", "POST", _JOBS + "/delete", run_and_stop.batch_delete, True),
    ApiRoute("metrics", "POST", _JOBS + "/metrics", job_graphs.metrics, False),
    ApiRoute("export", "POST", _JOBS + "/export", export_import.export_jobs, False),
    ApiRoute("import", "POST", _JOBS + "/import", export_import.import_jobs, True),
    ApiRoute("get", "GET", _JOBS + "/{job_id}", job_definitions.get, False),
    ApiRoute("list", "GET", _JOBS, job_definitions.listing, False),
    ApiRoute("delete", "DELETE", _JOBS + "/{job_id}", run_and_stop.delete, True),
    ApiRoute("savepoint", "POST", _JOBS + "/{job_id}/savepoint", run_and_stop.savepoint, True),
    ApiRoute(
        "import_savepoint", "POST", _JOBS + "/{job_id}/import-savepoint", run_and_stop.import_savepoint, True
    ),
    ApiRoute("execution_graph", "GET", _JOBS + "/{job_id}/execute-graph", job_graphs.execution_graph, False),
    ApiRoute("apig_sinks", "GET", _JOBS + "/{job_id}/apig-sinks", job_graphs.apig_sinks, False),
    ApiRoute(
        "gen_graph", "POST", "/v3/{project_id}/streaming/jobs/{job_id}/gen-graph", job_graphs.gen_graph, False
    ),
    ApiRoute("template_create", "POST", _TEMPLATES, job_templates.create, True),
    ApiRoute("template_list", "GET", _TEMPLATES, job_templates.listing, False),
    ApiRoute("template_update", "PUT", _TEMPLATES + "/{template_id}", job_templates.update, True),
    ApiRoute("template_delete", "DELETE", _TEMPLATES + "/{template_id}", job_templates.delete, True),
    ApiRoute("obs_authorize", "POST", "/v1.0/{project_id}/dli/obs-authorize", account.obs_authorize, True),
    ApiRoute("queues", "GET", "/v1.0/{project_id}/queues", account.queues, False),
    ApiRoute("queue", "GET", "/v1.0/{project_id}/queues/{queue_name}", account.queue, False),
    ApiRoute("quotas", "GET", "/v3/{project_id}/quotas", account.quotas, False),
    ApiRoute("agency", "GET", _AGENCY, account.agency, False),
    ApiRoute("agency_create", "POST", _AGENCY, account.create_agency, True),
    ApiRoute("edge_channel", "POST", _EDGE + "/message-channel", edge.message_channel, True),
    ApiRoute("edge_report", "POST", _EDGE + "/job-report", edge.job_report, True),
    ApiRoute("edge_action", "POST", _EDGE + "/messages", edge.action_callback, True),
    ApiRoute("edge_event", "POST", _EDGE + "/system-events", edge.system_event, True),
    ApiRoute("tags_filter", "POST", _TAGS + "/resource-instances/filter", job_tags.filter_instances, False),
    ApiRoute("tags_count", "POST", _TAGS + "/resource-instances/count", job_tags.count_instances, False),
    ApiRoute("tags_of_project", "GET", _TAGS + "/tags", job_tags.of_project, False),
    ApiRoute("tags_create", "POST", _TAGS + "/{resource_id}/tags/create", job_tags.create, True),
    ApiRoute("tags_delete", "POST", _TAGS + "/{resource_id}/tags/delete", job_tags.delete, True),
    ApiRoute("tags_get", "GET", _TAGS + "/{resource_id}/tags", job_tags.get, False),
    ApiRoute("iam_token", "POST", "/v3/auth/tokens", account.iam_token, True, guarded=False),
    ApiRoute("iam_projects", "GET", "/v3/projects", account.iam_projects, False),
)


def build(dli: LocalDli) -> FastAPI:
    """The application: DLI calls through the gateway, the admin interface beside it, a loud 404 for the rest."""
    app = FastAPI(
        title="Local DLI",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        openapi_url=f"{admin.PREFIX}/openapi.json",
        redirect_slashes=False,
    )
    gateway = RequestPipeline(dli)
    for route in ROUTES:
        endpoint = gateway.serve(route.name, route.handler, write=route.write, guarded=route.guarded)
        app.add_route(route.path, endpoint, [route.method], include_in_schema=False)

    @app.get(f"{admin.PREFIX}/dli-openapi.json", include_in_schema=False)
    async def openapi() -> dict[str, Any]:
        """The DLI calls as an OpenAPI document; the admin interface has one of its own."""
        return document(ROUTES)

    calls = frozenset(route.name for route in ROUTES)
    app.include_router(admin.router(dli, calls))
    app.include_router(console.router(dli, calls))

    async def unknown(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(admin.PREFIX) and isinstance(error, HTTPException):
            return await http_exception_handler(request, error)
        return await gateway.unknown(request)

    app.add_exception_handler(404, unknown)
    app.add_exception_handler(405, unknown)
    return app
