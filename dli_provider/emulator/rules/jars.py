"""The fields of a Flink jar job: those it shares with SQL jobs, and its own.

DLI API reference, 'Creating a Flink Jar Job' and 'Updating a Flink Jar Job'. A jar job is kept and shown as a SQL job
is, with an empty `sql_body`; that its jar exists is not checked, as no packages are simulated.
"""

from __future__ import annotations

from typing import Any, Final

from dli_provider.emulator.rules.fields import FIELDS, Field, checks, one_of, text, wrong
from dli_provider.emulator.schemas import TEXT, listed

JOB_TYPE: Final = "flink_jar_job"


@checks(listed(TEXT))
def package_names(name: str, value: Any) -> list[str]:
    """Names of DLI packages."""
    if not isinstance(value, list) or not all(isinstance(package, str) for package in value):
        raise wrong(name, "an array of package names")
    return list(value)


OWN: Final[dict[str, Field]] = {
    "main_class": Field(text(), "", in_detail=True, jar_only=True),
    "entrypoint_args": Field(text(), "", in_detail=True, jar_only=True),
    "feature": Field(one_of("basic", "custom"), "basic", jar_only=True, absent="basic"),
    "image": Field(text(), jar_only=True),
    "entrypoint": Field(text(), "", jar_only=True),
    "dependency_jars": Field(package_names, jar_only=True),
    "dependency_files": Field(package_names, jar_only=True),
    "checkpoint_path": Field(text(), live=True, jar_only=True),
}

JAR_FIELDS: Final[dict[str, Field]] = {
    **{name: field for name, field in FIELDS.items() if field.jar_too},
    **OWN,
    "job_type": Field(
        one_of(JOB_TYPE), on_create=False
    ),  # the update page alone names it, and it cannot change
}


def complete(given: dict[str, Any]) -> dict[str, Any]:
    """A new jar job's definition: what was given, DLI's defaults, and a SQL job's fields at rest."""
    definition = {name: field.default for name, field in (FIELDS | OWN).items() if field.stored}
    definition |= {"checkpoint_interval": 30, "run_mode": "exclusive_cluster"}
    definition |= {name: value for name, value in given.items() if name in definition}
    definition["job_type"] = JOB_TYPE
    return definition
