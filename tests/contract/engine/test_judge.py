"""`dli:judge` with the real engine: preview, deployment and review say the same of a change, and who says so."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dli_provider import downloads
from dli_provider.flink.planner import NAME
from dli_provider.flink.provision import Distribution
from tests.support.declared import SQL
from tests.support.site import Site, job

pytestmark = [pytest.mark.engine, pytest.mark.flink]

FILTERED = SQL.replace("FROM clicks", "FROM clicks WHERE v > 2")
UNREAD = SQL.replace("FROM clicks", "FROM (SELECT k, v, v + 1 AS more FROM clicks)")
_REASON = re.compile(r"(?:no operator has the id of )?GroupAggregate\(groupBy=\[k\].*?\(by Flink")


@pytest.fixture
def with_flink(site: Site, distribution: Distribution) -> Site:
    """A project that finds the Flink of this machine, which has been fetched if need be."""
    cache = downloads.cache_folder(os.environ).parent
    site.pulumi.environ |= {"XDG_CACHE_HOME": str(cache), "DLI_JUDGE": "flink"}
    site.pulumi.environ |= {"JAVA_HOME": home} if (home := os.environ.get("JAVA_HOME", "")) else {}
    return site


def review(site: Site, code: int = 0, *more: str) -> tuple[str, str]:
    """The review as JSON, and what was said beside it."""
    command = [str(Path(sys.executable).with_name("dli")), "review", "--format", "json", *more]
    done = subprocess.run(
        command, cwd=site.pulumi.folder, env=site.pulumi.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout, done.stderr


def test_preview_review_and_deployment_say_the_same_and_who_says_so(with_flink: Site) -> None:
    site = with_flink
    site.pulumi.declare(orders=job())
    site.pulumi.up()
    site.pulumi.declare(orders=job(sql_body=FILTERED))
    refused = [
        " ".join(site.pulumi.preview(fails=True).text.split()),
        " ".join(site.pulumi.up(fails=True).text.split()),
        " ".join(json.dumps(json.loads(review(site, 1)[0]), ensure_ascii=False).split()),
    ]
    assert all(f"(by {NAME})" in text for text in refused), refused
    reasons = {found[0] for text in refused if (found := _REASON.search(text))}
    assert len(reasons) == 1, reasons or refused[0]
    # Of this the text cannot know that it is the very same job.
    site.pulumi.declare(orders=job(sql_body=UNREAD))
    reviewed = json.loads(review(site, 0, "--save", "plan.json", "--fail-on", "never")[0])
    ((only,),) = [stack["jobs"] for stack in reviewed["stacks"]]
    assert only["action"] == "NONE"
    assert NAME in (site.pulumi.folder / "plan.json").read_text()
    before = site.job()
    assert "unchanged" in site.pulumi.preview().changes
    site.pulumi.up()
    assert site.job().run == before.run


def test_where_flink_is_demanded_and_is_not_there_it_is_said_once_and_the_text_judges(
    site: Site, tmp_path: Path
) -> None:
    site.pulumi.declare(one=job(), two=job())
    site.pulumi.up()
    site.pulumi.declare(one=job(sql_body=FILTERED), two=job(sql_body=FILTERED))
    nowhere = {"JAVA_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "empty")}
    site.pulumi.environ |= nowhere | {"DLI_JUDGE": "flink"}
    told = site.pulumi.preview(fails=True)
    assert "a filter before the state into sink totals changes" in told.text
    said = [line for line in told.said if "the text judges changes of SQL" in line]
    assert len(said) == 1, told.text
    site.pulumi.environ |= {"DLI_JUDGE": "auto"}
    silent = site.pulumi.preview(fails=True)
    assert "a filter before the state into sink totals changes" in silent.text
    assert "judges" not in silent.text
