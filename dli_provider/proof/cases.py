"""Cases of a job, read from YAML: rows in, rows out. Everything that is wrong with a file is said at once, with places.

- name: goods in and out add up
  given:
    stock_movements: |
      article | warehouse | quantity
      a1      | berlin    | 10
  expect:
    stock_levels: |
      article | warehouse | on_hand
      a1      | berlin    | 10
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml  # type: ignore[import-untyped]  # comes with Pulumi, without types
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from dli_provider.proof.row_tables import RowTable, TableFault, TableRow, drawn, from_csv

ReadFile = Callable[[str], str]
"""The text of a file beside the cases. Raises OSError or UnicodeDecodeError."""

_CSV = ".csv"


@dataclass(frozen=True)
class CaseFault:
    """What is wrong, and where: line and column count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class CaseFaults(Exception):
    """Everything that is wrong with a file of cases."""

    def __init__(self, faults: tuple[CaseFault, ...]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True)
class CaseTable:
    """A table of a case: for which source or sink, its rows, and where they were written.

    `span` is the place of its text in the file of cases, as offsets; none for one that lies in a file of its own.
    `lines`: each row has a line of the file to itself. `braced`: it stands in `{...}`, where YAML takes no block.
    """

    name: str
    rows: RowTable
    file: str
    line: int
    indent: int
    span: tuple[int, int] | None = None
    lines: bool = True
    braced: bool = False

    def place(self, row: TableRow | None, column: str = "") -> tuple[str, int, int]:
        """Where a value of a row is; of none, where the table begins."""
        if row is None or not self.lines:
            return self.file, self.line, self.indent + 1
        return self.file, self.line + row.line, self.indent + row.starts.get(column, 0) + 1


@dataclass(frozen=True)
class CaseStep:
    """Rows that come, in the order of `given`; event time then gets to `time`; what is expected after that."""

    given: tuple[CaseTable, ...]
    expect: tuple[CaseTable, ...]
    time: str = ""


@dataclass(frozen=True)
class ProofCase:
    """One case. With `upgrade`, the SQL of that version runs on the first step, the new one from its savepoint on."""

    name: str
    steps: tuple[CaseStep, ...]
    file: str
    line: int
    upgrade: str = ""


# -- the form --------------------------------------------------------------------------------------------------------


_MOMENT = r"^(end|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?|)$"
_Tables = dict[str, str]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Step(_Strict):
    given: _Tables = Field(default_factory=dict)
    time: str = Field(default="", pattern=_MOMENT)
    expect: _Tables = Field(default_factory=dict)


class _Upgrade(_Strict):
    origin: str = Field(alias="from", min_length=1)


class _Case(_Step):
    name: str = Field(min_length=1)
    then: list[_Step] = Field(default_factory=list)
    upgrade: _Upgrade | None = None


def cases_schema() -> dict[str, Any]:
    """The JSON schema of a file of cases, for editors."""
    schema = TypeAdapter(list[_Case]).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Tests of a job", **schema}


# -- reading ---------------------------------------------------------------------------------------------------------


def read_cases(text: str, file: str, read: ReadFile) -> tuple[ProofCase, ...]:
    """The cases in a text, which messages call `file`; `read` has the CSV files beside it. Raises CaseFaults."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        held = yaml.load(text, Loader=_Texts)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise CaseFaults((CaseFault(file, line, column, f"this is not YAML: {problem}"),)) from None
    if held is None:
        return ()
    if not isinstance(held, list):
        raise CaseFaults((CaseFault(file, 1, 1, "write a list of cases, each beginning with `- name:`"),))
    reader = _CaseReader(text, file, read, root)
    cases = [reader.case(at, item) for at, item in enumerate(held)]
    reader.twice(cases)
    if reader.faults:
        raise CaseFaults(tuple(sorted(reader.faults, key=lambda fault: (fault.line, fault.column))))
    return tuple(case for case in cases if case is not None)


class _Texts(yaml.SafeLoader):  # type: ignore[misc]  # yaml has no types
    """YAML's plain values, moments of time as the texts that they are."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the loader's own way
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class _CaseReader:
    def __init__(self, text: str, file: str, read: ReadFile, root: Any) -> None:
        self.text, self.file, self.read, self.root = text, file, read, root
        self.lines = text.splitlines()
        self.faults: list[CaseFault] = []

    def case(self, at: int, item: object) -> ProofCase | None:
        try:
            form = _Case.model_validate(item)
        except ValidationError as error:
            for each in error.errors():
                unknown = each["type"] == "extra_forbidden"
                self._fault((at, *each["loc"]), _told(each["type"], each["msg"], each["loc"]), key=unknown)
            self._look_at_tables((at,), item)
            return None
        steps = [self._step((at,), form), *(self._step((at, "then", n), s) for n, s in enumerate(form.then))]
        if form.upgrade:
            # What holds after an upgrade is written beside `given`, as in every other case.
            steps[-1] = replace(steps[-1], expect=steps[-1].expect + (steps[0].expect if form.then else ()))
            steps[0] = replace(steps[0], expect=())
        if form.upgrade and not form.then:
            self._fault((at, "upgrade"), "an upgrade has rows that come after it: write `then:`")
        if not form.expect and not any(step.expect for step in form.then):
            self._fault((at,), "a case that expects nothing tells nothing: write `expect:`")
        return ProofCase(
            form.name,
            tuple(steps),
            self.file,
            self._mark((at,))[0],
            form.upgrade.origin if form.upgrade else "",
        )

    def _look_at_tables(self, path: tuple[int | str, ...], item: object) -> None:
        """What is wrong with the tables of a case that is wrong in other ways too."""
        if isinstance(item, Mapping):
            for key in ("given", "expect"):
                held = item.get(key)
                texts = held if isinstance(held, Mapping) else {}
                self._tables(
                    (*path, key), {name: text for name, text in texts.items() if isinstance(text, str)}
                )
            for number, step in enumerate(item["then"] if isinstance(item.get("then"), list) else ()):
                self._look_at_tables((*path, "then", number), step)

    def twice(self, cases: list[ProofCase | None]) -> None:
        """Names that two cases have: `-k` and reports could not tell them apart."""
        names = [case.name if case else "" for case in cases]
        for at, name in enumerate(names):
            if name and name in names[:at]:
                self._fault((at, "name"), f"another case is called {name!r} too")

    def _step(self, path: tuple[int | str, ...], form: _Step) -> CaseStep:
        given = self._tables((*path, "given"), form.given)
        return CaseStep(given, self._tables((*path, "expect"), form.expect), form.time)

    def _tables(self, path: tuple[int | str, ...], texts: Mapping[str, str]) -> tuple[CaseTable, ...]:
        return tuple(
            table
            for name, text in texts.items()
            if (table := self._table((*path, name), name, text.rstrip()))
        )

    def _table(self, path: tuple[int | str, ...], name: str, text: str) -> CaseTable | None:
        if "\n" not in text and text.endswith(_CSV):
            return self._csv(path, name, text)
        node = self._node(path)
        block = getattr(node, "style", None) in ("|", ">")
        line = node.start_mark.line + (1 if block else 0)
        # A block's own text begins in the next line, as far in as its first line.
        first = next((each for each in self.lines[line:] if each.strip()), "")
        indent = len(first) - len(first.lstrip()) if block else node.start_mark.column
        line += next((n for n, each in enumerate(self.lines[line:]) if each.strip()), 0) if block else 0
        try:
            rows = drawn(text)
        except TableFault as fault:
            down, right = (fault.line, fault.start) if block else (0, 0)
            message = f"{name}: {fault.message}"
            self.faults.append(CaseFault(self.file, line + down + 1, indent + right + 1, message))
            return None
        span = (node.start_mark.index, node.end_mark.index)
        braced = bool(self._node(path[:-1]).flow_style)
        return CaseTable(name, rows, self.file, line + 1, indent, span, block, braced)

    def _csv(self, path: tuple[int | str, ...], name: str, file: str) -> CaseTable | None:
        shown = self.file[: self.file.rfind("/") + 1] + file
        try:
            return CaseTable(name, from_csv(self.read(file)), shown, 1, 0)
        except (OSError, UnicodeDecodeError) as error:
            self._fault(path, f"{file} cannot be read: {getattr(error, 'strerror', None) or error}")
        except TableFault as fault:
            self.faults.append(CaseFault(shown, fault.line + 1, fault.start + 1, f"{name}: {fault.message}"))
        return None

    def _fault(self, path: tuple[int | str, ...], message: str, *, key: bool = False) -> None:
        line, column = self._mark(path)
        if key:  # what is wrong is the name, not what it has
            keys = (each.start_mark for each, _ in self._node(path[:-1]).value if each.value == path[-1])
            mark = next(keys)
            line, column = mark.line + 1, mark.column + 1
        self.faults.append(CaseFault(self.file, line, column, message))

    def _mark(self, path: tuple[int | str, ...]) -> tuple[int, int]:
        mark = self._node(path).start_mark
        return mark.line + 1, mark.column + 1

    def _node(self, path: tuple[int | str, ...]) -> Any:
        """The node at a path, or the last one on the way there."""
        node = self.root
        for part in path:
            within = next(iter(_inside(node, part)), None)
            if within is None:
                break
            node = within
        return node


def _inside(node: Any, part: int | str) -> Iterator[Any]:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        yield node.value[part]
    if isinstance(node, yaml.MappingNode):
        yield from (value for key, value in node.value if key.value == part)


_KEYS = "name, given, time, expect, then and upgrade"


def _told(kind: str, message: str, path: tuple[int | str, ...]) -> str:
    name = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    if kind == "extra_forbidden":
        return f"{name} is not known here; a case has {_KEYS}"
    if kind == "missing":
        return f"{name} is missing"
    if kind == "string_type":
        return f"{name} must be text: a table, or the name of a {_CSV} file"
    if kind == "string_pattern_mismatch":
        return f"{name} must be a moment such as 2026-01-01T12:00:00Z, or `end`"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"{name or 'a case'} must be a mapping of names to what they have"
    return f"{name}: {message[:1].lower()}{message[1:]}"
