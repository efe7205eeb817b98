"""A review as markdown for a comment on a pull request: never longer than such a comment may be.

What does not fit is left out from the end, job by job, the harmless ones first; the summary stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from dli_provider.graph.mermaid import is_drawn, mermaid
from dli_provider.review import in_words
from dli_provider.review.report import JobReview, Report, Severity
from dli_provider.review.summary import place, summary, title

LIMIT = 65_536
"""Characters of a comment on GitHub; GitLab takes more."""
_ROOM = LIMIT - 336
"""What is used of it: a recipe that finds its own comment again adds a mark."""
_TABLE, _FINDINGS, _QUEUES, _GRAPH = 0.35, 0.15, 0.05, 0.1
_MARK = {Severity.ERROR: ":red_circle:", Severity.WARNING: ":warning:", Severity.NOTE: ":information_source:"}


def markdown(reports: Sequence[Report]) -> str:
    """The reports of some stacks, one after the other, at most LIMIT characters in all."""
    # Shared evenly, so that a large stack does not crowd out the others.
    room = _ROOM // max(len(reports), 1)
    return "\n".join(_report(report, room) for report in reports)


def _report(report: Report, room: int) -> str:
    head = f"**{_text(summary(report))}**\n\n{title(report)}: {_text(place(report))}"
    head += f"  \nPlan digest: `{report.digest or 'nothing to do'}`\n"
    jobs = in_words.noteworthy(report)
    parts = [
        head,
        *_heading("", _table(in_words.HEADINGS, map(in_words.row, jobs), int(room * _TABLE), "jobs")),
        _paragraph(in_words.quiet(report)),
        *_graph(report, int(room * _GRAPH)),
        _paragraph(in_words.read_outside(report)),
        _paragraph(in_words.drifted(jobs, refreshed=report.refreshed)),
        *_heading(
            "### Queues",
            _table(
                in_words.QUEUE_HEADINGS, map(in_words.queue, report.queues), int(room * _QUEUES), "queues"
            ),
        ),
        *_heading(
            "### Findings",
            _fitting(map(_finding, in_words.grouped(report.findings)), int(room * _FINDINGS), "findings"),
        ),
    ]
    text = "".join(parts)
    details = [
        *_fitting(
            map(_details, jobs), room - len(text) - 100, "jobs, whose details do not fit into a comment"
        )
    ]
    return "".join([text, *_heading("### Job by job", details)])


def _graph(report: Report, room: int) -> Iterator[str]:
    """The jobs that change, who feeds whom; GitHub and GitLab draw it."""
    if report.graph is None:
        return
    drawn = f"```mermaid\n{mermaid(report.graph)}```\n"
    # Half a drawing would be none at all.
    if len(drawn) > room or not is_drawn(report.graph):
        drawn = f"It is too large for a comment: `dli graph --stack {report.stack}` draws it.\n"
    yield f"\n### What feeds what\n\n{drawn}"


def _heading(heading: str, parts: Iterable[str]) -> Iterator[str]:
    held = list(parts)
    if held:
        yield f"\n{heading}\n\n" if heading else "\n"
        yield from held


def _paragraph(text: str) -> str:
    return f"\n{_text(text)}\n" if text else ""


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], room: int, what: str) -> Iterator[str]:
    lines = [_row(row) for row in rows]
    if lines:
        yield f"| {' | '.join(headings)} |\n|{'---|' * len(headings)}\n"
        yield from _fitting(lines, room, what)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |\n"


def _fitting(parts: Iterable[str], room: int, what: str) -> Iterator[str]:
    """As many parts as there is room for, and how many there are more."""
    held = list(parts)
    for index, part in enumerate(held):
        # Whole parts only: half a table or an open <details> would break the rest of the comment.
        room -= len(part)
        if room < 0:
            yield f"\n... and {len(held) - index} more {what}.\n"
            return
        yield part


def _finding(finding: in_words.GroupedFinding) -> str:
    said = f"{_text(finding.reason)}. {_text(finding.remedy[:1].upper() + finding.remedy[1:])}."
    return f"- {_MARK[finding.severity]} **{_text(finding.subjects)}** `{finding.rule}`: {said}\n"


def _details(job: JobReview) -> str:
    facts = "".join(f"- {what}: {_text(said)}\n" for what, said in in_words.facts(job))
    heading = f"<b>{escape(job.name)}</b>: {in_words.action(job)}"
    return f"<details><summary>{heading}</summary>\n\n{facts}{_sql(job)}\n</details>\n\n"


def _sql(job: JobReview) -> str:
    if job.sql is None:
        return ""
    lines = [f"@@ {line[2:]} @@" if line.startswith("@") else line for line in job.sql.lines]
    # One more than the longest run inside, or the SQL would end its own block.
    fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
    return f"\n{fence}diff\n" + "\n".join(lines) + f"\n{fence}\n"


def _cell(text: str) -> str:
    return _text(text).replace("|", "\\|").replace("\n", " ")


def _text(text: str) -> str:
    return re.sub(r"([*_`\[\]])", r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;"))
