"""Two stacks side by side, and where each release stands: every difference is of its kind."""

from typing import Any

import pytest

from dli_provider.api.job_answers import LiveJob
from dli_provider.job.fields import JobSpec
from dli_provider.plan.live_job import Record
from dli_provider.promotion.artefact import Artefact
from dli_provider.promotion.gate import Sighting
from dli_provider.promotion.placeholders import placeholders
from dli_provider.promotion.release import Definition
from dli_provider.promotion.stack_comparison import Compared, DifferenceKind, Side, compare, said
from dli_provider.promotion.versions import Lag, Version, cell, health, lag, lags
from dli_provider.run.look import observe

SQL = "INSERT INTO b SELECT '@{prefix}' FROM a"


def side(
    stack: str,
    sql: str = SQL,
    settings: dict[str, Any] | None = None,
    had: tuple[str, ...] = (),
    **resolved: Any,
) -> Side:
    """A stack with the one job `orders`; `had` are its earlier versions, newest first."""
    settings = settings or {}
    spec = {"name": "orders", "sql_body": sql.replace("@{prefix}", stack), **settings, **resolved}
    artefact = Artefact(sql, str(settings))
    versions = [Version(artefact.digest, 200.0), *(Version(digest, 100.0) for digest in had)]
    return Side(
        stack,
        {"orders": JobSpec.model_validate(spec)},
        {"orders": Definition("orders", sql, placeholders(sql, "f"), settings, "f")},
        {"orders": artefact},
        {"orders": versions},
    )


def only(left: Side, right: Side) -> Compared:
    (job,) = compare(left, right)
    return job


def kinds(job: Compared) -> dict[str, DifferenceKind]:
    return {difference.field: difference.kind for difference in job.differences}


def test_what_placeholders_and_environments_make_is_intended() -> None:
    left = side("dev", queue_name="q_dev", cu_number=2, settings={"parallel_number": 2})
    right = side("prod", queue_name="q_prod", cu_number=8, settings={"parallel_number": 2})
    right.specs["orders"].__dict__["parallel_number"] = 8
    job = only(left, right)
    assert set(kinds(job).values()) == {DifferenceKind.ENVIRONMENT}
    assert set(kinds(job)) == {"sql_body", "queue_name", "cu_number", "parallel_number"}
    assert job.lag is None


def test_a_release_that_is_behind_is_told_by_how_much() -> None:
    old = side("prod", settings={"desc": "one"})
    new = side("dev", settings={"desc": "two"}, had=("between", old.artefacts["orders"].digest))
    job = only(new, old)
    assert kinds(job)["desc"] is DifferenceKind.RELEASE
    assert job.lag == Lag("prod", "dev", 2, 100.0)
    assert said(job.lag, 7300.0) == "prod is 2 changes behind dev, since 2 h"


def test_a_version_that_no_stack_ever_passed_on_is_unintended() -> None:
    job = only(side("dev", settings={"desc": "one"}), side("prod", settings={"desc": "two"}))
    assert kinds(job)["desc"] is DifferenceKind.OTHERWISE
    assert "edited a release by hand" in job.of(DifferenceKind.OTHERWISE)[0].because


def test_a_program_that_treats_stacks_differently_is_unintended() -> None:
    job = only(side("dev", checkpoint_interval=10), side("prod", checkpoint_interval=60))
    (found,) = job.of(DifferenceKind.OTHERWISE)
    assert (found.field, found.left, found.right) == ("checkpoint_interval", "10", "60")
    assert "the releases agree" in found.because


def test_sql_is_never_shown() -> None:
    job = only(side("dev", "INSERT INTO b SELECT 'hunter2' FROM a"), side("prod"))
    assert "hunter2" not in repr(job)


def test_a_job_that_only_one_has() -> None:
    left, right = side("dev"), side("prod")
    empty = Side("prod", {}, {}, {}, {"orders": [Version(None, None)]})
    assert only(left, empty).of(DifferenceKind.RELEASE)[0].because == "not promoted to prod"
    unknown = Side("dev", {}, {}, {}, {})
    assert only(unknown, right).of(DifferenceKind.RELEASE)[0].because == "not promoted to dev"


@pytest.mark.parametrize(
    ("ones", "others", "expected"),
    [
        ("c b a", "c", None),
        ("c b a", "a", Lag("y", "x", 2, 1.0)),
        ("a", "c b a", Lag("x", "y", 2, 1.0)),
        ("c b", "z", None),
        ("a b a", "b", Lag("y", "x", 1, 2.0)),
        ("c c b", "b", Lag("y", "x", 1, 1.0)),
        # y went back to an old version; x went back, and y does not have that yet.
        ("b a", "a b a", Lag("y", "x", 1, 1.0)),
        ("a b a", "b a", Lag("y", "x", 1, 2.0)),
    ],
)
def test_who_is_behind(ones: str, others: str, expected: Lag | None) -> None:
    def versions(text: str) -> list[Version]:
        names = text.split()
        return [Version(name, float(len(names) - at - 1)) for at, name in enumerate(names)]

    assert lag("x", versions(ones), "y", versions(others)) == expected


def sighting(status: str = "job_running", declared: dict[str, Any] | None = None, **live: Any) -> Sighting:
    spec = {"name": "orders", "sql_body": SQL, **(declared or {})}
    found = LiveJob(
        7, "orders", status, fields={"name": "orders", "sql_body": SQL}, start_time=1_000_000, **live
    )
    seen = observe(found, None, JobSpec.model_validate({"sql_body": SQL}), Record())
    return Sighting("orders", JobSpec.model_validate(spec), None, seen, found)


@pytest.mark.parametrize(
    ("seen", "words", "well"),
    [
        (None, "not deployed", False),
        (sighting(), "running for 50 min", True),
        (sighting(status_desc="boom", status="job_running_exception"), "job_running_exception: boom", False),
        (sighting(declared={"sql_body": "SELECT 2"}), "running for 50 min, another version", False),
        (sighting("job_cancel_success", {"desired_state": "stopped"}), "stopped", True),
        (sighting("job_cancel_success"), "job_cancel_success", False),
        (sighting(restart_times=2), "DLI restarted it 2 times in this run", False),
    ],
)
def test_health_in_a_few_words(seen: Sighting | None, words: str, well: bool) -> None:
    said_words, is_well = health(seen, 4000.0)
    assert said_words.startswith(words)
    assert is_well is well


def test_a_cell_has_version_and_age() -> None:
    artefact = Artefact("a", "b")
    made = cell("orders", "dev", {"orders": artefact}, [Version(artefact.digest, 5.0)], ("running", True))
    assert (made.digest, made.since) == (artefact.digest, 5.0)
    uncommitted = cell("orders", "dev", {"orders": artefact}, [Version(artefact.digest, None)], ("", True))
    assert uncommitted.since is None


def test_each_stack_is_measured_by_the_one_before_it() -> None:
    versions = {
        "dev": [Version("b", 2.0), Version("a", 1.0)],
        "staging": [Version("a", 1.0)],
        "prod": [Version("a", 1.0)],
    }
    found = lags(["dev", "staging", "prod"], versions)
    assert found == {"staging": Lag("staging", "dev", 1, 2.0), "prod": None}
