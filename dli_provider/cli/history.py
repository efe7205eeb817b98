"""`dli history`: what DLI remembers of one job's life, its words about its status, and where Flink's logs are."""

from __future__ import annotations

import time
from collections.abc import Iterator

import click

from dli_provider.cli.documents import say_document
from dli_provider.cli.options import chosen, job_argument, no_stack_option, stack_option, watch_option
from dli_provider.cli.screen import hide, say
from dli_provider.times import moment
from dli_provider.workspace.access import connected, secrets_of


@click.command("history")
@job_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@watch_option
@no_stack_option
@stack_option
def group(job: str, stack: str | None, no_stack: bool, watch: float | None, as_json: bool) -> None:
    """Show the history of JOB, by name or id, its status and DLI's reason for it; and where Flink's own logs are.

    DLI keeps no list of past statuses: --watch writes a line for each new one from now on.
    """
    from dli_provider.workspace.job_status import changes, cus, flink_logs, history, job_called

    # A stream of JSON documents is no JSON document.
    if as_json and watch is not None:
        raise click.UsageError("--json and --watch do not go together")
    picked = chosen(stack, no_stack)
    hide(secrets_of(picked))
    with connected(picked) as api:
        found = job_called(api, job)
        live = found.live
        if as_json:
            events = [{"time": when, "what": what} for when, what in history(live, found.tags or {})]
            said = {"status": live.status, "status_desc": live.status_desc, "logs": flink_logs(live)}
            say_document("history", {"job": live.name, "job_id": live.job_id, "events": events, **said})
            return
        say(f"{live.name} (job {live.job_id})")
        known = [(moment(when), what) for when, what in history(live, found.tags or {})]
        _say([*known, ("now", _status(live.status, live.status_desc))])
        say("\n".join(_logs(live.job_id, flink_logs(live))))
        before = cus(live)
        for each in changes(api, live, watch) if watch is not None else ():
            scaled = f", now with {cus(each)} CUs" if cus(each) != before else ""
            before = cus(each)
            restarts = f", restarted {each.restart_times} times" if each.restart_times else ""
            _say(
                [
                    (
                        moment(int(time.time() * 1000)),
                        _status(each.status + restarts + scaled, each.status_desc),
                    )
                ]
            )


def _say(lines: list[tuple[str, str]]) -> None:
    width = max(len(when) for when, _ in lines)
    for when, what in lines:
        say(f"{when:{width}}  {what}")


def _status(status: str, because: str) -> str:
    return status + (f": {because}" if because else "")


def _logs(job_id: int, folder: str | None) -> Iterator[str]:
    if folder:
        yield f"Flink's own logs: {folder}, in the folder that begins with {job_id}"
    else:
        yield (
            "Flink's own logs: none are kept; `log_enabled` with an `obs_bucket` has DLI write them there, and DLI's "
            "own console shows those of a job that runs"
        )
