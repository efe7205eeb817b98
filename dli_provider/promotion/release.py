"""What moves from stack to stack: for each job its SQL and the settings that define it. Read from
`releases/<stack>/`, where `orders.sql` and `orders.yaml` make the job `orders`. Pure but for reading files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml  # type: ignore[import-untyped]  # comes with Pulumi, without types

from dli_provider.job.declarations import FIELDS
from dli_provider.job.fields import JobSpec
from dli_provider.likeness import likeliest
from dli_provider.promotion.environment import PLACEMENT
from dli_provider.promotion.placeholders import Placeholder, placeholders
from dli_provider.promotion.problems import Problems, collecting, going_on, text_of

_SUFFIXES = (".sql", ".yaml", ".yml")
_GIVEN = {
    "name": "the name of its files is the job's",
    "sql_body": "it is in the .sql file",
    "owner": "the resource says itself whose it is",
}
"""Arguments of a job that no settings file may hold, and why."""


@dataclass(frozen=True)
class Definition:
    """One job of a release: its SQL as written, the placeholders in it, and its settings by DLI's names."""

    name: str
    sql: str = field(repr=False)
    placeholders: tuple[Placeholder, ...] = field(repr=False)
    settings: Mapping[str, object]
    sql_file: str


@dataclass(frozen=True)
class Release:
    """What one stack is to run, by job name. `folder` is where it was read."""

    stack: str
    folder: str
    jobs: tuple[Definition, ...]


def read_release(folder: Path, shown: str) -> Release:
    """The release in a folder, which messages call `shown`. Raises Problems with everything that is wrong."""
    stack = folder.name
    if not folder.is_dir():
        raise Problems(
            [
                f"{shown}: there is no such folder. It holds the jobs of stack {stack}. `dli promote` "
                f"brings them from the stack before it; the first one's are written, an .sql and a .yaml for each job."
            ]
        )
    jobs = []
    with collecting() as problems:
        # By name and not by file, so that a file without its other half is found; .yml only to be refused by name.
        for name in sorted({file.stem for file in folder.iterdir() if file.suffix in _SUFFIXES}):
            with going_on(problems):
                jobs.append(_definition(folder, name, shown))
    return Release(stack, shown, tuple(jobs))


def _definition(folder: Path, name: str, shown: str) -> Definition:
    sql_file, settings_file = f"{shown}/{name}.sql", f"{shown}/{name}.yaml"
    # Ignored in silence, its settings would be missing from the job.
    if (folder / f"{name}.yml").exists():
        raise Problems([f"{shown}/{name}.yml is not read. Rename it to {name}.yaml."])
    if not (folder / f"{name}.yaml").exists():
        raise Problems([f"{sql_file} has no settings beside it. Write {settings_file}; it may be empty."])
    if not (folder / f"{name}.sql").exists():
        raise Problems([f"{settings_file} has no SQL beside it. Write {sql_file}, or remove the settings."])
    # The two files are read apart, so that what is wrong in one does not hide what is wrong in the other.
    sql, places, settings = "", tuple[Placeholder, ...](), dict[str, object]()
    with collecting() as problems:
        with going_on(problems):
            sql = text_of(folder / f"{name}.sql", sql_file)
            places = placeholders(sql, sql_file)
        with going_on(problems):
            settings = _settings(text_of(folder / f"{name}.yaml", settings_file), settings_file)
    return Definition(name, sql, places, settings, sql_file)


def _settings(text: str, shown: str) -> dict[str, object]:
    try:
        # Loading keeps the last of two equal keys and says nothing; only the nodes still have both.
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        held = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise Problems(
            [f"{shown}{where}: this is not YAML: {problem}. Write one `name: value` a line."]
        ) from None
    # An empty file: a job may leave everything to DLI.
    if held is None:
        return {}
    if not isinstance(held, dict):
        raise Problems([f"{shown}: this is no mapping. Write one `name: value` a line."])
    keys = [str(key.value) for key, _ in node.value]
    with collecting() as problems:
        problems += [
            f"{shown}: {key} is there twice. Remove one." for key in sorted(set(keys)) if keys.count(key) > 1
        ]
        problems += [f"{shown}: {reason}" for key in held for reason in _unfit(str(key), shown)]
    return {str(key): value for key, value in held.items()}


def _unfit(key: str, shown: str) -> Iterator[str]:
    """Why a release cannot hold this key."""
    if key in _GIVEN:
        yield f"{key} does not belong here: {_GIVEN[key]}. Remove it."
    # A release moves on to the next stack, and would take with it what is right for this one only.
    elif key in PLACEMENT:
        folder = PurePosixPath(shown).parent
        config = folder.parent.parent / f"Pulumi.{folder.name}.yaml"
        places = f"as <project>:{key} for all jobs, as <project>:jobs.{PurePosixPath(shown).stem}.{key} for this one"
        yield f"{key} belongs to the environment, not to a release. Move it to {config}: {places}."
    elif key not in FIELDS:
        yield f"{key} is not a setting of a job. {likeliest(key, FIELDS.keys() - PLACEMENT.keys() - _GIVEN.keys())}"


def settings_schema() -> dict[str, Any]:
    """The JSON schema of a settings file, for editors: what a release may hold, as its fields declare it."""
    whole = JobSpec.model_json_schema()
    allowed = FIELDS.keys() - PLACEMENT.keys() - _GIVEN.keys()
    schema: dict[str, Any] = _in_words_of_editors(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Settings of a Flink SQL job in a release",
            "type": ["object", "null"],
            "properties": {name: whole["properties"][name] for name in sorted(allowed)},
            "additionalProperties": False,
            "$defs": whole["$defs"],
        }
    )
    return schema


_BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
_TEXTS = {"type": "string"}


def _in_words_of_editors(schema: Any) -> Any:
    """Bounds as JSON schema calls them; and where a text is wanted for a key, YAML's numbers and booleans will do."""
    if isinstance(schema, list):
        return [_in_words_of_editors(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {_BOUNDS.get(key, key): _in_words_of_editors(each) for key, each in schema.items()}
    if found.get("additionalProperties") == _TEXTS:
        found["additionalProperties"] = {"type": ["string", "number", "boolean"]}
    return found
