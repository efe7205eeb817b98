"""Somebody's own Pulumi project with releases, in git, with three stacks on three projects of one local DLI."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dli_provider.emulator.job_views import JobView
from dli_provider.emulator.server import Emulator
from tests.support.json_documents import valid
from tests.support.pulumi_project import interpreter

BIN = Path(sys.prefix) / "bin"
STACKS = ("dev", "staging", "prod")
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "promotion.md"

_PATIENCE = 120.0  # seconds for one command, on a machine that has much else to do

ENRICH = """-- Orders with their customer's country.
CREATE TABLE orders (id STRING, country STRING{more}) WITH (
  'connector' = 'kafka', 'topic' = '@{{prefix}}.orders', 'properties.group.id' = '@{{prefix}}.enrich',
  'properties.bootstrap.servers' = 'kafka:9092', 'format' = 'json'
);
CREATE TABLE enriched (id STRING, country STRING{more}) WITH (
  'connector' = 'kafka', 'topic' = '@{{prefix}}.enriched',
  'properties.bootstrap.servers' = 'kafka:9092', 'format' = 'json'
);
INSERT INTO enriched SELECT id, country{names} FROM orders;
"""
COUNT = """-- Orders by country.
CREATE TABLE enriched (id STRING, country STRING) WITH (
  'connector' = 'kafka', 'topic' = '@{prefix}.enriched', 'properties.group.id' = '@{prefix}.count',
  'properties.bootstrap.servers' = 'kafka:9092', 'format' = 'json'
);
CREATE TABLE counted (country STRING, orders BIGINT, PRIMARY KEY (country) NOT ENFORCED) WITH (
  'connector' = 'upsert-kafka', 'topic' = '@{prefix}.counted',
  'properties.bootstrap.servers' = 'kafka:9092', 'key.format' = 'json', 'value.format' = 'json'
);
INSERT INTO counted SELECT country, COUNT(*) AS orders FROM enriched GROUP BY country;
"""
SETTINGS = """flink_version: "1.15"
parallel_number: {parallel}
checkpoint_enabled: true
checkpoint_interval: 1
health_window: 0
"""


@dataclass(frozen=True)
class Printed:
    """What a command said, on its standard output and in all, and how it ended."""

    out: str
    text: str
    code: int

    def lines(self, *words: str) -> list[str]:
        """The lines that have all these words."""
        return [line for line in self.text.splitlines() if all(word in line for word in words)]


@dataclass(frozen=True)
class Shop:
    """The project; every command is one that a user can type."""

    folder: Path
    dli: Emulator
    environ: Mapping[str, str] = field(default_factory=dict)
    """What commands see beside the usual."""

    @classmethod
    def make(
        cls, root: Path, dli: Emulator, projects: dict[str, str], environ: Mapping[str, str] | None = None
    ) -> Shop:
        """A project with its program, its environments and dev's first release, all committed. Nothing is deployed."""
        folder = root / "shop"
        (folder / "stacks").mkdir(parents=True)
        (root / "state").mkdir()
        shop = cls(folder, dli, environ or {})
        (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\nstackConfigDir: stacks\n")
        (folder / "__main__.py").write_text(_program())
        (folder / "stacks" / "promotion.yaml").write_text(f"path: [{', '.join(STACKS)}]\nsoak: 0.2s\n")
        (folder / ".gitignore").write_text("__pycache__\n")
        for stack in STACKS:
            (folder / "stacks" / f"Pulumi.{stack}.yaml").write_text(
                f"config:\n  dli:endpoint: {dli.url}\n  dli:projectId: {projects[stack]}\n"
                f"  shop:queue_name: q_{stack}\n  shop:obs_bucket: b-{stack}\n"
                f"  shop:scale: '{2 if stack == 'prod' else 1}'\n  sql:prefix: {stack}\n"
            )
        shop.write()
        shop.git("init", "--quiet", "--initial-branch", "main")
        shop.commit("Begin")
        for stack in STACKS:
            shop.did("pulumi", "stack", "init", stack)
        return shop

    def write(self, *, more: str = "", parallel: int = 1, stack: str = "dev") -> None:
        """Edit a release: another column, another parallelism."""
        folder = self.folder / "stacks" / "releases" / stack
        folder.mkdir(parents=True, exist_ok=True)
        columns, names = (f", {more} STRING", f", {more}") if more else ("", "")
        (folder / "enrich.sql").write_text(ENRICH.format(more=columns, names=names))
        (folder / "count.sql").write_text(COUNT)
        (folder / "enrich.yaml").write_text(SETTINGS.format(parallel=parallel))
        (folder / "count.yaml").write_text(SETTINGS.format(parallel=2 if more else 1))

    def commit(self, message: str) -> None:
        """Commit everything: what a merged pull request is."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def up(self, stack: str) -> Printed:
        """`pulumi up`."""
        return self.did(
            "pulumi", "up", "--yes", "--skip-preview", "--refresh", "--suppress-progress", "--stack", stack
        )

    def promote(self, *words: str, code: int = 0) -> Printed:
        """`dli promote`, which must end with this code."""
        told = self.run("dli", "promote", *words)
        assert told.code == code, told.text
        assert "Traceback" not in told.text
        return told

    def compared(self, one: str, other: str) -> dict[str, dict[str, Any]]:
        """`dli compare --json`, by job."""
        told = self.run("dli", "compare", one, other, "--json")
        jobs: list[dict[str, Any]] = valid("compare", told.out)["jobs"]
        return {job["job"]: job for job in jobs}

    def job(self, project: str, name: str) -> JobView:
        """A live job, as the local DLI has it."""
        return next(job for job in self.dli.jobs(project) if job.name == name)

    def diff(self) -> list[str]:
        """The pull request, without what differs from run to run."""
        text = self.git("diff")
        for pattern, word in (
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>"),
            (r'"commit": "[0-9a-f]{12}"', '"commit": "<commit>"'),
            (r"(?m)^index .*$", "index"),
        ):
            text = re.sub(pattern, word, text)
        return text.splitlines()

    def git(self, *words: str) -> str:
        return self.did("git", *words).text

    def did(self, *words: str) -> Printed:
        """A command that must succeed."""
        told = self.run(*words)
        assert told.code == 0, f"{' '.join(words)}:\n{told.text}"
        return told

    def run(self, *words: str) -> Printed:
        """Any command, as typed in the project's folder."""
        root = self.folder.parent
        environ = {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(root),
            "PULUMI_HOME": str(root / "home"),
            "PULUMI_BACKEND_URL": f"file://{root / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_PYTHON_CMD": interpreter(),
            **{
                f"GIT_{who}_{what}": "test@test"
                for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
            **self.environ,
        }
        engine = Path(sys.prefix) / "libexec" / "pulumi"
        command = {"dli": str(BIN / "dli"), "pulumi": str(engine) if engine.exists() else "pulumi"}
        color = ["--color", "never", "--non-interactive"] if words[0] == "pulumi" else []
        with subprocess.Popen(
            [command.get(words[0], words[0]), *words[1:], *color],
            cwd=self.folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                out, errors = process.communicate(timeout=_PATIENCE)
            except subprocess.TimeoutExpired:
                # With the engine, its plugins and programs: any of them would hold our pipes and the stack's lock.
                os.killpg(process.pid, signal.SIGKILL)
                out, errors = process.communicate()
                raise AssertionError(f"{' '.join(words)} hung:\n{out}{errors}") from None
        return Printed(out, out + errors, process.returncode)


def _program() -> str:
    """The program that the document tells people to write."""
    match = re.search(r"^```python\n(.*?)^```", DOCUMENT.read_text(), re.M | re.S)
    assert match, "docs/promotion.md has the program of a project of one's own"
    return match[1]
