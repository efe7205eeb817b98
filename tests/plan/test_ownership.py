"""Whose job it is, and which savepoint belongs to which run and query."""

from __future__ import annotations

import pytest

from dli_provider.plan.ownership import (
    RESERVED_PREFIX,
    SAVEPOINT_NOTE,
    fits,
    of_another,
    owner_of,
    ownership_tags,
    owns,
    savepoint_directory,
    taken_in,
)
from tests.support.planned_jobs import RUN, SQL, SQL_COSMETIC, own_savepoint

OWNER = "shop/dev/orders"


def test_a_job_is_known_again_by_its_tags() -> None:
    tags = ownership_tags(OWNER)
    assert tags["pulumi_project"] == "shop"
    assert tags["pulumi_stack"] == "dev"
    assert owns(OWNER, tags)
    assert owns(OWNER, tags | {"team": "data", SAVEPOINT_NOTE: "obs://somewhere/"})


@pytest.mark.parametrize("other", ["shop/prod/orders", "shop/dev/revenue", "store/dev/orders", None])
def test_nobody_elses_job_is_taken(other: str | None) -> None:
    assert not owns(other, ownership_tags(OWNER))


def test_without_an_owner_nothing_is_owned() -> None:
    assert ownership_tags(None) == {}
    assert not owns(None, {})
    assert not owns("", {})


def test_a_part_of_the_tags_is_not_enough() -> None:
    tags = ownership_tags(OWNER)
    for missing in tags:
        assert not owns(OWNER, {key: value for key, value in tags.items() if key != missing})


def test_tags_are_short_reserved_and_differ_where_only_the_end_of_a_name_does() -> None:
    long = "p" * 60
    one, other = (ownership_tags(f"{long}/{long}/{long}{end}") for end in "ab")
    assert one != other
    for key, value in one.items():
        assert key.startswith(RESERVED_PREFIX)
        assert len(value) <= 43


def test_a_resource_with_a_slash_in_its_name_has_an_owner_too() -> None:
    assert owns("shop/dev/team/orders", ownership_tags("shop/dev/team/orders"))


def test_an_owner_is_told_to_people() -> None:
    assert owner_of(ownership_tags(OWNER)) == "stack shop/dev"
    assert owner_of({"team": "data"}) == "nobody that left a tag on it"


@pytest.mark.parametrize("bucket", ["state", "obs://state", "obs://state/", "state/"])
def test_a_savepoint_lies_under_the_bucket_and_names_job_time_run_and_query(bucket: str) -> None:
    directory = savepoint_directory(bucket, "orders", "20260101T000000Z", RUN, SQL)
    assert directory.startswith(f"obs://state/savepoints/orders/20260101T000000Z-{RUN}-")
    assert directory.endswith("/")


def test_a_savepoint_may_lie_in_a_folder() -> None:
    assert savepoint_directory("obs://state/flink/", "orders", "t", 1, SQL).startswith(
        "obs://state/flink/savepoints/orders/t-1-"
    )


def test_a_savepoint_fits_just_the_query_that_it_was_taken_of() -> None:
    assert fits(own_savepoint(SQL), SQL)
    assert not fits(own_savepoint(SQL), SQL_COSMETIC)
    assert not fits(own_savepoint(SQL), None)
    assert not fits("obs://state/by-hand/", SQL)


def test_a_savepoint_of_another_query_is_told_by_its_directory_and_what_is_below_it() -> None:
    assert of_another(own_savepoint(SQL), SQL_COSMETIC, None)
    assert not of_another(own_savepoint(SQL), SQL_COSMETIC, SQL)
    assert not of_another(own_savepoint(SQL) + "savepoint-1-0123abcd/", SQL)
    assert of_another(own_savepoint(SQL).rstrip("/"), SQL_COSMETIC)
    assert not of_another("obs://state/by-hand/", SQL)


def test_a_savepoint_belongs_to_just_the_run_in_which_it_was_taken() -> None:
    assert taken_in(own_savepoint(run=RUN), RUN)
    assert not taken_in(own_savepoint(run=RUN), RUN + 1)
    assert not taken_in("obs://state/by-hand/", RUN)
    assert not taken_in("obs://state/by-hand/", None)


def test_a_job_whose_name_has_hyphens_is_no_trap() -> None:
    directory = savepoint_directory("my-state", "orders-2", "t", RUN, SQL)
    assert taken_in(directory, RUN)
    assert not taken_in(directory, 2)
    assert fits(directory, SQL)
