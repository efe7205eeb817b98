"""A review as one HTML page that needs nothing else: no font, no file beside it.

Its one script lets tables be sorted; where scripts are not run, all else is as with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from html import escape

from dli_provider.graph.paragraphs import lines
from dli_provider.graph.svg import DARK, LIGHT, STYLE, svg, too_large
from dli_provider.review import in_words
from dli_provider.review.report import JobReview, Report, Risk
from dli_provider.review.summary import place, summary, title

_STYLE = """
:root { color-scheme: light dark; --fg: #1d2430; --dim: #697386; --bg: #fff; --line: #e3e7ee; --soft: #f6f8fb;
  --good: #18794e; --warn: #9a6700; --bad: #b42318; --plus: #e6f6ec; --minus: #fdeceb; }
@media (prefers-color-scheme: dark) { :root { --fg: #e6e9ef; --dim: #98a2b3; --bg: #14181f; --line: #2b323d;
  --soft: #1b2029; --good: #5fd39a; --warn: #e3b341; --bad: #ff8a80; --plus: #12331f; --minus: #3c1715; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--fg); background: var(--bg); max-width: 72rem;
  margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { font-size: 1rem; color: var(--dim); font-weight: 600; margin: 0; }
.summary { font-size: 1.4rem; line-height: 1.35; font-weight: 600; margin: .2rem 0 .6rem; }
.dim { color: var(--dim); margin: .2rem 0; }
h2 { font-size: 1rem; margin: 2rem 0 .6rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; color: var(--dim); font-weight: 500; white-space: nowrap; }
th, td { padding: .45rem .8rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:first-child { font-weight: 600; }
.none { color: var(--good); } .restart { color: var(--warn); } .at_risk { color: var(--warn); font-weight: 600; }
.state_loss, .replace, .error { color: var(--bad); font-weight: 600; } .warning { color: var(--warn); }
details { border: 1px solid var(--line); border-radius: 8px; margin: .6rem 0; padding: .6rem .9rem; }
summary { cursor: pointer; } summary b { margin-right: .6rem; }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
th[aria-sort] button::after { content: " \\2191"; } th[aria-sort=descending] button::after { content: " \\2193"; }
dl { display: grid; grid-template-columns: 8rem 1fr; gap: .25rem .8rem; margin: .7rem 0; font-size: .9rem; }
dt { color: var(--dim); } dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
pre { background: var(--soft); border-radius: 6px; padding: .6rem 0; overflow-x: auto; font-size: .82rem;
  margin: .6rem 0 0; }
pre span { display: block; padding: 0 .9rem; } .plus { background: var(--plus); } .minus { background: var(--minus); }
.fold { color: var(--dim); }
code { font-size: .85em; background: var(--soft); padding: .1em .35em; border-radius: 4px; overflow-wrap: anywhere; }
td { overflow-wrap: anywhere; } td[class] { overflow-wrap: normal; } td:first-child { min-width: 9rem; }
.feeds { display: none; }
@media (max-width: 640px) {
  body { margin: 1rem auto; padding: 0 .9rem; } .summary { font-size: 1.15rem; }
  table, tbody, tr, td { display: block; } thead { display: none; }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0; } td { border: 0; padding: .1rem 0; min-width: 0; }
  td::before { content: attr(data-label) ": "; color: var(--dim); font-weight: 400; }
  td:first-child::before { content: none; }
  dl { grid-template-columns: minmax(0, 1fr); } dd { margin-bottom: .3rem; }
  .scroll { display: none; } .feeds { display: block; white-space: pre-wrap; overflow-wrap: anywhere; padding: .6rem; }
}
"""
_GRAPH = f""":root {{ {LIGHT} }}
@media (prefers-color-scheme: dark) {{ :root {{ {DARK} }} }}
.scroll {{ overflow-x: auto; }}{STYLE}"""
_SORT = """
for (const table of document.querySelectorAll("table")) table.querySelectorAll("th").forEach((head, column) => {
  const button = document.createElement("button");
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending", body = table.tBodies[0];
    for (const each of table.querySelectorAll("th")) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const text = row => row.cells[column].textContent;
    const rows = [...body.rows].sort((a, b) => text(a).localeCompare(text(b), "en", {numeric: true}));
    body.append(...(down ? rows.reverse() : rows));
  });
});
"""
_LINE = {"+": "plus", "-": "minus", "@": "fold"}
_OPENED = 5
"""So many jobs are unfolded at once: the worst ones."""


def page(reports: Sequence[Report], made: datetime) -> str:
    """The reports of some stacks on one page, with the time at which they were made."""
    when = f'<p class="dim">Made <time datetime="{made:%Y-%m-%dT%H:%MZ}">{made:%Y-%m-%d %H:%M} UTC</time></p>'
    heading = escape(", ".join(title(report) for report in reports))
    body = "\n<hr>\n".join("\n".join(_report(report)) for report in reports)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{heading}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_STYLE}{_GRAPH}</style></head>\n"
        f"<body>\n{when}\n{body}\n<script>{_SORT}</script>\n</body></html>\n"
    )


def _report(report: Report) -> Iterator[str]:
    jobs = in_words.noteworthy(report)
    yield f"<h1>{escape(title(report))}</h1>"
    yield f'<p class="summary">{escape(summary(report))}</p>'
    yield f'<p class="dim">{escape(place(report))}</p>'
    yield f'<p class="dim">Plan digest <code>{report.digest or "nothing to do"}</code></p>'
    if jobs:
        yield _table(in_words.HEADINGS, ((in_words.row(job), job.risk.name.lower()) for job in jobs))
    for said in (in_words.quiet(report), in_words.drifted(jobs, refreshed=report.refreshed)):
        if said:
            yield f'<p class="dim">{escape(said)}</p>'
    if report.graph:
        yield "<h2>What feeds what</h2>"
        large = too_large(report.graph)
        drawing = f"<p>{large}.</p>" if large else svg(report.graph, title(report), alone=False)
        yield f'<div class="scroll">{drawing}</div>'
        yield f'<pre class="feeds">{escape(chr(10).join(lines(report.graph)))}</pre>'
    if read := in_words.read_outside(report):
        yield f'<p class="dim">{escape(read)}</p>'
    if report.queues:
        yield "<h2>Queues</h2>"
        yield _table(in_words.QUEUE_HEADINGS, ((in_words.queue(use), "") for use in report.queues))
    if report.findings:
        yield "<h2>Findings</h2>"
        rows = (
            (
                (each.severity.name.lower(), each.subjects, each.rule, each.reason, each.remedy),
                each.severity.name.lower(),
            )
            for each in in_words.grouped(report.findings)
        )
        yield _table(("severity", "of", "rule", "reason", "what to do"), rows, coloured=(0,))
    if jobs:
        yield "<h2>Job by job</h2>"
    for number, job in enumerate(jobs):
        yield _details(job, opened=number < _OPENED and job.risk > Risk.NONE)


def _table(
    headings: Sequence[str], rows: Iterable[tuple[Sequence[str], str]], coloured: tuple[int, ...] = (1, 3)
) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in headings)
    body = "".join(_row(*row, coloured, headings) for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(cells: Sequence[str], style: str, coloured: tuple[int, ...], headings: Sequence[str]) -> str:
    styles = (f' class="{style}"' if style and index in coloured else "" for index in range(len(cells)))
    # On a phone each cell stands in a line of its own, with its heading.
    inside = (
        f'<td data-label="{escape(head)}"{how}>{_text(cell)}</td>'
        for head, how, cell in zip(headings, styles, cells, strict=True)
    )
    return f"<tr>{''.join(inside)}</tr>"


def _text(text: str) -> str:
    return escape(text).replace(" -&gt; ", " → ")


def _details(job: JobReview, *, opened: bool) -> str:
    facts = "".join(f"<dt>{escape(what)}</dt><dd>{_text(said)}</dd>" for what, said in in_words.facts(job))
    style = job.risk.name.lower()
    heading = f'<b>{escape(job.name)}</b><span class="{style}">{escape(in_words.action(job))}</span>'
    shown = "".join(
        f'<span class="{_LINE.get(line[:1], "")}">{escape(line)}</span>'
        for line in (job.sql.lines if job.sql else ())
    )
    sql = f"<pre>{shown}</pre>" if shown else ""
    return f"<details{' open' if opened else ''}><summary>{heading}</summary><dl>{facts}</dl>{sql}</details>"
