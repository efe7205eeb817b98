"""The jobs in a Terraform state file: which jobs of DLI they are, and how Terraform lets go of them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from dli_provider.errors import Invalid

TYPE = "huaweicloud_dli_flinksql_job"


@dataclass(frozen=True)
class Managed:
    """One job that another tool manages. `address` is that tool's name of it, such as Terraform's
    `module.shop.<type>.orders["eu"]` or a URN of Pulumi's; `let_go` the command by which the tool forgets the job, for
    a shell: the job itself is not touched."""

    address: str
    job_id: int
    resource: str
    let_go: str


def managed_jobs(text: str, file: str) -> tuple[Managed, ...]:
    """The jobs in a state of version 4, in its order, each with a name of its own. Raises Invalid."""
    try:
        state = json.loads(text)
    except ValueError as error:
        raise Invalid(file, f"it is not JSON: {error}", remedy=_REMEDY) from None
    version = state.get("version") if isinstance(state, dict) else None
    # Another version may keep ids elsewhere, and a wrong id would adopt a wrong job.
    if version != 4:
        raise Invalid(file, f"it is no Terraform state of version 4, but of {version}", remedy=_REMEDY)
    found: list[Managed] = []
    taken: set[str] = set()
    for resource in state.get("resources") or ():
        # Data sources are only looked at: Terraform does not manage them.
        if resource.get("type") != TYPE or resource.get("mode", "managed") != "managed":
            continue
        for instance in resource.get("instances") or ():
            job_id = str((instance.get("attributes") or {}).get("id") or "")
            address = _address(resource, instance.get("index_key"))
            # An old object that Terraform still means to delete is not the job.
            if instance.get("deposed"):
                continue
            if not job_id.isdigit():
                raise Invalid(
                    file, f"{address} has no job id", remedy="run `terraform refresh` and try again"
                )
            name = _name(resource, instance.get("index_key"), taken)
            quoted = address.replace("'", "'\\''")
            found.append(Managed(address, int(job_id), name, f"terraform state rm '{quoted}'"))
    return tuple(found)


_REMEDY = "write one with `terraform state pull > terraform.tfstate`"


def _address(resource: dict[str, object], key: object) -> str:
    module = f"{resource['module']}." if resource.get("module") else ""
    index = "" if key is None else f"[{json.dumps(key)}]"
    return f"{module}{TYPE}.{resource.get('name')}{index}"


def _name(resource: dict[str, object], key: object, taken: set[str]) -> str:
    """A name for the Pulumi resource: Terraform's, with what tells it apart from others of that name."""
    parts = [str(resource.get("name")), *([] if key is None else [str(key)])]
    modules = re.findall(r"module\.([\w-]+)", str(resource.get("module") or ""))
    return name_apart(parts, modules, taken)


def name_apart(parts: list[str], modules: list[str], taken: set[str]) -> str:
    """A name that is not `taken`, which it then is; with the modules or a number only where it has to be."""
    name = "-".join(parts)
    # The module only where it is needed: names should stay as short as in Terraform.
    if name in taken:
        name = "-".join([*modules, *parts])
    number, base = 2, name
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    taken.add(name)
    return name
