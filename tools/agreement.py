"""Does Flink's restore do what our rules say of a change of SQL? Tries pairs of the corpus on a real Flink.

`python -m tools.agreement` first prints what both judges say of the changes measured before (`--tables`: only that).
Then it runs the first text of each pair, stops it with a savepoint, submits the second from it, and
writes what came of it beside what the rules had said into docs/flink.md. It takes some minutes.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dli_provider.flink.cluster import Cluster
from dli_provider.flink.failures import FlinkError, RestError, StatementError
from dli_provider.flink.judging import MODES, Judge, JudgeMode, SqlChange
from dli_provider.flink.provision import obtain
from dli_provider.flink.sessions import session
from dli_provider.flink.stand_ins import stand_in
from dli_provider.flink.statements import split
from dli_provider.sql import BUILT_IN_CONNECTORS, classify
from tests.sql.pairs import Pair, pairs, quoted
from tests.sql.test_changed_jobs import CHANGED_JOBS, NIGHT_CHANGES
from tests.sql.test_measured_pairs import HARMFUL, MEASURED, MeasuredPair

DOC = Path(__file__).resolve().parents[1] / "docs" / "flink.md"
BLOCK = re.compile(r"(<!-- measured: agreement -->\n).*?(<!-- end of agreement -->)", re.DOTALL)
SHARES = {"carried": 20, "loses": 14, "wrong": 14, "unknown": 6, "cosmetic": 4}
"""How many pairs of each truth are tried."""
VERDICTS = ("unchanged", "cosmetic", "carried", "at_risk", "incompatible", "invalid")
PATIENCE = 60.0
FLOW = 1.5  # seconds of records before the savepoint
AFTER = 1.0  # seconds that a restored job must go on running


@dataclass(frozen=True)
class FlinkTrial:
    """One pair: what the rules said, and what Flink did (`restored`, `refused`, or `not run`), with its words."""

    pair: Pair
    said: str
    did: str
    words: str = ""

    @property
    def sense(self) -> str:
        """Whether the two fit together."""
        if self.did == "not run":
            return "-"
        if self.said in ("no change", "carried"):
            return "agrees" if self.did == "restored" else "DISAGREES"
        if self.said == "at risk":
            return "as warned" if self.did == "refused" else "warned, went well"
        if self.did == "refused":
            return "agrees"
        return "agrees: restored, but meaning something else" if self.pair.truth == "wrong" else "cautious"


def confusion(judges: Sequence[JudgeMode], known: Sequence[MeasuredPair]) -> str:
    """What each judge says of the changes that a real Flink was given once, beside what it did: a table for each."""
    lines: list[str] = []
    for mode in judges:
        judge = Judge(mode, os.environ, lambda: obtain(os.environ))
        said = {pair.id: judge.verdict(SqlChange(pair.before, pair.after)) for pair in known}
        judge.close()
        count = Counter((pair.truth, said[pair.id].name) for pair in known)
        by = Counter(each.computed_by for each in said.values())
        lines += [f"{len(known)} measured changes, judged by {', '.join(map(str, by))}:"]
        lines += [f"{'truth':>8}" + "".join(f"{verdict:>14}" for verdict in VERDICTS)]
        for truth in ("right", *HARMFUL, "unclear"):
            lines += [f"{truth:>8}" + "".join(f"{count[truth, verdict]:>14}" for verdict in VERDICTS)]
        right = sum(pair.truth == "right" for pair in known)
        safe = sum(count["right", verdict] for verdict in VERDICTS[:3])
        bold = sum(count[truth, verdict] for truth in HARMFUL for verdict in VERDICTS[:3])
        lines += [f"harmless and called so: {safe} of {right}; harmful and called safe: {bold}", ""]
    return "\n".join(lines)


def sample() -> list[Pair]:
    """So many pairs of each truth, spread evenly over the corpus; always the same ones."""
    chosen: list[Pair] = []
    known = list(pairs())
    for truth, share in SHARES.items():
        those = [pair for pair in known if pair.truth == truth]
        chosen += [those[index * len(those) // share] for index in range(min(share, len(those)))]
    # Truths take turns, so that a sample cut short is still a fair one.
    places = Counter[str]()
    turns = {}
    for pair in chosen:
        turns[pair.name] = places[pair.truth] / SHARES[pair.truth]
        places[pair.truth] += 1
    return sorted(chosen, key=lambda pair: turns[pair.name])


def verdict(pair: Pair) -> str:
    """What the provider says of the change."""
    found = classify(pair.before, pair.after)
    return "no change" if found.cosmetic else found.state_fate.name.lower().replace("_", " ")


def attempt(flink: Cluster, pair: Pair, root: Path, deadline: float) -> FlinkTrial | None:
    """Run, stop with a savepoint, restore."""
    if time.monotonic() > deadline:
        return None
    said, name = verdict(pair), pair.name.replace("/", "-")
    try:
        first = submit(flink, pair.before, name)
        words = come_up(flink, first)
        if words:
            return FlinkTrial(pair, said, "not run", words)
        time.sleep(FLOW)
        savepoint = stop(flink, first, root / name)
    except FlinkError as error:
        return FlinkTrial(pair, said, "not run", str(error))
    try:
        second = submit(flink, pair.after, name, savepoint)
    except StatementError as error:
        refused = "Cannot map" in str(error) or "savepoint" in str(error)
        return FlinkTrial(pair, said, "refused" if refused else "not run", error.message)
    words = come_up(flink, second)
    if not words:
        time.sleep(AFTER)
        words = come_up(flink, second)
    with suppress(RestError):  # it has ended by itself where it was refused
        flink.rest.patch(f"/jobs/{second}?mode=cancel")
    return FlinkTrial(pair, said, "refused" if words else "restored", words)


def submit(flink: Cluster, sql: str, name: str, savepoint: str = "") -> str:
    """A script as a job, tables of other systems on stand-ins."""
    properties = {
        "execution.target": "remote",
        "rest.address": "127.0.0.1",
        "rest.port": str(flink.ports.rest),
        "pipeline.name": name,
        "restart-strategy.type": "none",
    }
    if savepoint:
        properties["execution.state-recovery.path"] = savepoint
    statements, _ = stand_in(split(quoted(sql)), BUILT_IN_CONNECTORS, rows_per_second=50)
    with session(flink.gateway, properties) as opened:
        return opened.submit(statements)


def come_up(flink: Cluster, jid: str) -> str:
    """Until every task runs: an empty text, else why it does not."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        job = next(each for each in flink.rest.get("/jobs/overview")["jobs"] if each["jid"] == jid)
        if job["state"] == "RUNNING" and job["tasks"]["running"] == job["tasks"]["total"]:
            return ""
        if job["state"] in ("FAILED", "CANCELED", "FINISHED"):
            trace = str(flink.rest.get(f"/jobs/{jid}/exceptions").get("root-exception") or job["state"])
            causes = [line for line in trace.splitlines() if line.startswith("Caused by: ")]
            return (causes or [trace])[-1].removeprefix("Caused by: ")
        time.sleep(0.1)
    return f"not up after {PATIENCE:.0f} s"


def stop(flink: Cluster, jid: str, into: Path) -> str:
    """Stop with a savepoint; where it lies."""
    body = {"targetDirectory": into.as_uri(), "drain": False}
    trigger = flink.rest.post(f"/jobs/{jid}/stop", body)["request-id"]
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = flink.rest.get(f"/jobs/{jid}/savepoints/{trigger}")
        if answer["status"]["id"] == "COMPLETED":
            if "location" not in answer["operation"]:
                raise FlinkError(str(answer["operation"]["failure-cause"]["stack-trace"]).splitlines()[0])
            return str(answer["operation"]["location"])
        time.sleep(0.1)
    raise FlinkError("no savepoint in time")


def table(trials: Sequence[FlinkTrial]) -> str:
    """What is written into the page."""
    ran = [trial for trial in trials if trial.did != "not run"]
    kinds = ("no change", "carried", "at risk", "incompatible")
    count = Counter((trial.said, trial.did) for trial in trials)
    lines = [
        f"{len(trials)} pairs, {len(ran)} of them run on Flink {flink_version()}; "
        f"{sum(trial.sense == 'DISAGREES' for trial in ran)} that the rules call safe were refused.",
        "",
        "| the rules say | Flink restored | Flink refused | not run |",
        "|---|---|---|---|",
        *(
            f"| {said} | {count[said, 'restored']} | {count[said, 'refused']} | {count[said, 'not run']} |"
            for said in kinds
        ),
        "",
        "| pair | corpus | rules | Flink | |",
        "|---|---|---|---|---|",
        *(
            f"| {trial.pair.name} | {trial.pair.truth} | {trial.said} | {trial.did} | {trial.sense} |"
            for trial in sorted(trials, key=lambda trial: trial.pair.name)
        ),
    ]
    return "\n".join(lines) + "\n"


def flink_version() -> str:
    """The one that was tried."""
    from dli_provider.flink.pins import VERSION

    return VERSION


def main(arguments: Iterable[str] | None = None) -> None:
    """Try the sample, and write the page. The exit code is 1 where a change called safe was refused."""
    parser = argparse.ArgumentParser(description="Tries pairs of the SQL corpus on a real Flink.")
    parser.add_argument("--only", default="", help="pairs whose name contains this; nothing is written then")
    parser.add_argument("--at-once", type=int, default=3, help="how many pairs are tried at once")
    parser.add_argument("--minutes", type=float, default=60, help="begin no further pair after so long")
    parser.add_argument(
        "--tables", action="store_true", help="print the tables of measured changes, and run nothing"
    )
    given = parser.parse_args(arguments)
    if not given.only:
        for known in (MEASURED, CHANGED_JOBS, NIGHT_CHANGES):
            print(confusion(MODES[1:], known), flush=True)
    if given.tables:
        return
    deadline = time.monotonic() + given.minutes * 60
    chosen = [pair for pair in (pairs() if given.only else sample()) if given.only in pair.name]
    with tempfile.TemporaryDirectory(prefix="agreement-") as home:
        flink = Cluster.start(obtain(os.environ), os.environ, Path(home))
        with flink, ThreadPoolExecutor(given.at_once) as threads:
            trials = []
            for trial in threads.map(lambda pair: attempt(flink, pair, Path(home), deadline), chosen):
                if trial is None:
                    continue
                trials.append(trial)
                print(
                    f"{trial.pair.name}: {trial.said} / {trial.did}: {trial.sense} {trial.words[:160]}",
                    flush=True,
                )
    if not given.only:
        written = table(trials)
        DOC.write_text(BLOCK.sub(lambda found: found[1] + written + found[2], DOC.read_text()))
    sys.exit(any(trial.sense == "DISAGREES" for trial in trials))


if __name__ == "__main__":
    main()
