"""Somebody's Pulumi project: a folder with a program, a file backend of its own, and the real engine.

Nothing here knows what the provider does; everything is what a user can type.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from dli_provider.pulumi.property_bags import JOB_TYPES

PROGRAM = """import json
from dli_provider import FlinkSqlJob

for name, arguments in json.load(open("jobs.json")).items():
    FlinkSqlJob(name, **arguments)
"""
"""Declares what is written in jobs.json, so that an edit of a job is an edit of a file."""

PLUGIN_JOB = """import pulumi


class _Resource(pulumi.CustomResource):
    outputs = ("name", "place")

    def __init__(self, resource_name, opts=None, **arguments):
        kind = type(self).__name__
        other = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=f"pulumi-python:dynamic/dli:{kind}")])
        opts = pulumi.ResourceOptions.merge(opts, other)
        super().__init__(f"dli:index:{kind}", resource_name, dict.fromkeys(self.outputs) | arguments, opts)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return pulumi.Output.from_input(None)


class FlinkSqlJob(_Resource):
    outputs = (*_Resource.outputs, "job_id", "status", "status_desc", "savepoints")


class FlinkTemplate(_Resource):
    outputs = (*_Resource.outputs, "template_id")
"""
"""The resources of the second door, as a package that is generated for it would have them."""
_FIRST, _SECOND = "from dli_provider import Flink", "from plugin_job import Flink"

YES = ("--yes", "--skip-preview", "--suppress-progress")
FRAMES = re.compile(r"Traceback|\.py\", line|KeyError|TypeError|ValidationError")
"""What no user ever sees, unless asked for."""

_PLUGIN = re.compile(r" pulumi\.dynamic |/pulumi-resource-dli ")
_PATIENCE = 180.0


@cache
def interpreter() -> str:
    """The Python that engines are to use: this one, which knows by heart what is installed.

    Pulumi's language host asks `python -m pip list` before every operation, and that takes longer than all else that
    Python does then. Nothing is installed while tests run, so pip is asked once and its answer is repeated.
    """
    folder = Path(tempfile.mkdtemp(prefix="python-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    question = ("-m", "pip", "list", "-v", "--format", "json")
    answer, python = folder / "packages.json", folder / "python"
    answer.write_bytes(subprocess.run([sys.executable, *question], check=True, capture_output=True).stdout)
    repeat = f'if [ "$*" = "{" ".join(question)}" ]; then exec cat "{answer}"; fi'
    python.write_text(f'#!/bin/sh\n{repeat}\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return str(python)


def language_host(language: str) -> str | None:
    """The engine's program for programs in a language, where it is installed: Pulumi's release brings them all along,
    an engine that was built here only Python's."""
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]])
    return shutil.which(f"pulumi-language-{language}", path=path)


@dataclass(frozen=True)
class Told:
    """What a command said, both streams, and how it ended."""

    text: str
    code: int

    @property
    def diagnostics(self) -> str:
        """What stands under Diagnostics: the messages of every resource, each once."""
        _, _, rest = self.text.partition("Diagnostics:\n")
        found = re.split(r"\n(?:Resources|Outputs|Duration):", rest)[0].strip("\n")
        return "\n".join(_by_the_first_door(found.splitlines()))

    @property
    def said(self) -> list[str]:
        """The lines that the provider said, without those of the engine."""
        lines = [line.strip() for line in self.diagnostics.splitlines()]
        return [line.removeprefix("info: ") for line in lines if line and not line.startswith("pulumi")]

    @property
    def changes(self) -> dict[str, int]:
        """The counts under Resources: `{"created": 1, "unchanged": 1}`; "to create" is "create"."""
        _, _, rest = self.text.partition("\nResources:\n")
        found = re.findall(r"(\d+) (?:to )?([a-z]+)", rest.split("\nDuration")[0])
        return {what: int(number) for number, what in found if what != "changes"}

    def step(self, resource: str) -> str:
        """What the engine says it does to a resource, in the last line about it: `update [diff: ~desc]`."""
        found = re.findall(rf"^ *[-+~=<>]* +\S+ {re.escape(resource)} (.*)$", self.text, re.M)
        return str(found[-1]).strip() if found else ""


def _by_the_first_door(lines: Sequence[str]) -> Iterator[str]:
    """The lines under Diagnostics as they would be by the first door. By the second one the engine says where it found
    the plugin, and puts a line at its own row instead of writing "info: " before it."""
    own_row = False
    for line in lines:
        if heading := re.match(r"  (\S+) \(.*\):$", line):
            own_row = heading[1].startswith("dli:index:")
        elif own_row and re.match(r"    (?!warning: |error: )\S", line):
            line = f"    info: {line.strip()}"
        if "warning: using pulumi-" not in line:
            yield line.replace("dli:index:", "pulumi-python:dynamic/dli:")


class Command:
    """A command of the engine that runs: in a process group of its own, as a shell would start it."""

    def __init__(self, command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> None:
        self._left: list[psutil.Process] = []
        self._output = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it lives as long as the command
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def plugin(self) -> psutil.Process:
        """The process that the provider runs in."""
        (plugin,) = (each for each in self._family() if _PLUGIN.search(" ".join(each.cmdline()[:5])))
        return plugin

    def kill(self) -> None:
        """Kill -9 of the engine alone."""
        self._left = self._family()
        self.process.kill()

    def interrupt(self) -> None:
        """Ctrl-C in the terminal: every process of the foreground group gets it."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> Told:
        """Wait for its end; what it said. The language host, which outlives a killed engine, is ended too."""
        code = self.process.wait(_PATIENCE)
        for process in self._left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        with self._output:
            self._output.seek(0)
            return Told(self._output.read(), code)

    def _family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@dataclass
class PulumiProject:
    """A project with one stack. Commands that fail unexpectedly fail the test, with all they said."""

    folder: Path
    environ: dict[str, str]
    door: str = "dynamic"

    @classmethod
    def make(
        cls, root: Path, environ: Mapping[str, str], name: str = "shop", door: str = "dynamic"
    ) -> PulumiProject:
        """A new project with an empty stack; `environ` is added to the bare minimum. Its programs declare jobs by this
        door: "dynamic" or "plugin"."""
        folder, backend = root / "program", root / "state"
        for each in (folder, backend):
            each.mkdir(parents=True)
        (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        here = Path(sys.prefix)
        base = {
            "PATH": os.pathsep.join([str(here / "bin"), os.environ["PATH"]]),
            "HOME": str(root),
            "PULUMI_HOME": str(root / "home"),
            "PULUMI_BACKEND_URL": f"file://{backend}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_PYTHON_CMD": interpreter(),
            # Whether a Flink lies in the cache of this machine must not decide what a test sees.
            "DLI_JUDGE": "text",
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),  # so that another checkout can be tried
        }
        project = cls(folder, dict(environ) | base, door)
        (folder / "plugin_job.py").write_text(PLUGIN_JOB)
        project.program(PROGRAM)
        project.declare()
        project.pulumi("stack", "init", "test")
        return project

    # -- the program -----------------------------------------------------------------------------------------------

    def program(self, text: str) -> None:
        """Write the program itself, as it is by the first door."""
        (self.folder / "__main__.py").write_text(
            text if self.door == "dynamic" else text.replace(_FIRST, _SECOND)
        )

    def declare(self, **jobs: Mapping[str, Any]) -> None:
        """Write the jobs that `PROGRAM` declares: arguments by the name of the resource."""
        (self.folder / "jobs.json").write_text(json.dumps(jobs, indent=1))

    # -- commands --------------------------------------------------------------------------------------------------

    def up(self, *flags: str, fails: bool = False) -> Told:
        """`pulumi up`, without the preview before it."""
        return self.pulumi("up", *YES, *flags, fails=fails)

    def preview(self, *flags: str, fails: bool = False) -> Told:
        return self.pulumi("preview", "--suppress-progress", *flags, fails=fails)

    def refresh(self, *flags: str, fails: bool = False) -> Told:
        return self.pulumi("refresh", *YES, *flags, fails=fails)

    def destroy(self, *flags: str, fails: bool = False) -> Told:
        return self.pulumi("destroy", *YES, *flags, fails=fails)

    def config(self, key: str, value: str, *, secret: bool = False) -> None:
        self.pulumi("config", "set", key, value, *(["--secret"] if secret else []))

    def pulumi(self, *arguments: str, fails: bool = False) -> Told:
        """Any command of the engine, to its end."""
        told = self.begin(*arguments).end()
        said = f"pulumi {' '.join(arguments)} ended with {told.code}:\n{told.text}"
        assert (told.code != 0) == fails, said
        assert "DLI_DEBUG" in self.environ or not FRAMES.search(told.text), said
        return told

    def begin(self, *arguments: str) -> Command:
        """Any command of the engine, in the background."""
        # The engine itself, not the checkout's own `pulumi`, which is a script around it.
        engine = Path(sys.prefix) / "libexec" / "pulumi"
        command = [str(engine) if engine.exists() else "pulumi", "--color", "never", "--non-interactive"]
        return Command([*command, *arguments], self.folder, self.environ)

    # -- what the engine remembers ----------------------------------------------------------------------------------

    def export(self) -> dict[str, Any]:
        """The exported deployment."""
        exported: dict[str, Any] = json.loads(self.pulumi("stack", "export").text)["deployment"]
        return exported

    def resources(self) -> dict[str, dict[str, Any]]:
        """The jobs in the state, by the name of the resource."""
        found = self.export().get("resources", [])
        return {each["urn"].split("::")[-1]: each for each in found if each["type"] in JOB_TYPES}

    def outputs(self, resource: str) -> dict[str, Any]:
        """The outputs of one job in the state."""
        outputs: dict[str, Any] = self.resources()[resource]["outputs"]
        return outputs
