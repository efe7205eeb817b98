"""The table of fields that documentation is generated from."""

from dli_provider.job.catalogue import FieldInfo, fields
from dli_provider.job.control import ControlFields
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.sql import StateFate


def test_every_field_once_with_dlis_first() -> None:
    names = [info.name for info in fields()]
    assert sorted(names) == sorted(JobSpec.model_fields)
    assert names[0] == "name"
    assert {info.name for info in fields() if info.control} == set(ControlFields.model_fields)
    assert [info.control for info in fields()] == sorted(info.control for info in fields())


def test_every_row_is_filled() -> None:
    for info in fields():
        assert info.type, info
        assert info.description, info
        assert info.because, info
        assert "None" not in info.type + info.default
        assert "Annotated" not in info.type


def test_one_row() -> None:
    row = {info.name: info for info in fields()}
    assert row["cu_number"] == FieldInfo(
        name="cu_number",
        type="int",
        bounds="at least 2, at most 400",
        default="2",
        impact=Impact.RESTART,
        state_fate=StateFate.CARRIED,
        because="CUs and slots are allotted when the job is submitted",
        description="CUs in all, for computing and managing; 1 CU is 1 vCPU and 4 GB.",
        pages=("Creating a SQL Job", "Updating a SQL Job"),
    )
    assert row["operator_config"].pages == ("Updating a SQL Job",)
    assert row["tags"].pages == ("Creating a SQL Job",)
    assert row["runtime_config"].type == "str | Mapping[str, str]"
    assert row["edge_group_ids"].type == "list[str]"
    assert row["checkpoint_mode"].type == '"exactly_once" | "at_least_once"'
    assert row["operator_config"].type == "str | Mapping[str, object]"
    assert row["job_type"].default == "follows run_mode"
    assert row["health_window"].bounds == "at least 0"
    assert row["update_timeout"].bounds == "more than 0"
    assert row["desc"].bounds == "at most 2048 characters"
    assert row["rollback_on_failure"].default == "true"
