"""`dli logs`: what DLI remembers of one job's life, and its words about its status."""

from __future__ import annotations

import time

import click

from dli_provider.cli.watching import watch_option
from dli_provider.workspace.overview import history, moment
from dli_provider.workspace.place import connected, selected, stack_option


@click.command("logs")
@click.argument("job", metavar="JOB")
@watch_option
@stack_option
def group(job: str, stack: str | None, watch: float | None) -> None:
    """Show the history of JOB, by name or id, its status and DLI's reason for it.

    DLI keeps no list of past statuses: --watch writes a line for each new one from now on.
    """
    from dli_provider.run.look import look_for, unknown_job

    with connected(selected(stack)) as api:
        found = look_for(api, job)
        if found is None:
            raise unknown_job(job)
        live = found.live
        click.echo(f"{live.name} (job {live.job_id})")
        for when, what in history(live, found.tags):
            click.echo(f"{moment(when):19}  {what}")
        _say(live.status, live.status_desc, "now")
        fields = live.fields
        if fields.get("log_enabled") and fields.get("obs_bucket"):
            bucket = str(fields["obs_bucket"]).removeprefix("obs://").rstrip("/")
            click.echo(
                f"Flink's own logs: obs://{bucket}/jobs/logs/, in the folder that begins with {live.job_id}"
            )
        last = (live.status, live.status_desc, live.restart_times)
        while watch is not None:
            time.sleep(watch)
            live = api.get(live.job_id)
            if (live.status, live.status_desc, live.restart_times) != last:
                last = (live.status, live.status_desc, live.restart_times)
                restarts = f", restarted {live.restart_times} times" if live.restart_times else ""
                _say(live.status + restarts, live.status_desc, moment(int(time.time() * 1000)))


def _say(status: str, status_desc: str, when: str) -> None:
    click.echo(f"{when:19}  {status}" + (f": {status_desc}" if status_desc else ""))
