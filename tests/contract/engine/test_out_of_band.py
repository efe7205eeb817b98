"""What others did to a job meanwhile: found by a refresh, and put right by the next `pulumi up`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.engine import transcript
from tests.support.site import Site, both_doors, job

pytestmark = pytest.mark.engine

HAPPENED: dict[str, dict[str, Any]] = {
    "left_alone": {},
    "stopped": {"status": "job_cancel_success"},
    "failed": {"status": "job_running_exception", "status_desc": "division by zero"},
    "reported": {"status": "job_running_exception", "status_desc": "division by zero"},
    "unsubmitted": {"status": "job_submit_fail", "status_desc": "the queue is full"},
    "edited": {"definition": {"smn_topic": "nobody"}},
    "woken": {"status": "job_running"},
}


@both_doors
def test_a_refresh_finds_what_happened_and_up_puts_it_right(site: Site, update_goldens: bool) -> None:
    jobs = {name: job(name=name, checkpoint_interval=1) for name in (*HAPPENED, "deleted")}
    jobs["reported"] |= {"on_failed": "report"}
    jobs["deleted"] |= {"upgrade_mode": "stateless"}
    jobs["woken"] |= {"desired_state": "stopped"}
    site.pulumi.declare(**jobs)
    site.pulumi.up()
    site.dli.advance(10)
    before = {each.name: each for each in site.jobs()}
    for name, changes in HAPPENED.items():
        site.dli.change_job(site.project_id, before[name].job_id, **changes)
    site.delete(before["deleted"].job_id)
    site.calls()

    # The refresh calls diff, too, which must say nothing: each announcement is there once, and is about the update.
    transcript.check("out-of-band", site.pulumi.preview("--refresh"), update=update_goldens)
    (gone,) = site.pulumi.refresh().said
    assert "deleted: job" in gone
    assert site.calls() == []

    site.pulumi.up()
    after = {each.name: each for each in site.jobs()}
    running = {name for name, each in after.items() if each.status == "job_running"}
    assert running == {"left_alone", "stopped", "failed", "unsubmitted", "edited", "deleted"}
    for name in ("stopped", "failed", "unsubmitted"):
        assert (after[name].run, after[name].lineage) == (2, before[name].lineage), name
    assert after["reported"].run == 1
    assert after["edited"].definition["smn_topic"] == "alarm"
    assert (after["woken"].status, after["woken"].run) == ("job_cancel_success", 1)
    assert after["deleted"].job_id != before["deleted"].job_id
    site.calls()

    told = site.pulumi.up("--refresh")
    assert told.changes == {"unchanged": len(jobs) + 1}
    assert [line.split(":")[0] for line in told.said] == ["warning"], "reported is reported again"
    assert site.calls() == []
