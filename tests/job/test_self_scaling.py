"""What `runtime_config` asks of DLI's own scaling, and which CUs of a live job it has changed."""

from __future__ import annotations

from typing import Any

import pytest

from dli_provider.job.document import complete_document, create_document
from dli_provider.job.fields import JobSpec
from dli_provider.job.self_scaling import ENABLE, LEAST, MOST, CuBounds, number, scales, scaling_of, unscaled
from tests.support.planned_jobs import declared

ON = {ENABLE: "true"}


def scaling(config: dict[str, str], **changes: Any) -> JobSpec:
    return declared(**{"runtime_config": ON | config, "cu_number": 4} | changes)


@pytest.mark.parametrize(
    ("config", "asked"),
    [(None, False), ({}, False), ({ENABLE: "false"}, False), ({ENABLE: " TRUE "}, True), (ON, True)],
)
def test_whether_dli_scales_it(config: dict[str, str] | None, asked: bool) -> None:
    assert scales(config) is asked


def test_between_how_many_cus() -> None:
    assert scaling_of(declared()) is None
    assert scaling_of(scaling({})) == CuBounds(4, 2, 4), "at most those that it began with"
    assert scaling_of(scaling({MOST: "8", LEAST: "3"})) == CuBounds(4, 3, 8)
    assert scaling_of(scaling({"flink.dli.job.scale.cu.max": "8"})) == CuBounds(4, 2, 8)
    assert scaling_of(scaling({"flink.dli.job.scale.cu.max": "8", MOST: "6"})) == CuBounds(4, 2, 6)
    assert scaling_of(scaling({}, cu_number=None)) == CuBounds(2, 2, 2)
    assert scaling_of(scaling({}, cu_number=None, resource_config_version="v2")) is None
    assert [number(text) for text in ("8", "0", "", None, "-1", "1.5", "9" * 10, "²")] == [8, 0, *[None] * 6]


@pytest.mark.parametrize(
    ("live", "seen"),
    [
        ({"cu_number": 8, "parallel_number": 6}, (4, 2)),
        ({"cu_number": 2, "parallel_number": 1}, (4, 2)),
        ({"parallel_number": 3}, (4, 2)),
        ({"cu_number": 9, "parallel_number": 6}, (9, 6)),
    ],
    ids=["most", "least", "tasks only", "beyond"],
)
def test_what_scaling_has_changed_within_its_bounds_is_as_declared(
    live: dict[str, int], seen: tuple[int, int]
) -> None:
    spec = scaling({MOST: "8"})
    found = unscaled(spec.model_copy(update={**live, "desc": "by hand"}), spec)
    assert ((found.cu_number, found.parallel_number), found.desc) == (seen, "by hand")


def test_without_scaling_every_change_is_somebodys() -> None:
    spec = declared()
    live = spec.model_copy(update={"cu_number": 8})
    assert unscaled(live, spec) is live


def test_a_complete_definition_puts_back_the_cus_that_nobody_declared() -> None:
    spec = scaling({}, cu_number=None, parallel_number=None)
    assert {"cu_number", "parallel_number"} & create_document(spec).keys() == set()
    for new, old in ((spec, spec), (declared(cu_number=None, parallel_number=None), spec)):
        sent = complete_document(new, old)
        assert (sent["cu_number"], sent["parallel_number"]) == (2, 1)
    plain = declared(cu_number=None, parallel_number=None)
    assert "cu_number" not in complete_document(plain, plain)
