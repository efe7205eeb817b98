"""What can be said of SQL text alone: what it lacks, which texts mean the same, what must not be shown."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dli_provider.sql import (
    TokenKind,
    Unreadable,
    classify,
    comments,
    mask_secrets,
    problems,
    same_meaning,
    split,
    tokens,
)
from dli_provider.sql.headline import Headline, _read, headline
from tests.sql.pairs import pairs

SOURCE = "CREATE TABLE s (a INT) WITH ('connector' = 'datagen');"
SINK = "CREATE TABLE t (a INT) WITH ('connector' = 'print');"


def readable(sql: str) -> bool:
    try:
        split(sql)
    except Unreadable:
        return False
    return True


TEXTS = sorted({text for pair in pairs() for text in (pair.before, pair.after) if readable(text)})


@pytest.mark.parametrize(
    "sql",
    [
        *TEXTS,
        SOURCE + SINK + "INSERT INTO t SELECT a FROM s",
        SOURCE + SINK + "insert into t (a) (select a from s)",
        SOURCE + SINK + "INSERT INTO t TABLE s",
        SINK + "INSERT INTO t VALUES (1)",
        SINK + "INSERT INTO t SELECT 1",
        "INSERT INTO c.d.t SELECT a FROM c.d.s",
        "CREATE CATALOG c WITH ('type' = 'hive'); USE CATALOG c; INSERT INTO t SELECT a FROM s",
        "CREATE TABLE x WITH ('connector' = 'print') AS SELECT a FROM c.d.s",
        'CREATE SOURCE STREAM s (a INT) WITH (type = "dis");CREATE SINK STREAM t (a INT) WITH (type = "dis");'
        "INSERT INTO t SELECT a FROM s;",
        SOURCE
        + SINK
        + "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT a FROM s; INSERT INTO t SELECT a + 1 FROM s; END",
        "CREATE TABLE ${name} (a INT) WITH ('topic' = '${topic}'); INSERT INTO ${sink} SELECT ${column} FROM ${name}",
        SOURCE + SINK + "EXECUTE INSERT INTO t SELECT a FROM s",
        SOURCE + SINK + "INSERT OVERWRITE t SELECT a FROM s",
        "-- all of it\n" + SOURCE + SINK + "/* x */ INSERT /* y */ INTO -- z\n t SELECT a FROM s // end",
    ],
)
def test_what_may_run_has_no_problem(sql: str) -> None:
    assert problems(sql) == ()


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("", ["empty"]),
        (" \n;; -- nothing\n", ["empty"]),
        ("SELECT 'a", []),  # a slip, which is told with its place: see test_mistakes.py
        (SOURCE + SINK, ["no query", "no sink"]),
        (SOURCE + "SELECT a FROM s", ["no sink"]),
        ("INSERT INTO t SELECT a FROM s", ["no source"]),
        (SOURCE + SINK + "INSERT INTO t", ["no query"]),
        ("hello", ["no source", "no query", "no sink"]),
    ],
)
def test_what_is_missing_is_named(sql: str, says: list[str]) -> None:
    found = problems(sql)
    assert len(found) == len(says)
    for sentence, words in zip(found, says, strict=True):
        assert words in sentence
        assert sentence.endswith((".", "..."))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a", "SELECT A"),
        ("SELECT a FROM source", "SELECT a FROM Source"),
        ("SELECT a FROM t WHERE x OR source = 1", "SELECT a FROM t WHERE x OR SOURCE = 1"),
        ("SELECT 'a'", "SELECT 'A'"),
        ("SELECT 'a'", "SELECT ' a'"),
        ("SELECT `a`", "SELECT a"),
        ("SELECT `a b`", "SELECT `a  b`"),
        ("SELECT 1", "SELECT 1.0"),
        ("SELECT 0x1", "SELECT 0 x1"),
        ("SELECT U&'a'", "SELECT U & 'a'"),
        ("SELECT X'0A'", "SELECT X'0a'"),
        ("SELECT a FROM t /*+ OPTIONS('x'='y') */", "SELECT a FROM t"),
        ("SELECT a FROM t /*+ OPTIONS('x'='y') */", "SELECT a FROM t /*+ OPTIONS('x'='z') */"),
        ("SELECT a FROM t /*+ OPTIONS('x'='y') */", "SELECT a FROM t /* + OPTIONS('x'='y') */"),
        ("SELECT {# a #}", "SELECT {# b #}"),
        ("SELECT ${a}", "SELECT ${ a}"),
        ("SELECT a", "SELECT\u00a0a"),
        ("SELECT a < > b", "SELECT a <> b"),
        ("USE source", "USE SOURCE"),
        ("WITH ordinality AS (SELECT 1) SELECT 2", "WITH Ordinality AS (SELECT 1) SELECT 2"),
        ("SELECT a WHERE NOT enforced", "SELECT a WHERE NOT Enforced"),
        ("SELECT a ORDER BY desc", "SELECT a ORDER BY Desc"),
        ("CREATE VIEW v AS SELECT metadata FROM t", "CREATE VIEW v AS SELECT Metadata FROM t"),
        ("SELECT md5 FROM t", "SELECT Md5 FROM t"),
        ("SELECT my_fn(a)", "SELECT MY_FN(a)"),
        ("SELECT a; SELECT b", "SELECT a SELECT b"),
        ("SELECT a -- b", "SELECT a b"),
        ("SELECT 'a", "SELECT  'a"),
    ],
)
def test_different_meaning(one: str, other: str) -> None:
    assert not same_meaning(one, other)
    assert not same_meaning(other, one)
    assert same_meaning(one, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CREATE TABLE a (m MAP<STRING, INT>)", "create table a (m map<string, int>)"),
        (
            "CREATE TABLE a (x INT METADATA FROM 'k' VIRTUAL)",
            "create table a (x int metadata from 'k' virtual)",
        ),
        (
            "CREATE TABLE a (x INT, PRIMARY KEY (x) NOT ENFORCED)",
            "create table a (x int, primary key (x) not enforced)",
        ),
        ("CREATE OR REPLACE TEMPORARY VIEW v AS SELECT 1", "create or replace temporary view v as select 1"),
        ("CREATE SOURCE STREAM s (a INT)", "create source stream s (a int)"),
        ("CREATE TABLE IF NOT EXISTS t (a INT)", "create table if not exists t (a int)"),
        ("USE CATALOG c", "use catalog c"),
        ("DROP VIEW IF EXISTS v", "drop view if exists v"),
        (
            "SELECT SUM(a) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)",
            "select sum(a) over (rows between unbounded preceding and current row)",
        ),
        ("SELECT a ORDER BY b DESC, c ASC LIMIT 3", "select a order by b desc, c asc limit 3"),
        ("SELECT a GROUP BY GROUPING SETS ((a), ())", "select a group by grouping sets ((a), ())"),
        ("INSERT OVERWRITE t SELECT 1", "insert overwrite t select 1"),
        ("SELECT a FROM t, UNNEST(b) WITH ORDINALITY", "select a from t, unnest(b) with ordinality"),
        ("SELECT\ta\r\nFROM\ft", "SELECT a FROM t"),
        ("SELECT a FROM t WHERE b LIKE '.'", "SELECT a FROM t WHERE b like '.'"),
    ],
)
def test_same_meaning(one: str, other: str) -> None:
    assert same_meaning(one, other)


@pytest.mark.parametrize("sql", TEXTS)
def test_statements_are_cut_where_the_tokenizer_sees_semicolons(sql: str) -> None:
    whole = [tok[:3] for tok in tokens(sql) if tok.text != ";"]
    assert [tok[:3] for statement in split(sql) for tok in tokens(statement)] == whole


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="ab'`\"-/*+; \n", max_size=40))
def test_any_text_is_cut_as_it_is_tokenized(sql: str) -> None:
    if readable(sql):
        # A hint is only one where something stands before it; a comment has nothing to say wherever it stands.
        pieces = [
            tok.text
            for statement in split(sql)
            for tok in tokens(statement)
            if tok.kind is not TokenKind.HINT
        ]
        whole = [tok for tok in tokens(sql) if tok.kind is not TokenKind.HINT]
        assert pieces == [tok.text for tok in whole if (tok.kind, tok.text) != (TokenKind.SIGN, ";")]
        assert all(sql[start:end].startswith(("--", "//", "/*")) for start, end in comments(sql))


@pytest.mark.parametrize("statement", sorted({statement for sql in TEXTS for statement in split(sql)}))
def test_headline_of_the_usual_statement_agrees_with_its_tokens(statement: str) -> None:
    assert headline(statement) == _read(statement)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("insert /* x */ into `a`.b select 1", Headline("insert", "a.b")),
        ("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1", Headline("insert", "a", in_set=True)),
        ("CREATE TABLE IF NOT EXISTS `a b` (x INT)", Headline("table", "a b")),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", Headline("view", "v")),
        ("CREATE SINK STREAM s (x INT)", Headline("table", "s", older=True)),
        ("CREATE FUNCTION f AS 'x'", Headline("other")),
        ("USE CATALOG c", Headline("source")),
        ("END", Headline("bracket", in_set=True)),
    ],
)
def test_headline(statement: str, expected: Headline) -> None:
    assert headline(statement) == expected


SECRET = st.text(alphabet=string.ascii_letters + string.digits + "-_.!#$%", min_size=6, max_size=20).map(
    "Zq7".__add__
)
PLACES = [
    "CREATE TABLE t (a INT) WITH ('connector' = 'jdbc', 'password' = '{}')",
    "CREATE TABLE t (a INT) WITH ('properties.sasl.jaas.config' = 'X required username=\"u\" password=\"{}\";')",
    "CREATE TABLE t (a INT) WITH ('other' = 'X required username=\"u\" password=\"{}\";')",
    "CREATE TABLE t (a INT) WITH ('url' = 'jdbc:mysql://h:3306/d?user=u&password={}')",
    "CREATE TABLE t (a INT) WITH ('hosts' = 'http://u:{}@h:9200')",
    "CREATE TABLE t (a INT) WITH ('fs.obs.access.key' = '{}')",
    "CREATE TABLE t (a INT) WITH ('fs.obs.secret.key'='{}')",
    'CREATE SOURCE STREAM s (a INT) WITH (type = "rds", db_password = "{}")',
    "CREATE TABLE t (a INT) WITH (`password` = '{}')",
    "SET 'security.token' = '{}'",
    "SET security.token = {};",
    "SELECT a FROM t /*+ OPTIONS('password' = '{}') */",
    "SELECT a -- password {}\nFROM t",
    "/* 'password' = '{}' */ SELECT a",
    "SELECT a FROM t WHERE token = '{}'",
    "CREATE TABLE t (a INT) WITH ('password' = 'it''s {}')",
    "CREATE TABLE t (a INT) WITH ('password' = '{}'); SELECT '{}'",
    "CREATE TABLE t (a INT) WITH ('password' = '{}",
    "CREATE TABLE t (a INT) WITH ('secret' = {} {}, 'x' = 'y')",
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACES), SECRET)
def test_no_secret_is_shown(place: str, secret: str) -> None:
    assert secret not in mask_secrets(place.replace("{}", secret))


def test_what_is_no_secret_is_shown() -> None:
    sql = "CREATE TABLE t (a INT, PRIMARY KEY (a) NOT ENFORCED) WITH ('topic' = 'x', 'key.format' = 'raw')"
    assert mask_secrets(sql) == sql
    assert (
        mask_secrets("SET 'a.password' = 'x'; SELECT b FROM t") == "SET 'a.password' = '***'; SELECT b FROM t"
    )


def test_largest_script_is_judged_quickly() -> None:
    table = (
        "CREATE TABLE s{0} ("
        + ", ".join(f"c{{0}}_{n} STRING" for n in range(30))
        + ") WITH ('topic' = 't{0}');\n"
    )
    insert = "INSERT INTO k SELECT c{0}_1, COUNT(*) FROM s{0} WHERE c{0}_2 = 'x' GROUP BY c{0}_1;\n"
    sql = "".join((table + insert).format(n) for n in range(1300))
    assert len(sql) > 700_000
    verdict = classify(sql, sql.replace("FROM s700 WHERE c700_2 = 'x'", "FROM s700 WHERE c700_2 = 'y'"))
    assert verdict.because.startswith("a filter before the state into sink k changes")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1 h", "60 min", True),
        ("3600000", "3600 s", True),
        ("1 d", "24hours", True),
        ("0", "0 ms", True),
        ("1 h", "61 min", False),
        ("PT1H", "1 h", False),  # not what Flink reads before 2.0
    ],
)
def test_a_time_to_live_is_the_same_in_other_units(one: str, other: str, same: bool) -> None:
    query = SOURCE + SINK + "INSERT INTO t SELECT DISTINCT a FROM s;"
    before, after = (f"SET 'table.exec.state.ttl' = '{each}'; {query}" for each in (one, other))
    assert classify(before, after).cosmetic is same
    assert classify(before, query, (), (("table.exec.state.ttl", other),)).cosmetic is same
