"""What `make up` ends with: the jobs of a stack as DLI reports them now, where that DLI is, and what to try next."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from dli_provider.api.job_answers import LiveJob
from dli_provider.connect import connect
from dli_provider.pulumi.property_bags import JOB_TYPES
from dli_provider.settings import Settings


def main(stack: str) -> None:
    """Print the summary of a deployed stack."""
    config = pulumi("config", "--json", "--show-secrets", "--stack", stack)
    settings = Settings.from_config(lambda key: config.get(f"dli:{key}", {}).get("value"), os.environ)
    deployment = pulumi("stack", "export", "--stack", stack)["deployment"]
    ids = [int(each["id"]) for each in deployment.get("resources", []) if each["type"] in JOB_TYPES]
    with connect(settings) as dli:
        jobs = [dli.get(job_id) for job_id in ids]
    Console().print(table(jobs, stack))
    print(f"The local DLI is at {settings.endpoint}, project {settings.project_id}.")
    print(
        f"Try next: edit a file in stacks/releases/{stack}/ and `make up` again; or first see what that would do,"
    )
    print(f"          with `. .venv/bin/activate` and `pulumi preview --stack {stack}`.")


def table(jobs: list[LiveJob], stack: str) -> Table:
    """The jobs, by name."""
    laid_out = Table("job", "id", "status", "queue", title=f"jobs of stack {stack}", title_justify="left")
    for job in sorted(jobs, key=lambda job: job.name):
        laid_out.add_row(job.name, str(job.job_id), job.status, str(job.fields.get("queue_name") or "-"))
    return laid_out


def pulumi(*arguments: str) -> Any:
    """What a `pulumi` command answers in JSON; its own words go to the terminal when it fails."""
    command = [str(Path(sys.prefix) / "bin" / "pulumi"), *arguments]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


if __name__ == "__main__":
    main(sys.argv[1])
