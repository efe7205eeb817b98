"""The whole path, dev -> staging -> prod, with the real engine and one local DLI: what goes, what is refused, what is
taken back."""

import json

import pytest

from dli_provider.promotion.layout import Layout
from dli_provider.workspace.case_run import CaseOutcome
from dli_provider.workspace.testing import ProofBench
from tests.promotion.shop import Shop
from tests.support import golden

pytestmark = pytest.mark.engine


def test_a_good_release_goes_all_the_way_and_back(
    shop: Shop, projects: dict[str, str], update_goldens: bool
) -> None:
    shop.up("dev")
    told = shop.promote("dev", "staging")
    assert told.lines("count: CREATE"), "the review of a target that has nothing yet"
    shop.commit("Promote to staging")
    shop.up("staging")
    shop.promote("staging", "prod", "--up")
    shop.commit("Promote to prod")
    assert shop.job(projects["prod"], "enrich").definition["parallel_number"] == 2, "twice the release's"

    # Another column, which goes before the jobs that may come to read it.
    shop.write(more="channel")
    shop.commit("Orders know their channel")
    told = shop.promote("dev", "staging", "--dry-run", code=1)
    assert told.lines("NO", "deployed", "enrich", "another sql_body than the release; deploy it first")
    assert shop.git("status", "--porcelain") == ""
    shop.up("dev")
    told = shop.promote("dev", "staging")
    assert told.lines("enrich goes first")
    assert told.lines("enrich: RESTART", "state carried")
    golden.check("engine/promotion.diff", shop.diff(), update=update_goldens)
    shop.commit("Promote the channel")

    seen = shop.dli.cursor()
    shop.up("staging")
    names = {str(job.job_id): job.name for job in shop.dli.jobs(projects["staging"])}
    updates = [
        names[entry.path.rsplit("/", 1)[-1]]
        for entry in shop.dli.writes(seen, project=projects["staging"])
        if entry.method == "PUT" and entry.path.rsplit("/", 1)[-1] in names
    ]
    assert updates == ["enrich", "count"], "the pull request's order is the deployment's"

    compared = shop.compared("dev", "prod")["enrich"]
    kinds = {each["field"]: each["kind"] for each in compared["differences"]}
    assert kinds == {
        "sql_body": "release",
        "queue_name": "environment",
        "obs_bucket": "environment",
        "parallel_number": "environment",
    }
    assert (compared["lag"]["behind"], compared["lag"]["changes"]) == ("prod", 1)

    before = shop.job(projects["prod"], "enrich").definition_digest
    shop.promote("staging", "prod", "--up")
    shop.commit("Promote the channel to prod")
    assert shop.job(projects["prod"], "enrich").definition_digest != before

    told = shop.promote("--revert", "prod", "--up")
    assert told.lines("enrich: RESTART", "state carried"), "the state fate of going back"
    assert shop.job(projects["prod"], "enrich").definition_digest == before
    assert shop.job(projects["prod"], "enrich").status == "job_running"
    shop.commit("Take the channel back")
    assert shop.promote("--check").lines("ok", "prod")


def test_a_stack_that_demands_tests_takes_no_version_without_them(shop: Shop) -> None:
    (shop.folder / "stacks/promotion.yaml").write_text(
        "path: [dev, staging]\nsoak: 0s\ndemands: {staging: [tests]}\n"
    )
    tests = shop.folder / "stacks/tests"
    tests.mkdir()
    for job, sink in (("enrich", "enriched"), ("count", "counted")):
        (tests / f"{job}.yaml").write_text(f'- name: nothing comes of nothing\n  expect: {{{sink}: ""}}\n')
    (shop.folder / ".gitignore").write_text("__pycache__\n.dli\n")
    shop.commit("Demand tests")
    shop.up("dev")
    told = shop.promote("dev", "staging", "--dry-run", code=1)
    assert len(told.lines("NO", "tests", "its tests have not run for this version")) == 2
    assert told.lines("The gate says no (2)")

    bench = ProofBench(Layout.of(shop.folder), "dev")
    for held in bench.jobs():
        bench.record(held, [CaseOutcome(held.cases[0], "passed", 0.1)])
    told = shop.promote("dev", "staging")
    assert len(told.lines("ok", "tests", "1 test passed")) == 2
    noted = json.loads((shop.folder / "stacks/releases/staging/manifest.json").read_text())["jobs"]
    assert [each["tests"]["passed"] for each in noted.values()] == [1, 1]


def test_a_release_that_is_not_well_or_not_itself_is_refused(shop: Shop, projects: dict[str, str]) -> None:
    shop.up("dev")
    shop.promote("dev", "staging")
    shop.commit("Promote to staging")
    shop.write(parallel=2)
    shop.commit("More parallelism")
    shop.up("dev")
    enrich = shop.job(projects["dev"], "enrich")

    # Somebody changes it by hand.
    shop.dli.change_job(projects["dev"], enrich.job_id, definition={"parallel_number": 3})
    told = shop.promote("dev", "staging", code=1)
    assert told.lines("NO", "no drift", "enrich", "somebody changed parallel_number behind Pulumi's back")
    assert shop.git("status", "--porcelain") == "", "a refusal changes nothing"

    # It is as it was again, but fails.
    shop.dli.change_job(
        projects["dev"],
        enrich.job_id,
        definition={"parallel_number": 2},
        status="job_running_exception",
        status_desc="division by zero",
    )
    told = shop.promote("dev", "staging", code=1)
    assert told.lines("NO", "healthy", "enrich", "job_running_exception: division by zero")
    assert told.lines("ok", "no drift", "enrich")
    assert shop.git("status", "--porcelain") == ""

    # It is urgent all the same, and that is written down.
    shop.promote("dev", "staging", "--force", "--because", "the queue was full by hand")
    assert '"because": "the queue was full by hand"' in shop.git("diff")
    shop.commit("Promote by force")

    # Somebody edits staging's release.
    shop.write(parallel=8, stack="staging")
    told = shop.promote("--check", code=1)
    assert told.lines("NO", "staging", "enrich: its files were edited by hand")
