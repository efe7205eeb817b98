"""What a reviewer reads, and that it is what happens: `pulumi preview` of every kind of change, then `pulumi up`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.engine import transcript
from tests.support.declared import SQL_AT_RISK, SQL_COSMETIC
from tests.support.site import Site, both_doors, job

pytestmark = pytest.mark.engine


@both_doors
def test_every_kind_of_change_is_announced_and_nothing_else(site: Site, update_goldens: bool) -> None:
    names = ("alarm", "label", "query", "pause", "wake", "parked", "kind", "comment", "same")
    before = {name: job(name=name) for name in names}
    for name in ("wake", "parked"):
        before[name] |= {"desired_state": "stopped"}
    site.pulumi.declare(**before)
    site.pulumi.up()
    site.calls()

    changed: dict[str, dict[str, Any]] = {
        "alarm": {"smn_topic": "pager"},
        "label": {"desc": "renamed"},
        "query": {"sql_body": SQL_AT_RISK, "parallel_number": 4},
        "pause": {"desired_state": "stopped"},
        "wake": {"desired_state": "running", "cu_number": 8},
        "parked": {"cu_number": 8},
        "kind": {"job_type": "flink_sql_job", "upgrade_mode": "stateless"},
        "comment": {"sql_body": SQL_COSMETIC},
    }
    after = {name: before[name] | changed.get(name, {}) for name in names} | {"fresh": job(name="fresh")}
    site.pulumi.declare(**after)
    told = site.pulumi.preview()
    assert told.changes == {"create": 1, "update": 6, "replace": 1, "unchanged": 3}
    transcript.check("preview", told, update=update_goldens)
    assert site.calls() == []

    assert set(transcript.messages(told)) <= set(transcript.messages(site.pulumi.up()))

    assert site.pulumi.preview("--refresh").said == []
    assert site.pulumi.refresh().said == []
