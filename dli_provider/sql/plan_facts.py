"""What Flink's planner told of one script: its compiled plan, and the operators as a restore looks for them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dli_provider.sql.ast import Table

_NUMBER: Final = re.compile(r"\[(\d+)\]")
_DEFAULT: Final = "default_catalog.default_database."
_STAND_IN: Final = "stand-in"


@dataclass(frozen=True)
class Operator:
    """One operator: `id` is what a restore looks for, `key` the serializer of its key, empty where it has none."""

    id: str
    node: int
    name: str
    description: str
    key: str
    max_parallelism: int
    runs: str
    inputs: tuple[int, ...]

    @property
    def shown(self) -> str:
        """What it is, as Flink's web page shows it, without its number; long lists are cut."""
        text = re.sub(r"^\[\d+\]:|\[\d+\](?=:|$)", "", self.description or self.name)
        text = text.replace(_DEFAULT, "").replace("default_catalog, default_database, ", "")
        return text if len(text) <= 110 else text[:107] + "..."


@dataclass(frozen=True)
class PlanStep:
    """One node of the compiled plan; `raw` is all that the plan says of it."""

    id: int
    kind: str
    raw: Mapping[str, Any] = field(repr=False)
    inputs: tuple[int, ...] = ()


@dataclass(frozen=True)
class PlanFacts:
    """The facts of one script."""

    steps: Mapping[int, PlanStep]
    operators: tuple[Operator, ...]
    flink: str
    """Of which Flink the plan is, as it says itself: "1.20"."""

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> PlanFacts:
        """The facts from what the planner's program wrote of a script that it could plan."""
        inputs: dict[int, list[int]] = {}
        for edge in told["plan"]["edges"]:
            inputs.setdefault(edge["target"], []).append(edge["source"])
        steps = {node["id"]: _step(node, inputs.get(node["id"], [])) for node in told["plan"]["nodes"]}
        operators = tuple(
            Operator(**{**each, "inputs": tuple(each["inputs"]), "description": each["description"] or ""})
            for each in told["operators"]
        )
        return cls(steps, operators, str(told["plan"]["flinkVersion"]))

    @property
    def tells_ttl(self) -> bool:
        """Whether steps say how long their state lives; since Flink 1.18 they do."""
        return tuple(map(int, self.flink.split(".")[:2])) >= (1, 18)

    @property
    def job(self) -> tuple[object, ...]:
        """All that makes the job, without the numbers of steps, which a planner counts on from script to script."""
        told: dict[int, str] = {}

        def of(step: PlanStep) -> str:
            if step.id not in told:
                raw = {key: value for key, value in step.raw.items() if key != "id"}
                below = [of(self.steps[at]) for at in step.inputs]
                told[step.id] = hashlib.sha256(json.dumps([raw, below], sort_keys=True).encode()).hexdigest()
            return told[step.id]

        operators = sorted((each.id, each.key, each.max_parallelism, each.runs) for each in self.operators)
        return (sorted(map(of, self.steps.values())), operators)

    def step_of(self, operator: Operator) -> PlanStep | None:
        """The node of the plan that an operator carries out: its number stands in the operator's name."""
        found = _NUMBER.search(operator.name) or _NUMBER.search(operator.description)
        return self.steps.get(int(found[1])) if found else None


def _step(node: Mapping[str, Any], inputs: list[int]) -> PlanStep:
    kind = node["type"].removeprefix("stream-exec-").rpartition("_")[0]
    return PlanStep(node["id"], kind, node, tuple(inputs))


def table_of(step: PlanStep) -> Table | None:
    """The table that the step reads, writes or looks up: its name, key and options, on its real connector."""
    raw = step.raw
    found = raw.get("scanTableSource") or raw.get("dynamicTableSink")
    if found is None:
        lookup = raw.get("temporalTable") or {}
        found = lookup.get("lookupTableSource")
    if found is None:
        return None
    told = found["table"]
    resolved = told.get("resolvedTable") or {}
    options = dict(resolved.get("options") or {})
    if options.get("connector") == _STAND_IN:
        options["connector"] = options.pop("stand-in.for", "")
        options.pop("stand-in.rows-per-second", None)
    key = ((resolved.get("schema") or {}).get("primaryKey") or {}).get("columns") or ()
    name = told["identifier"].replace("`", "").removeprefix(_DEFAULT)
    return Table(name, (), tuple(sorted(options.items())), primary_key=tuple(key))


def schema_of(step: PlanStep) -> Mapping[str, Any]:
    """The declared columns, watermark and key of the table behind a step, as the plan writes them."""
    raw = step.raw
    found = raw.get("scanTableSource") or raw.get("dynamicTableSink") or {}
    return (found.get("table", {}).get("resolvedTable") or {}).get("schema") or {}
