"""The recipes for CI: their steps run as the runner runs them, against something that answers as the service does.

`dli` is a stand-in that leaves what a review leaves; the real one is tried elsewhere, with the same options.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml  # type: ignore[import-untyped]  # comes with Pulumi, without types
from click.testing import CliRunner

from dli_provider.cli import cli
from dli_provider.cli.review import group

RECIPES = Path(__file__).parents[2] / "docs" / "ci"
GITHUB = yaml.safe_load((RECIPES / "github-actions.yml").read_text())
GITLAB = yaml.safe_load((RECIPES / "gitlab-ci.yml").read_text())
DEPLOY = yaml.safe_load((RECIPES / "github-deploy.yml").read_text())
HOOK = yaml.safe_load((RECIPES / "pre-commit-config.yaml").read_text())

DLI = """#!/bin/sh
echo "$@" > asked.txt
echo "the review says no" >&2
[ -n "$REPORT" ] && echo "$REPORT" > review.md
exit ${CODE:-0}
"""
# `gh api` as far as the recipe uses it: comments are files, named by their ids.
GH = """#!/usr/bin/env python3
import json, pathlib, re, sys
held = pathlib.Path("comments")
held.mkdir(exist_ok=True)
arguments = sys.argv[2:]
body = next((pathlib.Path(each[6:]).read_text() for each in arguments if each.startswith("body=@")), None)
if "PATCH" in arguments:
    (held / arguments[2].rsplit("/", 1)[1]).write_text(body)
elif body is not None:
    (held / str(100 + len(list(held.iterdir())))).write_text(body)
else:
    mark = re.search(r'startswith\\("(.*)"\\)', arguments[arguments.index("--jq") + 1])[1]
    print("\\n".join(sorted(each.name for each in held.iterdir() if each.read_text().startswith(mark))))
"""


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """A folder to run steps in, with the commands they call."""
    for name, text in (("dli", DLI), ("gh", GH)):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    return tmp_path


def run(folder: Path, script: str, **environ: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": path, "STACK": "prod", "FAIL_ON": "at-risk", **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def options(asked: str) -> list[str]:
    """The options of a call of `dli review`, which must be some that it knows."""
    command, *given = asked.split()
    assert command == "review"
    told = CliRunner().invoke(group, [*given, "--help"])
    assert told.exit_code == 0, told.output
    return given


def github(folder: Path, report: str, code: int) -> int:
    """The steps Review, Comment and Verdict; the exit code of the last."""
    steps = {each.get("name"): each.get("run") for each in GITHUB["jobs"]["review"]["steps"]}
    output = folder / "output.txt"
    output.write_text("")
    place = {"GITHUB_OUTPUT": str(output), "GITHUB_REPOSITORY": "acme/shop", "NUMBER": "7"}
    for name in ("Review", "Comment"):
        done = run(folder, steps[name], REPORT=report, CODE=str(code), **place)
        assert done.returncode == 0, done.stderr
    verdict = steps["Verdict"].replace(
        "${{ steps.review.outputs.code }}", output.read_text().strip()[len("code=") :]
    )
    return run(folder, verdict).returncode


def test_github_has_one_comment_that_is_updated_and_fails_by_threshold(runner: Path) -> None:
    assert github(runner, "**1 of 2 jobs changes**", 1) == 1
    (comment,) = (runner / "comments").iterdir()
    assert comment.read_text() == "<!-- dli review of prod -->\n**1 of 2 jobs changes**\n"
    assert "--fail-on at-risk" in " ".join(options((runner / "asked.txt").read_text()))
    assert github(runner, "**Nothing changes**", 0) == 0
    (comment,) = (runner / "comments").iterdir()
    assert "Nothing changes" in comment.read_text()


def test_github_says_why_there_is_no_report(runner: Path) -> None:
    assert github(runner, "", 2) == 2
    (comment,) = (runner / "comments").iterdir()
    assert "could not be made" in comment.read_text()
    assert "    the review says no" in comment.read_text()


def test_both_recipes_run_the_same_tests_and_rehearsals() -> None:
    steps = [each.get("run", "") for each in GITHUB["jobs"]["tests"]["steps"]]
    ran = {"github": steps, "gitlab": GITLAB["dli-test"]["script"]}
    for recipe, lines in ran.items():
        (words,) = (line.split() for line in lines if line.startswith("dli test"))
        assert words[2:] == ["--junit", "tests.xml"], recipe
        told = CliRunner().invoke(cli, [*words[1:], "--help"])
        assert told.exit_code == 0, told.output
    assert GITLAB["dli-test"]["artifacts"]["reports"] == {"junit": "tests.xml"}
    assert "env" not in GITHUB["jobs"]["tests"], "tests get no credentials"
    reviews = (
        next(each["run"] for each in GITHUB["jobs"]["review"]["steps"] if each.get("name") == "Review"),
        GITLAB["dli-review"]["script"][-1],
    )
    one, other = (
        next(line.strip() for line in text.splitlines() if line.strip().startswith("dli review"))
        for text in reviews
    )
    assert one == other
    assert "--rehearse" in options(
        one.partition(" 2>")[0].removeprefix("dli ").replace('"', "").replace("$FAIL_ON", "at-risk")
    )


class _Notes(BaseHTTPRequestHandler):
    """The notes of one merge request, as GitLab's API serves them."""

    def do_GET(self) -> None:
        self._answer([{"id": key, "body": body} for key, body in self._held().items()])

    def do_POST(self) -> None:
        held = self._held()
        held[100 + len(held)] = self._body()
        self._answer({})

    def do_PUT(self) -> None:
        self._held()[int(self.path.rpartition("/")[2])] = self._body()
        self._answer({})

    def _held(self) -> dict[int, str]:
        assert self.headers["PRIVATE-TOKEN"] == "token"
        held: dict[int, str] = self.server.notes  # type: ignore[attr-defined]
        return held

    def _body(self) -> str:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        return parse_qs(text)["body"][0]

    def _answer(self, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def gitlab() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Notes)
    server.notes = {1: "somebody's"}  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_gitlab_has_one_note_that_is_updated_and_fails_by_threshold(
    runner: Path, gitlab: ThreadingHTTPServer
) -> None:
    place = {
        "CI_API_V4_URL": f"http://127.0.0.1:{gitlab.server_port}",
        "CI_PROJECT_ID": "1",
        "CI_MERGE_REQUEST_IID": "2",
        "GITLAB_TOKEN": "token",
        "no_proxy": "127.0.0.1",
    }
    script = GITLAB["dli-review"]["script"][-1]
    assert run(runner, script, REPORT="**1 of 2 jobs changes**", CODE="1", **place).returncode == 1
    assert run(runner, script, REPORT="**Nothing changes: a & b**", CODE="0", **place).returncode == 0
    notes = gitlab.notes  # type: ignore[attr-defined]
    assert notes == {1: "somebody's", 101: "<!-- dli review of prod -->\n**Nothing changes: a & b**\n"}


def test_the_hook_calls_what_there_is() -> None:
    (hook,) = HOOK["repos"][0]["hooks"]
    program, *asked = hook["entry"].split()
    assert program == "dli"
    assert "--offline" in options(" ".join(asked))
    assert hook["pass_filenames"] is False


def test_a_plan_comes_only_from_a_job_that_the_author_of_a_change_cannot_change() -> None:
    """YAML reads the key `on` as true."""
    assert DEPLOY[True] == {"push": {"branches": ["main"]}}
    plan, deploy = DEPLOY["jobs"]["plan"], DEPLOY["jobs"]["deploy"]
    assert deploy["needs"] == "plan"
    assert (plan["environment"], deploy["environment"]) == ("review-prod", "prod")
    for recipe in ("github-actions.yml", "gitlab-ci.yml"):
        assert "plan.json" not in (RECIPES / recipe).read_text()


def test_only_the_plan_that_was_approved_is_deployed(runner: Path) -> None:
    steps = {
        each.get("name"): each.get("run")
        for name in ("plan", "deploy")
        for each in DEPLOY["jobs"][name]["steps"]
    }
    (runner / "plan.json").write_text("{}")
    output, summary = runner / "output.txt", runner / "summary.md"
    told = run(
        runner, steps["Review"], REPORT="**1**", GITHUB_OUTPUT=str(output), GITHUB_STEP_SUMMARY=str(summary)
    )
    assert told.returncode == 0, told.stderr
    given = options((runner / "asked.txt").read_text())
    assert given[given.index("--save") + 1] == "plan.json"
    digest = hashlib.sha256(b"{}").hexdigest()
    assert output.read_text() == f"digest={digest}\n"
    assert summary.read_text() == f"**1**\n\nplan.json: sha256 {digest}\n"

    check = steps["Is it the plan that was approved?"]
    assert run(runner, check, DIGEST=digest).returncode == 0
    (runner / "plan.json").write_text("{} ")
    assert run(runner, check, DIGEST=digest).returncode != 0
    assert run(runner, check, DIGEST="").returncode != 0

    pulumi = runner / "bin" / "pulumi"
    pulumi.write_text('#!/bin/sh\necho "$DLI_REVIEWED $@" > deployed.txt\n')
    pulumi.chmod(0o755)
    assert run(runner, steps["Deploy"]).returncode == 0
    assert (runner / "deployed.txt").read_text() == f"{runner}/plan.json up --stack prod --yes\n"
