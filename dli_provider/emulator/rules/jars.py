"""The fields of a Flink jar job: those it shares with SQL jobs, and its own.

DLI API reference, 'Creating a Flink Jar Job' and 'Updating a Flink Jar Job'. A jar job is kept and shown as a SQL job
is, with an empty `sql_body`; that its jar exists is not checked, as no packages are simulated.
"""

from __future__ import annotations

from typing import Any, Final

from dli_provider.emulator.rules.fields import FIELDS, Check, Field, one_of, text, wrong

JOB_TYPE: Final = "flink_jar_job"
_NOT_SHARED: Final = frozenset(
    {
        "template_id",
        "sql_body",
        "run_mode",
        "job_type",
        "idle_state_retention",
        "edge_group_ids",
        "dirty_data_strategy",
        "udf_jar_url",
        "operator_config",
        "static_estimator_config",
    }
)


def _package_names() -> Check:
    def check(name: str, value: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(package, str) for package in value):
            raise wrong(name, "an array of package names")
        return list(value)

    return check


OWN: Final[dict[str, Field]] = {
    "main_class": Field(text(), ""),
    "entrypoint": Field(text(), ""),
    "entrypoint_args": Field(text(), ""),
    "dependency_jars": Field(_package_names()),
    "dependency_files": Field(_package_names()),
    "feature": Field(one_of("basic", "custom"), "basic"),
    "image": Field(text()),
    "checkpoint_path": Field(text(), live=True),
}

JAR_FIELDS: Final[dict[str, Field]] = {
    **{name: field for name, field in FIELDS.items() if name not in _NOT_SHARED},
    **OWN,
    "job_type": Field(
        one_of(JOB_TYPE), on_create=False
    ),  # the update page alone names it, and it cannot change
}


def complete(given: dict[str, Any]) -> dict[str, Any]:
    """A new jar job's definition: what was given, DLI's defaults, and a SQL job's fields at rest."""
    definition = {
        name: field.default for name, field in (FIELDS | OWN).items() if name not in ("tags", "template_id")
    }
    definition |= {"checkpoint_interval": 30, "run_mode": "exclusive_cluster"}
    definition |= {name: value for name, value in given.items() if name in definition}
    definition["job_type"] = JOB_TYPE
    return definition
