"""Placeholders: found only in literals, filled without ending them, and refused where they cannot work."""

import pytest

from dli_provider.promotion.placeholders import fill, in_secret_places, placeholders
from dli_provider.promotion.problems import Problems


def filled(sql: str, **values: str) -> str:
    return fill(sql, placeholders(sql, "jobs/a.sql"), values)


@pytest.mark.parametrize(
    ("sql", "values", "expected"),
    [
        ("'topic' = '@{prefix}.orders'", {"prefix": "dev"}, "'topic' = 'dev.orders'"),
        ("'@{a}@{b}@{a}'", {"a": "1", "b": "2"}, "'121'"),
        ("'p' = '@{pw}'", {"pw": "it's"}, "'p' = 'it''s'"),
        ("'p' = \"@{pw}\"", {"pw": 'it\'s "it"'}, '\'p\' = "it\'s ""it"""'),
        ("'it''s @{x}'", {"x": "$1 \\1 @{y}"}, "'it''s $1 \\1 @{y}'"),
        ("-- @{nothing} here\nSELECT '@{x}' /* nor @{here */", {"x": "1"}, None),
        ("SELECT REGEXP_REPLACE(a, '(?<y>.)', '${y}'), '{{y}}', 'a@b'", {}, None),
    ],
)
def test_a_value_takes_the_place_of_its_placeholder(
    sql: str, values: dict[str, str], expected: str | None
) -> None:
    assert filled(sql, **values) == (sql.replace("@{x}", "1") if expected is None else expected)


def test_a_placeholder_tells_its_line() -> None:
    (place,) = placeholders("SELECT 1;\n\nSELECT '@{x}'", "a.sql")
    assert (place.name, place.line, place.quote) == ("x", 3, "'")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "SELECT 1\nFROM @{table}",
            "jobs/a.sql, line 2: @{table} stands outside a literal. Put it in single",
        ),
        ("SELECT `@{column}`", "@{column} stands outside a literal"),
        ("SELECT '@{x'", "jobs/a.sql, line 1: @{x is no placeholder. Write @{name}"),
        ("SELECT '@{}'", "@{} is no placeholder"),
        ("SELECT '@{my-topic}'", "@{my-topic} is no placeholder"),
        ("SELECT 'open", "jobs/a.sql: the string literal that begins at line 1, column 8 is never closed."),
    ],
)
def test_what_only_looks_like_one_is_refused(sql: str, message: str) -> None:
    with pytest.raises(Problems) as refused:
        placeholders(sql, "jobs/a.sql")
    (said,) = refused.value.messages
    assert message in said


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(Problems) as refused:
        placeholders("SELECT @{a}, '@{b', '@{fine}', @{c}", "a.sql")
    assert len(refused.value.messages) == 3


def test_it_is_known_where_a_secret_belongs() -> None:
    sql = "CREATE TABLE t (a INT) WITH ('topic' = '@{topic}', 'password' = '@{pw}', 'url' = '@{host}/x')"
    assert in_secret_places(sql, placeholders(sql, "a.sql")) == {"pw"}
