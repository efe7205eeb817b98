"""The life of a job template: created once for certain, changed, found again in the list, deleted.

DLI has no call that gets a single template and does not tell the tags of any, but it filters its list by tags: that is
how a template of our own is known again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from dli_provider.api.client import Client
from dli_provider.api.template_calls import Template
from dli_provider.errors import Conflict, NotFound, Throttled, Unavailable
from dli_provider.plan.ownership import MARK, ownership_tags
from dli_provider.run.guard import Places, new_nonce
from dli_provider.run.waiting import Clock, SystemClock

_TRIES = 3
_PAGE = 100
_NONCE = "pulumi_nonce"
"""Tag that holds a template's nonce: DLI knows no call to change its tags, so a new owner does not show there."""
PATIENCE = 1200.0
"""Seconds after which a template is not taken for one whose creation was cut off."""
UPDATABLE = ("name", "desc", "sql_body")


@dataclass(frozen=True)
class TemplateRecord:
    """What the state remembers of a template: the owner that it was made for, its nonce, and the place.

    States of version 0.1.0 have neither nonce nor place.
    """

    owner: str
    nonce: str | None = None
    place: str | None = None

    @property
    def tags(self) -> dict[str, str]:
        """The tags that the template was made with, as far as they tell it from others."""
        mark = {key: value for key, value in ownership_tags(self.owner).items() if key == MARK}
        return mark | ({_NONCE: self.nonce} if self.nonce else {})


@dataclass(frozen=True)
class TemplateLifecycle:
    """The templates of one DLI project. `say` is told what a deletion leaves alone; `left` is the place that the
    deployment has moved away from, if it has."""

    api: Client
    say: Callable[[str], None] = lambda _: None
    clock: Clock = field(default_factory=SystemClock)
    left: str = ""

    @property
    def places(self) -> Places:
        """Where this deployment is, and where it has moved from."""
        return Places(self.api.place, self.left)

    def create(self, owner: str, document: Mapping[str, object]) -> tuple[int, TemplateRecord]:
        """Create the template exactly once; its id, and what to remember. Raises Conflict where the name is taken by
        one that is not to be touched."""
        name, record = str(document["name"]), TemplateRecord(owner, new_nonce(), self.api.place)
        given = document.get("tags")
        tags = {**(given if isinstance(given, Mapping) else {}), **ownership_tags(owner), **record.tags}
        body = {**document, "tags": [{"key": key, "value": value} for key, value in tags.items()]}
        api = self.api.about(f"template {name}")
        for attempt in range(1, _TRIES + 1):
            try:
                return api.create_template(body), record
            except Conflict as taken:
                return self._found(name, record, document, taken)
            except (Unavailable, Throttled):
                if found := self._named(name, record.tags):
                    return found.template_id, record
                if attempt == _TRIES:
                    raise
                self.clock.sleep(attempt)
        raise AssertionError("the last attempt returns or raises")

    def update(
        self, template_id: int, document: Mapping[str, object], record: TemplateRecord
    ) -> TemplateRecord:
        """Make name, description and SQL what the document says; what it leaves out is cleared. Raises NotFound, and
        Conflict for one that is not this resource's or was made in another place."""
        subject = f"template {document.get('name')} (template {template_id})"
        self.places.require(subject, record.place)
        if not self._is_of(template_id, record):
            raise Conflict(
                subject,
                f"it does not bear the marks of {record.owner}; it is not touched",
                remedy="take the resource out of the program, which leaves the template alone, or give it another name",
            )
        self._update(template_id, document)
        return replace(record, place=self.api.place)

    def look(self, template_id: int, record: TemplateRecord) -> Template | None:
        """The template as it is now, None when it is gone, or was left behind in another place."""
        if self.places.moved_from(record.place):
            return None
        self.places.require(f"template {template_id}", record.place)
        return next((found for found in self._all() if found.template_id == template_id), None)

    def delete(self, template_id: int, record: TemplateRecord) -> None:
        """Delete the template; one that is gone already is fine, and one that is not this resource's is left alone.
        Jobs made from it keep their SQL."""
        if self.places.moved_from(record.place):
            self.say(f"template {template_id} is left in {record.place}: delete it there")
            return
        self.places.require(f"template {template_id}", record.place)
        if not self._is_of(template_id, record):
            self.say(f"template {template_id} does not bear the marks of {record.owner}: left alone")
            return
        try:
            self.api.delete_template(template_id)
        except NotFound:
            return

    def _is_of(self, template_id: int, record: TemplateRecord) -> bool:
        """Whether the template is the one of this record, or there is none: DLI lists them by their tags."""
        if any(found.template_id == template_id for found in self._all(tags=record.tags)):
            return True
        return all(found.template_id != template_id for found in self._all())

    def _found(
        self, name: str, record: TemplateRecord, document: Mapping[str, object], taken: Conflict
    ) -> tuple[int, TemplateRecord]:
        """Go on with our own template of this name, perhaps made from an older program. Raises Conflict for another."""
        if found := self._named(name, record.tags):
            return found.template_id, record
        reason, remedy = (
            "is not this resource's",
            "choose another name, or delete that template first if nobody needs it",
        )
        if found := self._named(name, replace(record, nonce=None).tags):
            young = found.create_time is not None and (
                self.clock.wall() - found.create_time / 1000 <= PATIENCE
            )
            if young:
                if any(getattr(found, key) != document.get(key, "") for key in UPDATABLE):
                    self._update(found.template_id, document)
                return found.template_id, replace(record, nonce=None)
            reason = f"is this very resource's (template {found.template_id}), made before"
            remedy = (
                "where Pulumi was asked to replace it (taint, --replace), take that back with `pulumi state untaint`, "
                "or have it made anew with delete_before_replace=True; else delete that template first"
            )
        raise Conflict(
            f"template {name}",
            f"a template of this name exists already, and {reason}; it is not touched",
            remedy=remedy,
            request_id=taken.request_id,
            code=taken.code,
        ) from taken

    def _update(self, template_id: int, document: Mapping[str, object]) -> None:
        self.api.update_template(template_id, {"desc": "", "sql_body": "", **_updatable(document)})

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
