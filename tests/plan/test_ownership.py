"""Whose job it is, and which savepoint belongs to which run and query."""

from __future__ import annotations

import pytest

from dli_provider.plan.ownership import (
    BEGUN,
    MARK,
    RESERVED_PREFIX,
    SAVEPOINT_NOTE,
    Marks,
    Standing,
    fits,
    may_continue,
    of_another,
    owner_of,
    ownership_tags,
    owns,
    savepoint_directory,
    standing,
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


@pytest.mark.parametrize("nonce", [None, "0123456789ab"])
def test_the_digest_alone_tells_whose_a_job_is_and_the_readable_tags_are_for_people(
    nonce: str | None,
) -> None:
    tags = ownership_tags(OWNER, nonce)
    assert owns(OWNER, {MARK: tags[MARK]})
    assert not owns(OWNER, {key: value for key, value in tags.items() if key != MARK})
    assert not owns(OWNER, tags | ownership_tags("shop/dev/revenue", nonce))


@pytest.mark.parametrize("nonce", [None, "0123456789ab"])
def test_tags_are_short_reserved_and_differ_where_only_the_end_of_a_name_does(nonce: str | None) -> None:
    long = "p" * 60
    one, other = (ownership_tags(f"{long}/{long}/{long}{end}", nonce) for end in "ab")
    assert one != other
    for key, value in one.items():
        assert key.startswith(RESERVED_PREFIX)
        assert len(value) <= 43


@pytest.mark.parametrize("nonce", [None, "0123456789ab"])
def test_stacks_that_share_their_first_43_characters_are_two(nonce: str | None) -> None:
    long = "checkout-and-payment-of-the-whole-of-europe-"
    one, other = (f"shop/{long}{end}/orders" for end in ("dev", "prod"))
    marks = Marks.of(ownership_tags(one, nonce))
    assert marks.stack == Marks.of(ownership_tags(other, nonce)).stack, "as people see them"
    assert marks.is_of(one)
    assert marks.same_stack(one)
    assert not marks.is_of(other)
    assert not marks.same_stack(other)


def test_a_resource_with_a_slash_in_its_name_has_an_owner_too() -> None:
    assert owns("shop/dev/team/orders", ownership_tags("shop/dev/team/orders"))


def test_an_owner_is_told_to_people() -> None:
    assert owner_of(ownership_tags(OWNER)) == "stack shop/dev"
    assert owner_of({"team": "data"}) == "nobody that left a tag on it"


RENAMED, ANOTHER = "shop/staging/orders", "shop/dev/revenue"
A, B = "a" * 12, "b" * 12
VERDICTS = {
    # marks of (owner, nonce); owner in the state, in the program; nonce in the state; adopted without a write
    "as it was made": ((OWNER, A), OWNER, OWNER, A, False, Standing.OURS),
    "as version 0.1.0 made it": ((OWNER, None), OWNER, OWNER, None, False, Standing.OURS),
    "another checkout made it": ((OWNER, B), OWNER, OWNER, A, False, Standing.ANOTHERS),
    "another checkout took it over": ((OWNER, B), OWNER, OWNER, None, False, Standing.ANOTHERS),
    "another resource's": ((ANOTHER, A), OWNER, OWNER, A, False, Standing.ANOTHERS),
    "its marks were taken off": (None, OWNER, OWNER, A, False, Standing.LET_GO),
    "its marks of version 0.1.0 were taken off": (None, OWNER, OWNER, None, False, Standing.LET_GO),
    "adopted without a write": (None, OWNER, OWNER, None, True, Standing.OURS),
    "adopted, then taken by another": ((ANOTHER, B), OWNER, OWNER, None, True, Standing.ANOTHERS),
    "adopted, marked, and cut off before that was kept": (
        (OWNER, B),
        OWNER,
        OWNER,
        None,
        True,
        Standing.OURS,
    ),
    "renamed": ((OWNER, A), OWNER, RENAMED, A, False, Standing.MOVING),
    "made by version 0.1.0, then renamed": ((OWNER, None), OWNER, RENAMED, None, False, Standing.MOVING),
    "renamed, and cut off when it was marked": ((RENAMED, A), OWNER, RENAMED, A, False, Standing.OURS),
    "of 0.1.0, renamed, and cut off when it was marked": (
        (RENAMED, B),
        OWNER,
        RENAMED,
        None,
        False,
        Standing.OURS,
    ),
    "renamed to what another checkout has": ((RENAMED, B), OWNER, RENAMED, A, False, Standing.ANOTHERS),
    "renamed, and another's meanwhile": ((ANOTHER, A), OWNER, RENAMED, A, False, Standing.ANOTHERS),
    "older than owners": (None, None, OWNER, None, False, Standing.OURS),
    "older than owners, and another's": ((ANOTHER, A), None, OWNER, None, False, Standing.ANOTHERS),
    "without an owner": ((ANOTHER, A), None, None, None, False, Standing.OURS),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_what_a_job_is_to_the_resource_that_is_about_to_change_it(case: str) -> None:
    marked, was, now, nonce, unclaimed, verdict = VERDICTS[case]
    tags = {"team": "data"} | (ownership_tags(*marked) if marked else {})
    assert standing(Marks.of(tags), was, now, nonce, unclaimed=unclaimed) is verdict


def test_where_tags_cannot_be_read_the_state_is_believed() -> None:
    assert standing(None, OWNER, RENAMED, A) is Standing.OURS


def test_a_change_of_marks_that_was_cut_off_is_finished_by_whoever_began_it() -> None:
    half = {key: value for key, value in ownership_tags(OWNER, A).items() if key != MARK}
    assert standing(Marks.of(half), OWNER, RENAMED, A) is Standing.MOVING
    assert standing(Marks.of(half), OWNER, OWNER, A) is Standing.MOVING
    assert standing(Marks.of(half), "shop/prod/orders", "shop/prod/orders", B) is Standing.ANOTHERS


NOW, PATIENCE = 1_000_000.0, 1200.0


@pytest.mark.parametrize(
    ("tags", "ran", "age", "goes_on"),
    [
        (ownership_tags(OWNER, A) | {BEGUN: "999000"}, True, 1.0, True),
        (ownership_tags(OWNER, A) | {BEGUN: "999000"}, False, None, True),
        (ownership_tags(OWNER, A) | {BEGUN: "920000"}, True, 1.0, True),
        (ownership_tags(OWNER, A) | {BEGUN: "910000"}, True, 9e9, False),
        (ownership_tags(OWNER, A) | {BEGUN: "1"}, False, 1.0, True),
        (ownership_tags(OWNER, A) | {BEGUN: "999000", SAVEPOINT_NOTE: "obs://b/x/"}, True, 1.0, False),
        (ownership_tags(OWNER, A), False, 1.0, False),
        (ownership_tags(OWNER), False, 1.0, True),
        (ownership_tags(OWNER), False, 3000.0, False),
        (ownership_tags(OWNER), False, None, False),
        (ownership_tags(OWNER), True, 1.0, False),
        (ownership_tags(ANOTHER, A) | {BEGUN: "999000"}, False, 1.0, False),
        ({BEGUN: "999000"}, False, 1.0, False),
    ],
    ids=[
        "begun and not done", "begun, and DLI does not tell its age", "begun today, and runs",
        "begun before yesterday, and runs", "begun long ago, and never ran", "begun, and somebody saved its state",
        "done",
        "a draft of version 0.1.0", "an old draft", "a draft of unknown age", "ran", "another's", "nobody's",
    ],
)  # fmt: skip
def test_only_a_creation_that_was_cut_off_is_gone_on_with(
    tags: dict[str, str], ran: bool, age: float | None, goes_on: bool
) -> None:
    made = None if age is None else NOW - age
    found = may_continue(Marks.of(tags), OWNER, ran=ran, made=made, now=NOW, patience=PATIENCE)
    assert found is goes_on


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
