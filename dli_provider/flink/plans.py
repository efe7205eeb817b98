"""Plans of a script: its INSERTs as Flink's planner would run them. Nothing runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from dli_provider.flink import allowed
from dli_provider.flink.allowed import Deed, harmless
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
    inserts: list[Statement] = []
    with session(gateway, harmless(properties)) as opened:
        for each in allowed.judged(statements):
            if each.deed is Deed.NOT_HERE:
                raise each.refusal
            if each.deed is Deed.FLOWS:
                inserts.append(opened.as_insert(each.statement))
            elif each.deed is Deed.EXECUTED:
                opened.execute(each.statement)
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
    flink: Cluster, sql: str, properties: Mapping[str, str], jars: Collection[str] = ()
) -> tuple[list[StatementError], list[StoodIn]]:
    """Everything that the planner refuses in a script, and the tables that were planned with a stand-in.

    `jars` are those that the script may load, as it names them. What is not executed here is among what is refused:
    nobody has looked at it.
    """
    try:
        statements, stood_in = stand_in(split(sql), flink.distribution.connectors)
    except StatementError as broken:
        return [broken], []
    return refusals(flink.gateway, statements, properties, jars), stood_in


def refusals(
    gateway: Rest, statements: Sequence[Statement], properties: Mapping[str, str], jars: Collection[str] = ()
) -> list[StatementError]:
    """Everything that the planner refuses; of definitions that it refuses, not also what depends on them."""
    refused, not_here = list[StatementError](), list[StatementError]()
    explained, flows = list[Statement](), False
    with session(gateway, harmless(properties)) as opened:

        def look(statement: Statement, deed: Deed) -> None:
            if deed is Deed.EXECUTED:
                opened.execute(statement)
            else:
                explained.append(opened.as_insert(statement))

        for each in allowed.judged(statements, jars):
            flows = flows or each.deed is Deed.FLOWS
            if each.deed is Deed.NOT_HERE:
                not_here.append(each.refusal)
            else:
                refused += _refusal(partial(look, each.statement, each.deed))
        if not refused and not not_here and not flows:
            refused.append(StatementError("there is no INSERT: nothing would flow", 1, 1))
        for statement in explained if not refused else ():
            refused += _refusal(partial(opened.blame, [statement]))
    return sorted([*not_here, *refused], key=lambda error: (error.line, error.column))


def _refusal(work: Callable[[], object]) -> list[StatementError]:
    try:
        work()
    except StatementError as error:
        return [error]
    return []
