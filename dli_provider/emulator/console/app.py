"""The addresses of the console, and what a click does. Every write goes through the guard; templates do the looks."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dli_provider.emulator.admin import PREFIX, settled
from dli_provider.emulator.console import pages, phrases
from dli_provider.emulator.console.experiments import (
    BY_SLUG,
    EXPERIMENTS,
    HABIT_BY_SLUG,
    HABITS,
    spent,
)
from dli_provider.emulator.console.sender_check import HEADERS, CrossSiteRequest, FormToken
from dli_provider.emulator.local_dli import LocalDli
from dli_provider.emulator.rules.definition import digest

_HERE: Final = Path(__file__).parent
_PAGE: Final = 50  # requests
_JOBS: Final = 200  # more are found by searching
_CSS: Final = f"{PREFIX}/console.css"


def router(console: Console) -> APIRouter:
    """All pages. Each runs on the event loop, as the calls do, so that nothing interleaves."""
    routes = APIRouter(include_in_schema=False)
    routes.add_api_route("/", console.guarded(console.jobs), methods=["GET"])
    routes.add_api_route("/jobs/{project}/{job_id}", console.guarded(console.job), methods=["GET"])
    routes.add_api_route("/graph", console.guarded(console.graph), methods=["GET"])
    routes.add_api_route("/requests", console.guarded(console.requests), methods=["GET"])
    routes.add_api_route("/faults", console.guarded(console.faults), methods=["GET"])
    routes.add_api_route("/faults", console.guarded(console.switch), methods=["POST"])
    routes.add_api_route(_CSS, console.guarded(console.style), methods=["GET"])
    return routes


def is_for_a_browser(request: Request) -> bool:
    """Whether a person waits for a page: no client of DLI asks for HTML."""
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


class Console:
    """The pages of one local DLI; `calls` are the names of DLI's."""

    def __init__(self, dli: LocalDli, calls: Iterable[str]) -> None:
        self._dli = dli
        self._calls = sorted(calls)
        self._guard = FormToken()
        self._templates = Environment(
            finalize=pages.for_page,
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {"phrases": phrases, "origin": pages.origin, "css": _CSS, "spent": spent}

    def guarded(
        self, page: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """The page for those who may see it, with the headers that keep others away."""

        async def endpoint(request: Request) -> Response:
            try:
                answer = await page(request)
            except CrossSiteRequest as error:
                answer = self._message("Not from there", str(error), 403)
            answer.headers.update(HEADERS)
            return answer

        return endpoint

    async def jobs(self, request: Request) -> Response:
        """All jobs, or those that are searched for."""
        wanted = request.query_params.get("q", "").strip()
        with settled(self._dli) as now:
            rows = pages.rows(self._dli, now)
        found = pages.matching(rows, wanted)
        faults = [fault for fault in self._dli.faults.in_force if not spent(fault)]
        live = request.query_params.get("live") == "1"
        address = "/" + (f"?{urlencode({'q': wanted})}" if wanted else "")
        return self._page(
            *("jobs", "jobs"),
            rows=found[:_JOBS],
            more=len(found) - len(found[:_JOBS]),
            any=bool(rows),
            wanted=wanted,
            address=address,
            tally=pages.tally(rows),
            now=now,
            live=live,
            faults=faults,
        )

    async def job(self, request: Request) -> Response:
        """One job; `?history=all` shows all that it has been through."""
        project, job_id = request.path_params["project"], request.path_params["job_id"]
        with settled(self._dli) as now:
            number = int(job_id) if re.fullmatch(r"[0-9]{1,18}", job_id) else 0
            job = self._dli.store.job(project, number)
            if job is None:
                return self._message("No such job", "It was deleted, or never was.", 404)
            whole = request.query_params.get("history") == "all"
            shown = pages.job_page(self._dli, job, now, whole=whole)
        live = request.query_params.get("live") == "1"
        return self._page("job", "jobs", **shown, now=now, live=live, digest=digest(job.definition))

    async def graph(self, request: Request) -> Response:
        """Which jobs feed which, project by project."""
        with settled(self._dli) as now:
            drawn = pages.graphs(self._dli)
        live = request.query_params.get("live") == "1"
        return self._page("graph", "graph", drawn=drawn, now=now, live=live)

    async def unknown(self, request: Request) -> Response:
        """No such page."""
        return self._message("No such page", f"There is nothing at {request.url.path}.", 404)

    async def requests(self, request: Request) -> Response:
        """The request log, newest first."""
        query = request.query_params
        call = query.get("call") if query.get("call") in self._calls else None
        before = int(query["before"]) if re.fullmatch(r"[0-9]{1,18}", query.get("before", "")) else None
        writes = query.get("reads") != "1"
        entries = self._dli.request_log.page(_PAGE + 1, before, call, writes)
        older = None
        if len(entries) > _PAGE:
            kept = {"call": call or "", "reads": "" if writes else "1", "before": entries[_PAGE - 1].seq}
            older = "?" + urlencode({name: value for name, value in kept.items() if value})
        records = [pages.record(entry) for entry in entries[:_PAGE]]
        return self._page(
            *("requests", "requests"),
            records=records,
            calls=self._calls,
            call=call,
            writes=writes,
            older=older,
            first=before is None,
        )

    async def faults(self, _: Request) -> Response:
        """What can go wrong on order, and what is ordered."""
        in_force = list(self._dli.faults.in_force)
        groups: dict[str, list[Any]] = {}
        for experiment in EXPERIMENTS:
            groups.setdefault(experiment.group, []).append((experiment, experiment.among(in_force)))
        names = sorted({job.name for job in self._dli.store.jobs("1", ())})
        habits = [(habit, habit.on(self._dli.settings)) for habit in HABITS]
        return self._page("faults", "faults", groups=groups, in_force=in_force, names=names, habits=habits)

    async def switch(self, request: Request) -> Response:
        """Put a fault in force or lift it, or all; let the service have a habit or not."""
        form = {name: values[-1] for name, values in parse_qs((await request.body()).decode()).items()}
        self._guard.check_form(form.get("token", ""))
        experiment = BY_SLUG.get(form.get("on", ""))
        faults = self._dli.faults
        if experiment is not None:
            before = experiment.among(faults.in_force)
            if before is not None:
                faults.remove(before.id)
            faults.add(experiment.made(form.get("job", ""), form.get("always") == "1"))
        elif form.get("off", "").isdecimal():
            faults.remove(int(form["off"]))
        elif form.get("off") == "all":
            faults.remove()
        elif not self._switch_habit(form):
            return self._message("No such fault", "The form names nothing to switch.", 400)
        return RedirectResponse("/faults", 303)

    def _switch_habit(self, form: dict[str, str]) -> bool:
        wanted, unwanted = (HABIT_BY_SLUG.get(form.get(name, "")) for name in ("on", "off"))
        changes = wanted.settings if wanted else unwanted.off if unwanted else None
        if changes is None:
            return False
        with self._dli.store.transaction():
            self._dli.change_settings(changes)
        return True

    async def style(self, _: Request) -> Response:
        """The one style sheet."""
        return Response((_HERE / "console.css").read_bytes(), media_type="text/css")

    def _page(self, name: str, where: str, status: int = 200, **shown: Any) -> Response:
        faults = sum(not spent(fault) for fault in self._dli.faults.in_force)
        common = {"where": where, "token": self._guard.token, "state": self._dli.state, "faults_on": faults}
        page = self._templates.get_template(f"{name}.html").render(common | shown)
        return HTMLResponse(page, status)

    def _message(self, title: str, text: str, status: int) -> Response:
        return self._page("message", "", status, title=title, text=text)
