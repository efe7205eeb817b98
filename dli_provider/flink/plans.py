"""Plans of a script: its INSERTs as Flink's planner would run them. Nothing runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from dli_provider.flink.cluster import Cluster
from dli_provider.flink.failures import StatementError
from dli_provider.flink.rest import Rest
from dli_provider.flink.sessions import EXPLAIN, session, unexplaining
from dli_provider.flink.stand_ins import StoodIn, stand_in
from dli_provider.flink.statements import Place, Statement, combined, split

_MARK = "== Physical Execution Plan =="


@dataclass(frozen=True)
class QueryPlan:
    """What the planner says: the whole text, and the execution plan as JSON."""

    text: str
    execution: str


def explain(gateway: Rest, statements: Sequence[Statement], properties: Mapping[str, str]) -> QueryPlan:
    """The plan of all INSERTs together, as one job. Raises `StatementError` for the first thing that Flink refuses."""
    inserts = [each for each in statements if each.is_insert]
    with session(gateway, properties) as opened:
        for statement in statements:
            if not statement.is_insert:
                opened.execute(statement)
        if not inserts:
            raise StatementError("there is no INSERT: nothing would flow", 1, 1)
        place: Place
        if len(inserts) == 1:
            only = inserts[0]
            text, place = only.text, only.place
        else:
            whole, place = combined(inserts)
            text = whole.text.removeprefix("EXECUTE ")
            opened.blame(inserts)
        explained = Statement(EXPLAIN + text, 1, 1, ())
        result = opened.execute(explained, unexplaining(place))
    said = str(result.rows[0][0])
    return QueryPlan(said, said.partition(_MARK)[2].strip())


def judged(
    flink: Cluster, sql: str, properties: Mapping[str, str]
) -> tuple[list[StatementError], list[StoodIn]]:
    """Everything that the planner refuses in a script, and the tables that were planned with a stand-in."""
    try:
        statements, stood_in = stand_in(split(sql), flink.distribution.connectors)
    except StatementError as broken:
        return [broken], []
    return refusals(flink.gateway, statements, properties), stood_in


def refusals(
    gateway: Rest, statements: Sequence[Statement], properties: Mapping[str, str]
) -> list[StatementError]:
    """Everything that the planner refuses; of definitions that it refuses, not also what depends on them."""
    refused: list[StatementError] = []
    inserts = [each for each in statements if each.is_insert]
    with session(gateway, properties) as opened:
        for statement in statements:
            if not statement.is_insert:
                refused += _refusal(partial(opened.execute, statement))
        if not refused and not inserts:
            refused.append(StatementError("there is no INSERT: nothing would flow", 1, 1))
        for insert in inserts if not refused else ():
            refused += _refusal(partial(opened.blame, [insert]))
    return refused


def _refusal(work: Callable[[], object]) -> list[StatementError]:
    try:
        work()
    except StatementError as error:
        return [error]
    return []
