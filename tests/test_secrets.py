"""What is secret is shown by no door, however it is spelled; and nothing is blotted out for nothing."""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from dli_provider.emulator.console.pages import body_for_eyes
from dli_provider.generate.extraction import Secrets
from dli_provider.review.mask import Mask
from dli_provider.secrets import (
    KnownSecrets,
    _in_comments,
    _small,
    _spans,
    for_people,
    mask_json,
    may_hold_secrets,
    secret_values,
    secrets_in,
    sounds_secret,
    text_secret_spans,
    visible,
    without_secrets,
)
from dli_provider.sql import mask_any, mask_secrets
from tests.support.secret_texts import (
    CANARY,
    CASES,
    CONTROL,
    FORMS,
    NOT_IN_PROSE,
    OPTIONS,
    OTHER_NAMES,
    PLAIN,
    STEERING,
)

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
    "messages": for_people,
    "SQL": mask_secrets,
    "reviews": Mask.of([]).sql,
    "review's sentences": Mask.of([]).text,
    "console": body_for_eyes,
}
PROSE = ("messages", "review's sentences")
"""Doors for sentences, in which a comment of SQL is none."""


@pytest.mark.parametrize("door", DOORS)
def test_a_secret_is_shown_by_no_door(door: str) -> None:
    missed = NOT_IN_PROSE if door in PROSE else ()
    shown = [case for case, text in CASES.items() if text not in missed and CANARY in DOORS[door](text)]
    assert shown == []


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(OPTIONS) >= 60
    assert len(PLAIN) >= 25
    assert all(CANARY in text for text in CASES.values())


NO_SQL = re.compile("SQL in|JSON|XML|Python's|program")


@pytest.mark.parametrize("form", [form for form in FORMS if not NO_SQL.search(form)])
def test_a_secret_is_written_into_no_program(form: str) -> None:
    assert [name for name in OPTIONS if CANARY in _extracted(FORMS[form].format(name, CANARY))] == []


@pytest.mark.parametrize("door", DOORS)
def test_what_only_looks_like_a_secret_is_shown(door: str) -> None:
    whole = [form for form in FORMS if "JSON" not in form and "cut off" not in form]
    texts = [FORMS[form].format(name, CANARY) for form in whole for name in OTHER_NAMES]
    texts += [text for text in PLAIN if door in PROSE or "--" not in text]
    assert [(text, DOORS[door](text)) for text in texts if DOORS[door](text) != text] == []


@pytest.mark.parametrize("name", [*OPTIONS, *OTHER_NAMES])
def test_a_document_is_masked_by_its_names(name: str) -> None:
    documents = [{name: CANARY}, {"a": {name: [CANARY]}}, [{"key": name, "value": CANARY}]]
    for document in documents:
        shown = json.dumps(mask_json(document, without_secrets))
        assert (CANARY in shown) == (name in OTHER_NAMES)
        assert (CANARY in secret_values(document)) == (name in OPTIONS)
    assert sounds_secret(name) == (name in OPTIONS)


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


def test_given_secrets_are_masked_wherever_they_are() -> None:
    known = KnownSecrets(["AK12", "SK1234-longer", "SK1234"])
    assert without_secrets("login AK12 with SK1234-longer failed", known) == "login *** with *** failed"


@pytest.mark.parametrize(
    "text",
    [
        'it\'s "so" 1/2',
        "it''s \"so\" 1/2",
        'it\'s \\"so\\" 1/2',
        "it%27s%20%22so%22%201%2F2",
        'so it\'s "so" 1/2 so',
    ],
)
def test_a_known_secret_is_found_however_it_is_written(text: str) -> None:
    shown = without_secrets(
        f"DLI said: {text}.", KnownSecrets(['it\'s "so" 1/2'] if "''" not in text else ["it''s \"so\" 1/2"])
    )
    assert "***" in shown
    assert "1" not in shown


def test_a_known_secret_of_several_lines_is_found_line_by_line() -> None:
    known = KnownSecrets(["first line\nsecond line\n"])
    assert without_secrets("it has second line in it", known) == "it has *** in it"


def test_very_short_secrets_do_not_blot_the_text_out() -> None:
    known = KnownSecrets(["", "a", "true", "@{db_password}"])
    assert without_secrets("a job is true to @{db_password}", known) == "a job is true to @{db_password}"


def test_known_secrets_show_nothing_of_themselves() -> None:
    assert CANARY not in repr(KnownSecrets([CANARY]))


@pytest.mark.parametrize("kind", CONTROL)
def test_nothing_steers_a_terminal(kind: str) -> None:
    shown = for_people(f"status: {CONTROL[kind]}, end")
    assert [letter for letter in STEERING if letter in shown] == []
    assert shown.encode("utf-8")
    assert shown.endswith("end")


def test_what_people_write_stays_as_it_is() -> None:
    text = "Zeile eins\n\tZeile zwei: grün, 中文, \U0001f469\u200d\U0001f680\n"
    assert for_people(text) == text
    assert visible("a\r\nb") == "a\nb"


def test_the_secrets_of_an_sql_text() -> None:
    sql = """CREATE TABLE t (id INT) WITH ('connector' = 'jdbc', 'username' = 'me', 'password' = 'hunter2',
      'properties.sasl.jaas.config' = 'x required username="u" password="kafka-pw";')"""
    found = set(secrets_in(sql))
    assert {"hunter2", "kafka-pw"} <= found
    assert not {"jdbc", "me"} & found


HOSTILE = {
    **{
        text: text
        for text in (
            "'",
            '"',
            "'\"`",
            "\\",
            '\\"',
            "://",
            "://:",
            "://a:b'c@",
            "password=",
            '{"key":',
            "password={",
            "x",
        )
    },
    **{
        text: text
        for text in ('"password":[', '"password": {', "'password'=", "a=", "password: ", "Cookie:", "ssl.")
    },
    **{
        text: text
        for text in ("<password>", "-----BEGIN PRIVATE KEY-----", "/*+ OPTIONS('password'='x') */", "\x1b")
    },
    "a table": "CREATE TABLE t (a INT) WITH ('password' = 'hunter2', 'url' = 'jdbc:mysql://h:1/d');\n",
}
"""What is repeated to a text that takes long where something looks ahead from each letter of it."""


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "door", [for_people, mask_secrets, lambda text: KnownSecrets(secrets_in(text)).spans(text)]
)
def test_hostile_text_takes_no_long_time(text: str, door: Callable[[str], object]) -> None:
    """Twice the text, twice the time: for what is walked through again and again it would be four times."""
    short, long = HOSTILE[text] * (2**14 // len(text)), HOSTILE[text] * (2**16 // len(text))
    assert _seconds(door, long) < 10 * _seconds(door, short) + 0.2


def _seconds(door: Callable[[str], object], text: str) -> float:
    """The shortest of three: the garbage collection of a process with ten thousand tests is not the door's."""

    def once() -> float:
        began = time.process_time()
        door(text)
        return time.process_time() - began

    return min(once() for _ in range(3))


def test_many_known_secrets_take_no_long_time() -> None:
    known = KnownSecrets(f"secret-{number}" for number in range(100_000))
    began = time.process_time()
    assert without_secrets("x" * 200_000 + "secret-77777", known).endswith("x***")
    assert time.process_time() - began < 2


def test_long_words_take_no_long_time() -> None:
    text = "x" * 1_000_000 + " 'password' = 'hunter2'"
    began = time.monotonic()
    assert "hunter2" not in without_secrets(text)
    assert list(secrets_in(text)) == ["hunter2"]
    assert time.monotonic() - began < 5


def test_what_is_masked_is_never_passed_over() -> None:
    texts = [*CASES.values(), *PLAIN, *MASKED_ONCE.values(), *(text.swapcase() for text in CASES.values())]
    # Letters that are an s or an i to who ignores case.
    likenesses = str.maketrans("skiI", "\u017f\u212a\u0131\u0130")
    texts += [text.translate(likenesses) for text in CASES.values()]
    held = [text for text in texts if next(_spans(text), None) or next(_in_comments(text), None)]
    assert len(held) > 1000
    assert [text for text in held if not may_hold_secrets(text)] == []
    assert not may_hold_secrets(
        "create table t (a int, primary key (a) not enforced) with ('key.format' = 'json')"
    )


def test_letters_are_made_small_in_their_places_and_as_patterns_do_that_ignore_case() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    small = _small(every)
    assert len(small) == len(every)
    letters = [found.start() for found in re.finditer("[a-z]", every, re.IGNORECASE)]
    assert letters == [found.start() for found in re.finditer("[a-z]", small)]
    assert [small[at] for at in letters if not every[at].isascii()] == ["i", "i", "s", "k"]


@pytest.mark.parametrize("before", ["\u00df", "\u0149", "\ufb06", "\u01f0", "\u4e2d", "\U0001f600", ""])
@pytest.mark.parametrize("after", ["\u00df", "\u1e97", "\ufb01", "\ufb05", ""])
@pytest.mark.parametrize("word", ["ak", "SK", "jwt", "\u017fk", "a\u212a"])
def test_a_letter_that_is_written_with_two_hides_no_word_beside_it(
    before: str, word: str, after: str
) -> None:
    text = f"{before}{word}{after} = 'hunter2'"
    assert "hunter2" not in without_secrets(text)
    assert "hunter2" in [*secrets_in(text)]


def test_what_stands_twice_in_a_document_is_told_once_but_under_each_name() -> None:
    sql = "CREATE TABLE t (a INT) WITH ('password' = 'hunter2')"
    assert [*secret_values({"olds": {"sql_body": sql}, "news": {"sql_body": sql}})] == ["hunter2"]
    assert [*secret_values([{"note": sql}, {"token": sql}])] == ["hunter2", sql]
