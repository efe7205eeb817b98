"""A `FlinkTemplate` for the engine, around `template_verbs`: the dynamic resource's face is `dli_provider.template`."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from dli_provider.pulumi.plugin.detailed_diff import property_changes
from dli_provider.pulumi.plugin.faces import (
    Failures,
    FoundResource,
    InState,
    MadeResource,
    PropertyChanges,
    declared,
    owner_of,
)
from dli_provider.pulumi.plugin.structs import NOT_KNOWN
from dli_provider.pulumi.property_bags import Bag
from dli_provider.pulumi.template_verbs import ARGUMENTS, OUTPUTS, TemplateVerbs


class TemplateFace:
    """The templates of one provider. No call about one takes long, so timeouts bound nothing."""

    def __init__(self, verbs: TemplateVerbs) -> None:
        self._verbs = verbs

    def check(self, urn: str, olds: Bag, news: Bag, _secret: Set[str]) -> tuple[dict[str, Any], Failures]:
        """Refuse what DLI would refuse, everything at once, and name the template if the program does not."""
        return self._verbs.check(olds, {**news, "owner": owner_of(urn, olds)})

    def diff(self, urn: str, was: InState, news: Bag, _secret: Set[str]) -> PropertyChanges:
        """What an update changes."""
        olds, owner = _bag(was), owner_of(urn, was.inputs)
        changed, replaces = self._verbs.diff(olds, {"owner": owner, **news})
        if not changed:
            return PropertyChanges()
        names = tuple(name for name in (*ARGUMENTS, "owner") if name in changed)
        return PropertyChanges(property_changes(olds, news, names, replaces, because="place"), replaces)

    def foresee(self, was: InState | None, news: Bag) -> dict[str, Any]:
        """The outputs as far as a preview knows them."""
        if was is None:
            return {**news, "template_id": NOT_KNOWN, "place": self._verbs.templates.api.place}
        return {**_facts(was.outputs), **news}

    def create(self, news: Bag, _timeout: float) -> MadeResource:
        """Create the template exactly once."""
        return MadeResource(*self._verbs.create(news))

    def update(self, was: InState, news: Bag, _timeout: float) -> dict[str, Any]:
        """Make the template what the program says."""
        return self._verbs.update(int(was.id), _bag(was), news)

    def read(self, urn: str, was: InState) -> FoundResource | None:
        """The template as DLI's list has it now, or whatever it says of one of this id."""
        template_id = int(was.id) if was.is_ours else self._verbs.id_of(was.id)
        read = self._verbs.read(template_id, _bag(was) if was.is_ours else {})
        if read is None:
            return None
        inputs, outputs = read
        if was.is_imported:
            # As for a job: not checked before the state keeps it, and without what nobody would declare.
            declares = {key: value for key, value in inputs.items() if value != ""}
            inputs = {**declares, "owner": owner_of(urn, {})}
            outputs = {**inputs, **_facts(outputs)}
        return FoundResource(str(template_id), inputs, outputs)

    def delete(self, was: InState, _timeout: float) -> None:
        """Delete the template; one that is gone already is fine."""
        self._verbs.delete(int(was.id), _bag(was))


def _bag(was: InState) -> dict[str, Any]:
    facts = _facts(was.outputs)
    # As text it is whole; as a number, which is a double, a long one has lost its last digits.
    facts |= {"template_id": int(was.id)} if "template_id" in facts else {}
    return {**declared(was), **facts}


def _facts(outputs: Bag) -> dict[str, Any]:
    return {key: outputs[key] for key in OUTPUTS if key in outputs}
