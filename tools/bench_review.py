"""How long `dli review` takes beside a bare `pulumi preview` of the same stack: `python -m tools.bench_review`.

Deploys jobs to a local DLI of its own, changes each second one, and times both commands in turn. It needs what `make
setup` sets up, and leaves nothing behind.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dli_provider.emulator.server import Emulator

BOUND = 1.5
PROGRAM = """import json
from dli_provider import FlinkSqlJob

for name, arguments in json.load(open("jobs.json")).items():
    FlinkSqlJob(name, **arguments)
"""
SQL = """CREATE TABLE orders (id STRING, item STRING, amount DECIMAL(10, 2), placed TIMESTAMP(3),
  WATERMARK FOR placed AS placed - INTERVAL '5' SECOND)
WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = 'kafka:9092', 'format' = 'json');
CREATE TABLE revenue (item STRING, opened TIMESTAMP(3), total DECIMAL(10, 2))
WITH ('connector' = 'kafka', 'topic' = 'revenue', 'properties.bootstrap.servers' = 'kafka:9092', 'format' = 'json');
INSERT INTO revenue SELECT item, window_start, SUM(amount)
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(placed), INTERVAL '1' HOUR))
WHERE amount > 0 GROUP BY item, window_start, window_end;
"""


def main() -> None:
    """Print the medians, and fail when the review takes more than BOUND times the preview."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_review", description=main.__doc__)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Emulator.start(start_latency=0, stop_latency=0) as dli:
        previews, reviews = measured(Path(folder), dli.url, given.jobs, given.runs)
    print(f"{given.jobs} jobs, half of them changed, {given.runs} runs each, in turn")
    print(f"pulumi preview: {', '.join(f'{each:.1f}' for each in previews)} s")
    print(f"dli review:     {', '.join(f'{each:.1f}' for each in reviews)} s")
    ratio = statistics.median(reviews) / statistics.median(previews)
    print(f"the review takes {ratio:.2f} times as long as the preview (median)")
    sys.exit(ratio > BOUND)


def measured(folder: Path, url: str, jobs: int, runs: int) -> tuple[list[float], list[float]]:
    """Seconds of each preview and each review."""
    (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / "state").mkdir()
    environ = os.environ | {
        "DLI_ENDPOINT": url,
        "HW_PROJECT_ID": "bench",
        "PATH": os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]]),
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "bench",
        "PULUMI_EXPERIMENTAL": "1",
        "PULUMI_SKIP_CHECKPOINTS": "1",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }
    declare(folder, jobs)
    timed(folder, environ, "pulumi", "stack", "init", "bench")
    timed(folder, environ, "pulumi", "up", "--yes", "--skip-preview", "--parallel", str(jobs))
    declare(
        folder, jobs, sql_body=SQL.replace("placed TIMESTAMP(3),", "placed TIMESTAMP(3), channel STRING,")
    )
    previews, reviews = [], []
    for _ in range(runs):
        previews.append(timed(folder, environ, "pulumi", "preview"))
        reviews.append(timed(folder, environ, "dli", "review", "--fail-on", "never"))
    return previews, reviews


def declare(folder: Path, jobs: int, **changes: Any) -> None:
    """Write the jobs that the program declares; each second one with changes."""
    job = {
        "sql_body": SQL,
        "queue_name": "q_stream",
        "checkpoint_enabled": True,
        "obs_bucket": "stream-state",
        "health_window": 0,
    }
    declared = {f"job-{number}": {**job, **(changes if number % 2 else {})} for number in range(jobs)}
    (folder / "jobs.json").write_text(json.dumps(declared))


def timed(folder: Path, environ: Mapping[str, str], *command: str) -> float:
    """How long a command takes; what it says is shown only when it fails."""
    began = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return time.monotonic() - began


if __name__ == "__main__":
    main()
