"""What is believed of an update that DLI said yes to, and carries out later."""

from __future__ import annotations

from dli_provider.connect import connect
from dli_provider.emulator.server import Emulator
from dli_provider.run.amend import see_updated, update
from dli_provider.run.handle import JobHandle
from dli_provider.run.watch import Watch
from dli_provider.settings import Settings
from tests.contract.brisk_clock import BriskClock

PROJECT = "0123456789abcdef0123456789abcdef"
OLD = {"name": "orders", "desc": "clicks by key", "smn_topic": "alarm"}
NEW = {"name": "orders_2", "desc": "", "smn_topic": ""}


def test_of_a_change_in_two_parts_the_first_to_come_is_not_taken_for_both() -> None:
    """As where a running job takes a part of a change, and is then restarted for the rest."""
    clock = BriskClock()
    with Emulator.start() as dli, connect(Settings(dli.url, PROJECT)) as api:
        job_id = api.create({**OLD, "queue_name": "q_stream_dev", "sql_body": "select 1"})
        job = JobHandle(
            api, "orders", job_id, clock, 600.0, lambda _: None, lambda _: None, Watch(api, clock)
        )
        first = {"smn_topic": ""}
        update(job, first)
        see_updated(job, first, OLD)
        dli.set(late_update=0.3)
        update(job, NEW)
        see_updated(job, NEW, OLD)
        (seen,) = dli.jobs(PROJECT)
        assert {name: seen.definition[name] for name in NEW} == NEW
