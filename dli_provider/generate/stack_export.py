"""The jobs in an exported Pulumi stack that a bridge to Terraform's provider manages, and how it lets go of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dli_provider.errors import Invalid
from dli_provider.generate.tfstate import Managed, name_apart

TYPES = ("huaweicloud:Dli/flinksqlJob:FlinksqlJob", "huaweicloud:index/dliFlinksqlJob:DliFlinksqlJob")
"""As `pulumi-huaweicloud` calls them, and as `pulumi package add terraform-provider` does."""
_REMEDY = "write one with `pulumi stack export --stack NAME > stack.json`"


def bridged_jobs(text: str, file: str) -> tuple[Managed, ...]:
    """The jobs in a deployment as the engine exports it (version 3), each with a name of its own. Raises Invalid."""
    try:
        exported = json.loads(text)
    except ValueError as error:
        raise Invalid(file, f"it is not JSON: {error}", remedy=_REMEDY) from None
    deployment = exported.get("deployment") if isinstance(exported, dict) else None
    version = exported.get("version") if isinstance(exported, dict) else None
    # Another version may keep ids elsewhere, and a wrong id would adopt a wrong job.
    if version != 3 or not isinstance(deployment, dict):
        raise Invalid(file, f"it is no exported stack of version 3, but of {version}", remedy=_REMEDY)
    found: list[Managed] = []
    taken: set[str] = set()
    for resource in deployment.get("resources") or ():
        if _is_managed_job(resource):
            found.append(_managed(resource, taken, file))
    return tuple(found)


def _is_managed_job(resource: Mapping[str, Any]) -> bool:
    # What is only looked up is somebody else's; what waits to be deleted is not the job.
    return resource.get("type") in TYPES and not (resource.get("external") or resource.get("delete"))


def _managed(resource: Mapping[str, Any], taken: set[str], file: str) -> Managed:
    urn, job_id = str(resource.get("urn") or ""), str(resource.get("id") or "")
    if not job_id.isdigit():
        raise Invalid(file, f"{urn} has no job id", remedy="run `pulumi refresh` there, and export it again")
    stack = urn.removeprefix("urn:pulumi:").partition("::")[0]
    # The engine deletes no state of a resource that is protected unless it is told to.
    force = " --force" if resource.get("protect") else ""
    quoted = urn.replace("'", "'\\''")
    command = f"pulumi state delete '{quoted}' --stack {stack} --yes{force}"
    return Managed(urn, int(job_id), name_apart([urn.rpartition("::")[2]], [], taken), command)
