"""What stays when a release moves on: where a stack's jobs run, how big, whom they alarm, and what the placeholders
in their SQL stand for. Read from the stack's config, `Pulumi.<stack>.yaml`. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from typing import Any, get_args, get_type_hints

from dli_provider.job.declarations import FIELDS
from dli_provider.likeness import likeliest
from dli_provider.plan.refusal import offered
from dli_provider.promotion.problems import collecting

_PLAIN = re.compile(r"[\w-]+")
SQL = "sql"
"""Namespace of the config keys that are values of placeholders: `sql:brokers` is what `@{brokers}` stands for."""


@dataclass(frozen=True)
class Placement:
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
    keep_state: str | None = None
    scale: int = 1
    """Not DLI's: the `parallel_number` of a release times this is the job's."""

    def arguments(self) -> dict[str, object]:
        """The arguments of a job that are decided here."""
        return {name: value for name, value in asdict(self).items() if name != "scale" and value is not None}


PLACEMENT: Mapping[str, type] = {
    name: (get_args(hint) or (hint,))[0] for name, hint in get_type_hints(Placement).items()
}
"""What an environment decides, and the type of each."""

ONE_JOB = ("restart_nonce", "from_savepoint", "allow_state_loss", "keep_state")
"""Those of them that are said of a live job once: another stack's jobs are not to be treated so."""

REVIEW_OF = "review_of"
"""Key that makes a stack a copy of another one, for review: that one's release is declared under names of its own."""

WITHOUT = "review_without"
"""Key that leaves jobs out of such a copy: their names, separated by commas."""

KEYS = (*PLACEMENT, "jobs", REVIEW_OF, WITHOUT)
"""Every key of the environment, without its namespace."""

_KINDS = {str: "text, in quotes", int: "a whole number", bool: "true or false"}
_REQUIRED = [each.name for each in fields(Placement) if each.default is MISSING]


@dataclass(frozen=True)
class Environment:
    """One stack's environment.

    `single` holds the places of jobs that are not treated as all are; `values` what placeholders stand for;
    `secrets` the names of those that must not be seen. `file` is where it was read; `review_of` names the stack
    whose release is declared here once more, only to be looked at, and `without` the jobs that are not.
    """

    stack: str
    everywhere: Placement
    single: Mapping[str, Placement]
    values: Mapping[str, str] = field(repr=False)
    secrets: frozenset[str] = frozenset()
    file: str = ""
    review_of: str | None = None
    without: frozenset[str] = frozenset()

    def placement(self, job: str) -> Placement:
        """Where this job runs."""
        return self.single.get(job, self.everywhere)

    @classmethod
    def from_config(
        cls,
        project: str,
        stack: str,
        config: Mapping[str, str],
        secrets: Collection[str] = (),
        file: str = "",
    ) -> Environment:
        """The environment that a stack's config describes.

        `config` maps whole keys (`shop:queue_name`) to the texts that Pulumi hands a program; `secrets` names the
        keys that are encrypted. `project` is the namespace of our own keys; others than it and `sql` are left alone.
        Messages call it `file`.

        Raises Problems with everything that is wrong.
        """
        file = file or f"stacks/Pulumi.{stack}.yaml"
        own = {key.partition(":")[2]: text for key, text in config.items() if key.startswith(f"{project}:")}
        with collecting() as problems:
            reader = _Reader(project, stack, file, problems)
            # These three are no argument of a job, so they are taken out before the rest is read as arguments.
            jobs, review_of = reader.jobs(own.pop("jobs", "{}")), own.pop(REVIEW_OF, None)
            without = own.pop(WITHOUT, "").split(",")
            given = {name: reader.typed(name, _parsed(name, text), name) for name, text in own.items()}
            # Inside the block, so that a missing key is reported together with all that is wrong.
            reader.require(given)
        everywhere = Placement(**given)
        values = {key.partition(":")[2]: text for key, text in config.items() if key.startswith(f"{SQL}:")}
        return cls(
            stack,
            everywhere,
            # A job has what all have, but for what it says itself.
            {job: replace(everywhere, **changes) for job, changes in jobs.items()},
            values,
            # Only these make the SQL of a job secret.
            frozenset(name for name in values if f"{SQL}:{name}" in secrets),
            file,
            review_of,
            frozenset(name.strip() for name in without if name.strip()),
        )


@dataclass(frozen=True)
class _Reader:
    """Turns what config holds into what a Placement holds; what is wrong with it goes on the list of problems."""

    project: str
    stack: str
    file: str
    problems: list[str]

    def wrong(self, key: str, what: str) -> None:
        self.problems.append(f"{self.file}: {self.project}:{key} {what}")

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
        # Known, and in the wrong file: that has a better remedy than a name which is like it.
        if name in FIELDS.keys() - PLACEMENT.keys():
            releases = f"{self.file.rpartition('/')[0]}/releases/{self.stack}".lstrip("/")
            self.wrong(
                key, f"belongs to a release, not to the environment. Move it to {releases}/<job>.yaml."
            )
        elif name not in PLACEMENT:
            self.wrong(key, f"is not known. {likeliest(name, KEYS)}")
        # Not isinstance: for Python True is a whole number too.
        elif type(value) is not PLACEMENT[name]:
            self.wrong(key, f"must be {_KINDS[PLACEMENT[name]]}.")
        elif name == "scale" and isinstance(value, int) and value < 1:
            self.wrong(key, "must be at least 1.")
        return value


def _parsed(name: str, text: str) -> object:
    """A config text as the type its key has; Pulumi hands a program text for everything."""
    # A text that looks like a number, such as a nonce, has to stay text.
    return text if PLACEMENT.get(name, str) is str else _object(text)


def _object(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def way_out(project: str, stack: str, job: str, remedy: str) -> str:
    """The remedy of a refused change; where consent helps, the command that gives it, for just this change.

    The consent concerns one live job, so it is the environment's; a release that had it would carry it on to other
    stacks.
    """
    # The planner offers a consent only where one would help.
    consent = offered(remedy)
    if consent is None:
        return remedy
    # Pulumi's --path takes a dot in a name for the next level.
    at = f".{job}" if _PLAIN.fullmatch(job) else f'["{job}"]'

    def command(argument: str) -> str:
        key = f"{project}:jobs{at}.{argument}"
        return f"`pulumi config set --path --type string '{key}' {consent} --stack {stack}`"

    keeping = (
        f"to restore its state all the same, for just this change: {command('keep_state')}; "
        if offered(remedy, "keep_state")
        else ""
    )
    return (
        f"{keeping}to start it empty, for just this change: {command('allow_state_loss')}, "
        "then give this command again; "
        "otherwise leave its query as it is, or deploy the new one as a second job and switch over"
    )
