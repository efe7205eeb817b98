"""Two canonical queries into the same sink, compared part by part: which differences there are, and by which rule.

The measure is where a difference stands. At or below something that keeps state, the state means another thing
afterwards; above all state, only the plan can differ; without state, only the source's place can get lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from dli_provider.sql.ast import (
    Combined,
    Expr,
    FunctionCall,
    Joined,
    Named,
    Nested,
    Query,
    Rows,
    Rowset,
    Select,
    is_name,
)
from dli_provider.sql.conditions import of_both_sides, plain_comparison, planned_as_written, tested
from dli_provider.sql.over_results import (
    RANKS,
    calculated_below,
    computes_over,
    has_over,
    leaves_out_results,
    over_read,
    reads_all_results,
    rows_kept,
    trims,
    written_columns,
)
from dli_provider.sql.reasons import ChangeRule, Reason
from dli_provider.sql.state import (
    WINDOW_KEYS,
    Keeps,
    Tables,
    aggregates,
    builtin_only,
    column_names,
    is_cut,
    keeps,
    looks_up,
    select_keeps,
    tail_keeps,
    without_aggregates,
)
from dli_provider.sql.tracing import asked, asked_below, nested, writes_time
from dli_provider.sql.words import GROUP_WINDOWS, WINDOW_BOUNDS


@dataclass(frozen=True)
class Read:
    """A table that both queries read at the same place: under which names, with which hints, and below which state.

    `filtered`: in both, an operator surely filters its rows right behind it, and so leaves out what is not read.
    `whole`: what keeps its rows keeps them as they are, with the columns that nobody reads.
    """

    old: Named
    new: Named
    above: Keeps
    looked_up: bool
    filtered: bool = False
    whole: bool = False


@dataclass
class Comparison:
    """One INSERT before and after. `findings` and `reads` fill while the queries are walked.

    `keyed_sink` is whether Flink keeps, above the query, what it wrote by the sink's key. `alone` is whether this is
    the only INSERT and its sink keeps nothing: Flink numbers operators from the sources on, so that what appears or
    vanishes behind all state renumbers none that has any.
    """

    sink: str
    old: Tables
    new: Tables
    keyed_sink: Keeps
    alone: bool = False
    findings: list[Reason] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    _filtered: bool = False
    _whole: bool = False
    _inside: int = 0

    def say(self, rule: ChangeRule) -> None:
        """Notes a difference, once for each rule."""
        finding = rule.reason(sink=self.sink)
        if finding not in self.findings:
            self.findings.append(finding)

    def query(self, old: Query, new: Query, above: Keeps = Keeps.NO) -> None:
        """Compares two queries; `above` is the state that is built on their rows."""
        if old.tail != new.tail:
            self.say(ChangeRule.LIMIT)
        # Whatever keeps state before or after the change decides: its state is there, or will be missed.
        above = max(above, tail_keeps(old), tail_keeps(new))
        before, after = old.body, new.body
        if isinstance(before, Select) and isinstance(after, Select):
            self._select(before, after, above)
        elif isinstance(before, Combined) and isinstance(after, Combined):
            self._combined(before, after, above)
        elif not isinstance(before, Rowset) or not isinstance(after, Rowset):
            self._shape(old, new, above)
        elif before != after:
            # PERHAPS is at risk like NO: only where something surely keeps state is the change surely refused.
            self.say(ChangeRule.EXPRESSION_BELOW_STATE if above is Keeps.YES else ChangeRule.UNKNOWN_STATE)

    def _shape(self, old: Query, new: Query, above: Keeps) -> None:
        # Here too PERHAPS is at risk like NO.
        state = max(above, keeps(old, self.old), keeps(new, self.new))
        self.say(ChangeRule.QUERY_SHAPE if state is Keeps.YES else ChangeRule.STATELESS_SHAPE)

    def _combined(self, old: Combined, new: Combined, above: Keeps) -> None:
        if old.ops != new.ops or (
            old != new and sorted(map(repr, old.parts)) == sorted(map(repr, new.parts))
        ):
            # The same queries in another order: each would find the state of another, as they are numbered in order.
            self.say(ChangeRule.SET_OPERATION)
            return
        # UNION ALL only lets rows pass; every other set operation counts the rows that it has seen.
        above = above if set(old.ops) == {"UNION ALL"} else Keeps.YES
        states = keeps(Query(old), self.old), keeps(Query(new), self.new)
        # Once one of them changes what it wrote, all rows are kept by the sink's key, those of the others too.
        if self.keyed_sink is not Keeps.NO and Keeps.YES in states:
            above = Keeps.YES
        alone, self.alone = self.alone, False  # behind one branch there may be state in another
        for before, after in zip(old.parts, new.parts, strict=True):
            self.query(before, after, above)
        self.alone = alone

    def _select(self, old: Select, new: Select, above: Keeps) -> None:
        own = max(select_keeps(old, self.old), select_keeps(new, self.new))
        if [one.how for one in old.froms] != [one.how for one in new.froms]:
            # Entries no longer correspond one to one, so there is nothing below that could be compared.
            self._joins(old, new, max(above, own))
            return
        around, self._whole = self._whole, self._whole or self._keeps_whole(old) or self._keeps_whole(new)
        for index, (before, after) in enumerate(zip(old.froms, new.froms, strict=True)):
            self._filtered = _filters(old, index) and _filters(new, index)
            # Its own pattern is no state above the rows: that a pattern changes is judged as such, in `_joined`.
            self._joined(before, after, max(above, _keeps_without_pattern(new, self.new)), own)
        self._whole = around
        if old.hints != new.hints:
            # A time to live is kept beside each value: with and without one, state has two forms.
            lives = any("STATE_TTL" in hint.upper() for hint in (*old.hints, *new.hints))
            self.say(ChangeRule.TTL_HINT if lives else ChangeRule.HINT)
        if old.group != new.group:
            self.say(_group_rule(old.group, new.group))
        if old.windows != new.windows:
            self.say(ChangeRule.OVER)
        self._subqueries(old, new)
        if old.distinct != new.distinct:
            self.say(ChangeRule.DISTINCT)
        if old.where != new.where or asked(old) != asked(new):
            self._where(old, new, above, own)
        if old.items != new.items:
            self._items(old, new, above, own)
            if not (self.alone or self._inside) and writes_time(old, self.old) != writes_time(new, self.new):
                # Before a sink, an operator takes the time from the column: then the sink is another one by its number.
                self.say(ChangeRule.STATELESS_SHAPE)
        self._having(old, new, above)

    def _keeps_whole(self, select: Select) -> bool:
        """Whether a pattern, or an OVER whose results are written as they are, may keep whole rows."""
        surely = min(trims(select, self.old), trims(select, self.new)) is Keeps.YES
        return (has_over(select, self._inside == 0) and not surely) or any(
            one.pattern for one in select.froms
        )

    def _joins(self, old: Select, new: Select, state: Keeps) -> None:
        below = max(keeps(Query(old), self.old), keeps(Query(new), self.new))
        if max(state, below) is Keeps.YES:
            self.say(ChangeRule.JOIN_COUNT if len(old.froms) != len(new.froms) else ChangeRule.JOIN_KIND)
        else:
            self.say(ChangeRule.LOOKUP_JOIN)

    def _joined(self, old: Joined, new: Joined, above: Keeps, own: Keeps) -> None:
        state = max(above, own)
        # Only if both sides ask an outside system; otherwise one of them reads the table as a stream.
        looked_up = looks_up(old, self.old) and looks_up(new, self.new)
        self._rows(old.rows, new.rows, state, looked_up)
        if (old.on, old.as_of) != (new.on, new.as_of):
            self.say(ChangeRule.JOIN_CONDITION if state is Keeps.YES else ChangeRule.LOOKUP_JOIN)
        if old.columns != new.columns:
            self.say(ChangeRule.EXPRESSION_BELOW_STATE if state is Keeps.YES else ChangeRule.UNKNOWN_STATE)
        if _pattern_key(old.pattern) != _pattern_key(new.pattern):
            self.say(ChangeRule.PATTERN_KEY)
        elif old.pattern != new.pattern:
            self.say(ChangeRule.EXPRESSION_BELOW_STATE if above is Keeps.YES else ChangeRule.PATTERN)

    def _rows(self, old: Rows, new: Rows, above: Keeps, looked_up: bool) -> None:
        if isinstance(old, Named) and isinstance(new, Named):
            self.reads.append(Read(old, new, above, looked_up, self._filtered, self._whole))
        elif isinstance(old, Nested) and isinstance(new, Nested):
            if old.columns != new.columns:
                self.say(
                    ChangeRule.EXPRESSION_BELOW_STATE if above is Keeps.YES else ChangeRule.UNKNOWN_STATE
                )
            self._inside += 1
            self.query(old.query, new.query, above)
            self._inside -= 1
        elif (
            isinstance(old, FunctionCall)
            and isinstance(new, FunctionCall)
            and (old.rows is None) == (new.rows is None)
        ):
            if (old.name, old.args) != (new.name, new.args):
                self.say(_call_rule(old, new, above))
            if old.rows is not None and new.rows is not None:
                self._rows(old.rows, new.rows, above, looked_up)
        else:
            # A table has become a query, or the other way round: there is nothing to compare part by part.
            self._shape(_all_of(old), _all_of(new), above)

    def _subqueries(self, old: Select, new: Select) -> None:
        if len(old.subqueries) != len(new.subqueries):
            self.say(ChangeRule.SUBQUERY)
            return
        for before, after in zip(old.subqueries, new.subqueries, strict=True):
            # Flink plans a query in a condition as a join, and keeps both of its sides.
            if before != after:
                self.say(ChangeRule.SUBQUERY)
            self.query(before, after, Keeps.YES)

    def _where(self, old: Select, new: Select, above: Keeps, own: Keeps) -> None:
        state = max(above, own)
        below = max(keeps(Query(old), self.old), keeps(Query(new), self.new))
        changed = set(old.where) ^ set(new.where)
        # The others in the same order: it is that of the join's key.
        rest = [[one for one in select.where if one not in changed] for select in (old, new)]
        both = of_both_sides(old, changed, self.old) and of_both_sides(new, changed, self.new)
        if (
            changed
            and rest[0] == rest[1]
            and both
            and above is Keeps.NO
            and _columns_read(old) == _columns_read(new)
        ):
            self._result(ChangeRule.RESULT_FILTER, leaves_out(old) and leaves_out(new))
        elif state is Keeps.YES:
            # State built on the rows that the old filter let in does not become that of the rows the new one lets in.
            self.say(ChangeRule.FILTER_BELOW_STATE)
        elif below is Keeps.YES:
            self._filter_on_nested(old, new)
        elif max(state, below) is Keeps.PERHAPS:
            self.say(ChangeRule.UNKNOWN_STATE)
        else:
            self.say(
                ChangeRule.STATELESS_FILTER if self._one_operator(old, new) else ChangeRule.STATELESS_SHAPE
            )

    def _filter_on_nested(self, old: Select, new: Select) -> None:
        """A filter over a query in parentheses that keeps state: Flink applies it as early as it can."""
        bodies = [inner.query.body if inner is not None else None for inner in map(nested, (old, new))]
        before, after = bodies
        if not isinstance(before, Select) or not isinstance(after, Select):
            self.say(ChangeRule.FILTER_ON_KEY)
            return
        tests = [dict(zip(asked(one), one.where, strict=True)) for one in (old, new)]
        # Changed is a condition too whose column is another one, or calculated otherwise, in the query below.
        changed = [(tests[0][one], before) for one in tests[0].keys() - tests[1].keys()]
        changed += [(tests[1][one], after) for one in tests[1].keys() - tests[0].keys()]
        if _may_vanish(old, before) or _may_vanish(new, after):
            self.say(ChangeRule.RESULT_MAY_VANISH)
        elif any("OVER" in item.expr for item in (*before.items, *after.items)):
            appears = bool(old.where) != bool(new.where)
            if appears and not (reads_all_results(old, before) and reads_all_results(new, after)):
                # With no filter between them, Flink merges both queries: it leaves out an OVER that nobody reads.
                self.say(ChangeRule.OVER)
            elif _columns_read(old) == _columns_read(new) and all(_is_above(*one) for one in changed):
                self._result(ChangeRule.RESULT_FILTER, leaves_out(old) and leaves_out(new))
            else:
                # ROW_NUMBER() ... WHERE n <= 3 is one operator that keeps just those rows: the filter is part of its
                # state.
                self.say(ChangeRule.TOP_N)
        else:
            # A filter on a key is pushed below the aggregation, one on its results cannot be.
            above_all = all(_asks_a_result(*one) for one in changed)
            if before.group and after.group and above_all and _columns_read(old) == _columns_read(new):
                self._result(ChangeRule.RESULT_FILTER, self._one_operator(old, new))
            else:
                self.say(ChangeRule.FILTER_ON_KEY)

    def _having(self, old: Select, new: Select, above: Keeps) -> None:
        changed = set(old.having) ^ set(new.having)
        if sorted(old.having) == sorted(new.having):
            # In which order they are tested decides nothing; in which they ask for what is not selected, does.
            if old.items == new.items and _aggregates(old) != _aggregates(new):
                self.say(ChangeRule.AGGREGATE_ORDER)
        elif _aggregates(old) != _aggregates(new) or (
            # Of a query inside another one, an aggregate that is selected need not be read.
            self._inside and {*aggregates(old.having)} != {*aggregates(new.having)}
        ):
            # What only HAVING asks for is aggregated too, behind what is selected.
            self.say(ChangeRule.AGGREGATE)
        elif above is Keeps.YES:
            self.say(ChangeRule.FILTER_BELOW_STATE)
        elif not all(_is_result(one, new.group) for one in changed):
            self.say(ChangeRule.FILTER_ON_KEY)
        elif not (planned_as_written(old.having) and planned_as_written(new.having)):
            self.say(ChangeRule.RESULT_MAY_VANISH)
        else:
            self._result(ChangeRule.RESULT_FILTER, calculates_on_results(old) and calculates_on_results(new))

    def _items(self, old: Select, new: Select, above: Keeps, own: Keeps) -> None:
        before, after = _aggregates(old), _aggregates(new)
        below = max(keeps(Query(old), self.old), keeps(Query(new), self.new))
        if before != after:
            # First, since aggregates are the state itself; all that follows is only calculated beside it.
            self.say(_aggregate_rule(before, after))
        elif old.distinct or new.distinct:
            self.say(ChangeRule.DISTINCT)
        elif above is Keeps.YES:
            self.say(ChangeRule.EXPRESSION_BELOW_STATE)
        elif old.group or (before and not any("OVER" in call for call in before)):
            same_length = len(old.items) == len(new.items)
            fixed = same_length and calculates_on_results(old) and calculates_on_results(new)
            self._result(ChangeRule.RESULT_EXPRESSION, fixed)
        elif max(own, below) is Keeps.YES:
            self._items_above(old, new)
        elif not all(builtin_only(item.expr) for item in (*old.items, *new.items)):
            # What a user's function keeps is not known.
            self.say(ChangeRule.USER_FUNCTION)
        elif max(own, above, below) is Keeps.PERHAPS:
            self.say(ChangeRule.UNKNOWN_STATE)
        else:
            self.say(
                ChangeRule.STATELESS_EXPRESSION
                if self._one_operator(old, new)
                else ChangeRule.STATELESS_SHAPE
            )

    def _items_above(self, old: Select, new: Select) -> None:
        # Columns that are not read are not kept: Flink leaves them out before the state.
        # What only a filter reads is left out too, where that stands below.
        if _columns_read(old) != _columns_read(new) or written_columns(old) != written_columns(new):
            self.say(ChangeRule.JOINED_COLUMNS)
        elif (
            over_read(old) != over_read(new)
            or calculated_below(old) != calculated_below(new)
            or rows_kept(old) != rows_kept(new)
            or leaves_out_results(old)
            or leaves_out_results(new)
            or self._trimmed_otherwise(old, new)
        ):
            self.say(ChangeRule.OVER)
        else:
            self._result(ChangeRule.RESULT_EXPRESSION, leaves_out(old) and leaves_out(new))

    def _trimmed_otherwise(self, old: Select, new: Select) -> bool:
        """Whether one of the two may keep whole rows for an OVER, and the other only what is read."""
        if not (computes_over(Query(old)) or computes_over(Query(new))):
            return False
        told = {trims(old, self.old), trims(new, self.new)}
        return len(told) > 1 or told == {Keeps.PERHAPS}

    def _one_operator(self, old: Select, new: Select) -> bool:
        """Whether the operators before a filter or calculation over one table or query are surely the same."""
        if not len(old.froms) == len(new.froms) == 1:
            return False
        written = planned_as_written(old.where) and planned_as_written(new.where)
        known = _reads_what_is_there(old, self.old) and _reads_what_is_there(new, self.new)
        there = self.alone or (calculates(old) and calculates(new))
        return written and known and there

    def _result(self, rule: ChangeRule, same_operators: bool) -> None:
        # A sink that keeps rows by key keeps them as they were computed: it would retract the new ones wrongly.
        if self.keyed_sink is Keeps.YES:
            self.say(ChangeRule.KEYED_RESULT)
        else:
            # PERHAPS is enough to be careful here.
            safe = (same_operators or self.alone) and self.keyed_sink is Keeps.NO
            self.say(rule if safe else ChangeRule.RESULT_SHAPE)


def _group_rule(old: tuple[Expr, ...], new: tuple[Expr, ...]) -> ChangeRule:
    windows = [[expr for expr in group if expr[0] in GROUP_WINDOWS] for group in (old, new)]
    return ChangeRule.WINDOW if windows[0] != windows[1] else ChangeRule.GROUP_KEY


def _call_rule(old: FunctionCall, new: FunctionCall, above: Keeps) -> ChangeRule:
    if old.name in GROUP_WINDOWS or new.name in GROUP_WINDOWS:
        return ChangeRule.WINDOW
    return ChangeRule.EXPRESSION_BELOW_STATE if above is Keeps.YES else ChangeRule.USER_FUNCTION


def _aggregate_rule(old: tuple[Expr, ...], new: tuple[Expr, ...]) -> ChangeRule:
    changed = set(old) ^ set(new)
    if any("OVER" in call for call in (*old, *new)):
        return ChangeRule.TOP_N if any("ROW_NUMBER" in call for call in (*old, *new)) else ChangeRule.OVER
    # The same calls in another order: each would find the value of another.
    return ChangeRule.AGGREGATE if changed else ChangeRule.AGGREGATE_ORDER


def _keeps_without_pattern(select: Select, tables: Tables) -> Keeps:
    return select_keeps(
        replace(select, froms=tuple(replace(one, pattern=()) for one in select.froms)), tables
    )


def _pattern_key(pattern: Expr) -> Expr:
    """What MATCH_RECOGNIZE partitions by."""
    return pattern[: pattern.index("ORDER")] if "ORDER" in pattern else ()


def _reads_what_is_there(select: Select, tables: Tables) -> bool:
    """Whether every column is one of the table's, as far as that is known. Another one is a mistake, not a change."""
    rows = select.froms[0].rows
    table = tables.get(rows.name) if isinstance(rows, Named) else None
    there = {"`" + column.name for column in table.columns} | {"*"} if table else None
    return there is None or {name.split(".")[0] for name in _columns_read(select)} <= there


def _aggregates(select: Select) -> tuple[Expr, ...]:
    """All that the SELECT aggregates, in the order of its state: what is selected, then what is only compared."""
    return aggregates([*(item.expr for item in select.items), *select.having], select.group)


def _is_result(expr: Expr, group: tuple[Expr, ...]) -> bool:
    """Whether the expression needs an aggregate's result. The least one of a key is the key itself to Flink."""
    keys = {name for key in group for name in column_names(key)}
    return any(call[0] == "COUNT" or {*column_names(call)} - keys for call in aggregates([expr]))


def _asks_a_result(condition: Expr, inner: Select) -> bool:
    """Whether a condition over an aggregation needs one of its results."""
    results = {
        item.name for item in inner.items if _is_result(item.expr, inner.group) and builtin_only(item.expr)
    }
    return not results.isdisjoint(column_names(condition))


def _may_vanish(select: Select, inner: Select) -> bool:
    """Whether what is asked of a query may be simplified, with what that asks itself, to something never true."""
    above, below = set(tested(asked(select))), set(tested(asked_below(inner)))
    return not planned_as_written(asked(select)) or not above.isdisjoint(below)


def _columns_read(select: Select) -> set[str]:
    exprs = [item.expr for item in select.items] + [*select.where]
    return {"*" for expr in exprs if expr[-1] == "*"}.union(*map(column_names, exprs))


def _all_of(rows: Rows) -> Query:
    return Query(Select((), (Joined("", rows, ""),)))


# Whether a SELECT surely has an operator of its own for filtering and calculating, whatever Flink's planner does.
# Operators find their state by their number in the plan: an expression may change freely where no state depends on
# it, as long as the operator that computes it is there before and after.

_OPERATIONS = frozenset(["+", "-", "*", "/", "||"])
_REMOVABLE = frozenset(["CAST", "TRY_CAST", "COALESCE", "IFNULL", "NULLIF", "IF", "CASE", "(", "-", "+"])
_NEUTRAL = frozenset(["0", "1", "0.0", "1.0", "''"])


def calculates(select: Select) -> bool:
    """Whether an operator of its own filters or calculates in this SELECT, for sure."""
    if not all(builtin_only(item.expr) for item in select.items) or not planned_as_written(select.where):
        return False
    return bool(select.where) or any(_calculated(item.expr, select.group) for item in select.items)


def calculates_on_results(select: Select) -> bool:
    """Whether an operator of its own filters or calculates on the results of this aggregation, for sure."""
    results = [without_aggregates(item.expr) for item in select.items]
    keys = {name for key in select.group for name in column_names(key)}
    if not all(builtin_only(item.expr) for item in select.items) or not planned_as_written(select.having):
        return False
    if any(name not in keys and not name.startswith("#") for expr in results for name in column_names(expr)):
        return False
    calculated = select.having or any(_calculated(expr, select.group) for expr in results)
    return bool(calculated) or _rearranges(select)


def _rearranges(select: Select) -> bool:
    """Whether what an aggregation gives out is surely put in another order, or partly left out.

    It gives out its keys, then its results; a window function adds the begin and the end of the window, an older one
    always more of them than are written.
    """
    items = [item.expr for item in select.items]
    if any(expr[0] in GROUP_WINDOWS for expr in select.group):
        return any(text in WINDOW_BOUNDS for expr in items for text in expr)
    results = list(aggregates(items))
    if len(select.froms) == 1 and is_cut(select.froms[0].rows) and {*WINDOW_KEYS} <= {*select.group}:
        if ("`window_time",) in select.group:
            return False
        return items != [*(key for key in select.group if key not in WINDOW_KEYS), *results, *WINDOW_KEYS]
    if not select.group or not all(expr in select.group or expr in results for expr in items):
        return False
    last = max((at for at, expr in enumerate(items) if expr in select.group), default=-1)
    return any(expr in results for expr in items[:last])


def leaves_out(select: Select) -> bool:
    """Whether an operator surely leaves out a column of what keeps state here: the order of an OVER, a join's key."""
    written = {item.expr for item in select.items}
    if not all(builtin_only(expr) for expr in written):
        return False
    if len(select.froms) == 2:  # of three, the keys of the first two may be left out below the last join
        conditions = [one for one in select.where if one.count("=") == 1]
        sides = [(one[: one.index("=")], one[one.index("=") + 1 :]) for one in conditions]
        keys = [pair for pair in sides if all(len(each) == 3 and each[1] == "." for each in pair)]
        return any(pair[0][0] != pair[1][0] and not written >= {*pair} for pair in keys)
    rows = select.froms[0].rows if len(select.froms) == 1 else None
    if rows is None:
        return False
    inner = rows.query.body if isinstance(rows, Nested) else select
    ordered = [_order(item.expr) for item in inner.items] if isinstance(inner, Select) else []
    return any(name and (name,) not in written for name in ordered) and ("*",) not in written


def _order(expr: Expr) -> str:
    """The one column by which an OVER orders; empty where there is none, or no single one."""
    if "OVER" not in expr or "ORDER" not in expr:
        return ""
    at = expr.index("ORDER") + 2
    return (
        expr[at]
        if is_name("".join(expr[at : at + 1])) and expr[at + 1 : at + 2] not in ((".",), ("(",))
        else ""
    )


def _is_above(condition: Expr, numbered: Select) -> bool:
    """Whether a condition over a query with OVER is surely tested behind it: it is about no rank, nor about keys alone.

    A planner tests early what is about the columns by which rows are partitioned.
    """
    names = set(column_names(condition))
    over = [item for item in numbered.items if "OVER" in item.expr]
    ranks = {item.name for item in over if item.expr[0] in RANKS}
    keys = {name for item in over if "PARTITION" in item.expr for name in column_names(_partition(item.expr))}
    passed = {item.name for item in numbered.items if item.expr and item.expr[0] in keys}
    once = len(names) == len(column_names(condition))
    return once and bool(names - keys - passed) and not names & ranks and plain_comparison(condition)


def _partition(expr: Expr) -> Expr:
    behind = expr[expr.index("PARTITION") :]
    return behind[: behind.index("ORDER")] if "ORDER" in behind else behind


def _filters(select: Select, index: int) -> bool:
    """Whether a condition of the SELECT is surely tested right behind the entry of FROM: it is about that one alone."""
    if any(one.how not in ("", ",") or one.as_of or one.pattern for one in select.froms) or select.subqueries:
        return False
    marks = [{text for text in one if text.startswith("#")} for one in select.where]
    # What is compared with the rows around a query is no filter, but a join.
    if len({mark.split(".")[0] for each in marks for mark in each}) > (len(select.froms) > 1):
        return False
    of_it = {mark for each in marks for mark in each if mark.endswith(f".{index}")}
    own = [
        one
        for one, each in zip(select.where, marks, strict=True)
        if each == of_it and _all_marked(one, of_it)
    ]
    return bool(own) and planned_as_written(own)


def _all_marked(expr: Expr, marks: set[str]) -> bool:
    """Whether it is known of each column of an expression whose it is; of a single entry no column is marked."""
    return not marks or all(name.startswith("#") for name in column_names(expr))


def _calculated(expr: Expr, group: Sequence[Expr]) -> bool:
    # What a planner may simplify to the column itself does not count: CAST to its own type, times one, plus nothing.
    if expr in group or expr[0] in _REMOVABLE or not _NEUTRAL.isdisjoint(expr):
        return False
    return bool(column_names(expr)) and any(
        text in _OPERATIONS or after == "(" for text, after in pairwise(expr)
    )
