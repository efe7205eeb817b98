"""What the pages show, gathered from the local DLI: plain data for the templates, secrets already masked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import JsonLexer, SqlLexer

from dli_provider.emulator.auth import Credentials
from dli_provider.emulator.calls import CallContext
from dli_provider.emulator.calls.job_graphs import metrics
from dli_provider.emulator.console import phrases
from dli_provider.emulator.console.phrases import tone
from dli_provider.emulator.job_views import JobView, view
from dli_provider.emulator.local_dli import LocalDli
from dli_provider.emulator.models import Savepoint, StatusChange, StoredJob
from dli_provider.emulator.rejections import meaning
from dli_provider.emulator.request_log import LoggedRequest
from dli_provider.graph.paragraphs import lines
from dli_provider.graph.picture import DrawnJob, Tone, draw
from dli_provider.graph.svg import svg, too_large
from dli_provider.secrets import KnownSecrets, for_people, mask_json, secret_values, visible, without_secrets
from dli_provider.sql import Flow, flow, mask_any

_LATEST: Final = 12  # runs, and statuses, that are shown of a job
_IN_BAND: Final = 120  # statuses in its band: more could not be told apart
_IN_LOG: Final = 20_000  # characters of a body that are shown in the log
_TOO_LONG: Final = 100_000  # characters: more than that takes too long to colour
MASK: Final = "••••••"
_FORMAT: Final = HtmlFormatter(nowrap=True)
_FACTS: Final = (
    ("Queue", "queue_name"),
    ("Flink", "flink_version"),
    ("CUs", "cu_number"),
    ("Parallelism", "parallel_number"),
    ("Bucket", "obs_bucket"),
    ("Alarm topic", "smn_topic"),
)


@dataclass(frozen=True)
class JobLine:
    """A job in the list."""

    view: JobView
    since: float
    records_in: float
    records_out: float
    owner: str


@dataclass(frozen=True)
class RequestLine:
    """A request in the log."""

    entry: LoggedRequest
    path: str  # without the project id, which is long and the same everywhere
    body: Markup
    sql: Markup  # the `sql_body` by itself, as lines
    why: str  # what its error code means, and the page that says so
    tone: str


def rows(dli: LocalDli, now: float) -> list[JobLine]:
    """All jobs of all projects, those that need attention first."""
    order = {"bad": 0, "warn": 1, "busy": 2, "good": 3, "rest": 4}
    found = [_row(dli, job, now) for job in dli.store.jobs("1", ())]
    return sorted(
        found, key=lambda row: (row.view.project, order[phrases.tone(row.view.status)], row.view.name)
    )


def matching(found: Sequence[JobLine], wanted: str) -> list[JobLine]:
    """The jobs in whose name, id, owner, queue, status or description each of the wanted words occurs."""
    words = wanted.lower().split()
    return [row for row in found if all(any(word in text for text in _searched(row)) for word in words)]


def _searched(row: JobLine) -> list[str]:
    seen = row.view
    about = (seen.definition.get("queue_name"), seen.definition.get("desc"))
    held = (seen.name, str(seen.job_id), row.owner, seen.status, *about)
    return [str(text).lower() for text in held if text]


def graphs(dli: LocalDli) -> list[tuple[str, Markup, list[str]]]:
    """Project, drawing, and the same in words; the colour of a job is that of its status."""
    projects: dict[str, list[DrawnJob]] = {}
    for job in dli.store.jobs("1", ()):
        seen = _flow(str(job.definition.get("sql_body") or ""))
        link = f"/jobs/{quote(job.project, safe='')}/{job.job_id}"
        drawn = DrawnJob(job.name, seen, seen, job.status, Tone(tone(job.status)), link=link)
        projects.setdefault(job.project, []).append(drawn)
    found = []
    for project, jobs in sorted(projects.items()):
        graph = draw(jobs, lambda text: str(for_page(mask_text(text))))
        large = too_large(graph)
        drawing = f"<p>{large}.</p>" if large else svg(graph, f"Jobs of project {project}", alone=False)
        # The drawing is markup by now: all that came from users was masked and escaped when it was made.
        found.append((project, Markup(drawing), [*lines(graph)]))
    return found


@lru_cache(maxsize=4096)
def _flow(sql: str) -> Flow:
    """Kept, as a page that is watched live would read the same texts every few seconds."""
    return flow(sql)


def tally(found: Sequence[JobLine]) -> list[tuple[str, str, int]]:
    """Tone, its name, and how many jobs are so."""
    names = {"good": "running or finished", "busy": "on the way", "rest": "at rest", "bad": "need a look"}
    counts = dict.fromkeys(names, 0)
    for row in found:
        tone = phrases.tone(row.view.status)
        counts["bad" if tone == "warn" else tone] += 1
    return [(tone, names[tone], counts[tone]) for tone in names]


def job_page(dli: LocalDli, job: StoredJob, now: float, *, whole: bool) -> dict[str, Any]:
    """Everything about one job; of what it went through only the latest, unless the `whole` is wanted."""
    most = None if whole else _LATEST
    row = _row(dli, job, now)
    seen = row.view
    turns = seen.turns
    ends = [turn.at for turn in turns[1:]] + [now]
    history = [(turn, end - turn.at) for turn, end in zip(turns, ends, strict=True)]
    return {
        "row": row,
        "job": seen,
        "facts": [(label, seen.definition.get(name)) for label, name in _FACTS],
        "checkpoints": _checkpoints(seen.definition),
        "sql": sql(mask_text(str(seen.definition["sql_body"]))),
        "definition": coloured(body_for_eyes(json.dumps(_rest(seen.definition))), JsonLexer()),
        "history": history[::-1][:most],
        "earlier_turns": len(history) - len(history[::-1][:most]),
        "born": turns[0].at if turns else None,
        "lifeline": status_band(turns if whole else turns[-_IN_BAND:], now),
        "runs": seen.runs[::-1][:most],
        "earlier_runs": len(seen.runs) - len(seen.runs[::-1][:most]),
        "savepoints": _savepoints(dli, job),
        "requests": [record(entry) for entry in dli.request_log.about_job(job.project, job.job_id, 12)],
    }


def record(entry: LoggedRequest) -> RequestLine:
    """A request as people read it."""
    text, page = meaning(entry.error_code or "")
    ok = entry.status is not None and entry.status < 400
    tone = "good" if ok else "warn" if entry.executed and entry.status is not None else "bad"
    path = entry.path.replace(f"/{entry.project}/", "/…/") if entry.project else entry.path
    path += f"?{entry.query}" if entry.query else ""
    body, query = apart(entry.body)
    laid_out = coloured(_cut(body_for_eyes(body)), JsonLexer()) if body else Markup("")
    colours = sql(_cut(mask_text(query))) if query else Markup("")
    return RequestLine(entry, path, laid_out, colours, f"{text} ({page})" if text else "", tone)


def apart(body: str) -> tuple[str, str]:
    """A body without the text of its `sql_body`, and that text, where it has several lines."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return body, ""
    query = parsed.get("sql_body") if isinstance(parsed, dict) else None
    if not isinstance(query, str) or "\n" not in query:
        return body, ""
    return json.dumps(parsed | {"sql_body": "(below)"}), query


def mask_text(text: str) -> str:
    """SQL, or JSON as text, without its secrets."""
    return mask_any(text, MASK)


def body_for_eyes(body: str) -> str:
    """A request body, laid out and without its secrets."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return mask_text(body)
    return json.dumps(mask_json(parsed, mask_text, MASK), ensure_ascii=False, indent=2)


def _cut(text: str) -> str:
    left = len(text) - _IN_LOG
    return text if left <= 0 else f"{text[:_IN_LOG]}\n... and {left} characters more"


def sql(text: str) -> Markup:
    """SQL in colours."""
    return coloured(text, SqlLexer())


def for_page(value: object) -> object:
    """Whatever a template puts into a page: no text gets there by another way. What is coloured was masked before."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(without_secrets(value, mask=MASK))
    return value


def coloured(text: str, lexer: Any) -> Markup:
    """Escaped, and in colours unless it is very long."""
    text = visible(text)
    if len(text) > _TOO_LONG:
        return escape(text)
    return Markup(highlight(text, lexer, _FORMAT))


def origin(resumed_from: dict[str, Any] | None) -> str:
    """Where the state of a run came from, in words."""
    if resumed_from is None:
        return "empty state"
    kinds = {"builtin": "savepoint of a stop", "triggered": "savepoint", "checkpoint": "checkpoint"}
    kind = kinds.get(resumed_from["kind"], str(resumed_from["kind"]))
    return f"{kind}, run {resumed_from['run']}"


def _row(dli: LocalDli, job: StoredJob, now: float) -> JobLine:
    seen = _told(view(dli, job, now), dli.credentials)
    turns = seen.turns
    since = turns[-1].at if turns else job.update_time / 1000
    rates = _rates(dli, job, now)
    read = sum(stream["records"] for stream in rates["sources"])
    written = sum(stream["records"] for stream in rates["sinks"])
    return JobLine(seen, since, read, written, _owner(seen.tags))


def _owner(tags: dict[str, str]) -> str:
    """Whose the job is, by the tags that deployments leave for people to read."""
    return "/".join(tags[key] for key in ("pulumi_project", "pulumi_stack") if tags.get(key))


def _told(seen: JobView, credentials: Credentials) -> JobView:
    """With what was said of its statuses as it may be shown: Flink's exceptions quote options."""
    turns = seen.turns
    if not any(turn.status_desc for turn in turns) and not seen.status_desc:
        return seen  # nearly always; only else it is worth while to read the SQL
    logins = [login for key in credentials.keys for login in (key.access, key.secret)]
    known = KnownSecrets([*secret_values(seen.definition), *logins, *credentials.tokens])
    said = [replace(turn, status_desc=for_people(turn.status_desc, known)) for turn in turns]
    return replace(seen, status_desc=for_people(seen.status_desc, known), turns=said)


def _rates(dli: LocalDli, job: StoredJob, now: float) -> dict[str, Any]:
    # As any client would ask, so that the page shows what the API answers, whoever runs the job.
    body = json.dumps({"job_ids": [job.job_id]}).encode()
    answer = metrics(CallContext(dli, "metrics", job.project, {}, {}, body, now))
    found: dict[str, Any] = answer.body["metrics"]["jobs"][0]["metrics"]
    return found


def _checkpoints(definition: dict[str, Any]) -> str:
    if not definition["checkpoint_enabled"]:
        return "off"
    mode = str(definition["checkpoint_mode"]).replace("_", " ")
    return f"every {definition['checkpoint_interval']} s, {mode}"


def _rest(definition: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in definition.items() if name != "sql_body" and value not in (None, "")
    }


def _savepoints(dli: LocalDli, job: StoredJob) -> list[Savepoint]:
    return [kept for kept in reversed(dli.store.savepoints(job.project)) if kept.job_id == job.job_id][:30]


WIDTH: Final = 1000.0
_LEAST: Final = 6.0  # so that a status of a moment is still seen


class Stretch(NamedTuple):
    """A part of the band: where it begins, how wide it is, and what the job was meanwhile."""

    x: float
    width: float
    tone: str
    status: str
    at: float
    lasted: float


def status_band(turns: Sequence[StatusChange], now: float) -> list[Stretch]:
    """From the first to this moment; the width is the time, but nothing is too narrow to be seen."""
    if not turns:
        return []
    ends = [turn.at for turn in turns[1:]] + [max(now, turns[-1].at)]
    lasted = [max(0.0, end - turn.at) for turn, end in zip(turns, ends, strict=True)]
    whole = sum(lasted) or 1.0
    least = min(_LEAST, WIDTH / (2 * len(turns)))
    room = WIDTH - least * len(turns)
    stretches: list[Stretch] = []
    x = 0.0
    for turn, seconds in zip(turns, lasted, strict=True):
        width = least + room * seconds / whole
        stretches.append(
            Stretch(round(x, 2), round(width, 2), tone(turn.status), turn.status, turn.at, seconds)
        )
        x += width
    return stretches
