"""What stays when a release moves on: where a stack's jobs run, how big, whom they alarm, and what the placeholders
in their SQL stand for. Read from the stack's config, `stacks/Pulumi.<stack>.yaml`. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from typing import Any, get_args, get_type_hints

from stacks.mistakes import collecting, likeliest

SQL = "sql"
"""Namespace of the config keys that are values of placeholders: `sql:brokers` is what `@{brokers}` stands for."""


@dataclass(frozen=True)
class Place:
    """What an environment decides about a job, by DLI's names. None: left to DLI or to the provider.

    A release cannot hold these. Savepoints and consents are among them because they belong to one live job.
    """

    queue_name: str
    obs_bucket: str
    cu_number: int | None = None
    manager_cu_number: int | None = None
    tm_cus: int | None = None
    tm_slot_num: int | None = None
    smn_topic: str | None = None
    log_enabled: bool | None = None
    execution_agency_urn: str | None = None
    desired_state: str | None = None
    restart_nonce: str | None = None
    from_savepoint: str | None = None
    allow_state_loss: str | None = None
    scale: int = 1
    """Not DLI's: the `parallel_number` of a release times this is the job's."""

    def arguments(self) -> dict[str, object]:
        """The arguments of a job that are decided here."""
        return {name: value for name, value in asdict(self).items() if name != "scale" and value is not None}


PLACE: Mapping[str, type] = {
    name: (get_args(hint) or (hint,))[0] for name, hint in get_type_hints(Place).items()
}
"""What an environment decides, and the type of each."""

_KINDS = {str: "text, in quotes", int: "a whole number", bool: "true or false"}
_REQUIRED = [each.name for each in fields(Place) if each.default is MISSING]


@dataclass(frozen=True)
class Environment:
    """One stack's environment.

    `single` holds the places of jobs that are not treated as all are; `values` what placeholders stand for;
    `secrets` the names of those that must not be seen.
    """

    stack: str
    everywhere: Place
    single: Mapping[str, Place]
    values: Mapping[str, str] = field(repr=False)
    secrets: frozenset[str] = frozenset()

    def place(self, job: str) -> Place:
        """Where this job runs."""
        return self.single.get(job, self.everywhere)

    @classmethod
    def from_config(
        cls, project: str, stack: str, config: Mapping[str, str], secrets: Collection[str] = ()
    ) -> Environment:
        """The environment that a stack's config describes.

        `config` maps whole keys (`shop:queue_name`) to the texts that Pulumi hands a program; `secrets` names the
        keys that are encrypted. `project` is the namespace of our own keys; others than it and `sql` are left alone.

        Raises Mistakes with everything that is wrong.
        """
        own = {key.partition(":")[2]: text for key, text in config.items() if key.startswith(f"{project}:")}
        with collecting() as mistakes:
            reader = _Reader(project, stack, mistakes)
            jobs = reader.jobs(own.pop("jobs", "{}"))
            given = {name: reader.typed(name, _parsed(name, text), name) for name, text in own.items()}
            reader.require(given)
        everywhere = Place(**given)
        values = {key.partition(":")[2]: text for key, text in config.items() if key.startswith(f"{SQL}:")}
        return cls(
            stack,
            everywhere,
            {job: replace(everywhere, **changes) for job, changes in jobs.items()},
            values,
            frozenset(name for name in values if f"{SQL}:{name}" in secrets),
        )


@dataclass(frozen=True)
class _Reader:
    """Turns what config holds into what a Place holds; what is wrong with it goes on the list of mistakes."""

    project: str
    stack: str
    mistakes: list[str]

    def wrong(self, key: str, what: str) -> None:
        self.mistakes.append(f"stacks/Pulumi.{self.stack}.yaml: {self.project}:{key} {what}")

    def require(self, given: Mapping[str, object]) -> None:
        """What every environment has to say."""
        for name in _REQUIRED:
            if name not in given:
                command = f"pulumi config set {self.project}:{name} ... --stack {self.stack}"
                self.wrong(name, f"is missing. Set it: {command}")

    def jobs(self, text: str) -> dict[str, dict[str, Any]]:
        """What differs for single jobs: `{job: {name: value}}`."""
        held = _object(text)
        if not isinstance(held, dict) or not all(isinstance(one, dict) for one in held.values()):
            self.wrong("jobs", "must say what differs for which job, as in `orders: {cu_number: 8}`.")
            return {}
        return {
            job: {name: self.typed(name, value, f"jobs.{job}.{name}") for name, value in changes.items()}
            for job, changes in held.items()
        }

    def typed(self, name: str, value: object, key: str) -> Any:
        """A value that has the type it should have; what has not is a mistake."""
        if name not in PLACE:
            self.wrong(key, f"is not known. {likeliest(name, [*PLACE, 'jobs'])}")
        elif type(value) is not PLACE[name]:
            self.wrong(key, f"must be {_KINDS[PLACE[name]]}.")
        elif name == "scale" and isinstance(value, int) and value < 1:
            self.wrong(key, "must be at least 1.")
        return value


def _parsed(name: str, text: str) -> object:
    """A config text as the type its key has; Pulumi hands a program text for everything."""
    return text if PLACE.get(name, str) is str else _object(text)


def _object(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
