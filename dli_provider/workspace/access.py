"""How a command gets at DLI: with the settings of a stack, or with those of the environment.

What it joins is imported when it is used: whoever only asks for help waits for nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dli_provider.errors import Invalid
from dli_provider.secrets import sounds_secret
from dli_provider.workspace.folder import project_around

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.settings import Settings
    from dli_provider.workspace.stack import Stack

_LEAST = 6
_LOGINS = ("dli:accessKey", "dli:secretKey", "dli:securityToken", "dli:token")
"""Never shown, whether the config has them encrypted or not."""


def misspelt() -> Iterator[str]:
    """What to warn of before any command: environment variables that look like ours and are none."""
    from dli_provider.settings import misspelt_variables

    yield from misspelt_variables(os.environ)


def chosen_stack(name: str | None, *, none: bool = False) -> Stack | None:
    """The stack of this name, or else the selected one of the project that the current folder is in; None outside of
    projects, and where `none` is wanted: DLI is that of the environment then.

    Raises Unusable for a stack that is not there, and in a project where none is selected: what the environment names
    may be quite another DLI, so it is never taken by itself there.
    """
    if none or (name is None and project_around(Path.cwd()) is None):
        return None
    from dli_provider.workspace.stack import Stack

    return Stack.select(name)


def connected(stack: Stack | None) -> Client:
    """A client for the DLI of the stack, or of the environment (`DLI_ENDPOINT`, `HW_REGION_NAME` ...). Close it.

    Raises Conflict where the stack's jobs were made in another place: here they would all seem to be deleted.
    """
    from dli_provider.connect import connect
    from dli_provider.settings import Settings

    if stack:
        return connect(in_its_place(stack))
    try:
        return connect(Settings.from_config(lambda _: None, os.environ))
    except Invalid as problems:
        remedy = f"name a stack that says where DLI is with --stack, from inside of its project; or {problems.remedy}"
        raise Invalid("DLI settings of the environment", problems.reasons, remedy=remedy) from None


def place_of_environment() -> dict[str, str]:
    """The config that names the DLI of the environment, without a credential. Raises Invalid."""
    from dli_provider.settings import Settings

    settings = Settings.from_config(lambda _: None, os.environ)
    place = {"dli:region": settings.region} if os.environ.get("HW_REGION_NAME") else {}
    if os.environ.get("DLI_ENDPOINT"):
        place["dli:endpoint"] = settings.endpoint
    return {**place, "dli:projectId": settings.project_id}


def secrets_of(stack: Stack | None) -> Iterator[str]:
    """Every secret value that a command knows of when it begins: none may be shown, whatever it turns up in."""
    for name, value in os.environ.items():
        # A path is no secret, though SSH_KEY_PASS_FILE and its like sound so, and masking it would garble messages.
        if len(value) >= _LEAST and _sounds_secret(name) and not Path(value).exists():
            yield value
    if stack:
        yield from (stack.config[key] for key in _LOGINS if key in stack.config)
        yield from stack.secrets


def _sounds_secret(variable: str) -> bool:
    return sounds_secret(variable) or "PASS" in variable.upper()


def in_its_place(stack: Stack) -> Settings:
    """The settings of a stack. Raises Conflict where one of its jobs was made in another place, and neither left there
    on purpose nor found here by its nonce."""
    from dli_provider.connect import connect
    from dli_provider.run.guard import Places, found_here

    settings = stack.settings()
    places = Places(settings.place, settings.moved_from)
    away = [
        job
        for job in stack.recorded()
        if not job.external
        and places.elsewhere(job.outputs.get("place"))
        and not places.moved_from(job.outputs.get("place"))
    ]
    if away:
        with connect(settings) as api:
            for job in away:
                if not found_here(api, int(job.id), job.outputs.get("nonce")):
                    subject = f"{job.outputs.get('name') or job.name} (job {job.id})"
                    places.require(subject, job.outputs.get("place"))
    return settings
