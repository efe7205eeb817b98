"""Which changes of a stack are rehearsed, and when a Flink is started for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dli_provider.flink.failures import FlinkError
from dli_provider.flink.provision import Distribution
from dli_provider.job.fields import JobSpec
from dli_provider.promotion.layout import Layout
from dli_provider.review.judge import review
from dli_provider.review.mask import Mask
from dli_provider.workspace import Unusable
from dli_provider.workspace.rehearsing import Conditions, RehearsedChange
from dli_provider.workspace.stack_rehearsals import change_of, held_for, layout_here, rehearsable, rehearser
from tests.support.reviewed_jobs import SUBJECTS

SQL = "INSERT INTO b SELECT * FROM a"


def unavailable() -> Distribution:
    raise FlinkError("no Java here")


def spec(**changes: Any) -> JobSpec:
    return JobSpec.model_validate({"name": "orders", "sql_body": SQL, "queue_name": "q", **changes})


def test_another_query_or_another_setting_of_flink_is_a_change() -> None:
    assert change_of(spec(), spec(sql_body=SQL + " WHERE x > 1")) is not None
    found = change_of(spec(), spec(runtime_config={"table.exec.state.ttl": "1 d"}))
    assert found == RehearsedChange(SQL, SQL, ((), (("table.exec.state.ttl", "1 d"),)))


def test_what_only_looks_otherwise_and_what_is_not_known_is_none() -> None:
    assert change_of(spec(), spec(sql_body=f"-- why\n{SQL}", parallel_number=4)) is None
    assert change_of(spec(sql_body=None), spec()) is None


@pytest.mark.parametrize(
    ("name", "rehearsed"),
    [
        ("restart-at-risk", True),
        ("restart-incompatible", True),
        ("restart-carried", False),
        ("create", False),
        ("delete", False),
        ("unchanged", False),
    ],
)
def test_only_jobs_that_go_on_with_another_query_are_rehearsed(name: str, rehearsed: bool) -> None:
    subject = SUBJECTS[name]
    assert (rehearsable(subject, review(subject, Mask())) is not None) is rehearsed


def test_no_flink_is_started_where_nothing_is_rehearsed() -> None:
    subject = SUBJECTS["unchanged"]
    with rehearser(unavailable, Conditions()) as by:
        assert not list(held_for([(subject, review(subject, Mask()))], by, lambda _: None))


def test_a_version_that_keeps_state_by_other_rules_is_not_rehearsed() -> None:
    with rehearser(unavailable, Conditions()) as by:
        held = by.held(RehearsedChange(SQL, SQL), "1.12")
    assert held.verdict.word == "cannot tell"
    assert "Flink 1.12 keeps state by other rules" in held.verdict.because


def test_without_flink_nothing_is_claimed() -> None:
    subject = SUBJECTS["restart-at-risk"]
    with rehearser(unavailable, Conditions()) as by, pytest.raises(Unusable, match="no Java here"):
        list(held_for([(subject, review(subject, Mask()))], by, lambda _: None))


def test_a_jar_that_was_found_by_its_name_is_not_taken_for_the_one_at_dli(tmp_path: Path) -> None:
    jar = tmp_path / "tests" / "udf.jar"
    jar.parent.mkdir()
    jar.touch()
    subject = SUBJECTS["restart-at-risk"]
    assert subject.old is not None
    assert subject.new is not None
    subject = replace(
        subject,
        old=subject.old.model_copy(update={"udf_jar_url": "obs://jars/v1/udf.jar"}),
        new=subject.new.model_copy(update={"udf_jar_url": "obs://jars/v2/udf.jar", "flink_version": "1.12"}),
    )
    with rehearser(unavailable, Conditions(), Layout(tmp_path, "shop")) as by:
        ((_, held),) = held_for([(subject, review(subject, Mask()))], by, lambda _: None)
    (note,) = held.verdict.notes
    assert (
        note == "the functions of both versions are those of the local udf.jar, whatever DLI has of that name"
    )


def test_a_project_of_another_form_has_no_jars_and_can_be_rehearsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert layout_here() is None
    (tmp_path / "Pulumi.yml").write_text("name: shop\n")
    assert layout_here() is None
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    assert layout_here() == Layout(tmp_path, "shop")
