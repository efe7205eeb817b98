"""One stack of the user's Pulumi project, read as the engine itself sees it: its settings, its jobs, what a deployment
would do to them.

Reads, but for secrets that it is told to keep: it selects no stack, writes no other file, calls no DLI. Values marked
secret are in clear in what it returns: they are for deciding, and must be masked before anything is shown.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from dli_provider.errors import Invalid
from dli_provider.likeness import likeliest
from dli_provider.promotion.problems import mapping_of
from dli_provider.pulumi.property_bags import JOB_TYPES
from dli_provider.settings import Settings, own_keys, refuse_unknown_keys
from dli_provider.workspace import Unusable, pulumi_command
from dli_provider.workspace.folder import PROJECT_FILES, configured_stacks, project_folder, unread_settings

_READING = {"DLI_REVIEW": "1"}
"""Tells the provider that this preview is only read, and must not be refused; see `pulumi.reviewed_lock`."""
_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which the engine marks what is not a plain value (Pulumi's sdk/go/common/resource/sig)."""
_UNKNOWN = frozenset(
    [
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    ]
)
"""What stands in a plan for values that are known only during the deployment (sdk/go/common/resource/plugin)."""

Bag = Mapping[str, Any]


@dataclass(frozen=True)
class Recorded:
    """A job in the stack's state: DLI's id of it, its arguments, and all that its last deployment or refresh left.

    `secret` names the inputs that Pulumi keeps encrypted. `external` jobs are only looked up: somebody else owns them.
    """

    urn: str
    id: str
    inputs: Bag = field(repr=False)
    outputs: Bag = field(repr=False)
    protect: bool = False
    secret: frozenset[str] = frozenset()
    external: bool = False

    @property
    def name(self) -> str:
        """The name of the resource in the program; the job may have another."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True)
class Previewed:
    """What a deployment would do to a job: `same`, `create`, `update`, `replace`, `delete`, `read` ....

    `new` are the arguments as the program gives them, checked and named by the provider; None where the job goes.
    Those whose value is known only during the deployment are named in `unknown` and are not in `new`. `was` is the URN
    that the job has in the state, another where the program renames the resource; "" for a new job.
    """

    urn: str
    op: str
    was: str
    old: Bag | None = field(repr=False)
    new: Bag | None = field(repr=False)
    unknown: frozenset[str] = frozenset()
    protect: bool = False
    secret: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name of the resource in the program; the job may have another."""
        return self.urn.rpartition("::")[2]


class Stack:
    """A stack that exists. What the engine has been asked once is kept."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self._found: dict[str, None] = {}
        self._one_at_a_time = Lock()

    def __repr__(self) -> str:
        return f"Stack({self.name!r}, {str(self.folder)!r})"

    @classmethod
    def select(cls, name: str | None = None, folder: Path | None = None) -> Stack:
        """The stack of this name, or else the one that `pulumi stack select` has selected.

        `folder` is the project's, or one below it; left out, the current one. Raises `Unusable` where there
        is no such stack, no project or no engine.
        """
        here = project_folder(folder or Path.cwd())
        stacks = pulumi_command.ask(here, "stack", "ls", "--json")
        known = [each["name"] for each in stacks]
        if name is None:
            current = [each["name"] for each in stacks if each["current"]]
            if not current:
                raise Unusable(
                    f"no stack is selected in {here}. Name one with --stack, or select it with `pulumi stack select`: "
                    f"{_listed(known, here)}."
                )
            (name,) = current
        elif name.rpartition("/")[2] not in {each.rpartition("/")[2] for each in known}:
            raise Unusable(
                f"there is no stack {name!r} in {here}. {_meant(name, known)}{_making(name, here)}. "
                f"{unread_settings(here)}".strip()
            )
        return cls(name, here)

    @classmethod
    def all(cls, folder: Path | None = None) -> tuple[Stack, ...]:
        """Every stack of the project, by name."""
        here = project_folder(folder or Path.cwd())
        names = sorted(each["name"] for each in pulumi_command.ask(here, "stack", "ls", "--json"))
        return tuple(cls(name, here) for name in names)

    def afresh(self) -> Stack:
        """The same stack, with nothing read of it yet."""
        return Stack(self.name, self.folder)

    @cached_property
    def config(self) -> Mapping[str, str]:
        """The stack's config, secrets decrypted, by whole key: `{"dli:region": "cn-north-4"}`.

        Raises Invalid for a key of ours that nobody knows: what was meant by it would not be done.
        """
        refuse_unknown_keys(own_keys(self._config, str(self._project.get("name"))))
        return {key: each["value"] for key, each in self._config.items() if "value" in each}

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secret values that are known so far, to be masked wherever they turn up: those of the config, and what
        the state and the last preview hold encrypted, of whatever resource. The SQL of a job as a whole
        does not count as one."""
        config = [each["value"] for each in self._config.values() if each["secret"] and each.get("value")]
        return tuple(dict.fromkeys([*config, *self._found]))

    @cached_property
    def refreshes(self) -> bool:
        """Whether the project asks for a look at the live jobs before each deployment (`options: refresh: always`)."""
        options = self._project.get("options") or {}
        return str(options.get("refresh", "")) == "always"

    @cached_property
    def _project(self) -> Mapping[str, Any]:
        return mapping_of(
            next(self.folder / name for name in PROJECT_FILES if (self.folder / name).is_file())
        )

    @property
    def owner(self) -> str:
        """What the owners of its jobs begin with: "project/stack"."""
        return f"{self._project.get('name')}/{self.name.rpartition('/')[2]}"

    def settings(self) -> Settings:
        """Where DLI is and who we are: the stack's config, then the environment. Raises Invalid."""
        try:
            return Settings.from_config(lambda key: self.config.get(f"dli:{key}"), os.environ)
        except Invalid as problems:
            # Whoever named no stack learns here which one was taken.
            subject = f"DLI settings of stack {self.name}"
            remedy = f"{problems.remedy}; or name another stack with --stack"
            raise Invalid(subject, problems.reasons, remedy=remedy) from None

    def recorded(self) -> tuple[Recorded, ...]:
        """The jobs in the stack's state, in its order, without those that wait to be deleted."""
        with self._one_at_a_time:  # a preview asks too, at the same time, and an export takes a second
            return self._recorded

    def previewed(
        self, *, refresh: bool | None = None, environ: Mapping[str, str] | None = None
    ) -> tuple[Previewed, ...]:
        """What `pulumi up` would do to each job, by the real engine's own preview of the program as it is now.

        `refresh` says whether the live jobs are looked at first; None leaves it to the project's `options`. `environ`
        is added to the environment that the program and the provider run in. What a deployment would refuse is shown
        like everything else: reading a stack must not fail because deploying it would.

        Raises `Failed` with the engine's diagnostics where the preview fails.
        """
        flags = () if refresh is None else (f"--refresh={str(refresh).lower()}",)
        with ThreadPoolExecutor(1) as beside:
            export = beside.submit(self.recorded)
            plan, steps = pulumi_command.preview(
                self.folder, self.name, flags, {**_READING, **(environ or {})}
            )
            before = {job.urn: job.inputs for job in export.result()}
        plans: Mapping[str, Any] = plan.get("resourcePlans") or {}
        for urn, each in plans.items():
            self._found.update(_secrets(urn, each.get("state") or {}))
        was = {step["urn"]: step["oldState"]["urn"] for step in steps if step.get("oldState")}
        return tuple(
            _previewed(urn, each, was.get(urn, urn if urn in before else ""), before)
            for urn, each in sorted(plans.items())
            if _is_job(urn)
        )

    def set_secret(self, key: str, value: str) -> None:
        """Put a secret into the stack's config, encrypted, as `pulumi config set --secret` does."""
        pulumi_command.tell(self.folder, value, "config", "set", "--secret", key, "--stack", self.name)

    @cached_property
    def _config(self) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self._ask("config", "--json", "--show-secrets")
        return answer

    @cached_property
    def _recorded(self) -> tuple[Recorded, ...]:
        deployment = self._ask("stack", "export", "--show-secrets")["deployment"]
        resources = deployment.get("resources") or ()
        for each in resources:
            for bag in (each.get("inputs"), each.get("outputs")):
                self._found.update(_secrets(each["urn"], bag or {}))
        found = [each for each in resources if each["type"] in JOB_TYPES]
        return tuple(
            Recorded(
                each["urn"],
                each.get("id", ""),
                _opened(each.get("inputs") or {}),
                _opened(each.get("outputs") or {}),
                bool(each.get("protect")),
                _marked(each.get("inputs") or {}),
                bool(each.get("external")),
            )
            for each in found
            if not each.get("delete")  # left over from a replacement; the job that counts has the same URN
        )

    def _ask(self, *arguments: str) -> Any:
        return pulumi_command.ask(self.folder, *arguments, "--stack", self.name)


def _listed(names: Sequence[str], folder: Path) -> str:
    if names:
        return ", ".join(sorted(names))
    # A checkout brings the config of its stacks along, and the state of none.
    making = (
        ", ".join(_making(each, folder) for each in configured_stacks(folder))
        or "`dli init --stack NAME` makes one"
    )
    return f"there is none yet; {making}. {unread_settings(folder)}".strip(". ")


def _making(name: str, folder: Path) -> str:
    """How the stack comes about: by the engine alone where its config is written, else with a config like another's."""
    command = f"pulumi stack init {name}" if name in configured_stacks(folder) else f"dli init --stack {name}"
    return f"`{command}` makes it"


def _meant(name: str, known: Sequence[str]) -> str:
    return f"{likeliest(name, known)} " if known else ""


def _is_job(urn: str) -> bool:
    return urn.split("::")[2].rpartition("$")[2] in JOB_TYPES


def _previewed(urn: str, plan: Bag, was: str, before: Mapping[str, Bag]) -> Previewed:
    goal, state, old = plan.get("goal"), plan.get("state"), before.get(was)
    steps: list[str] = plan.get("steps") or ["same"]
    # A replacement is several steps of the engine's (create-replacement, delete-replaced ...), and one to a reader.
    op = "replace" if any("replace" in step for step in steps) else steps[-1]
    if goal is None or state is None:
        return Previewed(urn, op, was, old, None)
    unknown = frozenset(key for key, value in state.items() if _has_unknown(value))
    new = {key: value for key, value in _opened(state).items() if key not in unknown}
    return Previewed(urn, op, was, old, new, unknown, bool(goal.get("protect")), _marked(state))


def _opened(bag: Bag) -> dict[str, Any]:
    return {key: _value(value) for key, value in bag.items()}


def _value(value: Any) -> Any:
    """A value as the engine writes it, with what is encrypted in clear."""
    if isinstance(value, dict):
        if _SIGNATURE in value:
            return _value(json.loads(value["plaintext"])) if "plaintext" in value else None
        return _opened(value)
    return [_value(each) for each in value] if isinstance(value, list) else value


def _marked(bag: Bag) -> frozenset[str]:
    return frozenset(
        key for key, value in bag.items() if any(_SIGNATURE in each for each in _mappings(value))
    )


def _secrets(urn: str, bag: Bag) -> dict[str, None]:
    """Every text in a bag that is encrypted."""
    marked = (_value(each) for key, value in bag.items() if not (_is_job(urn) and key == "sql_body")
              for each in _mappings(value) if _SIGNATURE in each)  # fmt: skip
    return dict.fromkeys(text for value in marked for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(each)


def _mappings(value: Any) -> Iterator[Bag]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _mappings(each)


def _has_unknown(value: Any) -> bool:
    opened = _value(value)
    if isinstance(opened, dict):
        return any(map(_has_unknown, opened.values()))
    if isinstance(opened, list):
        return any(map(_has_unknown, opened))
    return isinstance(opened, str) and opened in _UNKNOWN
