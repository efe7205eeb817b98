"""What is secret in SQL and in bodies is not shown, whatever it is called and wherever it stands; all else is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dli_provider.emulator.console.pages import MASK, body_for_eyes, mask_text

SECRET = "hunter2-Zx9"


@pytest.mark.parametrize(
    "key",
    [
        *(
            "password",
            "sink.password",
            "passwd",
            "db.pwd",
            "properties.sasl.jaas.config",
            "secret-key",
            "token",
        ),
        *(
            "access.key",
            "access_key",
            "s3.access-key",
            "ak",
            "obs.sk",
            "private.key",
            "PASSWORD",
            "user.credential",
        ),
    ],
)
def test_an_option_of_a_table(key: str) -> None:
    shown = mask_text(
        f"CREATE TABLE t (a INT) WITH ('connector' = 'jdbc', '{key}' = '{SECRET}', 'table-name' = 't')"
    )
    assert SECRET not in shown
    assert f"'{key}' = '{MASK}'" in shown
    assert "'connector' = 'jdbc'" in shown
    assert "'table-name' = 't'" in shown


@pytest.mark.parametrize(
    "text",
    [
        f"SET 'fs.s3.secret.key'='{SECRET}';",
        f"INSERT INTO t /*+ OPTIONS('password'='{SECRET}') */ SELECT * FROM s",
        f"'password' = 'it''s {SECRET}'",
        f"'password'\n  =\n  '{SECRET}'",
        f"'password' = '{SECRET}",
        f"'url' = 'jdbc:mysql://root:{SECRET}@db:3306/shop'",
        f"""'properties.sasl.jaas.config' = 'PlainLoginModule required password="{SECRET}";'""",
        f"-- 'password' = '{SECRET}'",
    ],
)
def test_wherever_it_stands(text: str) -> None:
    assert SECRET not in mask_text(text)


@pytest.mark.parametrize(
    "key", ["connector", "sink.parallelism", "keyspace", "risk", "task", "tasks.max", "passenger"]
)
def test_what_only_sounds_like_one_is_shown(key: str) -> None:
    assert mask_text(f"'{key}' = 'x1'") == f"'{key}' = 'x1'"


@pytest.mark.parametrize(
    "body",
    [
        {"sql_body": f"WITH ('password' = '{SECRET}')"},
        {"runtime_config": json.dumps([{"key": "s3.secret-key", "value": SECRET}])},
        {"auth": {"identity": {"password": {"user": {"name": "u", "password": SECRET}}}}},
        {"tags": [{"key": "api_key", "value": SECRET}]},
        {"tokens": [SECRET]},
    ],
)
def test_a_body(body: dict[str, object]) -> None:
    shown = body_for_eyes(json.dumps(body))
    assert SECRET not in shown
    assert MASK in json.loads(shown).__repr__()


def test_a_body_that_is_no_json() -> None:
    assert SECRET not in body_for_eyes('{"password": "' + SECRET)
    assert body_for_eyes("not json") == "not json"


@given(st.text(max_size=80))
def test_nothing_else_is_changed(text: str) -> None:
    value = text.replace("'", "").replace("@", "").replace('"', "")
    assert mask_text(f"SELECT '{value}'") == f"SELECT '{value}'"


@given(st.text(alphabet=st.characters(exclude_characters="'"), min_size=1, max_size=40))
def test_every_value_of_a_password_is_hidden(value: str) -> None:
    assert mask_text(f"'password' = '{value}'") == f"'password' = '{MASK}'"
