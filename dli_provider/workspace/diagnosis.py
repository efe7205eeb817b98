"""What a deployment needs, looked at one after another: what is there, what is wrong and what to do. Only reads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dli_provider.errors import DliError, Forbidden, NotFound, Unauthenticated, Unavailable
from dli_provider.flink import java, pins, provision
from dli_provider.flink.failures import FlinkError
from dli_provider.settings import Settings
from dli_provider.times import lasting, time_of_day
from dli_provider.workspace import Failed, Unusable
from dli_provider.workspace.access import chosen_stack, connected, secrets_of
from dli_provider.workspace.folder import project_around

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.workspace.stack import Stack

_SKEW: Final = 300.0
"""Seconds by which a signature's date may be off: signatures outside of 15 minutes are refused, and 5 are suspect."""
_LEAST: Final = 300.0
"""Seconds for which a token has to last."""
_PATIENCE: Final = 10.0
_PROOFS: Final = 3
"""Jobs that are looked at for a proof that DLI may write to their bucket."""
_START: Final = "start the local DLI with `dli emulator start`, if it is the one that is meant"


class Health(Enum):
    """What is found: all is well; somebody has to act; or it is only good to know, and a deployment does without."""

    OK = "ok"
    WRONG = "WRONG"
    NOTE = "note"


@dataclass(frozen=True)
class Examined:
    """One thing that was looked at. `remedy` is "" where there is nothing to do."""

    what: str
    health: Health
    said: str
    remedy: str = ""


def examine(
    name: str | None, *, none: bool = False, sql: bool = False, wall: Callable[[], float] = time.time
) -> Iterator[Examined]:
    """Look at everything; what cannot be looked at because of something else is left out.

    `sql`: also whether the queues reach the systems that the stack's SQL names, which DLI then tries.
    """
    yield from _machine()
    stack: Stack | None = None
    try:
        stack = chosen_stack(name, none=none)
    except Unusable as missing:
        yield Examined("stack", Health.WRONG, *_told(missing))
        return
    yield from _project(stack)
    try:
        settings = stack.settings() if stack else Settings.from_config(lambda _: None, os.environ)
    except (DliError, Unusable) as wrong:
        yield Examined("settings", Health.WRONG, *_told(wrong))
        return
    yield from _service(stack, settings, wall, sql=sql)


def _machine() -> Iterator[Examined]:
    beside_us = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", os.defpath)])
    engine = shutil.which("pulumi", path=beside_us)
    if engine is None:
        how = "install it (https://www.pulumi.com/docs/install/), or activate the environment that has it"
        yield Examined("engine", Health.WRONG, "pulumi is not on PATH", how)
    else:
        done = subprocess.run([engine, "version"], capture_output=True, text=True, check=False)
        works = done.returncode == 0
        said = f"pulumi {done.stdout.strip()}" if works else f"{engine} does not run: {done.stderr.strip()}"
        yield Examined(
            "engine", Health.OK if works else Health.WRONG, said, "" if works else "install it anew"
        )
        host = shutil.which("pulumi-language-python", path=_beside(engine, beside_us))
        missing = "install all of Pulumi's release, not only its command"
        yield (
            Examined("language host", Health.OK, "pulumi-language-python is there")
            if host
            else Examined("language host", Health.WRONG, "there is no pulumi-language-python", missing)
        )
    yield from _flink()


def _beside(engine: str, path: str) -> str:
    # The engine takes it from its own folder first; ours is a wrapper beside the folder of the real one.
    folder = Path(engine).resolve().parent
    return os.pathsep.join([str(folder), str(folder.parent / "libexec"), path])


def _flink() -> Iterator[Examined]:
    """Neither is needed for a deployment: without them the text judges changes of SQL, and `dli check` does not run."""
    try:
        yield Examined("Java", Health.OK, str(java.find(os.environ)))
    except FlinkError as missing:
        # Whether Flink is here cannot be told either: what is made for it is made by Java.
        needing = "only `dli check`, `dli test`, `dli rehearse` and a local DLI with a real Flink need it"
        yield Examined("Java", Health.NOTE, str(missing), needing)
        return
    found = provision.present(os.environ)
    yield (
        Examined("Flink", Health.OK, found.origin)
        if found
        else Examined("Flink", Health.NOTE, "it is not on this machine yet", "what needs it fetches it")
    )
    older, version = provision.older_planner_present(os.environ), pins.OLDER_PLANNER.version
    yield (
        Examined("older planner", Health.OK, older.origin)
        if older
        else Examined(
            "older planner",
            Health.NOTE,
            f"Flink {version}'s, which judges SQL of jobs of Flink 1.13 to 1.15, is not on this machine",
            f"{provision.FETCHES_OLDER} fetches it; till then another judges, and is named",
        )
    )


def _project(stack: Stack | None) -> Iterator[Examined]:
    root = project_around(Path.cwd())
    if stack is None:
        where = "--no-stack" if root else "there is no Pulumi project here"
        yield Examined("stack", Health.NOTE, f"{where}: DLI is that of the environment")
        return
    yield Examined("stack", Health.OK, f"{stack.name} of {stack.folder}")
    if not stack.refreshes:
        remedy = "write `options: {refresh: always}` into Pulumi.yaml, or say `pulumi up --refresh`"
        yield Examined("refresh", Health.NOTE, "jobs changed by hand are not noticed by `pulumi up`", remedy)
    elif os.environ.get("PULUMI_RUN_PROGRAM") != "true" and not _wrapped():
        said = "Pulumi refreshes with the endpoint and credentials of the last deployment"
        yield Examined("refresh", Health.NOTE, said, "set PULUMI_RUN_PROGRAM=true in the environment")
    else:
        yield Examined("refresh", Health.OK, "live jobs are looked at before each deployment")


def _wrapped() -> bool:
    """Whether `pulumi` is the command of a checkout, which sets that by itself."""
    return (Path(sys.prefix) / "libexec" / "pulumi").exists()


def _service(
    stack: Stack | None, settings: Settings, wall: Callable[[], float], *, sql: bool
) -> Iterator[Examined]:
    reached, clock = _clock(settings, wall)
    yield reached
    if reached.health is Health.WRONG:
        return
    if clock:
        yield clock
    kinds = ["a token"] if settings.token else ["access keys"] if settings.access_key else []
    try:
        with connected(stack) as api:
            known = next(iter(api.list(limit=1).jobs), None)
            yield _credentials(kinds, api.credentials_expire, wall())
            yield Examined("project", Health.OK, settings.place)
            yield from rights(api, known.job_id if known else None)
            yield from _around(api, stack, local=settings.local)
            if sql:
                yield from _reachable(api, stack, settings)
    except Unauthenticated as refused:
        yield Examined("credentials", Health.WRONG, *_told(refused))
    except Forbidden as refused:
        yield Examined("permissions", Health.WRONG, *_told(refused))
    except DliError as refused:
        yield Examined("project", Health.WRONG, *_told(refused))


def _credentials(kinds: Sequence[str], expire: float | None, now: float) -> Examined:
    """Credentials that DLI takes now. A deployment is refused where they end within five minutes."""
    taken = f"DLI takes them: {kinds[0]}" if kinds else "none are needed here"
    if expire is None:
        return Examined("credentials", Health.OK, taken)
    left = max(0.0, expire - now)
    said = f"{taken}, until {time_of_day(expire)}, in {lasting(left)}"
    if left < _LEAST:
        remedy = "renew dli:token [HW_AUTH_TOKEN]: nothing is stopped with one that is about to expire"
        return Examined("credentials", Health.WRONG, said, remedy)
    return Examined("credentials", Health.OK, said)


def _clock(settings: Settings, wall: Callable[[], float]) -> tuple[Examined, Examined | None]:
    """Whether anything answers at the endpoint, and how far its clock is from ours. Sends no credentials."""
    request = urllib.request.Request(settings.endpoint, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            date = answer.headers.get("Date")
    except urllib.error.HTTPError as answered:
        date = answered.headers.get("Date")
    except OSError as broken:
        reason = getattr(broken, "reason", broken)
        remedy = (
            _START
            if settings.local
            else "check dli:region or dli:endpoint, and the way there: proxy, firewall, DNS"
        )
        return Examined(
            "endpoint", Health.WRONG, f"{settings.endpoint} does not answer: {reason}", remedy
        ), None
    reached = Examined("endpoint", Health.OK, settings.endpoint)
    if not date:
        return reached, None
    off = abs(parsedate_to_datetime(date).timestamp() - wall())
    if off > _SKEW:
        said = f"this machine's clock is {lasting(off)} off the endpoint's"
        return reached, Examined(
            "clock", Health.WRONG, said, "set it: signatures with another time are refused"
        )
    return reached, Examined("clock", Health.OK, f"within {lasting(max(1.0, off))} of the endpoint's")


def rights(api: Client, job_id: int | None) -> Iterator[Examined]:
    """What may be read, by reading it. What may be written nobody knows without writing."""
    untold = "whether they may be changed (dli:jobs:create, update, start, stop, delete) no call tells without doing it"
    if job_id is None:
        yield Examined("permissions", Health.OK, f"jobs may be listed, and there is none to read; {untold}")
        return
    try:
        api.get(job_id)
    except Unauthenticated:
        raise
    except DliError as refused:
        said, remedy = _told(refused)
        remedy = "have dli:jobs:get granted" if isinstance(refused, Forbidden) else remedy
        yield Examined("permissions", Health.WRONG, f"jobs may be listed, and not be read: {said}", remedy)
        return
    try:
        api.tags(job_id)
    except DliError as refused:
        said = f"jobs may be read; their tags cannot: {_told(refused)[0]}; {untold}"
        yield Examined("permissions", Health.NOTE, said, "whose a job is, is told by the state alone")
    else:
        yield Examined("permissions", Health.OK, f"jobs and their tags may be read; {untold}")


def _around(api: Client, stack: Stack | None, *, local: bool) -> Iterator[Examined]:
    """The queues, buckets and agencies that the stack's jobs name, in its state or in its config."""
    if stack is None:
        return
    queues, buckets, agencies = (
        _named(stack, field) for field in ("queue_name", "obs_bucket", "execution_agency_urn")
    )
    with ThreadPoolExecutor(8) as pool:
        yield from pool.map(lambda name: _queue(api, name, local=local), queues)
        yield from pool.map(lambda bucket: bucket_of(api, bucket, buckets[bucket]), buckets)
    if not local:
        yield agency_of_dli(api)
    for agency in agencies:
        yield Examined(
            "agency",
            Health.NOTE,
            f"{agency}: it is IAM's, and DLI tells of it only when a job runs under it",
            "look in IAM that it is there, that it is delegated to DLI, and what it may use",
        )


def _named(stack: Stack, field: str) -> Mapping[str, list[int]]:
    """What the config and the jobs of a stack name, each with the ids of the jobs that have been deployed with it."""
    found: dict[str, list[int]] = {}
    if configured := stack.config.get(f"{stack.owner.partition('/')[0]}:{field}"):
        found[configured] = []
    for job in stack.recorded():
        if not job.external and job.inputs.get(field):
            found.setdefault(str(job.inputs[field]), []).append(int(job.id))
    return dict(sorted(found.items()))


def bucket_of(api: Client, name: str, jobs: Sequence[int]) -> Examined:
    """Whether DLI may write to a bucket: no call tells, so that it has written there is the only proof."""
    bucket = name.removeprefix("obs://").split("/")[0]
    for job_id in jobs[:_PROOFS]:
        try:
            live = api.get(job_id)
        except DliError:
            continue  # gone, or not to be read: then it proves nothing
        for path in (live.checkpoint_path, live.savepoint_path):
            if path and path.removeprefix("obs://").split("/")[0] == bucket:
                return Examined("bucket", Health.OK, f"{bucket}: DLI has written {path}, of {live.name}")
    said = (
        "DLI has no call that tells whether it may write there, and no checkpoint or savepoint of the stack's jobs "
        "shows it"
    )
    return Examined(
        "bucket",
        Health.NOTE,
        f"{bucket}: {said}",
        "`pulumi up` asks DLI to authorise it; should checkpoints or logs fail, let DLI write to it in DLI's console",
    )


def agency_of_dli(api: Client) -> Examined:
    """The roles by which DLI uses buckets and topics that are not its own."""
    try:
        roles = api.agency_roles()
    except DliError as refused:
        said = f"DLI does not tell which roles it has been given: {_told(refused)[0]}"
        return Examined("agency", Health.NOTE, said, "look in DLI's console, under service authorization")
    if roles:
        return Examined("agency", Health.OK, f"DLI has been given {', '.join(sorted(roles))}")
    said = "DLI has been given no roles: a bucket then has to be authorised, and alarms (smn_topic) may not be sent"
    return Examined("agency", Health.NOTE, said, "give it obs_adm and smn_adm in DLI's console")


def _queue(api: Client, name: str, *, local: bool) -> Examined:
    try:
        queue = api.queue(name)
    except NotFound:
        if local:
            # It takes jobs on queues that nobody made, unless it was started with --known-queues.
            return Examined(
                "queue", Health.NOTE, f"{name} is not known to the local DLI, which takes any by itself"
            )
        return Examined(
            "queue", Health.WRONG, f"there is no queue {name}", "make it in DLI's console, or name another"
        )
    except (Forbidden, Unavailable) as refused:
        return Examined("queue", Health.NOTE, f"{name} cannot be looked at: {_told(refused)[0]}")
    if queue.queue_type and queue.queue_type != "general":
        said = f"{name} is a queue of type {queue.queue_type}"
        return Examined(
            "queue", Health.WRONG, said, "open-source Flink jobs run on a general-purpose queue: name one"
        )
    return Examined("queue", Health.OK, f"{name}, {queue.cu_count} CUs")


def _reachable(api: Client, stack: Stack | None, settings: Settings) -> Iterator[Examined]:
    if stack is None:
        remedy = "run it in a project, or name its stack with --stack"
        yield Examined("reachable", Health.WRONG, "there is no stack whose SQL could be looked at", remedy)
        return
    # Only when it is asked for: it loads the judge of SQL.
    from dli_provider.review.mask import Mask
    from dli_provider.workspace.reachability import Reach, declared, reached

    try:
        jobs = declared(stack)
    except (DliError, Unusable, Failed) as wrong:
        yield Examined("reachable", Health.WRONG, *_told(wrong))
        return
    mask = Mask.of([*secrets_of(stack), *settings.secrets])
    healths = {Reach.REACHABLE: Health.OK, Reach.UNREACHABLE: Health.WRONG, Reach.UNKNOWN: Health.NOTE}
    none = True
    for each in reached(api, jobs):
        none = False
        yield Examined("reachable", healths[each.reach], mask.text(each.said), each.remedy)
    if none:
        yield Examined("reachable", Health.OK, "the stack's SQL names no system outside")


def _told(error: Exception) -> tuple[str, str]:
    if isinstance(error, DliError):
        return "; ".join(error.reasons), error.remedy
    return str(error), ""
