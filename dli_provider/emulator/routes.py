"""All DLI calls, and the application that answers them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from starlette.exceptions import HTTPException

from dli_provider.emulator import admin
from dli_provider.emulator.calls import (
    account,
    export_import,
    job_definitions,
    job_graphs,
    job_tags,
    job_templates,
    run_and_stop,
)
from dli_provider.emulator.console import app as console
from dli_provider.emulator.door import Door
from dli_provider.emulator.local_dli import LocalDli
from dli_provider.emulator.openapi import document
from dli_provider.emulator.request_pipeline import RequestPipeline

ROUTES: Final = (
    *job_definitions.ROUTES,
    *run_and_stop.ROUTES,
    *job_graphs.ROUTES,
    *export_import.ROUTES,
    *job_templates.ROUTES,
    *account.ROUTES,
    *job_tags.ROUTES,
)


def build(dli: LocalDli, hosts: Collection[str] = ()) -> Door:
    """The application: DLI calls through the pipeline, the admin interface beside it, a loud 404 for the rest; before
    all of it the door. `hosts` are the names it may be asked by besides those of this machine."""
    app = FastAPI(
        title="Local DLI",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        openapi_url=f"{admin.PREFIX}/openapi.json",
        redirect_slashes=False,
    )
    pipeline = RequestPipeline(dli)
    for route in ROUTES:
        endpoint = pipeline.serve(route)
        app.add_route(route.path, endpoint, [route.method], include_in_schema=False)

    @app.get(f"{admin.PREFIX}/dli-openapi.json", include_in_schema=False)
    async def openapi() -> dict[str, Any]:
        """The DLI calls as an OpenAPI document; the admin interface has one of its own."""
        return document(ROUTES)

    calls = frozenset(route.name for route in ROUTES)
    app.include_router(admin.router(dli, calls, hosts))
    pages = console.Console(dli, calls)
    app.include_router(console.router(pages))

    async def unknown(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(admin.PREFIX) and isinstance(error, HTTPException):
            return await http_exception_handler(request, error)
        # A person in a browser is shown the way; a program, DLI's own refusal.
        if console.is_for_a_browser(request):
            return await pages.guarded(pages.unknown)(request)
        return await pipeline.unknown(request)

    app.add_exception_handler(404, unknown)
    app.add_exception_handler(405, unknown)
    return Door(app, hosts)
