"""Bags on the wire: what is secret stays secret wherever it goes, and what is not known is not guessed."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct  # type: ignore[import-untyped]

from dli_provider.pulumi.plugin.structs import NOT_KNOWN, Place, closed, has_unknown, opened

_UNKNOWN = {
    "bool": "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "number": "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "array": "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "object": "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
}
BAG: dict[str, Any] = {
    "name": "orders",
    "cu_number": 4.0,
    "checkpoint_enabled": True,
    "tags": {"team": "data", "key.with.dots": "x"},
    "edge_group_ids": ["a", "b"],
    "resource_config": {"jobmanager_resource_spec": {"cpu": 0.5}},
}


@pytest.mark.parametrize(
    "secret",
    [
        set[Place](),
        {("name",)},
        {("tags", "team")},
        {("tags",), ("edge_group_ids", 1)},
        {("resource_config", "jobmanager_resource_spec", "cpu"), ("cu_number",)},
    ],
)
def test_values_come_back_as_they_were_with_their_secrets_in_their_places(secret: set[Place]) -> None:
    assert opened(closed(BAG, secret)) == (BAG, frozenset(secret))


def test_a_secret_whose_value_has_another_form_now_is_not_left_in_clear() -> None:
    for moved in ({"tags": "team=data"}, {"tags": ["data"]}):
        assert opened(closed(moved, {("tags", "team")})) == (moved, frozenset({("tags",)}))
    assert opened(closed({"tags": {"other": "x"}}, {("tags", "team")}))[1] == frozenset(), "that one has gone"


def test_what_is_not_known_stays_so_at_any_depth_and_nulls_vanish() -> None:
    bag, secret = opened(closed({"name": NOT_KNOWN, "tags": {"team": NOT_KNOWN}, "desc": None}, {("name",)}))
    assert bag["name"] is NOT_KNOWN
    assert bag["tags"]["team"] is NOT_KNOWN
    assert "desc" not in bag
    assert secret == {("name",)}
    for kind in ("bool", "number", "array", "object"):
        sent = Struct()
        sent.update({"tags": {"team": _UNKNOWN[kind]}})
        assert has_unknown(opened(sent)[0]), f"as a program in Go says it of {kind}"
