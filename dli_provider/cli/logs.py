"""`dli logs`: what DLI remembers of one job's life, and its words about its status."""

from __future__ import annotations

import time

import click

from dli_provider.cli.options import stack_option, watch_option
from dli_provider.cli.screen import hide, say
from dli_provider.workspace.access import connected, secrets_of, selected
from dli_provider.workspace.job_status import changes, cus, flink_logs, history, job_called, moment


@click.command("logs")
@click.argument("job", metavar="JOB")
@watch_option
@stack_option
def group(job: str, stack: str | None, watch: float | None) -> None:
    """Show the history of JOB, by name or id, its status and DLI's reason for it.

    DLI keeps no list of past statuses: --watch writes a line for each new one from now on.
    """
    chosen = selected(stack)
    hide(secrets_of(chosen))
    with connected(chosen) as api:
        found = job_called(api, job)
        live = found.live
        say(f"{live.name} (job {live.job_id})")
        for when, what in history(live, found.tags or {}):
            say(f"{moment(when):19}  {what}")
        _say(live.status, live.status_desc, "now")
        if logs := flink_logs(live):
            say(f"Flink's own logs: {logs}, in the folder that begins with {live.job_id}")
        before = cus(live)
        for each in changes(api, live, watch) if watch is not None else ():
            scaled = f", now with {cus(each)} CUs" if cus(each) != before else ""
            before = cus(each)
            restarts = f", restarted {each.restart_times} times" if each.restart_times else ""
            _say(each.status + restarts + scaled, each.status_desc, moment(int(time.time() * 1000)))


def _say(status: str, status_desc: str, when: str) -> None:
    say(f"{when:19}  {status}" + (f": {status_desc}" if status_desc else ""))
