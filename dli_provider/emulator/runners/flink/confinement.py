"""Nothing that a job says leads out of the folder that stands for OBS: not its SQL, and not its settings.

A job runs as whoever started the local DLI, and its SQL may come from anybody who can call it. So a script is looked at
before any of it is given to Flink: statements are those of an allow-list, and where Flink takes a path only an OBS path
stands, which lies in that folder. Options must be written plainly: Flink reads `U&'\\0070ath'` as `path`, and so would
whoever wants to get past here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

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

Option = tuple[str, str]


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
        key, value = _pair(cut[1:])
        check_setting(key, value, folders)
        return
    for options in _option_lists(cut):
        connectors = [value.lower() for key, value in options if key == "connector"]
        if len(connectors) > 1:
            raise OutsideFolderError("not run here: a table with two connectors")
        if connectors and connectors[0] not in there:
            continue
        for key, value in options:
            _check_option(key, value, folders, reads_files=connectors in ([], [_FILES]))


def _check_option(key: str, value: str, folders: ObsFolders, *, reads_files: bool) -> None:
    if not reads_files:  # kafka, datagen and the like: what Flink opens there is no file of the table's
        return
    if key in _NAME_KEYS and re.search(r"[/\\]|^\.\.?$", value):
        raise OutsideFolderError(f"not run here: {key} is a name, and no path")
    if _PATH_KEY.search(key) or _PATH.match(value):
        _check_path(key, value, folders)


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


def _option_lists(cut: Sequence[Piece]) -> Iterator[list[Option]]:
    """The options behind each WITH and in each hint."""
    for at, piece in enumerate(cut):
        if piece.kind is TokenKind.HINT:
            yield from _option_lists_of_hint(pieces(piece.text[3:-2]))
        elif _opens(cut, at, "WITH"):
            yield [_pair(item) for item in _items(cut[at + 2 :])]


def _option_lists_of_hint(cut: Sequence[Piece]) -> Iterator[list[Option]]:
    for at in range(len(cut)):
        if _opens(cut, at, _OPTIONS):
            yield [_pair(item) for item in _items(cut[at + 2 :])]


def _opens(cut: Sequence[Piece], at: int, word: str) -> bool:
    return cut[at].text.upper() == word and [piece.text for piece in cut[at + 1 : at + 2]] == ["("]


def _items(cut: Sequence[Piece]) -> Iterator[list[Piece]]:
    """What stands between the commas, up to the parenthesis that closes the list."""
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


def _pair(item: Sequence[Piece]) -> Option:
    """Key and value of an option that is written plainly."""
    if len(item) == 3 and item[1].text == "=":
        named = item[0].kind in (TokenKind.NAME, TokenKind.QUOTED)
        key, value = item[0].text if named else _plain(item[0]), _plain(item[2])
        if key is not None and value is not None:
            return key, value
    said = " ".join(piece.text for piece in item)[:100]
    raise OutsideFolderError(f"not run here: an option that is not written as 'key' = 'value': {said}")


def _plain(piece: Piece) -> str | None:
    """What a literal says; None for one that has to be decoded first."""
    if piece.kind is not TokenKind.STRING or not piece.text.startswith("'"):
        return None
    return piece.text[1:-1].replace("''", "'")
