"""The gate: each check says yes and no for its own reason, by DLI's own times and a clock that is handed in."""

import re
from pathlib import Path
from typing import Any

import pytest

from dli_provider.api.job_answers import LiveJob
from dli_provider.job.fields import JobSpec
from dli_provider.plan.drift import drift_of, estranged
from dli_provider.plan.live_job import Record
from dli_provider.promotion import gate
from dli_provider.promotion.gate import PromotionGate, Sighting
from dli_provider.promotion.manifest import RecordedRehearsal
from dli_provider.promotion.problems import Problems
from dli_provider.promotion.route import PromotionRoute, read_route, seconds
from dli_provider.promotion.versions import health
from dli_provider.run.look import observe

NOW = 1_800_000_000.0
SQL = "INSERT INTO b SELECT * FROM a"
ROUTE = PromotionRoute(("dev", "staging", "prod"))


def live(**changes: Any) -> LiveJob:
    facts: dict[str, Any] = {
        "job_id": 7,
        "name": "orders",
        "status": "job_running",
        "start_time": int((NOW - 3600) * 1000),
        "update_time": int((NOW - 3700) * 1000),
        "fields": {"name": "orders", "sql_body": SQL, "parallel_number": 2, "queue_name": "q"},
    }
    return LiveJob(**{**facts, **changes})


def spec(**changes: Any) -> JobSpec:
    return JobSpec.model_validate(
        {"name": "orders", "sql_body": SQL, "parallel_number": 2, "queue_name": "q", **changes}
    )


def sighting(found: LiveJob | None = None, **changes: Any) -> Sighting:
    found = found or live()
    seen = observe(found, None, spec(), Record())
    drift = drift_of(7, spec(), seen.spec, seen, "", NOW)
    return Sighting("orders", spec(**changes), spec(), seen, found, drift)


@pytest.mark.parametrize(
    ("found", "passed", "reason"),
    [
        (live(), True, "running for 1 h without an exception or a restart"),
        (live(status="job_running_exception", status_desc="division by zero"), False, "division by zero"),
        (live(status="job_cancel_success"), False, "it is job_cancel_success"),
        (live(status="job_submitting"), False, "it is job_submitting"),
        (live(restart_times=1), False, "DLI restarted it once in this run"),
        (live(restart_times=3), False, "DLI restarted it 3 times in this run"),
        (live(start_time=None), False, "does not say since when"),
        (live(start_time=int((NOW - 600) * 1000)), False, "runs for 10 min of 30 min; wait 20 min more"),
        (live(update_time=int((NOW - 60) * 1000)), False, "runs for 1 min of 30 min; wait 29 min more"),
        (live(update_time=None), True, "running for 1 h"),
        (live(start_time=int((NOW - 1800) * 1000)), True, "running for 30 min"),
        (live(start_time=int((NOW - 1799.5) * 1000)), False, "wait < 1 s more"),
        (live(start_time=int((NOW + 60) * 1000)), False, "runs for 0 s"),
    ],
)
def test_health_is_by_the_times_of_dli(found: LiveJob, passed: bool, reason: str) -> None:
    check = gate.healthy(sighting(found), 1800, NOW)
    assert (check.passed, check.subject) == (passed, "orders")
    assert reason in check.reason


def test_the_live_job_must_be_the_release() -> None:
    assert gate.runs_this(sighting()).passed
    other = gate.runs_this(sighting(parallel_number=4, sql_body=SQL + " WHERE i > 1"))
    assert not other.passed
    assert "another sql_body, parallel_number than the release" in other.reason
    assert gate.no_drift(sighting(parallel_number=4)).passed, "what is declared is another matter"


def test_a_comment_that_was_never_deployed_is_no_other_definition() -> None:
    assert gate.runs_this(sighting(sql_body=SQL + " -- why")).passed


def test_a_change_behind_pulumis_back_is_drift() -> None:
    changed = live(fields={**live().fields, "parallel_number": 9})
    check = gate.no_drift(sighting(changed))
    assert not check.passed
    assert "somebody changed parallel_number" in check.reason


def test_a_job_that_is_not_there_passes_nothing() -> None:
    nowhere = Sighting("orders", spec())
    assert [gate.runs_this(nowhere).passed, gate.no_drift(nowhere).passed] == [False, False]
    assert not gate.healthy(nowhere, 0, NOW).passed
    assert not gate.runs_this(Sighting("orders", None)).passed


@pytest.mark.parametrize(
    ("origin", "target", "passed", "reason"),
    [
        ("dev", "staging", True, "the path is dev -> staging -> prod"),
        ("dev", "prod", False, "prod takes its releases from staging"),
        ("prod", "dev", False, "nothing is promoted to dev"),
        ("staging", "qa", False, "nothing is promoted to qa"),
    ],
)
def test_releases_go_one_step_at_a_time(origin: str, target: str, passed: bool, reason: str) -> None:
    check = gate.on_the_way(ROUTE, origin, target)
    assert (check.passed, reason in check.reason) == (passed, True)


def test_only_what_git_knows_moves() -> None:
    assert gate.committed("dev", [], under_git=True).passed
    assert "not committed: a.sql, b.sql" in gate.committed("dev", ["a.sql", "b.sql"], under_git=True).reason
    assert not gate.committed("dev", [], under_git=False).passed


def test_a_limit_of_restarts_says_what_would_fit() -> None:
    restarts = {"a": True, "b": False, "c": True}
    assert gate.within(None, restarts, "abc") is None
    fits, too_many = gate.within(2, restarts, "abc"), gate.within(1, restarts, "abc")
    assert fits
    assert fits.passed
    assert too_many
    assert not too_many.passed
    assert "2 jobs would restart, of 1 allowed; promote them in parts, first a" in too_many.reason


def test_a_gate_is_open_when_all_say_yes() -> None:
    yes, no = gate.on_the_way(ROUTE, "dev", "staging"), gate.on_the_way(ROUTE, "dev", "prod")
    assert PromotionGate((yes,)).open
    assert PromotionGate((yes, no)).refusals == (no,)


@pytest.mark.parametrize(
    ("text", "span"), [("90", 90), ("1.5s", 1.5), ("30m", 1800), ("2h", 7200), (1800, 1800), ("1d", 86400)]
)
def test_a_span_is_read(text: object, span: float) -> None:
    assert seconds(text) == span


def test_what_is_no_span_is_none() -> None:
    assert [seconds(text) for text in ("", "soon", "-3", "5 parsecs", None)] == [None] * 5


@pytest.mark.parametrize(
    ("limit", "passed", "words"),
    [
        (0, False, "1 job would restart, of 0 allowed; promote them in parts"),
        (1, True, "1 job would restart, of 1 allowed"),
    ],
)
def test_only_jobs_that_restart_count_for_the_limit(limit: int, passed: bool, words: str) -> None:
    check = gate.within(limit, {"created": False, "restarted": True}, ("created", "restarted"))
    assert check
    assert (check.passed, check.reason) == (passed, words)


def test_how_anothers_job_fares_says_nothing_of_a_release() -> None:
    seen = Sighting("orders", spec(), spec(), drift=estranged("orders", 7, "is stack shop/prod's now"))
    for check in (gate.runs_this(seen), gate.no_drift(seen), gate.healthy(seen, 0.0, 1e9)):
        assert (check.passed, check.reason) == (False, "job 7 is stack shop/prod's now")
    assert health(seen, 1e9) == ("another's", False)


@pytest.mark.parametrize(
    ("verdict", "consented", "passed"),
    [
        ("proven", False, True),
        ("cannot tell", False, True),
        ("differs", False, False),
        ("refused", False, False),
        ("differs", True, True),
    ],
)
def test_a_rehearsal_refuses_what_it_saw_go_wrong_unless_that_was_consented_to(
    verdict: str, *, consented: bool, passed: bool
) -> None:
    record = RecordedRehearsal(verdict=verdict, flink="1.20.3", seed=1, consented=consented)
    check = gate.rehearsed("orders", record, "a row", "consent")
    assert check.passed is passed
    assert check.reason.startswith(f"{verdict}: a row (generated rows, seed 1, Flink 1.20.3)")
    assert ("What to do: consent" in check.reason) is not passed
    assert ("keep_state" in check.reason) is consented


@pytest.mark.parametrize(
    ("demands", "problem"),
    [
        ("{prod: [tests, rehearsal]}", ""),
        ("{prod: rehearsal}", "demands must say of a stack"),
        ("{dev: [rehearsal]}", "demands of dev: only a stack that releases are promoted to"),
        ("{prod: [rehearsals]}", "prod demands rehearsals, which is not known. Did you mean rehearsal"),
    ],
)
def test_demands_are_of_stacks_that_are_promoted_to(demands: str, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "promotion.yaml"
    file.write_text(f"path: [dev, prod]\ndemands: {demands}\n")
    if problem:
        with pytest.raises(Problems, match=re.escape(problem)):
            read_route(file, "promotion.yaml")
    else:
        assert read_route(file, "promotion.yaml").demands == {"prod": ("tests", "rehearsal")}
