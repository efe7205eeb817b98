"""The rules by which a change of SQL is judged: one line each, explained with examples in docs/sql-changes.md.

A rule's sentence names tables, sinks and option keys, and never a value: values may be secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class StateFate(IntEnum):
    """What a change does to Flink's operator state, best first. Many changes fold with `max`."""

    NONE = 0
    """The job is not restarted, so its state is not touched."""
    CARRIED = 1
    """The restarted job provably goes on from the same state."""
    AT_RISK = 2
    """Flink may refuse the state; then the old definition is put back."""
    INCOMPATIBLE = 3
    """Flink would refuse the state, or worse, accept it with another meaning."""
    DROPPED = 4
    """The job starts empty, on purpose."""


_REFUSED = "Flink refuses the old state"
_WRONG = "Flink would take the old state without an error and go on from values that mean something else"
_EITHER = "Flink refuses the old state or, worse, takes it with another meaning"
_UNKNOWN = "Flink may refuse the old state"


@dataclass(frozen=True)
class _Law:
    """What is found, and what follows for the state where the sentence does not say it already."""

    fate: StateFate
    sentence: str
    consequence: str = ""


def _carried(sentence: str) -> _Law:
    return _Law(StateFate.CARRIED, sentence)


def _at_risk(sentence: str, consequence: str = "") -> _Law:
    return _Law(StateFate.AT_RISK, sentence, consequence)


def _incompatible(sentence: str, consequence: str = "") -> _Law:
    return _Law(StateFate.INCOMPATIBLE, sentence, consequence)


class ChangeRule(Enum):
    """One rule; its name, in lower case with dashes, is its id in the documentation."""

    # The state is the same.
    SAME_PLAN = _carried(
        "only names, nesting or the order of independent parts differ, which Flink plans alike"
    )
    SAME_JOB = _carried("Flink would run the very same job")
    SAME_STATE = _carried("every operator that keeps state is there with the same id, and keeps the same")
    UNUSED = _carried("{name} changes, and no INSERT uses it")
    STATELESS_FILTER = _carried(
        "a filter into sink {sink} changes, and the query keeps nothing but its place in the source"
    )
    STATELESS_EXPRESSION = _carried(
        "an expression into sink {sink} changes, and the query keeps nothing but its place in the source"
    )
    RESULT_FILTER = _carried(
        "a filter on the results of the aggregation into sink {sink} changes, above all state"
    )
    RESULT_EXPRESSION = _carried(
        "an expression over the results of the aggregation into sink {sink} changes, above all state"
    )
    TABLE_RENAMED = _carried("table {name} is only named differently")
    SOURCE_TUNING = _carried("option {key} of source {name} changes, on which no state depends")
    SOURCE_START = _carried(
        "option {key} of source {name} changes, which matters to a first start only: "
        "a restored job goes on from the place in its state"
    )
    SOURCE_GROUP = _carried(
        "the consumer group of source {name} changes: a restored job goes on from the offsets in its state"
    )
    LOOKUP_TUNING = _carried("option {key} of lookup table {name} changes, of which nothing is kept")
    SINK_TUNING = _carried("option {key} of sink {name} changes, on which no state depends")
    TTL_LENGTH = _carried(
        "the time that idle state is kept changes; what is kept already goes on with the new one"
    )
    PARALLELISM = _carried("the parallelism changes; Flink spreads the state anew")
    RUNTIME_SETTING = _carried("setting {key} changes, on which no state depends")
    STATEMENT_SET = _carried(
        "INSERTs are put into or taken out of a statement set, and are one job either way"
    )
    SOURCE_UNUSED = _carried("columns or the event time of source {name} change that no query reads")
    SOURCE_TOPIC_ADDED = _carried(
        "source {name} reads one more topic ({key}), from its beginning: the restored job goes on in those it knows"
    )
    SOURCE_CLIENT = _carried(
        "option {key} of source {name} changes, by which only the server knows its reader"
    )
    SINK_FREE = _carried("sink {name} changes ({key}), of which Flink keeps nothing")

    # Not known: Flink may refuse.
    NOT_UNDERSTOOD = _at_risk(
        "a part of the SQL that is not understood here changes ({name})",
        _UNKNOWN + "; dli check tells what its planner makes of it",
    )
    OPERATOR_MAY_BE_GONE = _at_risk(
        "{operator} may keep something of what it still has to write or answer, and no operator has its id any more",
        _UNKNOWN,
    )
    OPERATOR_NEW = _at_risk("{operator} keeps state and is new: it begins empty")
    OPERATOR_UNKNOWN = _at_risk("{operator} changes, and what it keeps is not known", _UNKNOWN)
    OLDER_SQL = _at_risk("the job is written in DLI's older SQL, for which nothing is known", _UNKNOWN)
    PATTERN = _at_risk("the pattern of MATCH_RECOGNIZE into sink {sink} changes", _UNKNOWN)
    USER_FUNCTION = _at_risk(
        "a user-defined function into sink {sink} changes or is called differently", _UNKNOWN
    )
    HINT = _at_risk("a hint into sink {sink} changes", _UNKNOWN)
    STATELESS_SHAPE = _at_risk(
        "the query into sink {sink} may gain or lose an operator, by whose number the source finds its place",
        _UNKNOWN,
    )
    UNKNOWN_STATE = _at_risk(
        "the query into sink {sink} changes, and whether state depends on the change cannot be told", _UNKNOWN
    )
    RESULT_SHAPE = _at_risk(
        "what is made of the results into sink {sink} changes, by which operators may appear or vanish",
        _UNKNOWN,
    )
    RESULT_MAY_VANISH = _at_risk(
        "a filter on the results into sink {sink} changes, which may never be true: then Flink plans nothing",
        _UNKNOWN,
    )
    SHARED_OPERATORS = _at_risk(
        "the query into sink {sink} reads what is read elsewhere in the job too, by which Flink may share operators "
        "that it kept apart, or the other way round",
        _UNKNOWN,
    )
    INSERT_TARGET = _at_risk("the columns or partition written to sink {sink} change", _UNKNOWN)
    SOURCE_SERVERS = _at_risk(
        "option {key} of source {name} changes: if it is another cluster, the offsets in the state mean other records"
    )
    SOURCE_OPTION = _at_risk("option {key} of source {name} changes", _UNKNOWN)
    SOURCE_COLUMN_ADDED = _at_risk(
        "columns are added to source {name}, for which an operator may appear before the state", _UNKNOWN
    )
    SOURCE_SCHEMA = _at_risk("the columns of source {name} change", _UNKNOWN)
    TABLE_PARALLELISM = _at_risk(
        "the parallelism becomes, or was, that which a table has of its own: operators are chained otherwise",
        "Flink may find them under other ids",
    )
    WATERMARK_DELAY = _at_risk(
        "the watermark delay of source {name} changes: windows in the state may close twice or drop late rows"
    )
    LOOKUP_TABLE = _at_risk("lookup table {name} changes: results so far were made with the old one")
    LOOKUP_JOIN = _at_risk("a lookup join into sink {sink} changes", _UNKNOWN)
    SINK_CHANGED = _at_risk(
        "sink {name} changes ({key}): what it has not yet committed, and its transactions, belong to the old one"
    )
    SETTING = _at_risk("setting {key} changes", _UNKNOWN)
    ENVIRONMENT = _at_risk("{name} changes, on which the meaning of tables or functions may depend", _UNKNOWN)

    # The state would be refused, dropped or misread.
    OPERATOR_GONE = _incompatible("no operator has the id of {operator} any more", _REFUSED)
    OPERATOR_KEY = _incompatible("{operator} keeps its id, but its key has another type", _REFUSED)
    OPERATOR_PARALLELISM = _incompatible("{operator} gets another maximal parallelism", _REFUSED)
    OPERATOR_MEANING = _incompatible("{operator} keeps its id; {difference}", _EITHER)
    GROUP_KEY = _incompatible("the grouping key of the aggregation into sink {sink} changes", _EITHER)
    AGGREGATE = _incompatible("the aggregates into sink {sink} change", _EITHER)
    AGGREGATE_ORDER = _incompatible(
        "the order of the aggregates into sink {sink} changes: each would go on from another one's value"
    )
    FILTER_BELOW_STATE = _incompatible(
        "a filter before the state into sink {sink} changes: the old state holds what the old filter let in"
    )
    FILTER_ON_KEY = _incompatible(
        "a filter on the results into sink {sink} changes, and Flink may apply it before the state: "
        "the old state holds what the old filter let in"
    )
    EXPRESSION_BELOW_STATE = _incompatible(
        "a column on which state into sink {sink} is built changes", _EITHER
    )
    PATTERN_KEY = _incompatible("the key of MATCH_RECOGNIZE into sink {sink} changes", _EITHER)
    JOINED_COLUMNS = _incompatible(
        "the columns kept by the join or numbering into sink {sink} change", _EITHER
    )
    JOIN_CONDITION = _incompatible("the condition of a join into sink {sink} changes", _EITHER)
    JOIN_KIND = _incompatible("the kind or the order of the joins into sink {sink} changes", _EITHER)
    JOIN_COUNT = _incompatible("a join into sink {sink} is added or removed", _REFUSED)
    WINDOW = _incompatible("the window of the query into sink {sink} changes", _EITHER)
    DISTINCT = _incompatible(
        "DISTINCT, or the columns it compares, changes in the query into sink {sink}", _EITHER
    )
    OVER = _incompatible(
        "an OVER window, its frame, key or order, or the order of its results, changes in the query into sink {sink}",
        _EITHER,
    )
    TOP_N = _incompatible("the ranking (Top-N or deduplication) into sink {sink} changes", _WRONG)
    LIMIT = _incompatible("ORDER BY, LIMIT or OFFSET of the query into sink {sink} changes", _WRONG)
    SET_OPERATION = _incompatible(
        "the queries put together into sink {sink}, or their order, change", _EITHER
    )
    SUBQUERY = _incompatible("a query inside a condition into sink {sink} changes", _EITHER)
    QUERY_SHAPE = _incompatible(
        "the query into sink {sink}, which keeps state, is built differently", _EITHER
    )
    KEYED_RESULT = _incompatible(
        "what is made of the results into sink {sink} changes, and Flink keeps what it wrote by the sink's key: "
        "what is kept was made the old way"
    )
    INSERT_ADDED = _incompatible(
        "an INSERT into {sink} with a place of its own among the operators is added", _REFUSED
    )
    INSERT_APPENDED = _incompatible(
        "an INSERT into {sink} is added to a source that is read already, by which operators get other numbers",
        _REFUSED,
    )
    SECOND_SINK = _incompatible(
        "the same query is written to sink {sink} too, and an operator with one more output gets another number",
        _REFUSED,
    )
    INSERT_REMOVED = _incompatible("the INSERT into {sink} is removed, its state has no owner left", _REFUSED)
    INSERT_ORDER = _incompatible("the INSERTs are reordered: each would go on from another one's state")
    SOURCE_CONNECTOR = _incompatible(
        "source {name} gets another connector: its place in the old one means nothing to it"
    )
    SOURCE_IDENTITY = _incompatible(
        "source {name} reads from elsewhere ({key}): the restored job would keep to the old place, or misread it"
    )
    SOURCE_CHANGELOG = _incompatible("source {name} changes between rows and changes of rows", _EITHER)
    SOURCE_COLUMNS = _incompatible("the columns of source {name}, on which state is built, change", _EITHER)
    SOURCE_WATERMARK = _incompatible("the event time of source {name} changes", _EITHER)
    SOURCE_KEY = _incompatible("the primary key of source {name} changes", _EITHER)
    SINK_KEY = _incompatible(
        "the primary key of sink {name}, by which Flink may keep what it wrote, changes", _EITHER
    )
    SINK_ROWS = _incompatible(
        "the types of the columns of sink {name}, by whose key Flink may keep what it wrote, change", _EITHER
    )
    TTL_SWITCHED = _incompatible("keeping idle state for a limited time is switched on or off", _REFUSED)
    TTL_HINT = _incompatible(
        "a hint STATE_TTL in the query into sink {sink} changes, and state with a time to live has another form",
        _EITHER,
    )
    PLAN_SETTING = _incompatible("setting {key} changes, by which Flink builds other operators", _REFUSED)
    TIME_ZONE = _incompatible(
        "the time zone changes, and with it what the days and windows in the state mean"
    )
    NAMESPACE = _incompatible("the current catalog or database changes, and with it what table names mean")
    UNCLAIMED_STATE = _incompatible("setting {key} makes Flink silently drop what it finds no operator for")

    @property
    def id(self) -> str:
        """The rule's id in the documentation."""
        return self.name.lower().replace("_", "-")

    @property
    def fate(self) -> StateFate:
        """What the rule says of the state."""
        return self.value.fate

    def reason(self, **names: str) -> Reason:
        """The rule applied to the tables, sinks or options so named."""
        return Reason(self, self.value.sentence.format(**names))


@dataclass(frozen=True)
class Reason:
    """One difference, judged."""

    rule: ChangeRule
    difference: str

    @property
    def because(self) -> str:
        """The difference, and what follows from it."""
        consequence = self.rule.value.consequence
        return f"{self.difference}: {consequence}" if consequence else self.difference

    @property
    def refused(self) -> bool:
        """Whether Flink does not take the state at all, as far as is known."""
        return self.rule.value.consequence == _REFUSED
