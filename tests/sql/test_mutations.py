"""Changes made at random: of looks, which never matter, and of meaning, which always do."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dli_provider.sql import (
    ChangeRule,
    StateFate,
    Token,
    TokenKind,
    Unreadable,
    classify,
    findings,
    mask_secrets,
    outline,
    problems,
    same_meaning,
    tokens,
)
from dli_provider.sql.inserts import state_of
from dli_provider.sql.state import Keeps
from dli_provider.sql.words import AGGREGATES
from tests.sql.pairs import pairs

pytestmark = pytest.mark.slow


def readable(sql: str) -> bool:
    try:
        tokens(sql)
    except Unreadable:
        return False
    return True


TEXTS = sorted({text for pair in pairs() for text in (pair.before, pair.after) if readable(text)})
SPACES = [" ", "\n", "\t", "  ", "\r\n", " -- a; 'comment\n", '/* another " one; */', " // the third `kind\n"]
CLAUSES = frozenset(
    [
        "SELECT",
        "FROM",
        "WHERE",
        "GROUP",
        "HAVING",
        "ORDER",
        "LIMIT",
        "UNION",
        "WINDOW",
        "ON",
        "JOIN",
        "INSERT",
        "SET",
        "CREATE",
    ]
)


def dressed(sql: str, rng: random.Random) -> str:
    """The text with other white space, comments and cases of key words, in the places where there may be some."""
    out, end = [], 0
    for tok in tokens(sql):
        gap = sql[end : tok.start]
        text = sql[tok.start : tok.end]
        if tok.kind is TokenKind.WORD:
            text = "".join(rng.choice([char.lower(), char.upper()]) for char in text)
        # Where nothing stood between two tokens, nothing is put: `${x}` is read otherwise with a space in it.
        out += [rng.choice(SPACES) if gap and rng.random() < 0.3 else gap, text]
        end = tok.end
    return rng.choice(SPACES) + "".join(out) + rng.choice(["", ";", ";;\n", "\n-- end"])


def changed(tok: Token) -> str | None:
    """The token with another meaning; None for key words and signs, whose change is no SQL any more."""
    if tok.kind is TokenKind.STRING:
        return tok.text[:-1] + "x" + tok.text[-1]
    if tok.kind is TokenKind.NUMBER:
        return tok.text + "1"
    if tok.kind is TokenKind.NAME:
        return tok.text.swapcase() if tok.text.swapcase() != tok.text else tok.text + "x"
    if tok.kind is TokenKind.QUOTED:
        return f"`{tok.text}x`"
    return (
        {"=": "<>", "<": ">", ">": "<", "+": "-", "-": "+", "*": "/"}.get(tok.text)
        if tok.kind is TokenKind.SIGN
        else None
    )


def stateful_parts(sql: str) -> list[Token]:
    """The tokens inside WHERE, GROUP BY, ON and the calls of aggregates of a query."""
    found: list[Token] = []
    clauses = [""]
    last = ""
    for tok in tokens(sql):
        if tok.text == "(" and tok.kind is TokenKind.SIGN:
            clauses.append("AGGREGATE" if last in AGGREGATES else clauses[-1])
        elif tok.text == ")" and len(clauses) > 1:
            clauses.pop()
        elif tok.text == ";":
            clauses = [""]
        elif tok.kind is TokenKind.WORD and tok.text in CLAUSES and clauses[-1] != "AGGREGATE":
            clauses[-1] = tok.text
        if clauses[-1] in ("WHERE", "GROUP", "ON", "AGGREGATE"):
            found.append(tok)
        last = tok.text
    return found


def keeps_state(sql: str) -> bool:
    script = outline(sql)
    return len(script.inserts) == 1 and state_of(script) is Keeps.YES


STATEFUL = [sql for sql in TEXTS if keeps_state(sql) and any(map(changed, stateful_parts(sql)))]


@settings(max_examples=300, deadline=None)
@given(sql=st.sampled_from(TEXTS), seed=st.integers(0, 2**32))
def test_other_looks_are_cosmetic(sql: str, seed: int) -> None:
    other = dressed(sql, random.Random(seed))
    assert same_meaning(sql, other), other
    assert classify(sql, other).cosmetic


@settings(max_examples=300, deadline=None)
@given(sql=st.sampled_from(TEXTS), data=st.data())
def test_another_literal_or_name_is_never_cosmetic(sql: str, data: st.DataObject) -> None:
    choices = [tok for tok in tokens(sql) if changed(tok) is not None]
    tok = data.draw(st.sampled_from(choices))
    other = sql[: tok.start] + str(changed(tok)) + sql[tok.end :]
    assert not same_meaning(sql, other)
    assert not classify(sql, other).cosmetic


@settings(max_examples=600, deadline=None)
@given(sql=st.sampled_from(STATEFUL), data=st.data())
def test_another_meaning_below_state_is_never_carried(sql: str, data: st.DataObject) -> None:
    tok = data.draw(st.sampled_from([tok for tok in stateful_parts(sql) if changed(tok)]))
    other = sql[: tok.start] + str(changed(tok)) + sql[tok.end :]
    verdict = classify(sql, other)
    # A filter on results stands above the state, though its clause is called WHERE or HAVING too.
    above = {finding.rule for finding in findings(sql, other)} == {ChangeRule.RESULT_FILTER}
    # COUNT counts rows, whichever literal it is given.
    counted = sql[: tok.start].rstrip().upper().endswith("COUNT(")
    assert above or counted or verdict.state_fate >= StateFate.AT_RISK, (
        sql[tok.start - 20 : tok.end + 20],
        verdict,
    )


@settings(max_examples=300, deadline=None)
@given(sql=st.sampled_from(TEXTS), data=st.data())
def test_broken_text_is_judged_without_an_error(sql: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(sql)))
    end = data.draw(st.integers(start, min(len(sql), start + 40)))
    behind = data.draw(st.integers(end, len(sql)))
    moved = sql[:start] + sql[end:behind] + sql[start:end] + sql[behind:]
    for other in (sql[:start] + sql[end:], sql[:end] + sql[start:], moved):
        assert classify(sql, other).because
        problems(other)
        mask_secrets(other)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.text(alphabet="'\"`-/*+();,.$ {}\n\u00a0aSELECT0", max_size=80))
def test_any_text_is_judged_without_an_error(one: str, other: str) -> None:
    assert classify(one, other).because
    assert classify(other, one).because
    problems(other)
    mask_secrets(other)
