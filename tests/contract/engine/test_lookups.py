"""Templates, and look-ups from within a program, under the real engine."""

from __future__ import annotations

import json

import pytest

from dli_provider.connect import connect
from dli_provider.settings import Settings
from tests.support.declared import SQL, SQL_AT_RISK
from tests.support.site import Site, job

pytestmark = pytest.mark.engine

TEMPLATES = """\
import json
import pulumi
from dli_provider import FlinkSqlJob, FlinkTemplate

given = json.load(open("jobs.json"))
template = FlinkTemplate("clicks", **given["template"])
FlinkSqlJob("orders", template_id=template.template_id, **given["orders"])
pulumi.export("template", template.template_id)
"""


def templates(site: Site) -> list[tuple[str, str, str]]:
    with connect(Settings(site.dli.url, site.project_id)) as api:
        return [(found.name, found.desc, found.sql_body) for found in api.templates()]


def test_a_template_is_made_changed_and_deleted_and_a_job_is_made_from_it(site: Site) -> None:
    orders = job(name="orders", sql_body=None)
    site.pulumi.program(TEMPLATES)
    site.pulumi.declare(template={"name": "clicks", "sql_body": SQL, "tags": {"team": "data"}}, orders=orders)
    site.fault("cut_after", "template_create")
    site.pulumi.up()
    assert templates(site) == [("clicks", "", SQL)], "an answer that is lost does not make a second one"
    assert site.job().definition["sql_body"] == SQL

    changed = {"name": "by_key", "desc": "totals", "sql_body": SQL_AT_RISK, "tags": {"team": "data"}}
    site.pulumi.declare(template=changed, orders=orders)
    site.calls()
    assert site.pulumi.up().changes == {"updated": 1, "unchanged": 2}
    assert site.calls() == ["template_update"], "a job keeps the SQL that it was made from"
    assert templates(site) == [("by_key", "totals", SQL_AT_RISK)]

    (template_id,) = json.loads(site.pulumi.pulumi("stack", "output", "--json").text).values()
    with connect(Settings(site.dli.url, site.project_id)) as api:
        api.update_template(template_id, {"desc": "by hand"})
    assert site.pulumi.up("--refresh").changes == {"updated": 1, "unchanged": 2}
    with connect(Settings(site.dli.url, site.project_id)) as api:
        api.delete_template(template_id)
    site.pulumi.refresh()
    assert "clicks" not in {each["urn"].split("::")[-1] for each in site.pulumi.export()["resources"]}

    site.pulumi.declare(template={"name": "no spaces", "tags": {"pulumi_x": "1"}}, orders=orders)
    told = site.pulumi.preview(fails=True)
    assert "must consist of letters" in told.text
    assert "pulumi_x" in told.text
    site.pulumi.destroy()
    assert (site.jobs(), templates(site)) == ([], [])


READER = """\
import pulumi
from dli_provider import FlinkSqlJob, get_flink_sql_jobs, get_queue, get_quotas

found = get_flink_sql_jobs(queue_name="q_stream", tags={"team": "data"})
pulumi.export("names", [each.name for each in found])
pulumi.export("running", [each.id for each in found if each.status == "job_running"])
looked_up = FlinkSqlJob.get("theirs", found[0].id)
pulumi.export("sql", looked_up.sql_body)
pulumi.export("cu", get_queue("q_stream").cu_count)
pulumi.export("quotas", sorted(each.type for each in get_quotas())[:1])
"""


def test_a_program_looks_up_jobs_queues_and_quotas_and_writes_nothing(site: Site) -> None:
    site.dli.add_queue("q_stream", 64, project=site.project_id)
    site.pulumi.declare(a=job(name="a", tags={"team": "data"}), b=job(name="b"))
    site.pulumi.up()
    site.calls()
    reader = site.another("reader")
    reader.pulumi.program(READER)
    reader.pulumi.up()
    told = json.loads(reader.pulumi.pulumi("stack", "output", "--json").text)
    (a,) = [each for each in site.jobs() if each.name == "a"]
    assert told == {
        "names": ["a"],
        "running": [str(a.job_id)],
        "sql": SQL,
        "cu": 64,
        "quotas": told["quotas"],
    }
    reader.pulumi.program('from dli_provider import get_queue\nget_queue("nowhere")\n')
    assert "nowhere" in reader.pulumi.preview(fails=True).text
    assert site.calls() == []
    assert {each.status for each in site.jobs()} == {"job_running"}
