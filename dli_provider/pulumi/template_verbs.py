"""What Pulumi's verbs mean for a job template: property bags in, calls of the lifecycle, property bags out.

Knows none of the SDK's classes of requests and results, and holds no rule about templates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dli_provider.errors import NotFound
from dli_provider.pulumi import job_properties
from dli_provider.pulumi.property_bags import Bag

if TYPE_CHECKING:
    from dli_provider.run.template_lifecycle import TemplateLifecycle, TemplateRecord

OUTPUTS = ("template_id", "nonce", "place", "made_for")
ARGUMENTS = ("name", "desc", "sql_body", "job_type", "tags")


@dataclass(frozen=True)
class TemplateVerbs:
    """The verbs for the templates of one DLI project, in one process."""

    templates: TemplateLifecycle
    _given: set[int] = field(default_factory=set)
    """Templates that this process has given to a resource. What is asked for later is to delete a predecessor."""
    _replaced: dict[str, Bag] = field(default_factory=dict)
    """What the state has of templates that others are about to take the place of, by owner."""

    @classmethod
    def configured(
        cls,
        config: Callable[[str], str | None],
        environ: Mapping[str, str],
        *,
        tell: Callable[[str], None],
        before_write: Callable[[], None],
        keys: Iterable[str] = (),
    ) -> TemplateVerbs:
        """Endpoint, project and credentials come from the stack's config (whole keys) or the environment.

        `keys` are those of ours in the config: what nobody knows of them is refused.
        """
        from dli_provider.connect import connect
        from dli_provider.pulumi.reviewed_lock import only_in_deployments
        from dli_provider.run.template_lifecycle import TemplateLifecycle
        from dli_provider.settings import Settings

        settings = Settings.from_config(lambda key: config(f"dli:{key}"), environ, keys)
        api = connect(settings, before_write=only_in_deployments(before_write, environ))
        return cls(TemplateLifecycle(api, tell, left=settings.moved_from))

    def id_of(self, target: str) -> int:
        """The id of the template of this id or name. Raises NotFound."""
        if target.isdecimal():
            return int(target)
        named = (each for each in self.templates.api.templates(target) if each.name == target)
        if found := next(named, None):
            return found.template_id
        reason = f"DLI has no template of this id or name in {self.templates.api.place}"
        remedy = "check it, and that this is the place which is meant"
        raise NotFound(f"template {target}", reason, remedy=remedy)

    def check(self, olds: Bag, news: Bag) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """The inputs to go on with, with a name if the program gives none, and (argument, reason) for all that is
        wrong with them."""
        from dli_provider.job.template_spec import template_violations

        inputs = {key: value for key, value in news.items() if value is not None}
        owner = inputs.get("owner")
        if "name" not in inputs and owner:
            inputs["name"] = olds.get("name") or job_properties.auto_name(owner)
        values, _ = job_properties.arguments(inputs)
        given = {key: value for key, value in values.items() if key != "owner" and key not in OUTPUTS}
        found = template_violations(given)
        # Pulumi prints the value of a property beside its failure, and SQL may hold secrets.
        return inputs, [("" if one.property == "sql_body" else one.property, one.reason) for one in found]

    def diff(self, olds: Bag, news: Bag) -> tuple[frozenset[str], tuple[str, ...]]:
        """The arguments that change, and those of them that take another template.

        Jobs made from a template never notice: they hold a copy of its SQL.
        """
        from dli_provider.job.template_spec import LASTING

        renamed = olds.get("place") not in (None, self.templates.api.place)
        if renamed and not self.templates.is_here(int(olds.get("template_id") or 0), _record(olds)):
            places = self.templates.places
            if places.moved_from(olds.get("place")):
                return frozenset({"place"}), ("place",)
            places.require(f"template {olds.get('name')}", olds.get("place"))
        before, now = (_document(bag) for bag in (olds, news))
        _, unknown = job_properties.arguments(news)
        changed = {key for key in {*before, *now, *unknown} & {*ARGUMENTS} if before.get(key) != now.get(key)}
        # Its tags cannot follow a new owner, so the state keeps the one that it was made for.
        if olds.get("owner") != news.get("owner"):
            changed.add("owner")
        if renamed:
            changed.add("place")  # only the place's other name is recorded
        replaces = tuple(key for key in LASTING if key in changed)
        if replaces:
            self._replaced[str(news.get("owner"))] = olds
        return frozenset(changed), replaces

    def create(self, props: Bag) -> tuple[str, dict[str, Any]]:
        """Create the template exactly once; its id, and what to keep of it."""
        owner, document = str(props["owner"]), _document(props)
        if olds := self._replaced.pop(owner, None):
            former = int(olds["template_id"])
            template_id, record = self.templates.replace(former, _record(olds), owner, document)
        else:
            template_id, record = self.templates.create(owner, document)
        self._given.add(template_id)
        return str(template_id), _outputs(props, template_id, record)

    def update(self, template_id: int, olds: Bag, news: Bag) -> dict[str, Any]:
        """Make the template what the program says; what to keep of it."""
        record = self.templates.update(template_id, _document(news), _record(olds))
        return _outputs(news, template_id, record)

    def read(self, template_id: int, props: Bag) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The inputs as DLI's list has them now, and what to keep; None for a template that is gone.

        Tags are not in the list.
        """
        record, here = _record(props), self.templates.api.place
        looked_up = "template_id" not in props
        if looked_up:
            record = replace(record, place=here)  # it is looked up where we are, and nowhere else
        found = self.templates.look(template_id, record)
        if found is None:
            if looked_up:
                # An unknown id would silently become an empty resource.
                reason = f"DLI has no template of this id in {here}"
                remedy = "check the id, and that this is the place which is meant"
                raise NotFound(f"template {template_id}", reason, remedy=remedy)
            return None
        if looked_up:
            # Pulumi does not tell what an earlier look-up had found, and another place has templates of the same ids.
            self.templates.say(f"template {template_id} ({found.name}) is looked up in {here}")
        inputs = _inputs(props)
        declared = _document(inputs)
        for key in ("name", "desc", "sql_body", "job_type"):
            if looked_up or getattr(found, key) != declared.get(key):
                inputs[key] = getattr(found, key)
        record = replace(record, place=here)
        return inputs, _outputs(inputs, template_id, record)

    def delete(self, template_id: int, props: Bag) -> None:
        """Delete the template; one that is gone already is fine, and one that a resource has just been given stays."""
        if template_id not in self._given:
            self.templates.delete(template_id, _record(props))


def _record(bag: Bag) -> TemplateRecord:
    from dli_provider.run.template_lifecycle import TemplateRecord

    made_for = bag.get("made_for") or bag.get("owner")
    return TemplateRecord(str(made_for or ""), bag.get("nonce"), bag.get("place"))


def _inputs(bag: Bag) -> dict[str, Any]:
    return {key: value for key, value in bag.items() if key not in OUTPUTS}


def _outputs(inputs: Bag, template_id: int, record: TemplateRecord) -> dict[str, Any]:
    facts = {
        "template_id": template_id,
        "nonce": record.nonce,
        "place": record.place,
        "made_for": record.owner if record.owner != inputs.get("owner", "") else None,
    }
    return _inputs(inputs) | {key: value for key, value in facts.items() if value is not None}


def _document(bag: Bag) -> dict[str, Any]:
    """What DLI is to have of a template, defaults filled in. Never fails: the state may be older than today's rules."""
    from dli_provider.job.template_spec import TemplateSpec

    values, _ = job_properties.arguments(bag)
    defaults: Mapping[str, Any] = TemplateSpec(name="x").model_dump(exclude={"name"})
    return {**defaults, **{key: values[key] for key in ARGUMENTS if key in values}}
