"""Where a live job is not as its stack deployed it, and how that is told."""

from dli_provider.job.status import LONG
from dli_provider.plan.drift import drift_of
from tests.support.planned_jobs import RUN, declared, observed

NOW = RUN / 1000 + 60


def test_drift_is_no_difference_that_means_the_same() -> None:
    spec = declared(tags={"a": "1"})
    assert drift_of(7, spec, spec, observed(spec), "", NOW) is None
    moving = observed(spec, status="job_submitting", last_change=RUN)
    assert drift_of(7, spec, spec, moving, "", NOW) is None, "a job on its way is not adrift"


def test_drift_names_the_field_the_status_and_the_repair() -> None:
    spec = declared()
    now = spec.model_copy(update={"parallel_number": 4})
    found = drift_of(7, spec, now, observed(now), "", NOW)
    assert found is not None
    assert [change.describe() for change in found.changes] == ["parallel_number 4 -> 2"]
    assert found.repair == "orders: RESTART (parallel_number 4 -> 2) - state carried by savepoint"
    hidden = found.hiding({"parallel_number"})
    assert "4" not in hidden.repair
    assert [change.describe() for change in hidden.changes] == ["parallel_number [secret] -> [secret]"]
    failed = drift_of(7, spec, spec, observed(spec, "job_running_exception", has_savepoint=True), "why", NOW)
    assert failed is not None
    assert (failed.status, failed.status_desc) == (("job_running_exception", "job_running"), "why")


def test_a_job_that_moves_for_too_long_is_adrift_and_one_in_an_unknown_status_always() -> None:
    spec = declared()
    for status, after in [("job_idle", LONG), ("job_savepointing", LONG), ("job_of_tomorrow", 0.0)]:
        moving = observed(spec, status=status, last_change=RUN, unchanged_since="2023-11-14 22:13:20 UTC")
        found = drift_of(7, spec, spec, moving, "why", RUN / 1000 + after)
        assert found is not None
        assert found.unsettled.startswith(status)
        assert found.unsettled.endswith("DLI tells of no change of the job since 2023-11-14 22:13:20 UTC")
        assert (found.status, found.status_desc) == (None, "why")
        assert found.repair == (
            "orders: left alone; a change of it waits until it has settled, and `pulumi destroy` does not"
        )
        if after:
            assert drift_of(7, spec, spec, moving, "", RUN / 1000 + after - 1) is None
    unsaid = drift_of(7, spec, spec, observed(spec, status="job_idle"), "", NOW)
    assert unsaid is not None
    assert unsaid.unsettled == "job_idle has not settled; DLI does not say since when"


def test_what_differs_in_a_job_that_does_not_settle_is_repaired_once_it_has() -> None:
    spec, now = declared(), declared(parallel_number=4)
    found = drift_of(7, spec, now, observed(now, status="job_idle", last_change=RUN), "", NOW + LONG)
    assert found is not None
    assert found.unsettled
    assert found.repair == "orders: RESTART (parallel_number 4 -> 2) - state carried by savepoint"
