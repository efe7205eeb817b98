"""The life of a job template: created once for certain, changed, found again in the list, deleted.

DLI has no call that gets a single template and does not tell the tags of any, but it filters its list by tags: that is
how a template of our own is known again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dli_provider.api.client import Client
from dli_provider.api.template_calls import Template
from dli_provider.errors import Conflict, NotFound, Throttled, Unavailable
from dli_provider.plan.ownership import ownership_tags
from dli_provider.run.waiting import Clock, SystemClock

_TRIES = 3
_PAGE = 100
UPDATABLE = ("name", "desc", "sql_body")


@dataclass(frozen=True)
class TemplateLifecycle:
    """The templates of one DLI project."""

    api: Client
    clock: Clock = field(default_factory=SystemClock)

    def create(self, owner: str, document: Mapping[str, object]) -> int:
        """Create the template exactly once; its id. Raises Conflict where somebody else's has the name."""
        name, own = str(document["name"]), ownership_tags(owner)
        given = document.get("tags")
        tags = {**(given if isinstance(given, Mapping) else {}), **own}
        body = {**document, "tags": [{"key": key, "value": value} for key, value in tags.items()]}
        api = self.api.about(f"template {name}")
        for attempt in range(1, _TRIES + 1):
            try:
                return api.create_template(body)
            except Conflict as taken:
                if found := self._named(name, own):
                    return self._continued(found, document)
                raise Conflict(
                    f"template {name}",
                    "a template of this name exists already, and is not this stack's; it is not touched",
                    remedy="choose another name, or delete that template first if nobody needs it",
                    request_id=taken.request_id,
                    code=taken.code,
                ) from taken
            except (Unavailable, Throttled):
                if found := self._named(name, own):
                    return self._continued(found, document)
                if attempt == _TRIES:
                    raise
                self.clock.sleep(attempt)
        raise AssertionError("the last attempt returns or raises")

    def update(self, template_id: int, document: Mapping[str, object]) -> None:
        """Make name, description and SQL what the document says; what it leaves out is cleared. Raises NotFound."""
        self.api.update_template(template_id, {"desc": "", "sql_body": "", **_updatable(document)})

    def look(self, template_id: int) -> Template | None:
        """The template as it is now, None when it is gone."""
        return next((found for found in self._all() if found.template_id == template_id), None)

    def delete(self, template_id: int) -> None:
        """Delete the template; one that is gone already is fine. Jobs made from it keep their SQL."""
        try:
            self.api.delete_template(template_id)
        except NotFound:
            return

    def _continued(self, found: Template, document: Mapping[str, object]) -> int:
        """Go on with a template that an earlier attempt created, perhaps from an older program."""
        if any(getattr(found, name) != document.get(name, "") for name in UPDATABLE):
            self.update(found.template_id, document)
        return found.template_id

    def _named(self, name: str, tags: Mapping[str, str]) -> Template | None:
        return next((found for found in self._all(name, tags) if found.name == name), None) if tags else None

    def _all(self, name: str | None = None, tags: Mapping[str, str] | None = None) -> Iterator[Template]:
        offset = 0
        while page := self.api.templates(name, tags=tags, limit=_PAGE, offset=offset):
            yield from page
            offset += len(page)
            if len(page) < _PAGE:
                return


def _updatable(document: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in document.items() if name in UPDATABLE}
