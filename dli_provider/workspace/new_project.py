"""Begins a project: the files of one that works against the local DLI as it is, and its stack. Writes nothing over."""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final

from dli_provider.workspace import Failed, Unusable, pulumi_command

STACK: Final = "dev"

_SAMPLE: Final = {
    "Pulumi.yaml": """\
name: $name
description: Flink SQL jobs on Huawei Cloud DLI
runtime: python
stackConfigDir: stacks
options:
  refresh: always # a job that was stopped, changed or deleted by hand is noticed, and brought back
""",
    "__main__.py": '''\
"""The Pulumi program of every stack: the jobs in stacks/releases/<stack>/, as stacks/Pulumi.<stack>.yaml has them."""

import pulumi

from dli_provider.program import declare_jobs

for name, job in declare_jobs().items():
    pulumi.export(name, job.job_id)
''',
    "stacks/Pulumi.dev.yaml": """\
config:
  # Where DLI is: the local one. For the real one name dli:region instead of the endpoint, and your project's id.
  dli:endpoint: $endpoint
  dli:projectId: $project_id
  # Where the jobs of this stack run, and how big they are.
  $name:queue_name: q_dev
  $name:obs_bucket: $name-state-dev
  $name:cu_number: "2"
  # What @{rate} in the SQL stands for.
  sql:rate: "10"
""",
    "stacks/promotion.yaml": """\
# Which way releases go. `dli init --stack staging` makes the second stack, with a config like that of the first.
path: [dev, staging, prod]
soak: 1m # how long a version must have run before it moves on; for trying. For real work until its faults have shown
""",
    "README.md": """\
# $name

Flink SQL jobs on Huawei Cloud DLI, by Pulumi and dli-provider. After a checkout, in a virtual environment:

```sh
pip install -r requirements.txt
. ./.envrc                          # in each new shell
dli emulator start                  # the local DLI that stack dev names
pulumi stack select --create dev
pulumi up
```

`dli status` shows the jobs, `dli doctor` says what is missing. Change a job in stacks/releases/dev/; then `dli review`
says what that would do to it, and `pulumi up` does it. `dli test` runs its tests.

`dli init --stack staging` makes another stack, and `dli promote dev staging` moves what runs well there.
""",
    "stacks/releases/dev/clicks.sql": """\
-- Clicks by page. A made-up source, so that it runs anywhere: put your own in its place.
CREATE TABLE clicks (page INT) WITH (
  'connector' = 'datagen', 'rows-per-second' = '@{rate}', 'fields.page.min' = '1', 'fields.page.max' = '9'
);
CREATE TABLE pages (page INT, clicks BIGINT) WITH ('connector' = 'print');
INSERT INTO pages SELECT page, COUNT(*) AS clicks FROM clicks GROUP BY page;
""",
    "stacks/releases/dev/clicks.yaml": """\
# yaml-language-server: $$schema=../../schemas/release-settings.json
desc: How often each page is clicked
flink_version: "1.15"
parallel_number: 1
checkpoint_enabled: true # without checkpoints there is no savepoint, and a change would lose the counts
checkpoint_interval: 60
idle_state_retention: 86400 # seconds: a page that nobody clicks for a day is forgotten, or state would grow without end
restart_when_exception: true
resume_checkpoint: true
""",
}

_TESTS: Final = {
    "stacks/tests/clicks.yaml": """\
# yaml-language-server: $$schema=../schemas/job-tests.json
# Rows in, rows out: `dli test` runs this on a real Flink here (Java 17 needed; Flink is fetched).
- name: each page has its own count
  given:
    clicks: |
      page
      1
      2
      1
  expect:
    pages: |
      page | clicks
      1    | 2
      2    | 1
""",
}

_LIVE: Final = {
    "Pulumi.yaml": _SAMPLE["Pulumi.yaml"],
    "__main__.py": '''\
"""The Pulumi program: the jobs that `dli generate` found, declared as they are. `pulumi up` takes them over."""

import live.jobs  # noqa: F401
''',
    "live/__init__.py": "",
    "README.md": """\
# $name

Flink SQL jobs on Huawei Cloud DLI, by Pulumi and dli-provider. After a checkout, in a virtual environment:

```sh
pip install -r requirements.txt
. ./.envrc                          # in each new shell; DLI's credentials are yours to set
pulumi stack select --create dev
pulumi up
```

`dli status` shows the jobs, `dli doctor` says what is missing, `dli review` what a change would do. The jobs are in
live/jobs.py and the SQL beside it.
""",
    "stacks/Pulumi.dev.yaml": """\
config:
$where
""",
}

_GITIGNORE: Final = ".gitignore"
_ALWAYS: Final = {
    _GITIGNORE: "/.dli/\n/.venv/\n__pycache__/\n",
    "requirements.txt": "dli-provider[emulator]\n",
    ".envrc": """\
# `. ./.envrc` in this folder (direnv does it by itself): Pulumi's state is kept in .dli/ here, under a passphrase that
# is no secret. For real work name your own backend and passphrase or secrets provider instead, and drop these two.
mkdir -p "$$PWD/.dli/backend"
export PULUMI_BACKEND_URL="file://$$PWD/.dli/backend"
export PULUMI_CONFIG_PASSPHRASE="local-demo"
# Without this a refresh speaks to DLI with the endpoint and the credentials of the last deployment.
export PULUMI_RUN_PROGRAM="true"
""",
    ".github/workflows/review.yml": """\
# What a pull request does to running jobs and their state, in the summary of the run. Put the state's backend and
# DLI's credentials into the secrets of the repository.
name: review
on: pull_request
jobs:
  tests: # of the jobs, as functions of rows, on a Flink that is fetched; they need no credentials
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0} # tests of upgrades begin with older versions
      - uses: actions/setup-python@v5
        with: {python-version: "3.12"}
      - uses: actions/setup-java@v4
        with: {distribution: temurin, java-version: "17"}
      - run: pip install -r requirements.txt
      - if: hashFiles('stacks/tests/*.yaml') != ''
        run: dli test
  review:
    runs-on: ubuntu-latest
    env:
      PULUMI_BACKEND_URL: $${{ secrets.PULUMI_BACKEND_URL }}
      PULUMI_CONFIG_PASSPHRASE: $${{ secrets.PULUMI_CONFIG_PASSPHRASE }}
      PULUMI_RUN_PROGRAM: "true"
      HW_ACCESS_KEY: $${{ secrets.HW_ACCESS_KEY }}
      HW_SECRET_KEY: $${{ secrets.HW_SECRET_KEY }}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {python-version: "3.12"}
      - uses: actions/setup-java@v4
        with: {distribution: temurin, java-version: "17"}
      - uses: pulumi/actions@v6
      - run: pip install -r requirements.txt
      - run: dli check --stack dev
      - run: dli review --stack dev --rehearse --format markdown >> "$$GITHUB_STEP_SUMMARY"
""",
}


@dataclass(frozen=True)
class NewProject:
    """What was made: where, under which name, for which DLI; `stack_made` says whether the engine has its stack too."""

    folder: Path
    name: str
    files: tuple[str, ...]
    port: int | None
    stack_made: bool


def project_name(folder: Path, given: str | None) -> str:
    """A name that Pulumi takes, made of the folder's where none is given. Raises Unusable."""
    name = given or re.sub(r"[^a-z0-9_-]+", "-", folder.absolute().name.lower()).strip("-")
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", name) or name in ("dli", "sql"):
        raise Unusable(f"{name!r} cannot be the name of a project; say --name, with letters, digits, - and _")
    return name


def own_project_id(name: str) -> str:
    """A project id for the local DLI, which takes any: each name has its own, so jobs of one name are apart."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def begin(
    folder: Path,
    name: str,
    *,
    local_port: int = 0,
    where: Mapping[str, str] | None = None,
    beside: Iterable[Path] = (),
) -> NewProject:
    """Write the files of a project into a folder, and make its stack. `where` is the config that names a DLI whose live
    jobs are to be declared; without it the project has a sample job, for the local DLI on `local_port`, or another
    where that is taken. `beside` are files that somebody is about to write there too.

    Raises Unusable, before anything is written, where a file is there already; Failed where the engine makes no stack.
    """
    port = None if where else _free_port(local_port)
    values = {
        "name": name,
        "endpoint": f"http://127.0.0.1:{port}",
        "project_id": own_project_id(name),
        "where": "\n".join(f"  {key}: {value}" for key, value in (where or {}).items()),
    }
    texts = {file: Template(text).substitute(values) for file, text in _texts(live=where is not None).items()}
    if (folder / "README.md").exists():
        del texts["README.md"]  # many a new repository begins with one, and the project does without ours
    ignored = _with_what_is_ignored(folder / _GITIGNORE, texts.pop(_GITIGNORE))
    if there := sorted(file for file in {*texts, *map(str, beside)} if (folder / file).exists()):
        raise Unusable(
            f"{folder} has {', '.join(there)} already, and nothing is written over: choose another folder"
        )
    for file, text in {**texts, _GITIGNORE: ignored}.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    return NewProject(folder, name, (*texts, _GITIGNORE), port, _with_stack(folder))


def _with_what_is_ignored(file: Path, ours: str) -> str:
    """The text of `.gitignore`: many a new repository begins with one, and without our lines the state of the local
    stack would be committed. What stands there already stays as it is. Raises Unusable where it cannot be read."""
    if not file.exists():
        return ours
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Unusable(f"{file} cannot be read, and lines must be added to it: {error}") from error
    missing = [line for line in ours.splitlines() if line not in text.splitlines()]
    return text + ("" if text.endswith("\n") or not text else "\n") + "".join(f"{line}\n" for line in missing)


def _texts(*, live: bool) -> dict[str, str]:
    texts = {**(_LIVE if live else {**_SAMPLE, **_TESTS}), **_ALWAYS}
    if not live:
        for name in ("release-settings.json", "job-tests.json"):
            schema = resources.files("dli_provider").joinpath(f"schemas/{name}")
            texts[f"stacks/schemas/{name}"] = schema.read_text(encoding="utf-8").replace("$", "$$")
    return texts


def _with_stack(folder: Path) -> bool:
    """Whether the engine has made the stack, in the backend that `.envrc` names; False where there is no engine."""
    for private in (folder / ".dli", folder / ".dli" / "backend"):
        private.mkdir(mode=0o700, exist_ok=True)
    environ = {
        "PULUMI_BACKEND_URL": f"file://{(folder / '.dli' / 'backend').absolute()}",
        "PULUMI_CONFIG_PASSPHRASE": "local-demo",
    }
    try:
        pulumi_command.run(folder, "stack", "select", "--create", STACK, environ=environ)
    except Unusable:
        return False
    return True


def _free_port(usual: int) -> int:
    """The usual port of the local DLI, or another one where that is taken, as by another project's."""
    for port in (usual, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Failed("this machine has no free port for a local DLI")
