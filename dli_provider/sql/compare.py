"""Two canonical queries into the same sink, compared part by part: which differences there are, and by which rule.

The measure is where a difference stands. At or below something that keeps state, the state means another thing
afterwards; above all state, only the plan can differ; without state, only the source's place can get lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dli_provider.sql.ast import (
    Call,
    Combined,
    Expr,
    Joined,
    Named,
    Nested,
    Query,
    Rows,
    Rowset,
    Select,
)
from dli_provider.sql.expr import calculates, calculates_on_results, planned_as_written
from dli_provider.sql.reasons import Finding, Rule
from dli_provider.sql.state import (
    Keeps,
    Tables,
    aggregates,
    builtin_only,
    column_names,
    keeps,
    looks_up,
    select_keeps,
    tail_keeps,
)
from dli_provider.sql.words import GROUP_WINDOWS


@dataclass(frozen=True)
class Read:
    """A table that both queries read at the same place: under which names, with which hints, and below which state."""

    old: Named
    new: Named
    above: Keeps
    looked_up: bool


@dataclass
class Comparison:
    """One INSERT before and after. `findings` and `reads` fill while the queries are walked.

    `keyed_sink` is whether Flink keeps, above the query, what it wrote by the sink's key.
    """

    sink: str
    old: Tables
    new: Tables
    keyed_sink: Keeps
    findings: list[Finding] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)

    def say(self, rule: Rule) -> None:
        """Notes a difference, once for each rule."""
        finding = rule.finding(sink=self.sink)
        if finding not in self.findings:
            self.findings.append(finding)

    def query(self, old: Query, new: Query, above: Keeps = Keeps.NO) -> None:
        """Compares two queries; `above` is the state that is built on their rows."""
        if old.tail != new.tail:
            self.say(Rule.LIMIT)
        above = max(above, tail_keeps(old), tail_keeps(new))
        before, after = old.body, new.body
        if isinstance(before, Select) and isinstance(after, Select):
            self._select(before, after, above)
        elif isinstance(before, Combined) and isinstance(after, Combined):
            self._combined(before, after, above)
        elif not isinstance(before, Rowset) or not isinstance(after, Rowset):
            self._shape(old, new, above)
        elif before != after:
            self.say(Rule.EXPRESSION_BELOW_STATE if above is Keeps.YES else Rule.UNKNOWN_STATE)

    def _shape(self, old: Query, new: Query, above: Keeps) -> None:
        state = max(above, keeps(old, self.old), keeps(new, self.new))
        self.say(Rule.QUERY_SHAPE if state is Keeps.YES else Rule.STATELESS_SHAPE)

    def _combined(self, old: Combined, new: Combined, above: Keeps) -> None:
        if old.ops != new.ops or (
            old != new and sorted(map(repr, old.parts)) == sorted(map(repr, new.parts))
        ):
            self.say(Rule.SET_OPERATION)
            return
        above = above if set(old.ops) == {"UNION ALL"} else Keeps.YES
        for before, after in zip(old.parts, new.parts, strict=True):
            self.query(before, after, above)

    def _select(self, old: Select, new: Select, above: Keeps) -> None:
        own = max(select_keeps(old, self.old), select_keeps(new, self.new))
        if [one.how for one in old.froms] != [one.how for one in new.froms]:
            self._joins(old, new, max(above, own))
            return
        for before, after in zip(old.froms, new.froms, strict=True):
            self._joined(before, after, max(above, _keeps_without_pattern(new, self.new)), own)
        if old.hints != new.hints:
            self.say(Rule.HINT)
        if old.group != new.group:
            self.say(_group_rule(old.group, new.group))
        if old.windows != new.windows:
            self.say(Rule.OVER)
        self._subqueries(old, new)
        if old.distinct != new.distinct:
            self.say(Rule.DISTINCT)
        if old.where != new.where:
            self._where(old, new, above, own)
        if old.items != new.items:
            self._items(old, new, above, own)
        if sorted(old.having) != sorted(new.having):
            self._having(old, new, above)

    def _joins(self, old: Select, new: Select, state: Keeps) -> None:
        below = max(keeps(Query(old), self.old), keeps(Query(new), self.new))
        if max(state, below) is Keeps.YES:
            self.say(Rule.JOIN_COUNT if len(old.froms) != len(new.froms) else Rule.JOIN_KIND)
        else:
            self.say(Rule.LOOKUP_JOIN)

    def _joined(self, old: Joined, new: Joined, above: Keeps, own: Keeps) -> None:
        state = max(above, own)
        looked_up = looks_up(old, self.old) and looks_up(new, self.new)
        self._rows(old.rows, new.rows, state, looked_up)
        if (old.on, old.as_of) != (new.on, new.as_of):
            self.say(Rule.JOIN_CONDITION if state is Keeps.YES else Rule.LOOKUP_JOIN)
        if old.columns != new.columns:
            self.say(Rule.EXPRESSION_BELOW_STATE if state is Keeps.YES else Rule.UNKNOWN_STATE)
        if old.pattern != new.pattern:
            self.say(Rule.EXPRESSION_BELOW_STATE if above is Keeps.YES else Rule.PATTERN)

    def _rows(self, old: Rows, new: Rows, above: Keeps, looked_up: bool) -> None:
        if isinstance(old, Named) and isinstance(new, Named):
            self.reads.append(Read(old, new, above, looked_up))
        elif isinstance(old, Nested) and isinstance(new, Nested):
            if old.columns != new.columns:
                self.say(Rule.EXPRESSION_BELOW_STATE if above is Keeps.YES else Rule.UNKNOWN_STATE)
            self.query(old.query, new.query, above)
        elif isinstance(old, Call) and isinstance(new, Call) and (old.rows is None) == (new.rows is None):
            if (old.name, old.args) != (new.name, new.args):
                self.say(_call_rule(old, new, above))
            if old.rows is not None and new.rows is not None:
                self._rows(old.rows, new.rows, above, looked_up)
        else:
            self._shape(_all_of(old), _all_of(new), above)

    def _subqueries(self, old: Select, new: Select) -> None:
        if len(old.subqueries) != len(new.subqueries):
            self.say(Rule.SUBQUERY)
            return
        for before, after in zip(old.subqueries, new.subqueries, strict=True):
            if before != after:
                self.say(Rule.SUBQUERY)
            self.query(before, after, Keeps.YES)

    def _where(self, old: Select, new: Select, above: Keeps, own: Keeps) -> None:
        state = max(above, own)
        below = max(keeps(Query(old), self.old), keeps(Query(new), self.new))
        if state is Keeps.YES:
            self.say(Rule.FILTER_BELOW_STATE)
        elif below is Keeps.YES:
            self._filter_on_nested(old, new)
        elif max(state, below) is Keeps.PERHAPS:
            self.say(Rule.UNKNOWN_STATE)
        else:
            self.say(Rule.STATELESS_FILTER if self._one_operator(old, new) else Rule.STATELESS_SHAPE)

    def _filter_on_nested(self, old: Select, new: Select) -> None:
        """A filter over a query in parentheses that keeps state: Flink applies it as early as it can."""
        inner = old.froms[0].rows
        body = inner.query.body if isinstance(inner, Nested) and len(old.froms) == 1 else None
        if not isinstance(body, Select):
            self.say(Rule.FILTER_ON_KEY)
        elif any("OVER" in item.expr for item in body.items):
            self.say(Rule.TOP_N)
        else:
            results = {
                item.name for item in body.items if aggregates([item.expr]) and builtin_only(item.expr)
            }
            above_all = all(results & set(column_names(one)) for one in set(old.where) ^ set(new.where))
            if body.group and above_all and _columns_read(old) == _columns_read(new):
                self._result(Rule.RESULT_FILTER, self._one_operator(old, new))
            else:
                self.say(Rule.FILTER_ON_KEY)

    def _having(self, old: Select, new: Select, above: Keeps) -> None:
        changed = set(old.having) ^ set(new.having)
        if _aggregates(old) != _aggregates(new):
            self.say(Rule.AGGREGATE)
        elif above is Keeps.YES:
            self.say(Rule.FILTER_BELOW_STATE)
        elif not all(aggregates([one]) for one in changed):
            self.say(Rule.FILTER_ON_KEY)
        else:
            self._result(Rule.RESULT_FILTER, calculates_on_results(old) and calculates_on_results(new))

    def _items(self, old: Select, new: Select, above: Keeps, own: Keeps) -> None:
        before, after = _aggregates(old), _aggregates(new)
        below = max(keeps(Query(old), self.old), keeps(Query(new), self.new))
        if before != after:
            self.say(_aggregate_rule(before, after))
        elif old.distinct or new.distinct:
            self.say(Rule.DISTINCT)
        elif above is Keeps.YES:
            self.say(Rule.EXPRESSION_BELOW_STATE)
        elif old.group or (before and not any("OVER" in call for call in before)):
            same_length = len(old.items) == len(new.items)
            fixed = same_length and calculates_on_results(old) and calculates_on_results(new)
            self._result(Rule.RESULT_EXPRESSION, fixed)
        elif max(own, below) is Keeps.YES:
            # Columns that are not read are not kept: Flink leaves them out before the state.
            if _columns_read(old) == _columns_read(new):
                self._result(Rule.RESULT_EXPRESSION, same_operators=False)
            else:
                self.say(Rule.JOINED_COLUMNS)
        elif not all(builtin_only(item.expr) for item in (*old.items, *new.items)):
            self.say(Rule.USER_FUNCTION)
        elif max(own, above, below) is Keeps.PERHAPS:
            self.say(Rule.UNKNOWN_STATE)
        else:
            self.say(Rule.STATELESS_EXPRESSION if self._one_operator(old, new) else Rule.STATELESS_SHAPE)

    def _one_operator(self, old: Select, new: Select) -> bool:
        """Whether one and the same operator filters and calculates before and after, over one table or query."""
        written = planned_as_written(old.where) and planned_as_written(new.where)
        known = _reads_what_is_there(old, self.old) and _reads_what_is_there(new, self.new)
        return written and known and len(old.froms) == 1 and calculates(old) and calculates(new)

    def _result(self, rule: Rule, same_operators: bool) -> None:
        if self.keyed_sink is Keeps.YES:
            self.say(Rule.KEYED_RESULT)
        else:
            self.say(rule if same_operators and self.keyed_sink is Keeps.NO else Rule.RESULT_SHAPE)


def _group_rule(old: tuple[Expr, ...], new: tuple[Expr, ...]) -> Rule:
    windows = [[expr for expr in group if expr[0] in GROUP_WINDOWS] for group in (old, new)]
    return Rule.WINDOW if windows[0] != windows[1] else Rule.GROUP_KEY


def _call_rule(old: Call, new: Call, above: Keeps) -> Rule:
    if old.name in GROUP_WINDOWS or new.name in GROUP_WINDOWS:
        return Rule.WINDOW
    return Rule.EXPRESSION_BELOW_STATE if above is Keeps.YES else Rule.USER_FUNCTION


def _aggregate_rule(old: tuple[Expr, ...], new: tuple[Expr, ...]) -> Rule:
    changed = set(old) ^ set(new)
    if any("OVER" in call for call in (*old, *new)):
        return Rule.TOP_N if any("ROW_NUMBER" in call for call in (*old, *new)) else Rule.OVER
    return Rule.AGGREGATE if changed else Rule.AGGREGATE_ORDER


def _keeps_without_pattern(select: Select, tables: Tables) -> Keeps:
    return select_keeps(
        replace(select, froms=tuple(replace(one, pattern=()) for one in select.froms)), tables
    )


def _reads_what_is_there(select: Select, tables: Tables) -> bool:
    """Whether every column is one of the table's, as far as that is known. Another one is a mistake, not a change."""
    rows = select.froms[0].rows
    table = tables.get(rows.name) if isinstance(rows, Named) else None
    there = {"`" + column.name for column in table.columns} | {"*"} if table else None
    return there is None or {name.split(".")[0] for name in _columns_read(select)} <= there


def _aggregates(select: Select) -> tuple[Expr, ...]:
    """All that the SELECT aggregates, in the order of its state: what is selected, then what is only compared."""
    return aggregates([*(item.expr for item in select.items), *select.having], select.group)


def _columns_read(select: Select) -> set[str]:
    exprs = [item.expr for item in select.items] + [*select.where]
    return {"*" for expr in exprs if expr[-1] == "*"}.union(*map(column_names, exprs))


def _all_of(rows: Rows) -> Query:
    return Query(Select((), (Joined("", rows, ""),)))
