"""Where a live job is not as its stack deployed it, and how that is told."""

from dli_provider.plan.drift import drift_of
from tests.support.planned_jobs import declared, observed


def test_drift_is_no_difference_that_means_the_same() -> None:
    spec = declared(tags={"a": "1"})
    assert drift_of(7, spec, spec, observed(spec), "") is None
    moving = observed(spec, status="job_submitting")
    assert drift_of(7, spec, spec, moving, "") is None, "a job on its way is not adrift"


def test_drift_names_the_field_the_status_and_the_repair() -> None:
    spec = declared()
    now = spec.model_copy(update={"parallel_number": 4})
    found = drift_of(7, spec, now, observed(now), "")
    assert found is not None
    assert [change.describe() for change in found.changes] == ["parallel_number 4 -> 2"]
    assert found.repair == "orders: RESTART (parallel_number 4 -> 2) - state carried by savepoint"
    hidden = found.hiding({"parallel_number"})
    assert "4" not in hidden.repair
    assert [change.describe() for change in hidden.changes] == ["parallel_number [secret] -> [secret]"]
    failed = drift_of(7, spec, spec, observed(spec, "job_running_exception", has_savepoint=True), "why")
    assert failed is not None
    assert (failed.status, failed.status_desc) == (("job_running_exception", "job_running"), "why")
