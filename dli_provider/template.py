"""`FlinkTemplate`, a SQL text that DLI keeps for jobs to be made from, and the provider behind it.

The import path of `TemplateProvider` and the type token are written into users' states: neither may ever change.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from dli_provider.errors import NotFound
from dli_provider.pulumi import job_properties, process
from dli_provider.pulumi.job_properties import Bag
from dli_provider.pulumi.messages import for_the_terminal
from dli_provider.pulumi.resource_options import owner_of

if TYPE_CHECKING:
    from dli_provider.run.template_lifecycle import TemplateLifecycle

_ARGUMENTS = ("name", "desc", "sql_body", "job_type", "tags")


class TemplateProvider(ResourceProvider):
    """Pulumi's verbs for one template. It is pickled by reference into the state, so it carries nothing."""

    serialize_as_secret_always = False
    _templates: TemplateLifecycle

    def configure(self, req: ConfigureRequest) -> None:
        """Take endpoint, project and credentials from the stack's config (namespace `dli`) or the environment."""
        process.settle_in()
        with for_the_terminal():
            from dli_provider.connect import connect
            from dli_provider.run.template_lifecycle import TemplateLifecycle
            from dli_provider.settings import Settings

            settings = Settings.from_config(lambda key: req.config.get(f"dli:{key}"), os.environ)
            self._templates = TemplateLifecycle(connect(settings, before_write=process.require_engine))

    def check(self, olds: Bag, news: Bag) -> CheckResult:
        """Refuse what DLI would refuse, everything at once, and name the template if the program does not."""
        from dli_provider.job.template_spec import template_violations

        inputs = {key: value for key, value in news.items() if value is not None}
        owner = inputs.get("owner")
        if "name" not in inputs and owner:
            inputs["name"] = olds.get("name") or job_properties.auto_name(owner)
        values, _ = job_properties.arguments(inputs)
        given = {key: value for key, value in values.items() if key not in ("owner", "template_id")}
        # Pulumi prints the value of a property beside its failure, and SQL may hold secrets.
        return CheckResult(
            inputs,
            [
                CheckFailure("" if found.property == "sql_body" else found.property, found.reason)
                for found in template_violations(given)
            ],
        )

    def diff(self, _id: str, olds: Bag, news: Bag) -> DiffResult:
        """Whether there is anything to do. Jobs made from a template never notice: they hold a copy of its SQL."""
        from dli_provider.job.template_spec import LASTING

        before, now = (_document(bag) for bag in (olds, news))
        _, unknown = job_properties.arguments(news)
        changed = {
            key for key in {*before, *now, *unknown} & {*_ARGUMENTS} if before.get(key) != now.get(key)
        }
        replaces = [key for key in LASTING if key in changed]
        return DiffResult(
            changes=bool(changed),
            replaces=replaces,
            delete_before_replace=bool(replaces) and "name" not in changed,
        )

    def create(self, props: Bag) -> CreateResult:
        """Create the template exactly once."""
        with for_the_terminal():
            template_id = self._templates.create(str(props["owner"]), _document(props))
        return CreateResult(str(template_id), {**props, "template_id": template_id})

    def update(self, id_: str, _olds: Bag, news: Bag) -> UpdateResult:
        """Make the template what the program says."""
        with for_the_terminal():
            self._templates.update(int(id_), _document(news))
        return UpdateResult({**news, "template_id": int(id_)})

    def read(self, id_: str, props: Bag) -> ReadResult:
        """The template as DLI's list has it now; one that is gone is reported as gone. Tags are not in the list."""
        with for_the_terminal():
            found = self._templates.look(int(id_))
            if found is None and "template_id" not in props:
                raise NotFound(f"template {id_}", "DLI has no template of this id", remedy="check the id")
        if found is None:
            return ReadResult("", {})
        declared = {key: value for key, value in props.items() if key != "template_id"}
        looked_up = "template_id" not in props
        inputs = dict(declared)
        for key in ("name", "desc", "sql_body", "job_type"):
            if looked_up or getattr(found, key) != _document(declared).get(key):
                inputs[key] = getattr(found, key)
        return ReadResult(id_, {**inputs, "template_id": int(id_)}, inputs=inputs)

    def delete(self, id_: str, _props: Bag) -> None:
        """Delete the template; one that is gone already is fine."""
        with for_the_terminal():
            self._templates.delete(int(id_))


def _document(bag: Bag) -> dict[str, Any]:
    """What DLI is to have of a template, defaults filled in. Never fails: the state may be older than today's rules."""
    from dli_provider.job.template_spec import TemplateSpec

    values, _ = job_properties.arguments(bag)
    defaults: Mapping[str, Any] = TemplateSpec(name="x").model_dump(exclude={"name"})
    return {**defaults, **{key: values[key] for key in _ARGUMENTS if key in values}}


class FlinkTemplate(Resource, module="dli", name="FlinkTemplate"):
    """A job template on DLI. A `FlinkSqlJob` is made from it with `template_id=template.template_id`, and keeps the SQL
    that the template had then.

    `desc`, `name` and `sql_body` are changed in place; another `job_type` or other `tags` take another template, as DLI
    knows no call to change them. DLI API reference, 'Creating a Template'.
    """

    name: pulumi.Output[str]
    """The template's name, also where the program names none."""
    template_id: pulumi.Output[int]
    """DLI's id of the template."""
    sql_body: pulumi.Output[str]
    """Its SQL."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: pulumi.Input[str] | None = None,
        desc: pulumi.Input[str] | None = None,
        sql_body: pulumi.Input[str] | None = None,
        job_type: pulumi.Input[Literal["flink_sql_job", "flink_opensource_sql_job"]] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """`name` is at most 64 bytes, `desc` 512 characters, `sql_body` 1 MiB; `job_type` is `flink_opensource_sql_job`
        by default."""
        given = {"name": name, "desc": desc, "sql_body": sql_body, "job_type": job_type, "tags": tags}
        props: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        props["owner"] = owner_of(resource_name, opts)
        for output in ("name", "template_id", "sql_body"):
            props.setdefault(output, None)
        super().__init__(TemplateProvider(), resource_name, props, opts)

    @staticmethod
    def get(
        resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> FlinkTemplate:
        """A template that somebody else owns, by DLI's id; nothing is ever written to it."""
        return FlinkTemplate(resource_name, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))
