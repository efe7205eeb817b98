"""What a reviewer reads: a golden report for every impact, every fate of the state, and what else can be found."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest

from dli_provider.cli.render.data import data
from dli_provider.cli.render.markdown import LIMIT, markdown
from dli_provider.cli.render.terminal import text
from dli_provider.job.impact import Impact
from dli_provider.review.assemble import StackUnderReview, Surroundings, assemble
from dli_provider.review.judge import review
from dli_provider.review.mask import Mask
from dli_provider.review.report import Action, Report
from dli_provider.review.ruleset import RuleSet
from dli_provider.review.subject import Subject
from dli_provider.sql import StateFate
from tests.support import golden
from tests.support.declared import SQL_AT_RISK
from tests.support.reviewed_jobs import SUBJECTS, html_page, subject

PLACE = StackUnderReview("shop-dev", "https://dli.cn-north-4.myhuaweicloud.com", "0123456789abcdef")
AROUND = Surroundings(others={"q_stream_dev": 10.0}, capacity={"q_stream_dev": 16})
MASK = Mask.of(["hunter2"])


def report_of(*subjects: Subject, dli_project: StackUnderReview = PLACE, rules: str | None = None) -> Report:
    return assemble(dli_project, subjects, AROUND, RuleSet.of(dli_project.stack, rules), MASK)[0]


def plain(report: Report) -> str:
    file = io.StringIO()
    text([report], file)
    return file.getvalue()


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_report_of_each_kind_of_change(name: str, update_goldens: bool) -> None:
    report = report_of(SUBJECTS[name])
    shown = plain(report)
    assert "hunter2" not in shown + markdown([report]) + html_page([report]) + data([report])
    golden.check(f"reviews/{name}.txt", shown.splitlines(), update=update_goldens)


def test_there_is_a_report_for_every_action_impact_and_fate() -> None:
    jobs = [review(each, MASK) for each in SUBJECTS.values()]
    assert {job.action for job in jobs} == {*Action}
    assert {job.impact for job in jobs} == {*Impact}
    assert {job.state for job in jobs} == {*StateFate}


@pytest.mark.parametrize("form", ["markdown", "html", "json", "text"])
def test_a_whole_stack_in_every_layout(form: str, update_goldens: bool) -> None:
    """The sizes of the queue do not suffice, and the stack is for production."""
    renamed = [replaced(name, each) for name, each in SUBJECTS.items()]
    report = report_of(*renamed, rules='{"production": true, "slots": "off"}')
    laid_out = {"markdown": markdown, "html": html_page, "json": data}
    shown = plain(report) if form == "text" else laid_out[form]([report])
    assert "hunter2" not in shown
    golden.check(f"reviews/stack.{form}", shown.splitlines(), update=update_goldens)


def replaced(name: str, each: Subject) -> Subject:
    """The same with a name of its own."""
    update = {"name": name, "owner": f"shop/dev/{name}"}
    specs = {
        key: held.model_copy(update=update)
        for key in ("old", "new", "deployed")
        if (held := getattr(each, key)) is not None
    }
    live = each.live
    if live is not None:
        specs["live"] = replace(live, spec=live.spec.model_copy(update=update))
    return Subject(**{**vars(each), **specs, "resource": name})


def test_the_worst_comes_first_and_the_first_line_says_it_all() -> None:
    report = report_of(*(replaced(name, each) for name, each in SUBJECTS.items()))
    assert report.jobs[0].refusal
    assert [job.action for job in report.jobs[-2:]] == [Action.NONE, Action.NONE]
    first = markdown([report]).splitlines()[0]
    assert first.startswith(f"**{len(report.changed)} of {len(report.jobs)} jobs change: ")
    assert report_of().jobs == ()
    assert plain(report_of()).startswith("There are no jobs")
    assert plain(report_of(SUBJECTS["unchanged"])).startswith("Nothing changes: the job stays as now.")


@pytest.mark.parametrize("stacks", [1, 3])
def test_a_comment_is_never_too_long_and_its_summary_stays_whole(stacks: int) -> None:
    long = SQL_AT_RISK + "\n-- a long query" * 60
    many = [replaced(f"job-{number}", subject(sql_body=long)) for number in range(400)]
    reports = [report_of(*many)] * stacks
    shown = markdown(reports)
    assert LIMIT * 0.5 < len(shown) <= LIMIT
    assert shown.startswith("**400 of 400 jobs change: 400 are restarted with their state at risk.")
    assert shown.count("... and ") >= 2
    assert "Queues" in shown
    assert shown.count("```") % 2 == 0
    assert shown.count("<details>") == shown.count("</details>") > 0


def test_text_fits_80_columns_and_has_colours_only_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    report = report_of(*(replaced(name, each) for name, each in SUBJECTS.items()))
    assert max(map(len, plain(report).splitlines())) <= 80
    assert "\x1b" not in plain(report)
    terminal = Terminal()
    text([report], terminal)
    assert "\x1b[" in terminal.getvalue()


def test_json_is_for_programs() -> None:
    (stack,) = json.loads(data([report_of(SUBJECTS["restart-at-risk"])]))["stacks"]
    (job,) = stack["jobs"]
    assert stack["risk"] == job["risk"] == "AT_RISK"
    assert (job["action"], job["state"], job["pause"]["seconds"]) == ("RESTART", "AT_RISK", 150.0)
    assert {each["field"] for each in job["changes"]} == {"sql_body", "runtime_config"}
