"""What is secret is shown by no door, however it is spelled; and nothing is blotted out for nothing."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from dli_provider.emulator.console.pages import body_for_eyes
from dli_provider.generate.extraction import Secrets
from dli_provider.review.mask import Mask
from dli_provider.secrets import mask_json, secrets_in, sounds_secret, text_secret_spans, without_secrets
from dli_provider.sql import mask_any, mask_secrets

CANARY = "hunter2-Zx9"

NAMES = [
    *("password", "PassWord", "passwd", "pwd", "db_password", "sink.password", "passphrase", "mypwd"),
    *("secret", "secret-key", "secret_key", "fs.obs.secret.key", "fs.s3a.secret.key", "client-secret"),
    *("token", "access_token", "security.token", "api-token", "credential", "user.credentials"),
    *("access.key", "access_key", "s3.access-key", "accesskey", "ak", "sk", "obs.sk", "obs_ak", "SK"),
    *("api.key", "apikey", "api-key", "private.key", "private-key", "privatekey", "encryption-key"),
    *("account.key", "storage-key", "shared_key", "properties.sasl.jaas.config", "authorization"),
    *("cookie", "signature", "basic.auth.user.info", "properties.ssl.keystore.key", "ssl.truststore.key"),
]
HARMLESS = [
    *("connector", "topic", "key.format", "sink.parallelism", "keyspace", "risk", "task", "tasks.max"),
    *("passenger", "username", "ask", "skew", "primary-key", "properties.group.id", "scan.startup.mode"),
]

FORMS = {
    "option": "CREATE TABLE t (a INT) WITH ('connector' = 'jdbc', '{}' = '{}')",
    "option, no spaces": "'{}'='{}'",
    "option over lines": "'{}'\n  =\n  '{}'",
    "option, doubled quote": "'{}' = 'it''s {}'",
    "option, cut off": "CREATE TABLE t (a INT) WITH ('connector' = 'jdbc', '{}' = '{}",
    "option in back-ticks": "CREATE TABLE t (a INT) WITH (`{}` = '{}')",
    "national literal": "CREATE TABLE t (a INT) WITH ('{}' = N'{}')",
    "older SQL": 'CREATE SOURCE STREAM s (a INT) WITH (type = "rds", {} = "{}")',
    "setting": "SET '{}' = '{}';",
    "bare setting": "SET {} = {};",
    "hint": "SELECT a FROM t /*+ OPTIONS('{}' = '{}') */",
    "comment": "-- '{}' = '{}'\nSELECT 1",
    "address": "'url' = 'jdbc:mysql://h/db?{}={}&x=1'",
    "address, second": "'url' = 'jdbc:mysql://h/db?user=me&{}={}'",
    "assignment in a literal": "'login' = 'required {}=\"{}\";'",
    "sentence": "cannot log in with {}={}, try again",
    "JSON": '{{"{}": "{}", "n": 1}}',
    "JSON, cut off": '{{"n": 1, "{}": "{}',
    "JSON list": '{{"{}": ["{}"]}}',
    "JSON entry": '[{{"key": "{}", "value": "{}"}}]',
    "JSON in JSON": '{{"config": "{{\\"{}\\": \\"{}\\"}}"}}',
    "JSON in an option": "'headers' = '{{\"{}\": \"{}\"}}'",
    "ciphered, as Spring writes it": "{}={{cipher}}{}",
    "ciphered, in a sentence": "cannot read {} = {{cipher}}{}: no such file",
    "braces": "{}={{{}}}",
    "object": '{}={{"a":"{}"}}',
    "object, and more": '{}={{"a":1}}{}',
    "JSON, no object": '{{"{}": {{{}}}}}',
    "list, and more": "{}=[a]{}",
    "JSON list in a text, cut off": "{}=[a,{}",
    "back-ticks, and more": "{}=`a`{}",
    "quoted name with another quote": "'a\"{}' = '{}'",
    "SQL in JSON": "{{\"sql_body\": \"CREATE TABLE t (a INT)\\nWITH ('{}' = '{}')\"}}",
}
LOGINS = [
    f"https://me:{CANARY}@host/a.jar",
    f"https://{CANARY}@host/a.jar",
    f"'url' = 'jdbc:mysql://root:{CANARY}@db:3306/shop'",
    f"-- mongodb://me:{CANARY}@host/db\nSELECT 1",
    f"jdbc:mysql://root:a'{CANARY}@h/db",
    f"jdbc:mysql://root:a`{CANARY}@h/db",
    f'jdbc:mysql://root:a"{CANARY}@h/db',
    f"jdbc:mysql://r'x:{CANARY}@h/db",
    f"cannot reach amqp://me:{CANARY}@host:5672",
]


TELLING_ONCE = (
    r"[\w.-]*(?:passw(?:or)?d|pwd|secret|token|credential|api[._-]?key|access[._-]?key|jaas)[\w.-]*"
)
MASKED_ONCE = {
    "messages, assignments": r"(?i)(?<![\w.-])"
    rf"(?:(?P<quote>['\"`]){TELLING_ONCE}(?P=quote)\s*[=:]|{TELLING_ONCE}\s*=)\s*"
    r"""(?P<value>'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^\s,;&)'"]+)""",
    "messages, log-ins": r"://[^/\s:@]*:(?P<value>[^/\s@]+)(?=@)",
    "console, options": r"'(?P<key>[^'\n]*)'\s*=\s*'(?P<value>(?:[^']|'')*)(?:'|$)",
    "console, entries": r'"key"\s*:\s*"(?P<key>[^"\\]*)"\s*,\s*"value"\s*:\s*"(?P<value>(?:[^"\\]|\\.)*)(?:"|$)',
    "console, members": r'"(?P<key>[^"\\]*)"\s*:\s*"(?P<value>(?:[^"\\]|\\.)*)(?:"|$)',
    "console, log-ins": r"\w://[^\s/:@'\"]*:(?P<value>[^\s/@'\"]+)(?=@)",
    "SQL, log-ins": r"(?<=://)(?:(?P<value>[^\s/@'\"`]*:[^\s/'\"`]*)@|(?P<other>[^\s/@'\"`]+)@)",
}
"""How secrets were found when messages, the console and SQL each had a masker of their own."""
KEYS_ONCE = re.compile(
    r"passw(?:or)?d|pwd|secret|token|credential|jaas|access[._-]?key|private[._-]?key|api[._-]?key|(?:^|[._-])(?:ak|sk)$",
    re.IGNORECASE,
)
"""Names that were secret to the console."""
SHARDS = [
    *(
        "'",
        '"',
        "`",
        "\\",
        "=",
        ":",
        "=>",
        " ",
        "\n",
        ",",
        ";",
        "&",
        ")",
        "[",
        "]",
        "{",
        "}",
        "@",
        "/",
        "://",
    ),
    *("password", "'password'", '"token"', "`ak`", "s3.access-key", "'sk'", "url", "'a'", "n", "x", "user"),
    *('"key"', '"value"', "{cipher}", "CANARY", "CANARY", "CANARY", "CANARY", " = ", '": "', "' = '", "''"),
    *("password=", "'api_key' = '", '"token": "', "my.secret =", "://me:", '"key": "sk", "value": "'),
]


def masked_once(text: str) -> Iterator[str]:
    """The values in a text that any of the three maskers of old masked."""
    for pattern in MASKED_ONCE.values():
        for found in re.finditer(pattern, text):
            groups = found.groupdict()
            if "key" not in groups or KEYS_ONCE.search(groups["key"]):
                yield groups["value"] or groups.get("other") or ""


def _extracted(text: str) -> str:
    return Secrets().take_out(text).text


DOORS: dict[str, Callable[[str], str]] = {
    "messages": without_secrets,
    "SQL": mask_secrets,
    "reviews": Mask.of([]).sql,
    "console": body_for_eyes,
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_shown_by_no_door(form: str, door: str) -> None:
    assert [name for name in NAMES if CANARY in DOORS[door](FORMS[form].format(name, CANARY))] == []


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("text", LOGINS)
def test_a_login_is_shown_by_no_door(text: str, door: str) -> None:
    assert CANARY not in DOORS[door](text)


@pytest.mark.parametrize("form", [form for form in FORMS if "SQL in" not in form and "JSON" not in form])
def test_a_secret_is_written_into_no_program(form: str) -> None:
    assert [name for name in NAMES if CANARY in _extracted(FORMS[form].format(name, CANARY))] == []


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("form", [form for form in FORMS if "JSON" not in form and "cut off" not in form])
def test_what_only_looks_like_a_secret_is_shown(form: str, door: str) -> None:
    texts = [FORMS[form].format(name, CANARY) for name in HARMLESS]
    assert [DOORS[door](text) for text in texts] == texts


@pytest.mark.parametrize("name", [*NAMES, *HARMLESS])
def test_a_document_is_masked_by_its_names(name: str) -> None:
    documents = [{name: CANARY}, {"a": {name: [CANARY]}}, [{"key": name, "value": CANARY}]]
    for document in documents:
        shown = json.dumps(mask_json(document, without_secrets))
        assert (CANARY in shown) == (name in HARMLESS)
    assert sounds_secret(name) == (name in NAMES)


def test_what_any_masker_of_old_masked_is_masked() -> None:
    """Of broken text too. Each canary has a number, so that it is known which one was masked."""
    dice = random.Random(13)
    masked = 0
    for _ in range(5_000):
        shards = dice.choices(SHARDS, k=dice.randint(4, 16))
        text = "".join(f"HUNTER{at}." if shard == "CANARY" else shard for at, shard in enumerate(shards))
        once = {canary for value in masked_once(text) for canary in re.findall(r"HUNTER\d+\.", value)}
        for door in (without_secrets, lambda text: mask_any(text, "***")):
            shown = door(text)
            assert [canary for canary in once if canary in shown] == [], text
        masked += len(once)
    assert masked > 500


def test_spans_are_apart_and_within_the_text() -> None:
    for form in FORMS.values():
        text = form.format("jaas.token", f"password={CANARY}")
        spans = text_secret_spans(text)
        assert spans == sorted(spans)
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(first[1] <= second[0] for first, second in pairwise(spans))


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
        ("mongodb://me:hunter2@host/db", "mongodb://***@host/db"),
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
