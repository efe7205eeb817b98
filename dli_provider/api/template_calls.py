"""Job templates: SQL texts that DLI keeps for reuse. DLI has no call that gets a single one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dli_provider.api.call import Call
from dli_provider.api.call_group import CallGroup
from dli_provider.api.decoding import Fields, integer, member, objects, required_id, text
from dli_provider.api.retry import Repeat

_TEMPLATES = "streaming/job-templates"
_MISSING = frozenset({"DLI.0002", "DLI.0023"})


@dataclass(frozen=True)
class Template:
    """A template of the user's own; `create_time` is in epoch milliseconds, None where DLI does not say it."""

    template_id: int
    name: str
    desc: str = ""
    job_type: str = ""
    sql_body: str = field(default="", repr=False)
    create_time: int | None = None


@dataclass(frozen=True)
class TemplateCalls(CallGroup):
    """Calls on the user's own templates."""

    def create_template(self, document: Mapping[str, object]) -> int:
        """Create a template from `name`, `desc`, `sql_body`, `tags`, `job_type`; its id. Raises Conflict.

        DLI API reference, 'Creating a Template'.
        """
        call = Call("POST", _TEMPLATES, body=document, confirmed_by="template")
        subject = f"template {document.get('name', '')!r}"
        return self._read(call, subject, lambda body: required_id(member(body, "template"), "template_id"))

    def update_template(self, template_id: int, document: Mapping[str, object]) -> None:
        """Change `name`, `desc` or `sql_body`. Raises NotFound. DLI API reference, 'Updating a Template'."""
        path = f"{_TEMPLATES}/{template_id}"
        call = Call("PUT", path, body=document, repeat=Repeat.IDEMPOTENT, missing=_MISSING)
        self._send(call, f"template {template_id}")

    def delete_template(self, template_id: int) -> None:
        """Delete a template, also one that jobs were made from. Raises NotFound.

        DLI API reference, 'Deleting a Template'.
        """
        path = f"{_TEMPLATES}/{template_id}"
        call = Call("DELETE", path, repeat=Repeat.IDEMPOTENT, confirmed_by="template", missing=_MISSING)
        self._send(call, f"template {template_id}")

    def templates(
        self,
        name: str | None = None,
        tags: Mapping[str, str] | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> tuple[Template, ...]:
        """One page of templates, newest first, that have all these tags; `name` may be a part of the name.

        DLI API reference, 'Querying the Template List'.
        """
        query = {"limit": str(limit), "offset": str(offset)} | ({} if name is None else {"name": name})
        if tags:
            query["tags"] = ",".join(f"{key}={value}" for key, value in tags.items())
        call = Call("GET", _TEMPLATES, query=query, repeat=Repeat.READ, confirmed_by="template_list")
        return self._read(call, "the list of templates", _templates)


def _templates(body: object) -> tuple[Template, ...]:
    return tuple(_template(entry) for entry in objects(member(member(body, "template_list"), "templates")))


def _template(entry: Fields) -> Template:
    return Template(
        template_id=required_id(entry, "template_id"),
        name=text(entry.get("name")),
        desc=text(entry.get("desc")),
        job_type=text(entry.get("job_type")),
        sql_body=text(entry.get("sql_body")),
        create_time=integer(entry.get("create_time")) or None,
    )
