"""Nothing secret is shown: known values wherever they turn up, and what sounds like a secret."""

from __future__ import annotations

import pytest

from dli_provider.review.mask import Mask

MASK = Mask.of(["hunter2", "abc", "first line\nsecond line"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the password is hunter2!", "the password is ***!"),
        ("xhunter2x", "x***x"),
        ("abc is too short to be one", "abc is too short to be one"),
        ("a second line of it", "a *** of it"),
    ],
)
def test_known_secrets_are_masked_everywhere(text: str, shown: str) -> None:
    assert MASK.text(text) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("smn_topic", None, "unset"),
        ("log_enabled", True, "true"),
        ("cu_number", 4, "4"),
        ("tags", {}, "empty"),
        ("runtime_config", {"s3.secret.key": "x1", "parallelism": "2"}, "s3.secret.key: ***, parallelism: 2"),
        ("runtime_config", {"of": {"user.password": "x1"}}, "of: user.password: ***"),
        ("udf_jar_url", "https://me:pw@host/a.jar", "https://***@host/a.jar"),
        ("edge_group_ids", ["a", "hunter2"], "a, ***"),
    ],
)
def test_values_are_shown_in_a_line(name: str, value: object, shown: str) -> None:
    assert MASK.value(name, value) == shown


def test_sql_is_masked_by_what_is_known_and_by_what_it_says() -> None:
    sql = "CREATE TABLE a WITH ('password' = 'unheard-of', 'topic' = 'hunter2'); -- token abcdef"
    assert MASK.sql(sql) == "CREATE TABLE a WITH ('password' = '***', 'topic' = '***'); --***"
    assert "hunter2" not in MASK.sql("CREATE TABLE 'hunter2")


def test_a_mask_does_not_show_what_it_hides() -> None:
    assert "hunter2" not in repr(MASK)
