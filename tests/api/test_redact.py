"""No message shows a secret, and no message is blotted out for nothing."""

from __future__ import annotations

import time

import pytest

from dli_provider.api.redact import secrets_in, without_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("near 'password' = 'hunter2', 'url' = 'jdbc'", "near 'password' = ***, 'url' = 'jdbc'"),
        ("'PassWord'='hunter2'", "'PassWord'=***"),
        ("`password` = 'it''s secret' end", "`password` = *** end"),
        ('{"secret_key": "a\\"b", "n": 1}', '{"secret_key": ***, "n": 1}'),
        ("jdbc:mysql://h/db?user=me&password=hunter2&x=1", "jdbc:mysql://h/db?user=me&password=***&x=1"),
        (
            "'properties.sasl.jaas.config' = 'x required password=\"p\";'",
            "'properties.sasl.jaas.config' = ***",
        ),
        ("mongodb://me:hunter2@host/db", "mongodb://me:***@host/db"),
        ("fs.s3a.secret.key=abc,next", "fs.s3a.secret.key=***,next"),
        ("'pwd' = 'x' and 'api-key' = 'y'", "'pwd' = *** and 'api-key' = ***"),
    ],
)
def test_what_is_assigned_to_a_telling_name_is_masked(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "SQL parse failed. Encountered unexpected token: FROM at line 3",
        "The token has expired.",
        "SELECT name = 'x' FROM t",
        "Object 'passwords' not found; did you mean 'password'?",
        "http://host:8080/path is unreachable",
    ],
)
def test_other_text_is_left_alone(text: str) -> None:
    assert without_secrets(text) == text


def test_given_secrets_are_masked_wherever_they_are() -> None:
    assert without_secrets("login AK12 with SK1234-longer failed", ["AK12", "SK1234-longer", "SK1234"]) == (
        "login *** with *** failed"
    )


def test_very_short_secrets_do_not_blot_the_text_out() -> None:
    assert without_secrets("a job", ["", "a"]) == "a job"


def test_the_secrets_of_an_sql_text() -> None:
    sql = """CREATE TABLE t (id INT) WITH ('connector' = 'jdbc', 'username' = 'me', 'password' = 'hunter2',
      'properties.sasl.jaas.config' = 'x required username="u" password="kafka-pw";')"""
    found = set(secrets_in(sql))
    assert {"hunter2", "kafka-pw"} <= found
    assert not {"jdbc", "me"} & found


def test_long_words_take_no_long_time() -> None:
    text = "x" * 1_000_000 + " 'password' = 'hunter2'"
    began = time.monotonic()
    assert "hunter2" not in without_secrets(text)
    assert list(secrets_in(text)) == ["hunter2"]
    assert time.monotonic() - began < 5
