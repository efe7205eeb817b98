"""Flink SQL cut into pieces by sqlglot's tokenizer. Alone in knowing sqlglot; what words mean is told elsewhere."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from sqlglot import Tokenizer, TokenType
from sqlglot.errors import TokenError

from dli_provider.sql.split import Unreadable
from dli_provider.sql.tokens import Kind


class Lexeme(NamedTuple):
    """A piece of a text, not a comment, from `start` up to `end`. Words are names still."""

    kind: Kind
    text: str
    start: int
    end: int


class FlinkTokenizer(Tokenizer):
    """sqlglot's tokenizer with Flink's lexical rules. Key words are told from names in `sql_tokens`, not by sqlglot.

    Double quotes delimit strings: Flink itself has no use for them, and DLI's older SQL has, in its options.
    """

    QUOTES: ClassVar[list[tuple[str, str] | str]] = ["'", '"']
    IDENTIFIERS: ClassVar[list[str | tuple[str, str]]] = ["`"]
    STRING_ESCAPES: ClassVar[list[str]] = ["'", '"']
    HEX_STRINGS: ClassVar[list[str | tuple[str, str]]] = [("x'", "'"), ("X'", "'")]
    COMMENTS: ClassVar[list[str | tuple[str, str]]] = ["--", "//", ("/*", "*/")]
    NESTED_COMMENTS = False
    TOKENS_PRECEDING_HINT: ClassVar[set[TokenType]] = set(TokenType)
    COMMANDS: ClassVar[set[TokenType]] = set()
    KEYWORDS: ClassVar[dict[str, TokenType]] = {
        "/*+": TokenType.HINT,
        "||": TokenType.DPIPE,
        ">=": TokenType.GTE,
        "<=": TokenType.LTE,
        "<>": TokenType.NEQ,
        "!=": TokenType.NEQ,
        "=>": TokenType.FARROW,
    }


# sqlglot takes Jinja comments for comments in every dialect; in Flink SQL those characters are none.
FlinkTokenizer._COMMENTS.pop("{#", None)
FlinkTokenizer._KEYWORD_TRIE.pop("{", None)

_KINDS = {
    TokenType.STRING: Kind.STRING,
    TokenType.NATIONAL_STRING: Kind.STRING,
    TokenType.HEX_STRING: Kind.STRING,
    TokenType.NUMBER: Kind.NUMBER,
    TokenType.IDENTIFIER: Kind.QUOTED,
    TokenType.VAR: Kind.NAME,
    TokenType.HINT: Kind.HINT,
}


def lexemes(sql: str) -> list[Lexeme]:
    """The pieces of a text. Raises `Unreadable` where it cannot be cut."""
    try:
        raw = FlinkTokenizer().tokenize(sql)
    except TokenError as error:
        raise Unreadable("text", 1, 1) from error
    found = []
    for token in raw:
        kind = _KINDS.get(token.token_type, Kind.SIGN)
        text = sql[token.start : token.end + 1] if kind in (Kind.STRING, Kind.HINT) else token.text
        found.append(Lexeme(kind, text, token.start, token.end + 1))
    return found
