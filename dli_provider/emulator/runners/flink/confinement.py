"""Nothing that a job says leads out of the folder that stands for OBS: not its SQL, and not its settings.

A job runs as whoever started the local DLI, and its SQL may come from anybody who can call it. So a script is looked at
before any of it is given to Flink: statements are those of an allow-list, and where Flink takes a path only an OBS path
stands, which lies in that folder. Options must be written plainly: Flink reads `U&'\\0070ath'` as `path`, and so would
whoever wants to get past here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from dli_provider.emulator.runners.flink.obs_folders import ObsFolders, OutsideFolderError
from dli_provider.flink import allowed
from dli_provider.flink.allowed import Deed
from dli_provider.flink.failures import StatementError
from dli_provider.flink.statements import Statement, pieces, split
from dli_provider.sql import Piece, TokenKind

_PATH_KEY: Final = re.compile(r"(?:path|dirs?|directory|location|folder|file|url|uri)$", re.IGNORECASE)
_PATH: Final = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:[/\\]|[/\\~]|\.\.)", re.IGNORECASE)
"""What can be nothing else. Time zones and host:port do not look like it."""
_NAME_KEYS: Final = frozenset({"sink.partition-commit.success-file.name", "partition.default-name"})
_FILES: Final = "filesystem"
_OPTIONS: Final = "OPTIONS"
CLIENT: Final = "properties."
"""How the options begin that a table hands on to Kafka's client."""


class Option(NamedTuple):
    """An option that is written plainly, and where it stands in the text of its statement."""

    key: str
    value: str
    start: int
    value_at: int
    end: int


def confined(sql: str, folders: ObsFolders, there: Collection[str]) -> list[Statement]:
    """The statements of a script, its OBS paths turned into folders. Raises `StatementError` for the first that leads
    out. Tables whose connector is not `there` have stand-ins, which look at no option."""
    jars: set[str] = set()
    for statement in split(sql):
        try:
            _look(statement, folders, there)
            jars |= {folders.mapped(jar) for jar in _jars(statement, folders)}
        except OutsideFolderError as error:
            raise StatementError(str(error), statement.line, statement.column) from error
    mapped = split(folders.mapped_sql(sql))
    for judged in allowed.judged(mapped, jars):
        if judged.deed is Deed.NOT_HERE:
            raise judged.refusal
    return mapped


def check_setting(key: str, value: str, folders: ObsFolders) -> None:
    """Raises `OutsideFolderError` for a setting that names code, a cluster, or a path that is not in the folder."""
    if not allowed.harmless({key: value}):
        raise OutsideFolderError(f"not run here: {key} names code, files or a cluster")
    if _PATH_KEY.search(key) or _PATH.match(value):
        _check_path(key, value, folders)


def _look(statement: Statement, folders: ObsFolders, there: Collection[str]) -> None:
    cut = pieces(statement.text)
    if statement.words[:1] == ("SET",):
        setting = _option(cut[1:])
        check_setting(setting.key, setting.value, folders)
        return
    if any(
        connectors_of(options) for piece in cut if piece.kind is TokenKind.HINT for options in _of_hint(piece)
    ):
        # Stand-ins are put where a table is defined; a hint would bring back the connector they stand for.
        raise OutsideFolderError("not run here: a hint that gives a table another connector")
    for options in option_lists(cut):
        connectors = connectors_of(options)
        if len(connectors) > 1:
            raise OutsideFolderError("not run here: a table with two connectors")
        if connectors and connectors[0] not in there:
            continue
        if connectors == [_FILES] and _takes_over(cut, options):
            # What no other connector looks at stands there unchecked: any path may.
            raise OutsideFolderError(
                "not run here: a table of files that takes over the options of another table; "
                "write LIKE ... (EXCLUDING OPTIONS), and all its options in it"
            )
        for option in options:
            _check_option(option, folders, reads_files=connectors in ([], [_FILES]))


def _check_option(option: Option, folders: ObsFolders, *, reads_files: bool) -> None:
    # Of kafka, datagen and the like: what Flink opens there is no file of the table's. Settings of Kafka's client, also
    # in a table that takes its connector from another, are `kafka_tables`' affair, or their table has a stand-in.
    if not reads_files or option.key.startswith(CLIENT):
        return
    if option.key in _NAME_KEYS and re.search(r"[/\\]|^\.\.?$", option.value):
        raise OutsideFolderError(f"not run here: {option.key} is a name, and no path")
    if _PATH_KEY.search(option.key) or _PATH.match(option.value):
        _check_path(option.key, option.value, folders)


def _check_path(key: str, value: str, folders: ObsFolders) -> None:
    try:
        folders.confine(value)
    except OutsideFolderError as error:
        raise OutsideFolderError(f"not run here: {key} = {value!r}. {error}") from error


def _jars(statement: Statement, folders: ObsFolders) -> Iterator[str]:
    """The jars that a statement loads, as far as they lie in the folder; `allowed` refuses all others."""
    cut = pieces(statement.text)
    words = [piece.text.upper() if piece.kind is TokenKind.NAME else "" for piece in cut]
    for piece in cut[words.index("JAR") :] if "JAR" in words else ():
        text = _plain(piece)
        if text is not None and folders.is_path(text):
            folders.confine(text)
            yield text


def option_lists(cut: Sequence[Piece]) -> Iterator[list[Option]]:
    """The options behind each WITH and in each hint, in order. Raises `OutsideFolderError` for one not plain."""
    for at, piece in enumerate(cut):
        if piece.kind is TokenKind.HINT:
            yield from _of_hint(piece)
        elif _opens(cut, at, "WITH"):
            yield [_option(item) for item in _items(cut[at + 2 :])]


def _takes_over(cut: Sequence[Piece], options: Sequence[Option]) -> bool:
    """Whether LIKE follows these options, and leaves in those of the other table."""
    after = [piece.text.upper() for piece in cut if piece.start >= options[-1].end]
    after = after[after.index(")") + 1 :]
    if after[:1] != ["LIKE"]:
        return False
    excluded = [what for word, what in pairwise(after) if word == "EXCLUDING"]
    return "OPTIONS" not in excluded and ("ALL" not in excluded or "OPTIONS" in after)


def _of_hint(hint: Piece) -> Iterator[list[Option]]:
    text = hint.text[3:-2]
    within = pieces(text)
    ends = [0, *(piece.end for piece in within)]
    starts = [*(piece.start for piece in within), len(text)]
    if any(text[end:start].strip() for end, start in zip(ends, starts, strict=True)):
        # To Flink `-- */` does not end the hint, and what follows it would still be options.
        raise OutsideFolderError("not run here: a comment within a hint")
    for at in range(len(within)):
        if _opens(within, at, _OPTIONS):
            yield [_option(item, hint.start + 3) for item in _items(within[at + 2 :])]


def connectors_of(options: Sequence[Option]) -> list[str]:
    """The connectors that a list of options names: one, none in a hint or where another table is taken over."""
    return [option.value.lower() for option in options if option.key == "connector"]


def _opens(cut: Sequence[Piece], at: int, word: str) -> bool:
    return cut[at].text.upper() == word and [piece.text for piece in cut[at + 1 : at + 2]] == ["("]


def _items(cut: Sequence[Piece]) -> Iterator[list[Piece]]:
    """What stands between the commas, up to the parenthesis that closes the list. Raises `OutsideFolderError` where
    none does: what was not read to its end was not looked at."""
    item: list[Piece] = []
    for piece in cut:
        if piece.kind is TokenKind.SIGN and piece.text in (",", ")"):
            if item:
                yield item
            item = []
            if piece.text == ")":
                return
        else:
            item.append(piece)
    raise OutsideFolderError("not run here: a list of options that is not closed")


def _option(item: Sequence[Piece], shift: int = 0) -> Option:
    """Key and value of an option that is written plainly; `shift` is where the text it was cut from begins."""
    if len(item) == 3 and item[1].text == "=":
        named = item[0].kind in (TokenKind.NAME, TokenKind.QUOTED)
        key, value = item[0].text if named else _plain(item[0]), _plain(item[2])
        if key is not None and value is not None:
            return Option(key, value, item[0].start + shift, item[2].start + shift, item[2].end + shift)
    said = " ".join(piece.text for piece in item)[:100]
    raise OutsideFolderError(f"not run here: an option that is not written as 'key' = 'value': {said}")


def _plain(piece: Piece) -> str | None:
    """What a literal says; None for one that has to be decoded first."""
    if piece.kind is not TokenKind.STRING or not piece.text.startswith("'"):
        return None
    return piece.text[1:-1].replace("''", "'")
