"""How a case of the vendor's client is written: a request that succeeds, and one that is refused."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

from huaweicloudsdkdli import v1 as sdk  # type: ignore[import-untyped]

NOBODY = 4_000_000


class Ids(NamedTuple):
    """What there is: a job at rest, a running one, a jar job, an edge job, a template, an export."""

    rest: int
    running: int
    jar: int
    edge: int
    template: int
    export: str


Make = Callable[[Ids], Any]
REST, RUNNING, JAR, EDGE, TEMPLATE, EXPORT = (attrgetter(name) for name in Ids._fields)


class SurfaceCase(NamedTuple):
    """A request that succeeds, and what it must give; one that is refused, and the code."""

    succeeds: Make
    gives: Callable[[Any, Ids], Any]
    refused: Make | None = None
    code: str = ""


def text(part: Make) -> Make:
    return lambda ids: str(part(ids))


def request(kind: str, body: dict[str, Any] | None = None, /, **parameters: Any) -> Make:
    """A request of the client. Wherever a function stands for a value, it is asked with the ids."""

    def make(ids: Ids) -> Any:
        built = getattr(sdk, f"{kind}Request")
        given = _filled(parameters, ids)
        if body is not None:
            given["body"] = getattr(sdk, built.openapi_types["body"])(**_filled(body, ids))
        return built(**given)

    return make


def _filled(value: Any, ids: Ids) -> Any:
    if callable(value):
        return value(ids)
    if isinstance(value, dict):
        return {key: _filled(part, ids) for key, part in value.items()}
    return [_filled(part, ids) for part in value] if isinstance(value, list) else value


def yes(answer: Any, _: Ids) -> bool:
    return bool(answer.is_success == "true")


def yes_flag(answer: Any, _: Ids) -> bool:
    return answer.is_success is True


def each_yes(answer: Any, _: Ids) -> bool:
    return [element.is_success for element in answer.body] == ["true"]
