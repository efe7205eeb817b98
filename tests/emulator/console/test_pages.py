"""The console as a browser without eyes gets it: what is on the pages, what is escaped, and who is let in."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import requests

from dli_provider.emulator.console.experiments import EXPERIMENTS, HABITS
from dli_provider.emulator.console.sender_check import HEADERS
from tests.emulator.plain import PROJECT, Api

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


def page(api: Api, path: str = "/", **options: Any) -> requests.Response:
    return api.session.get(api.dli.url + path, timeout=20, **options)


def token(api: Api) -> str:
    return str(re.findall(r'name="token" value="([^"]+)"', page(api, "/faults").text)[0])


def post(api: Api, headers: dict[str, str] | None = None, **form: str) -> requests.Response:
    return api.session.post(
        api.dli.url + "/faults", data=form, headers=headers, timeout=20, allow_redirects=False
    )


def words(text: str) -> str:
    """The text of a page, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_the_list(api: Api) -> None:
    job_id = api.running("orders", cu_number=4)
    api.made("backfill")
    api.dli.advance(99)
    text = words(page(api).text)
    assert f"orders {job_id} job_running 1 min" in text
    assert "q_stream_dev 4" in text
    assert "backfill" in text
    assert "never run" in text
    assert "1 running or finished 0 on the way 1 at rest 0 need a look" in text


def test_an_empty_list_says_what_to_do(api: Api) -> None:
    assert "No jobs yet" in page(api).text


def test_a_job_with_its_history_runs_and_savepoints(api: Api) -> None:
    job_id = api.running("orders", tags=[{"key": "team", "value": "checkout"}])
    api.savepoint(job_id, "stream-state/mine/")
    api.dli.advance(60)
    api.stop(job_id, savepoint=True)
    api.dli.advance(60)
    text = words(page(api, f"/jobs/{PROJECT}/{job_id}").text)
    assert "next start" in text
    api.run(job_id, resume=True)
    api.dli.advance(60)
    source = page(api, f"/jobs/{PROJECT}/{job_id}").text
    text = words(source)
    for expected in (
        *(
            "job_init",
            "job_submitting",
            "job_running",
            "job_savepointing",
            "job_canceling",
            "job_cancel_success",
        ),
        *("savepoint of a stop, run 1", "empty state", "stream-state/mine", "team checkout", "Records in"),
    ):
        assert expected in text
    assert '<span class="k">' in source  # SQL in colours


def test_the_latest_status_is_first_in_the_history(api: Api) -> None:
    job_id = api.running("orders")
    source = page(api, f"/jobs/{PROJECT}/{job_id}").text
    assert re.findall(r"<b>(job_\w+)</b>", source) == ["job_running", "job_submitting", "job_init"]


def test_what_users_wrote_is_text(api: Api) -> None:
    job_id = api.made("plain", desc=EVIL, smn_topic=EVIL, sql_body=f"insert into t select '{EVIL}' -- {EVIL}")
    api("POST", "/streaming/jobs/export", {"obs_dir": EVIL, "is_selected": EVIL})
    api.dli.change_job(
        PROJECT, job_id, status="job_submit_fail", status_desc=EVIL, definition={"queue_name": EVIL}
    )
    api.dli.add_fault("slow", "get", job=EVIL)
    api("GET", "/streaming/jobs?name=" + EVIL)
    paths = ("/", f"/jobs/{PROJECT}/{job_id}", "/requests?reads=1", f"/requests?call={EVIL}", "/faults")
    for path in paths:
        source = page(api, path).text
        assert "<script" not in source, path
        assert "<img" not in source, path
        assert " onerror=alert" not in re.sub(r"&[^;]+;|>[^<]*<", "", source), path
    assert html.escape(EVIL, quote=False)[:20] in page(api).text


def test_secrets_are_masked_on_every_page(api: Api) -> None:
    job_id = api.made(
        sql_body="create table t (a int) with (\n'password' = 'hunter2');\ninsert into t select 1"
    )
    api.update(
        job_id, sql_body="create table t (a int) with ('password' = 'hunter3'); insert into t select 1"
    )
    for path in ("/", f"/jobs/{PROJECT}/{job_id}", "/requests"):
        source = page(api, path).text
        assert "hunter" not in source, path
    assert "••••••" in source


def test_the_request_log_explains_refusals(api: Api) -> None:
    api.create("a b")
    text = words(page(api, "/requests").text)
    assert "DLI.11015 400" in text
    assert "The job name holds characters that are not allowed ('Creating a SQL Job')" in text
    assert "Reads too" in text


@pytest.mark.slow
def test_a_very_long_query_is_cut_in_the_log_and_whole_on_the_page_of_the_job(api: Api) -> None:
    job_id = api.made(sql_body="insert into t select 'x' from s;\n" * 30_000 + "-- the end")
    assert "characters more" in words(page(api, "/requests").text)
    assert "the end" not in words(page(api, "/requests").text)
    assert "the end" in page(api, f"/jobs/{PROJECT}/{job_id}").text


def test_the_log_in_pages(api: Api) -> None:
    for number in range(120):
        api.create(f"a b {number}")
    first = page(api, "/requests").text
    assert first.count('<details class="request">') == 50
    older = html.unescape(re.findall(r'href="/requests(\?[^"]*before[^"]*)"', first)[0])
    second = page(api, f"/requests{older}").text
    assert "a b 69" in second
    assert "a b 70" not in second
    assert "Newest" in second


def test_reads_are_shown_on_demand_and_calls_apart(api: Api) -> None:
    api.get(1)
    api.create("x")
    assert "DLI.16001" not in page(api, "/requests").text
    assert "DLI.16001" in page(api, "/requests?reads=1").text
    only = page(api, "/requests?call=create&reads=1").text
    assert only.count('<details class="request">') == 1


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.slug)
def test_every_fault_goes_on_and_off(api: Api, experiment: Any) -> None:
    switched = post(api, token=token(api), on=experiment.slug)
    assert (switched.status_code, switched.headers["location"]) == (303, "/faults")
    (fault,) = api.dli.faults()
    assert (fault.kind, fault.call) == (experiment.rule["kind"], experiment.rule["call"])
    assert f"Switch off: {experiment.title}" in html.unescape(page(api, "/faults").text)
    assert "1 fault is switched on" in words(page(api).text)
    assert post(api, token=token(api), off=str(fault.id)).status_code == 303
    assert api.dli.faults() == []


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.slug)
def test_every_habit_goes_on_and_off(api: Api, habit: Any) -> None:
    before = api.dli.settings()
    assert post(api, token=token(api), on=habit.slug).status_code == 303
    changed = api.dli.settings().model_dump()
    assert changed == before.model_dump() | habit.settings
    source = html.unescape(page(api, "/faults").text)
    assert (f"Switch off: {habit.title}" in source) is not habit.usual
    post(api, token=token(api), off=habit.slug)
    assert api.dli.settings() == before


def test_every_open_question_with_a_moment_or_a_choice_is_offered(api: Api) -> None:
    offered = {name for habit in HABITS for name in habit.settings}
    lying = {"lag", "flap", "late_run", "late_stop", "late_savepoint", "late_update"}
    assert offered == lying | {
        *("codes", "deprecated_calls", "resume_without_savepoint", "shared_cluster_runs"),
        *("offset_counts", "first_job_id", "autoscale"),
    }


def test_a_fault_for_one_job_and_for_good(api: Api) -> None:
    orders, other = api.made("orders"), api.made("other")
    post(api, token=token(api), on="submit-fail", job="orders", always="1")
    api.run(other)
    for _ in range(2):
        api.run(orders)
        api.dli.advance(2)
        assert api.status(orders) == "job_submit_fail"
    assert api.status(other) == "job_running"
    assert "Jobs named orders . Struck 2 of 2 calls" in words(page(api, "/faults").text)


def test_a_spent_fault_says_so_and_can_be_ordered_again(api: Api) -> None:
    post(api, token=token(api), on="submit-fail")
    api.run(api.made())
    assert "A start fails spent" in words(page(api, "/faults").text)
    assert "fault is switched on" not in page(api).text
    post(api, token=token(api), on="submit-fail")
    (fault,) = api.dli.faults()
    assert fault.seen == 0


def test_faults_of_others_are_listed_and_lifted(api: Api) -> None:
    api.dli.add_fault("finish", "run", seconds=1)
    assert "Ordered by others" in page(api, "/faults").text
    post(api, token=token(api), off="all")
    assert api.dli.faults() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:8765"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
def test_a_form_from_elsewhere_switches_nothing(api: Api, headers: dict[str, str]) -> None:
    answer = post(api, headers, token=token(api), on="submit-fail")
    assert answer.status_code == 403
    assert api.dli.faults() == []


@pytest.mark.parametrize("given", ["", "guessed", "ü"])
def test_a_form_without_the_token_switches_nothing(api: Api, given: str) -> None:
    assert post(api, token=given, on="submit-fail").status_code == 403
    assert api.dli.faults() == []


def test_the_servers_own_form_is_let_in(api: Api) -> None:
    assert post(api, {"Origin": api.dli.url}, token=token(api), on="slow").status_code == 303


@pytest.mark.parametrize("headers", [{"Host": "rebound.example"}, {"Origin": "http://evil.example"}])
def test_the_admin_interface_is_guarded_alike(api: Api, headers: dict[str, str]) -> None:
    api.made("orders")
    admin = f"{api.dli.url}/_emulator"
    assert api.session.post(f"{admin}/reset", headers=headers, timeout=20).status_code == 403
    answer = api.session.get(f"{admin}/jobs", headers=headers, timeout=20)
    assert (answer.status_code, "orders" in answer.text) == (403, False)
    assert [job.name for job in api.dli.jobs()] == ["orders"]


def test_a_foreign_name_for_this_machine_sees_nothing(api: Api) -> None:
    api.made("orders")
    for path in ("/", "/requests", "/faults"):
        answer = page(api, path, headers={"Host": "rebound.example"})
        assert (answer.status_code, "orders" in answer.text) == (403, False)
    port = api.dli.url.rsplit(":", 1)[1]
    assert page(api, headers={"Host": f"localhost:{port}"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/requests", "/faults", "/jobs/x/1"])
def test_no_page_may_run_or_load_anything(api: Api, path: str) -> None:
    answer = page(api, path)
    assert HEADERS.items() <= answer.headers.items()
    loaded = re.findall(r'(?:src|href)="(?!/|#|data:|\?)([^"]+)"', answer.text)
    assert loaded == []
    assert "<script" not in answer.text
    assert " style=" not in answer.text


def test_the_style_loads_nothing_either(api: Api) -> None:
    answer = page(api, "/_emulator/console.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "url(" not in answer.text
    assert "@import" not in answer.text


@pytest.mark.parametrize("path", [f"/jobs/{PROJECT}/1", "/jobs/x/y", "/jobs/x/" + "9" * 30])
def test_no_such_job(api: Api, path: str) -> None:
    answer = page(api, path)
    assert (answer.status_code, "No such job" in answer.text) == (404, True)


def test_live_pages_load_themselves_again(api: Api) -> None:
    assert 'http-equiv="refresh"' not in page(api).text
    assert 'http-equiv="refresh"' in page(api, "/?live=1").text


def test_looking_is_not_in_the_log_and_other_paths_stay_unknown(api: Api) -> None:
    page(api)
    assert api.dli.requests() == []
    answer = page(api, "/console")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "APIGW.0101")
