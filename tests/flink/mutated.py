"""Queries, and what becomes of their state when one token of them is another: on a real Flink, by rows.

A change is tried like this. The old query reads the first rows and is stopped with a savepoint; the new one goes on
from it with the other rows. Beside it the new one reads all rows, and what both write of the other rows has to be the
same.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dli_provider.flink.row_runner import (
    END_OF_TIME,
    Change,
    RowRunner,
    RunRefused,
    RunStep,
    ScriptResult,
    ScriptRun,
)
from dli_provider.sql import Token, TokenKind, tokens

_TABLES = """CREATE TABLE bid (auction BIGINT, bidder BIGINT, price INT, channel STRING, ts TIMESTAMP(3),
  seen AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
  WITH ('connector' = 'kafka', 'topic' = 'bid', 'properties.bootstrap.servers' = 'k:9092', 'format' = 'json');
CREATE TABLE auction (id BIGINT, seller BIGINT, category INT, reserve INT, item STRING, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
  WITH ('connector' = 'kafka', 'topic' = 'auction', 'properties.bootstrap.servers' = 'k:9092', 'format' = 'json');
CREATE TABLE person (id BIGINT, city STRING, age INT, PRIMARY KEY (id) NOT ENFORCED)
  WITH ('connector' = 'upsert-kafka', 'topic' = 'person', 'properties.bootstrap.servers' = 'k:9092',
  'key.format' = 'json', 'value.format' = 'json');
"""
_PRINT = "WITH ('connector' = 'print')"
_KAFKA = "WITH ('connector' = 'kafka', 'topic' = 'out', 'properties.bootstrap.servers' = 'k:9092', 'format' = 'json')"
_JDBC = "WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://h/d', 'table-name' = 'out')"

# Each: the columns of the sink, its options, and the query. None of them stands in the corpus.
_WRITTEN: tuple[tuple[str, str, str], ...] = (
    ("a BIGINT, b INT, c STRING", _KAFKA,
     "SELECT auction, price * 2, channel FROM bid WHERE price > 12 AND auction < 5"),
    ("a STRING, b INT", _KAFKA, "SELECT UPPER(channel), CASE WHEN price > 20 THEN 1 ELSE 0 END FROM bid"),
    ("a STRING, n BIGINT", _PRINT, "SELECT channel, COUNT(*) FROM bid GROUP BY channel"),
    ("a STRING, n BIGINT", _PRINT, "SELECT channel, COUNT(DISTINCT bidder) FROM bid WHERE price > 3 GROUP BY channel"),
    ("a BIGINT, s INT, m INT", _PRINT, "SELECT auction, SUM(price), MAX(price) FROM bid GROUP BY auction"),
    ("a BIGINT, s INT", _PRINT, "SELECT auction, SUM(price) FROM bid GROUP BY auction HAVING SUM(price) > 60"),
    ("a BIGINT, s DOUBLE", _PRINT, "SELECT auction, AVG(price) * 1.5 FROM bid GROUP BY auction HAVING COUNT(*) > 4"),
    ("a BIGINT, s INT, PRIMARY KEY (a) NOT ENFORCED", _JDBC,
     "SELECT bidder, SUM(price) FROM bid WHERE channel <> 'a' GROUP BY bidder"),
    ("a STRING, b BIGINT, n BIGINT", _PRINT,
     "SELECT channel, auction, COUNT(*) FROM bid GROUP BY channel, auction HAVING COUNT(*) > 2"),
    ("a STRING, n BIGINT, m INT", _PRINT,
     "SELECT channel, COUNT(*) FILTER (WHERE price > 10), MIN(price) FROM bid GROUP BY channel"),
    ("a STRING, n BIGINT", _PRINT,
     "SELECT c, SUM(n) FROM (SELECT channel AS c, bidder, COUNT(*) AS n FROM bid GROUP BY channel, bidder) GROUP BY c"),
    ("a BIGINT, n BIGINT", _PRINT, "SELECT DISTINCT auction, bidder FROM bid WHERE price > 8"),
    ("a BIGINT, b INT, c STRING", _PRINT,
     "SELECT b.auction, b.price, a.item FROM bid AS b JOIN auction AS a ON b.auction = a.id WHERE b.price > 10"),
    ("a BIGINT, b INT, c STRING", _PRINT,
     "SELECT b.auction, b.price, a.item FROM bid AS b LEFT JOIN auction AS a ON b.auction = a.id AND a.category = 1"),
    ("a BIGINT, n BIGINT", _PRINT,
     "SELECT a.category, COUNT(*) FROM bid AS b JOIN auction AS a ON b.auction = a.id GROUP BY a.category"),
    ("a BIGINT, s INT, t INT", _PRINT,
     "SELECT a.seller, SUM(b.price), MAX(a.reserve) FROM bid AS b INNER JOIN auction AS a ON b.auction = a.id"
     " WHERE a.reserve > 2 GROUP BY a.seller"),
    ("a BIGINT, b STRING, c INT", _PRINT,
     "SELECT b.auction, p.city, b.price FROM bid AS b JOIN person AS p ON b.bidder = p.id WHERE p.age > 30"),
    ("a STRING, n BIGINT", _PRINT, "SELECT city, COUNT(*) FROM person WHERE age > 25 GROUP BY city"),
    ("a STRING, n INT, PRIMARY KEY (a) NOT ENFORCED", _JDBC, "SELECT city, MAX(age) FROM person GROUP BY city"),
    ("a BIGINT, b STRING", _PRINT, "SELECT id, city FROM person WHERE age > 25"),
    ("a STRING, w TIMESTAMP(3), n BIGINT", _KAFKA,
     "SELECT channel, window_end, COUNT(*) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' SECOND))"
     " GROUP BY channel, window_start, window_end"),
    ("w TIMESTAMP(3), s INT", _KAFKA,
     "SELECT window_start, SUM(price) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '15' SECOND))"
     " WHERE price > 5 GROUP BY window_start, window_end HAVING SUM(price) > 20"),
    ("a BIGINT, w TIMESTAMP(3), m INT", _KAFKA,
     "SELECT auction, window_end, MAX(price) FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '5' SECOND,"
     " INTERVAL '15' SECOND)) GROUP BY auction, window_start, window_end"),
    ("a STRING, w TIMESTAMP(3), m INT", _KAFKA,
     "SELECT channel, window_end, MIN(price) FROM TABLE(CUMULATE(TABLE bid, DESCRIPTOR(ts), INTERVAL '5' SECOND,"
     " INTERVAL '20' SECOND)) GROUP BY channel, window_start, window_end"),
    ("a STRING, w TIMESTAMP(3), n BIGINT", _KAFKA,
     "SELECT channel, TUMBLE_END(ts, INTERVAL '10' SECOND), COUNT(*) FROM bid WHERE price > 4"
     " GROUP BY channel, TUMBLE(ts, INTERVAL '10' SECOND)"),
    ("a BIGINT, w TIMESTAMP(3), n BIGINT", _KAFKA,
     "SELECT bidder, SESSION_END(ts, INTERVAL '4' SECOND), COUNT(*) FROM bid"
     " GROUP BY bidder, SESSION(ts, INTERVAL '4' SECOND)"),
    ("a BIGINT, b INT, r BIGINT", _PRINT,
     "SELECT auction, price, rn FROM (SELECT auction, price, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price"
     " DESC) AS rn FROM bid) WHERE rn <= 3"),
    ("a BIGINT, b INT", _PRINT,
     "SELECT auction, price FROM (SELECT auction, price, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price"
     " DESC) AS rn FROM bid) WHERE rn <= 2 AND price > 5"),
    ("a BIGINT, b INT, c STRING", _PRINT,
     "SELECT auction, price, channel FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY seen DESC) AS rn"
     " FROM bid) WHERE rn = 1"),
    ("a BIGINT, b INT", _KAFKA,
     "SELECT bidder, price FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY bidder, channel ORDER BY seen ASC) AS rn"
     " FROM bid) WHERE rn = 1"),
    ("a BIGINT, b INT", _PRINT,
     "SELECT bidder, price FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY bidder ORDER BY ts DESC) AS rn"
     " FROM bid) WHERE rn = 1"),
    ("a BIGINT, w TIMESTAMP(3), b INT", _KAFKA,
     "SELECT auction, window_end, price FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end"
     " ORDER BY price DESC, ts ASC) AS rn FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' SECOND)))"
     " WHERE rn <= 2"),
    ("a STRING, s INT", _KAFKA,
     "SELECT channel, SUM(price) OVER (PARTITION BY channel ORDER BY ts ROWS BETWEEN 4 PRECEDING AND CURRENT ROW)"
     " FROM bid WHERE price < 25"),
    ("a STRING, n BIGINT", _KAFKA,
     "SELECT channel, COUNT(*) OVER (PARTITION BY channel ORDER BY ts RANGE BETWEEN INTERVAL '8' SECOND PRECEDING AND"
     " CURRENT ROW) FROM bid"),
    ("a BIGINT, b INT, c STRING", _KAFKA,
     "SELECT b.auction, b.price, a.item FROM bid AS b, auction AS a WHERE b.auction = a.id AND b.ts BETWEEN a.ts -"
     " INTERVAL '6' SECOND AND a.ts + INTERVAL '6' SECOND"),
    ("a BIGINT, b INT", _PRINT,
     "SELECT auction, price FROM bid WHERE auction IN (SELECT id FROM auction WHERE category = 2)"),
    ("a BIGINT, n BIGINT", _PRINT,
     "SELECT id, COUNT(*) FROM (SELECT auction AS id FROM bid WHERE price > 6 UNION ALL SELECT id FROM auction)"
     " GROUP BY id"),
    ("a BIGINT, b STRING", _KAFKA,
     "SELECT auction, channel FROM bid WHERE price > 15 UNION ALL SELECT id, item FROM auction WHERE reserve > 5"),
    ("a BIGINT, n INT", _PRINT,
     "WITH rich AS (SELECT bidder, SUM(price) AS total FROM bid GROUP BY bidder) SELECT bidder, total FROM rich WHERE"
     " total > 40"),
    ("a BIGINT, b INT, n BIGINT", _PRINT,
     "SELECT t.auction, t.top, a.category FROM (SELECT auction, MAX(price) AS top FROM bid GROUP BY auction) AS t JOIN"
     " auction AS a ON t.auction = a.id WHERE t.top > 9"),
    ("a STRING, n BIGINT, s INT", _PRINT,
     "SELECT channel, COUNT(*), LAST_VALUE(price) FROM bid WHERE channel IN ('a', 'b', 'c') GROUP BY channel"),
    ("a STRING, b STRING, n BIGINT", _PRINT,
     "SELECT channel, CAST(auction AS STRING), COUNT(*) FROM bid"
     " GROUP BY GROUPING SETS ((channel), (channel, auction))"),
    ("a BIGINT, b STRING", _PRINT, "SELECT bidder, LISTAGG(channel) FROM bid WHERE price > 18 GROUP BY bidder"),
    ("a BIGINT, b INT, c INT", _KAFKA,
     "SELECT * FROM bid MATCH_RECOGNIZE (PARTITION BY auction ORDER BY ts MEASURES FIRST(A.price) AS lo, LAST(B.price)"
     " AS hi ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A B+ C) DEFINE B AS B.price > A.price, C AS"
     " C.price < LAST(B.price))"),
    ("a BIGINT, b INT, c STRING, PRIMARY KEY (a) NOT ENFORCED", _JDBC,
     "SELECT b.auction, b.price, a.item FROM bid AS b JOIN auction AS a ON b.auction = a.id"),
)  # fmt: skip
_SCRIPTS: tuple[str, ...] = (
    f"SET 'table.exec.state.ttl' = '1 d';\n{_TABLES}CREATE TABLE snk (a STRING, n BIGINT) {_PRINT};\n"
    "CREATE VIEW dear AS SELECT channel, price FROM bid WHERE price > 7;\n"
    "INSERT INTO snk SELECT channel, COUNT(*) FROM dear GROUP BY channel;",
    f"{_TABLES}CREATE TABLE snk (a STRING, n BIGINT) {_PRINT};\nCREATE TABLE more (a BIGINT, n INT) {_PRINT};\n"
    "BEGIN STATEMENT SET;\nINSERT INTO snk SELECT channel, COUNT(*) FROM bid GROUP BY channel;\n"
    "INSERT INTO more SELECT auction, MAX(price) FROM bid WHERE price > 2 GROUP BY auction;\nEND;",
    f"SET 'table.exec.mini-batch.enabled' = 'true';\nSET 'table.exec.mini-batch.allow-latency' = '1 s';\n"
    f"SET 'table.exec.mini-batch.size' = '5';\n{_TABLES}CREATE TABLE snk (a BIGINT, n BIGINT, s INT) {_PRINT};\n"
    "INSERT INTO snk SELECT auction, COUNT(DISTINCT bidder), SUM(price) FROM bid GROUP BY auction;",
    f"{_TABLES}CREATE TABLE snk (a BIGINT, b INT, c STRING) {_PRINT};\nCREATE VIEW newest AS SELECT id, item, reserve"
    " FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY ts DESC) AS rn FROM auction) WHERE rn = 1;\n"
    "INSERT INTO snk SELECT b.auction, b.price, n.item FROM bid AS b JOIN newest AS n ON b.auction = n.id"
    " WHERE b.price > n.reserve;",
    _TABLES
    + "CREATE TABLE rates (id BIGINT, rate INT, ts TIMESTAMP(3), PRIMARY KEY (id) NOT ENFORCED, WATERMARK FOR"
    " ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'upsert-kafka', 'topic' = 'rates',"
    " 'properties.bootstrap.servers' = 'k:9092', 'key.format' = 'json', 'value.format' = 'json');\n"
    f"CREATE TABLE snk (a BIGINT, b INT) {_KAFKA};\nINSERT INTO snk SELECT b.auction, b.price * r.rate FROM bid AS b"
    " JOIN rates FOR SYSTEM_TIME AS OF b.ts AS r ON b.auction = r.id WHERE b.price > 3;",
    _TABLES
    + "CREATE TABLE dim (id BIGINT, label STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'jdbc',"
    f" 'url' = 'jdbc:mysql://h/d', 'table-name' = 'dim');\nCREATE TABLE snk (a STRING, n BIGINT) {_PRINT};\n"
    "INSERT INTO snk SELECT d.label, COUNT(*) FROM bid AS b JOIN dim FOR SYSTEM_TIME AS OF b.seen AS d"
    " ON b.auction = d.id WHERE b.price > 5 GROUP BY d.label;",
)
QUERIES: tuple[str, ...] = (
    *(
        f"{_TABLES}CREATE TABLE snk ({columns}) {options};\nINSERT INTO snk {query};"
        for columns, options, query in _WRITTEN
    ),
    *_SCRIPTS,
)


# -- rows ----------------------------------------------------------------------------------------------------------

_BEGIN = datetime(2026, 1, 1)
HALF = 90  # rows of a table


def rows(seed: int, begin: int, count: int) -> dict[str, list[Change]]:
    """The rows number `begin` and following of each table; the same for the same seed."""
    made: dict[str, list[Change]] = {"dim": [], "rates": [], "person": [], "auction": [], "bid": []}
    for number in range(begin, begin + count):
        rng = random.Random(f"{seed}/{number}")
        wider = number // 15  # so that there are always new ones
        at = (_BEGIN + timedelta(seconds=number + rng.randrange(3))).isoformat(" ", "milliseconds")
        if number < 12:
            made["dim"].append(("+I", {"id": str(number), "label": "rst"[number % 3]}))
        rated = {"id": str(rng.randrange(1, 7 + wider)), "rate": str(rng.randrange(1, 5)), "ts": at}
        made["rates"].append(("+U", dict(rated)))
        made["person"].append(
            (
                "+U",
                {
                    "id": str(rng.randrange(1, 7 + wider)),
                    "city": rng.choice("xyz"),
                    "age": str(rng.randrange(18, 60)),
                },
            )
        )
        auction = {
            "id": rng.randrange(1, 7 + wider),
            "seller": rng.randrange(1, 4),
            "category": rng.randrange(1, 4),
        }
        made["auction"].append(
            ("+I", {**{name: str(value) for name, value in auction.items()}, "reserve": str(rng.randrange(12)),
                    "item": rng.choice("opq"), "ts": at})
        )  # fmt: skip
        bid: dict[str, str | None] = {
            "auction": str(rng.randrange(1, 7 + wider)),
            "bidder": str(rng.randrange(1, 6 + wider)),
            "price": None if rng.random() < 0.04 else str(rng.randrange(31)),
            "channel": rng.choice("abcd"),
            "ts": at,
        }
        made["bid"].append(("+I", bid))
    return made


# -- mutations -----------------------------------------------------------------------------------------------------

_INSTEAD: Mapping[str, Sequence[str]] = {
    "=": ("<>", "<", ">="), "<": ("<=", ">", "="), ">": (">=", "<", "="), "<=": ("<", ">=", "="), ">=": (">", "<="),
    "<>": ("=", "<"), "+": ("-",), "-": ("+",), "*": ("+",),
    "AND": ("OR",), "OR": ("AND",), "LEFT": ("INNER", "RIGHT", "FULL"), "INNER": ("LEFT", "FULL"),
    "DESC": ("ASC",), "ASC": ("DESC",), "TUMBLE": ("HOP",), "SECOND": ("MINUTE",), "BETWEEN": ("NOT BETWEEN",),
    "IN": ("NOT IN",), "ALL": ("",), "DISTINCT": ("",), "INT": ("BIGINT", "DOUBLE", "INTEGER"), "UNION": ("INTERSECT",),
    "BIGINT": ("INT", "DECIMAL(20, 0)"), "STRING": ("VARCHAR(8)", "VARCHAR(2147483647)"), "DOUBLE": ("FLOAT",),
    "SUM": ("MAX", "MIN", "AVG", "COUNT"), "MAX": ("MIN", "SUM", "LAST_VALUE"), "MIN": ("MAX", "FIRST_VALUE"),
    "COUNT": ("SUM", "MAX"), "AVG": ("SUM", "MAX"), "LAST_VALUE": ("FIRST_VALUE", "MAX"), "UPPER": ("LOWER", "TRIM"),
    "LISTAGG": ("MAX", "FIRST_VALUE"), "ROW_NUMBER": ("RANK",), "FIRST": ("LAST",), "LAST": ("FIRST",),
    "SELECT": ("SELECT DISTINCT",), "ROWS": ("RANGE",), "HAVING": ("HAVING NOT",), "WHERE": ("WHERE NOT",),
}  # fmt: skip
_OPTIONS = re.compile(r"WITH\s*\((?=\s*')[^)]*\)")


def mutation(sql: str, rng: random.Random) -> str:
    """The script with one token changed, taken out, or put in. Options of tables stay: no stand-in looks at them."""
    spans = [found.span() for found in _OPTIONS.finditer(sql)]
    found = [tok for tok in tokens(sql) if not any(begin <= tok.start < end for begin, end in spans)]
    # Half of the changes are made where the query is: definitions are longer, and matter less.
    query = [tok for tok in found if tok.start > sql.index("INSERT")]
    at = rng.choice(query if rng.random() < 0.75 else found)
    return sql[: at.start] + _other(at, found, rng) + sql[at.end :]


def _other(tok: Token, all_of_them: Sequence[Token], rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.06:
        return ""
    known = _INSTEAD.get(tok.text.upper(), ())
    if known and chance < 0.9:
        return rng.choice(known)
    if tok.kind is TokenKind.NUMBER:
        return rng.choice([str(int(tok.text) + 1) if tok.text.isdigit() else f"{tok.text}1", f"{tok.text}0"])
    if tok.kind is TokenKind.STRING:
        inner = tok.text[1:-1]
        return f"'{int(inner) * rng.choice([2, 3])}'" if inner.isdigit() else "'d'"
    if tok.kind is TokenKind.NAME:
        return rng.choice([each.text for each in all_of_them if each.kind is TokenKind.NAME])
    return rng.choice(["", f"{tok.text} {rng.choice(all_of_them).text}"])


def mutations(sql: str, rng: random.Random) -> Iterator[str]:
    """Different ones, as they come."""
    seen = {sql}
    while True:
        new = mutation(sql, rng)
        if new not in seen:
            seen.add(new)
            yield new


# -- tried ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TriedChange:
    """One change and what came of it: `right`, `wrong` (other rows than a run from scratch), `fails` (refused), or
    `unclear` (the new query does not run by itself, or not twice alike)."""

    before: str = field(repr=False)
    after: str = field(repr=False)
    truth: str
    words: str = ""


class ChangeBench:
    """One old query, run once up to its savepoint; new ones are tried on that."""

    def __init__(self, flink: RowRunner, before: str, seed: int) -> None:
        self._flink, self._before = flink, before
        self._halves = [rows(seed, begin, HALF) for begin in (0, HALF)]
        self._saved = flink.run(ScriptRun(before, (self._step(before, 0),), save=True))

    def _step(self, sql: str, half: int) -> RunStep:
        """The rows of one half, for the tables that the script reads."""
        reads = self._flink.run(ScriptRun(sql, only_plan=True)).reads
        return RunStep({name: each for name, each in self._halves[half].items() if name in reads})

    def tried(self, after: str) -> TriedChange:
        """What becomes of the change."""
        end = RunStep(time=END_OF_TIME)
        try:
            steps = [self._step(after, half) for half in (0, 1)]
            alone = self._flink.run(ScriptRun(after, (*steps, end)))
        except RunRefused as error:
            return TriedChange(self._before, after, "unclear", f"does not run: {error.message[:200]}")
        try:
            going_on = self._flink.run(
                ScriptRun(after, (steps[1], end), restore=self._saved.savepoint, before=self._halves[0])
            )
        except RunRefused as error:
            return TriedChange(self._before, after, "fails", f"{error.phase}: {error.message[:300]}")
        wanted, got = _changes(alone, 1), _changes(going_on, 0) + _at_start(going_on)
        if wanted == got:
            return TriedChange(self._before, after, "right")
        missing, odd = wanted - got, got - wanted
        return TriedChange(self._before, after, "wrong", f"missing {_few(missing)}, odd {_few(odd)}")


def _changes(result: ScriptResult, since: int) -> Counter[str]:
    return Counter(
        f"{sink} {change}"
        for step in result.steps[since:]
        for sink, changes in step.items()
        for change in changes
    )


def _at_start(result: ScriptResult) -> Counter[str]:
    return Counter(f"{sink} {change}" for sink, changes in result.at_start.items() for change in changes)


def _few(changes: Counter[str]) -> str:
    return f"{sum(changes.values())}: {'; '.join(list(changes)[:2])}"
