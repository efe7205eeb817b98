"""`FlinkTemplate`, a SQL text that DLI keeps for jobs to be made from, and the provider behind it: the SDK's requests
and results around `dli_provider.pulumi.template_verbs`.

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

from dli_provider.pulumi import messages, process
from dli_provider.pulumi.messages import for_the_terminal
from dli_provider.pulumi.property_bags import Bag, from_the_other_door
from dli_provider.pulumi.resource_options import owner_of

if TYPE_CHECKING:
    from dli_provider.pulumi.template_verbs import TemplateVerbs


class TemplateProvider(ResourceProvider):
    """Pulumi's verbs for one template. It is pickled by reference into the state, so it carries nothing."""

    serialize_as_secret_always = False
    _verbs: TemplateVerbs

    def configure(self, req: ConfigureRequest) -> None:
        """Take endpoint, project and credentials from the stack's config (namespace `dli`) or the environment."""
        process.settle_in()
        messages.warn_of_variables()
        with for_the_terminal():
            from dli_provider.pulumi.template_verbs import TemplateVerbs

            self._verbs = TemplateVerbs.configured(
                req.config.get,
                os.environ,
                tell=messages.tell,
                before_write=process.require_engine,
                keys=process.config_keys(req.config),
            )

    def check(self, olds: Bag, news: Bag) -> CheckResult:
        """Refuse what DLI would refuse, everything at once, and name the template if the program does not."""
        with for_the_terminal(olds, news):
            inputs, found = self._verbs.check(olds, news)
            failures = [CheckFailure(name, messages.fit(reason)) for name, reason in found]
        return CheckResult(inputs, failures)

    def diff(self, id_: str, olds: Bag, news: Bag) -> DiffResult:
        """Whether there is anything to do."""
        with for_the_terminal(olds, news):
            # As a number, which is a double, a long id has lost its last digits.
            changed, replaces = self._verbs.diff({**olds, "template_id": int(id_)}, news)
        changes = bool(changed) or from_the_other_door(olds, news)
        return DiffResult(changes=changes, replaces=list(replaces), delete_before_replace=False)

    def create(self, props: Bag) -> CreateResult:
        """Create the template exactly once."""
        with for_the_terminal(props):
            return CreateResult(*self._verbs.create(props))

    def update(self, id_: str, olds: Bag, news: Bag) -> UpdateResult:
        """Make the template what the program says."""
        with for_the_terminal(olds, news):
            return UpdateResult(self._verbs.update(int(id_), olds, news))

    def read(self, id_: str, props: Bag) -> ReadResult:
        """The template as DLI's list has it now; one that is gone is reported as gone."""
        with for_the_terminal(props):
            found = self._verbs.read(int(id_), props)
        if found is None:
            return ReadResult("", {})
        inputs, outputs = found
        return ReadResult(id_, outputs, inputs=inputs)

    def delete(self, id_: str, props: Bag) -> None:
        """Delete the template; one that is gone already is fine."""
        with for_the_terminal(props):
            self._verbs.delete(int(id_), props)


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
    place: pulumi.Output[str]
    """Where the template is: `region/project id`."""

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
        """`name` is at most 64 characters, `desc` 512, `sql_body` 1 MiB; `job_type` is `flink_opensource_sql_job` by
        default."""
        given = {"name": name, "desc": desc, "sql_body": sql_body, "job_type": job_type, "tags": tags}
        props: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        props["owner"] = owner_of(resource_name, opts)
        for output in ("name", "template_id", "sql_body", "place"):
            props.setdefault(output, None)
        super().__init__(TemplateProvider(), resource_name, props, opts)

    @staticmethod
    def get(
        resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> FlinkTemplate:
        """A template that somebody else owns, by DLI's id; nothing is ever written to it."""
        return FlinkTemplate(resource_name, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))
