"""The life of a job template: created once for certain, changed, found again in the list, deleted.

DLI has no call that gets a single template and does not tell the tags of any, but it filters its list by tags: that is
how a template of our own is known again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from dli_provider.api.client import Client
from dli_provider.api.template_calls import Template
from dli_provider.errors import Conflict, DliError, NotFound, Throttled, Unavailable
from dli_provider.plan.create import parked_name
from dli_provider.plan.ownership import (
    ASKED_TO_REPLACE,
    MARK,
    OTHER_DOOR,
    heir_nonce,
    owner_of,
    ownership_tags,
)
from dli_provider.run.guard import Places, new_nonce
from dli_provider.run.waiting import Clock, SystemClock

_TRIES = 3
_PAGE = 100
_NONCE = "pulumi_nonce"
"""Tag that once held a template's nonce, beside a mark without one."""
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
    def tags(self) -> tuple[dict[str, str], ...]:
        """The tags by which the template is known; it bears those of one of these forms.

        DLI knows no call to change them, so a new owner does not show there.
        """
        made = _mark(self.owner)
        if self.nonce is None:
            return (made,)
        return _mark(self.owner, self.nonce), made | {_NONCE: self.nonce}


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

    def create(
        self, owner: str, document: Mapping[str, object], nonce: str | None = None
    ) -> tuple[int, TemplateRecord]:
        """Create the template exactly once; its id, and what to remember. Raises Conflict where the name is taken by
        one that is not to be touched.

        With a `nonce` it goes on with what an earlier attempt has made by the same.
        """
        name, record = str(document["name"]), TemplateRecord(owner, nonce or new_nonce(), self.api.place)
        given = document.get("tags")
        tags = {**(given if isinstance(given, Mapping) else {}), **ownership_tags(owner, record.nonce)}
        body = {**document, "tags": [{"key": key, "value": value} for key, value in tags.items()]}
        api = self.api.about(f"template {name}")
        for attempt in range(1, _TRIES + 1):
            try:
                return api.create_template(body), record
            except Conflict as taken:
                return self._found(name, record, document, taken)
            except (Unavailable, Throttled):
                if found := self._named(name, record.tags[0]):
                    return found.template_id, record
                if attempt == _TRIES:
                    raise
                self.clock.sleep(attempt)
        raise AssertionError("the last attempt returns or raises")

    def replace(
        self, template_id: int, former: TemplateRecord, owner: str, document: Mapping[str, object]
    ) -> tuple[int, TemplateRecord]:
        """Make the template that takes the place of another. That one is kept under another name until it is deleted,
        and gets its own back where DLI does not take the new one."""
        old, nonce = self.look(template_id, former), heir_nonce(template_id, former.nonce)
        if old is None or old.name != document["name"] or not self._is_of(template_id, former):
            return self.create(owner, document, nonce)
        kept = {"desc": old.desc, "sql_body": old.sql_body}
        self._update(template_id, {**kept, "name": parked_name(old.name, template_id)})
        try:
            return self.create(owner, document, nonce)
        except DliError:
            try:
                self._update(template_id, {**kept, "name": old.name})
            except DliError as again:
                self.say(f"template {template_id} could not get its name back: {'; '.join(again.reasons)}")
            raise

    def update(
        self, template_id: int, document: Mapping[str, object], record: TemplateRecord
    ) -> TemplateRecord:
        """Make name, description and SQL what the document says; what it leaves out is cleared. Raises NotFound, and
        Conflict for one that is not this resource's or was made in another place."""
        subject = f"template {document.get('name')} (template {template_id})"
        self._require_place(subject, template_id, record)
        if not self._is_of(template_id, record):
            raise Conflict(
                subject,
                f"it does not bear the marks of {record.owner}; it is not touched",
                remedy="take the resource out of the program, which leaves the template alone, or give it another name",
            )
        try:
            self._update(template_id, document)
        except NotFound:
            self.places.require_known(subject, record.place)
            raise
        return replace(record, place=self.api.place)

    def is_here(self, template_id: int, record: TemplateRecord) -> bool:
        """Whether a template was made in this place, or is found here by its nonce although its state names another."""
        if not self.places.elsewhere(record.place):
            return True
        try:
            return record.nonce is not None and self._bears(template_id, record)
        except DliError:
            return False  # it is refused then by the place, which says more

    def look(self, template_id: int, record: TemplateRecord) -> Template | None:
        """The template as it is now, None when it is gone, or was left behind in another place."""
        if self._left(template_id, record):
            return None
        self._require_place(f"template {template_id}", template_id, record)
        found = next((found for found in self._all() if found.template_id == template_id), None)
        if found is None:
            self.places.require_known(f"template {template_id}", record.place)
        return found

    def delete(self, template_id: int, record: TemplateRecord) -> None:
        """Delete the template; one that is gone already is fine, and one that is not this resource's is left alone.
        Jobs made from it keep their SQL."""
        if self._left(template_id, record):
            self.say(f"template {template_id} is left in {record.place}: delete it there")
            return
        subject = f"template {template_id}"
        self._require_place(subject, template_id, record)
        if not self._is_of(template_id, record):
            self.say(f"template {template_id} does not bear the marks of {record.owner}: left alone")
            return
        try:
            self.api.delete_template(template_id)
        except NotFound:
            self.places.require_known(subject, record.place)

    def _left(self, template_id: int, record: TemplateRecord) -> bool:
        """Whether the template is in the place that the deployment has moved away from."""
        return self.places.moved_from(record.place) and not self.is_here(template_id, record)

    def _require_place(self, subject: str, template_id: int, record: TemplateRecord) -> None:
        if not self.is_here(template_id, record):
            self.places.require(subject, record.place)

    def _is_of(self, template_id: int, record: TemplateRecord) -> bool:
        """Whether the template is the one of this record, or there is none: DLI lists them by their tags."""
        return self._bears(template_id, record) or all(
            found.template_id != template_id for found in self._all()
        )

    def _bears(self, template_id: int, record: TemplateRecord) -> bool:
        """Whether the template bears the marks of this record."""
        return any(found.template_id == template_id for tags in record.tags for found in self._all(tags=tags))

    def _found(
        self, name: str, record: TemplateRecord, document: Mapping[str, object], taken: Conflict
    ) -> tuple[int, TemplateRecord]:
        """Go on with what this attempt has made, or version 0.1.0 a moment ago. Raises Conflict for any other template
        of this name: as nobody can take a sign off a template, one that bears a nonce may be another checkout's."""
        found = self._named(name, record.tags[0])
        if found is None:
            old = self._named(name, _mark(record.owner))
            if old and old.create_time is not None and self.clock.wall() - old.create_time / 1000 <= PATIENCE:
                found, record = old, replace(record, nonce=None)
        if found:
            # The program may have been changed since an attempt was cut off.
            if any(getattr(found, key) != document.get(key, "") for key in UPDATABLE):
                self._update(found.template_id, document)
            return found.template_id, record
        raise Conflict(
            f"template {name}",
            f"a template of this name exists already, {self._whose(name, record.owner)}; it is not touched",
            remedy=f"{OTHER_DOOR}; {ASKED_TO_REPLACE}, or have it made anew with delete_before_replace=True; else "
            "choose another name, or delete that template first if nobody needs it: jobs made from it keep their SQL",
            request_id=taken.request_id,
            code=taken.code,
        ) from taken

    def _update(self, template_id: int, document: Mapping[str, object]) -> None:
        self.api.update_template(template_id, {"desc": "", "sql_body": "", **_updatable(document)})

    def _named(self, name: str, tags: Mapping[str, str] | None = None) -> Template | None:
        return next((found for found in self._all(name, tags) if found.name == name), None)

    def _all(self, name: str | None = None, tags: Mapping[str, str] | None = None) -> Iterator[Template]:
        offset = 0
        while page := self.api.templates(name, tags=tags, limit=_PAGE, offset=offset):
            yield from page
            offset += len(page)
            if len(page) < _PAGE:
                return

    def _whose(self, name: str, owner: str) -> str:
        """Whose a template of a name that is taken seems to be, for people: DLI does not tell its tags."""
        if found := self._named(name, _readable(owner)):
            return (
                f"id {found.template_id}, of {owner_of(_readable(owner))}, made by another checkout, by an attempt "
                "that was cut off, or before the state was lost"
            )
        found = self._named(name)
        return f"id {found.template_id}, not of this stack" if found else "and DLI does not list it"


def _mark(owner: str, nonce: str | None = None) -> dict[str, str]:
    return {key: value for key, value in ownership_tags(owner, nonce).items() if key == MARK}


def _readable(owner: str) -> dict[str, str]:
    return {key: value for key, value in ownership_tags(owner).items() if key != MARK}


def _updatable(document: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in document.items() if name in UPDATABLE}
