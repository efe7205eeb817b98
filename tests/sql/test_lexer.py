"""The lexer cuts a text into tokens and gaps and nothing else, where Flink would; and tells what is never closed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dli_provider.sql import Lines, TokenKind, Unreadable, comments, pieces, split, tokens
from tests.sql.pairs import pairs

TEXTS = sorted({text for pair in pairs() for text in (pair.before, pair.after)})
FRAGMENTS = [
    *("'", '"', "`", "''", "``", "--", "//", "/*", "*/", "/*+", ";", "\n", "\r", "\r\n", " ", "\t", "\u00a0"),
    *("a", "SELECT", "ORDER BY", "n'", "N'a'", "x'", "X'0a'", "X'0g'", "_utf8'a'", "$a", "é", "١", "²", "a1"),
    *("0", "1.", ".5", "1e", "1e-5", "1.5E3", "0x1F", "||", "|", ">=", "=>", "<>", "!=", "!", "<", "{", "}"),
    *("@", "\\", "#", "(", ")", "[", ",", "&", "?", "%", "\x00", "\x1c", "\ufeff", "-", "/", "*", "+"),
]
SQL = st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join) | st.text(max_size=60)


def blank(gap: str) -> bool:
    """Whether there is nothing in it but white space and comments."""
    left, done = "", 0
    for start, end in comments(gap):
        left, done = left + gap[done:start], end
    return not (left + gap[done:]).strip()


def check_pieces(sql: str) -> None:
    done = 0
    for piece in pieces(sql):
        assert piece.start >= done
        assert blank(sql[done : piece.start])
        written = sql[piece.start : piece.end]
        assert written
        assert piece.text == (written[1:-1].replace("``", "`") if piece.kind is TokenKind.QUOTED else written)
        done = piece.end
    assert blank(sql[done:])


def open_in(cut: Callable[[str], Iterable[object]], sql: str) -> tuple[str, int, int] | None:
    """What is never closed: the mark that opens it, and its place."""
    try:
        list(cut(sql))
    except Unreadable as error:
        return error.mark, error.line, error.column
    return None


def check(sql: str) -> None:
    never_closed = open_in(pieces, sql)
    assert open_in(split, sql) == never_closed
    if never_closed is None:
        check_pieces(sql)
    else:
        mark, *place = never_closed
        (at, *_) = [at for at in range(len(sql)) if list(Lines(sql).at(at)) == place]
        assert sql.startswith(mark, at)
        check_pieces(sql[:at])


@pytest.mark.parametrize("sql", TEXTS)
def test_the_corpus_is_its_pieces_and_the_gaps_between_them(sql: str) -> None:
    check(sql)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(SQL)
def test_any_text_is_its_pieces_and_gaps_up_to_what_is_never_closed(sql: str) -> None:
    check(sql)


@settings(max_examples=500, deadline=None)
@given(SQL)
def test_tokens_are_pieces_of_which_key_words_are_told(sql: str) -> None:
    try:
        told = tokens(sql)
    except Unreadable:
        return
    cut = list(pieces(sql))
    while cut and cut[0].kind is TokenKind.HINT:
        del cut[0]
    assert [(tok.start, tok.end) for tok in told] == [(piece.start, piece.end) for piece in cut]
    for tok, piece in zip(told, cut, strict=True):
        word = (TokenKind.WORD, piece.text.upper())
        assert (tok.kind, tok.text) in ((piece.kind, piece.text), word)


@pytest.mark.parametrize(
    ("sql", "texts"),
    [
        ("a.b", ["a", ".", "b"]),
        ("1.5e-3x", ["1.5e-3", "x"]),
        ("1..2", ["1.", ".", "2"]),
        ("1e5+3", ["1e5", "+", "3"]),
        ("0x1F", ["0", "x1F"]),
        ("a-1", ["a", "-", "1"]),
        ("a--1\n-b", ["a", "-", "b"]),
        ("a||'b'||c", ["a", "||", "'b'", "||", "c"]),
        ("a=>b<>c!=d>=e<=f", ["a", "=>", "b", "<>", "c", "!=", "d", ">=", "e", "<=", "f"]),
        ("MAP<STRING,ROW<a INT>>", ["MAP", "<", "STRING", ",", "ROW", "<", "a", "INT", ">", ">"]),
        ("'it''s'", ["'it''s'"]),
        ("N'a' n\"b\" X'0a'", ["N'a'", 'n"b"', "X'0a'"]),
        ("an'b'", ["an", "'b'"]),
        ("`a``b`", ["a`b"]),
        ("'--' /*;*/ \"/*\" //x\n y", ["'--'", '"/*"', "y"]),
        ("t /*+ OPTIONS('a'='*') */", ["t", "/*+ OPTIONS('a'='*') */"]),
        ("/*/ a */ b", ["b"]),
        ("\ufeffINSERT", ["\ufeff", "INSERT"]),
        ("${x}", ["$", "{", "x", "}"]),
    ],
)
def test_hard_cases(sql: str, texts: list[str]) -> None:
    assert [piece.text for piece in pieces(sql)] == texts


@pytest.mark.parametrize(
    ("sql", "mark", "line", "column"),
    [
        ("a 'b", "'", 1, 3),
        ('a\n "b', '"', 2, 2),
        ("a\r\nb\rc `d", "`", 3, 3),
        ("a /* b", "/*", 1, 3),
        ("a /*+ b", "/*", 1, 3),
        ("'a''", "'", 1, 4),
        ("-- it's\n'", "'", 2, 1),
        ("x'0g' '", "'", 1, 7),
    ],
)
def test_what_is_never_closed_is_told_with_its_place(sql: str, mark: str, line: int, column: int) -> None:
    for cut in (split, tokens, lambda text: list(pieces(text))):
        with pytest.raises(Unreadable) as told:
            cut(sql)
        assert (told.value.mark, told.value.line, told.value.column) == (mark, line, column)


def test_a_binary_literal_holds_hexadecimal_digits() -> None:
    with pytest.raises(
        Unreadable, match="binary literal that begins at line 1, column 11 holds other letters"
    ):
        tokens("SELECT 1, X'0g'")
    assert tokens("SELECT X''")[1].text == "X''"


def test_nothing_is_there_that_a_leading_hint_could_be_for() -> None:
    assert [tok.text for tok in tokens("/*+ a */ SELECT b /*+ c */")] == ["SELECT", "b", "/*+ c */"]
