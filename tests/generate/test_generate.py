"""Programs made from live jobs, and from a Terraform state. The whole way round is in the engine's tests."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dli_provider.api.job_answers import live_job
from dli_provider.errors import Invalid
from dli_provider.generate.declaring import declare
from dli_provider.generate.extraction import Secrets
from dli_provider.generate.python_text import literal, program
from dli_provider.generate.stack_export import bridged_jobs
from dli_provider.generate.tfstate import managed_jobs
from dli_provider.job.constraints import standing, violations
from dli_provider.job.document import create_document, live_values, minimal
from dli_provider.job.fields import JobSpec
from dli_provider.pulumi import job_properties
from dli_provider.run.look import Found
from dli_provider.sql import mask_secrets, same_meaning
from tests.support.planned_jobs import SQL
from tests.support.samples import get_document, specs

SECRET_SQL = (
    "-- password: hunter2-0815\n"
    "CREATE TABLE a (k STRING) WITH ('connector'='kafka', 'properties.sasl.password' = 'hunter2-0815',\n"
    " 'url' = 'jdbc:mysql://me:pw-of-mine@host/db', 'note' = 'hunter2-0815');\n"
    "INSERT INTO b SELECT '@{password}', k FROM a /*+ OPTIONS('token'='tok-123456') */;\n"
)


@pytest.mark.slow
@given(specs())
def test_a_job_declared_with_the_fewest_arguments_means_the_same(spec: JobSpec) -> None:
    found: dict[str, Any] = live_values(get_document(create_document(spec)))
    there = JobSpec.model_construct(**found)
    again = JobSpec.model_validate(minimal(there))
    held: dict[str, Any] = live_values(get_document(create_document(again)))
    assert minimal(JobSpec.model_construct(**held)) == minimal(there)
    assert len(minimal(there)) <= len(found)


def test_secrets_leave_the_sql_and_can_be_put_back() -> None:
    secrets = Secrets()
    taken = secrets.take_out(SECRET_SQL)
    for secret in ("hunter2", "pw-of-mine", "tok-123456"):
        assert secret not in taken.text
    assert mask_secrets(taken.text).count("***") >= 3
    text = taken.text
    for name in taken.names:
        text = text.replace("@{" + name + "}", secrets.values[name])
    assert same_meaning(text, SECRET_SQL)
    assert "'@{password}', k" in text, "what looks like a placeholder in the job's own SQL stays"
    assert "hunter2" not in repr(secrets)


def test_one_secret_of_many_jobs_has_one_name_and_different_ones_have_different_names() -> None:
    secrets = Secrets()
    sql = "CREATE TABLE a (k INT) WITH ('password'='{}');"
    names = [secrets.take_out(sql.format(value)).names for value in ("one-secret", "one-secret", "another")]
    assert names == [("password",), ("password",), ("password_2",)]


def test_sql_that_cannot_be_read_is_a_secret_as_a_whole() -> None:
    secrets = Secrets()
    assert secrets.take_out("SELECT 'open").text == "@{sql_body}"


@pytest.mark.parametrize(
    ("held", "written", "hidden"),
    [
        ("table.exec.state.ttl=1 h\na=b", '"table.exec.state.ttl=1 h\\na=b"', ()),
        ('[{"key":"a","value":"1"}]', '"a": "1"', ()),
        ("s3.secret-key=hunter2-0815", 'SECRETS.require_secret("runtime_config")', ("hunter2-0815",)),
        (
            '{"s3.secret-key": "hunter2-0815"}',
            'SECRETS.require_secret("runtime_config")',
            ("hunter2-0815",),
        ),
    ],
)
def test_a_configuration_of_any_form_is_written_and_its_secrets_are_not(
    held: str, written: str, hidden: tuple[str, ...]
) -> None:
    detail = get_document({"name": "orders", "queue_name": "q", "sql_body": SQL, "runtime_config": held})
    secrets = Secrets()
    text = program([declare(live_job(detail), {}, secrets)])
    assert written in text
    assert not [secret for secret in hidden if secret in text]
    assert list(secrets.values.values()) == ([held] if hidden else [])


def test_a_description_longer_than_the_pages_say_is_declared_as_it_is() -> None:
    detail = get_document({"name": "orders", "queue_name": "q", "sql_body": SQL, "desc": "x" * 2048})
    declared = declare(live_job(detail), {}, Secrets())
    assert declared.arguments["desc"] == "x" * 2048


_leaves = st.one_of(st.text(), st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False))
_values = st.recursive(_leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@pytest.mark.slow
@given(_values)
def test_a_literal_is_read_back_as_it_was(value: Any) -> None:
    assert ast.literal_eval(literal(value)) == value


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("job_running", {}),
        ("job_init", {"desired_state": "stopped"}),
        ("job_finish", {"desired_state": "stopped"}),
        ("job_submit_fail", {"on_failed": "report"}),
    ],
)
def test_a_job_is_declared_as_it_is_found(status: str, said: dict[str, str]) -> None:
    fields = {"queue_name": "q", "run_mode": "exclusive_cluster", "job_type": "flink_opensource_sql_job"}
    job = live_job(
        {"job_id": 7, "name": "orders", "status": status, "sql_body": SQL, "smn_topic": "", **fields}
    )
    one = declare(job, {"team": "data", "_sys_x": "1", "pulumi_savepoint": "obs://x/"}, Secrets())
    assert dict(one.arguments) == {
        "adopt": "orders",
        "name": "orders",
        "queue_name": "q",
        "tags": {"team": "data"},
        **said,
    }
    assert one.problems == ()
    text = program([one])
    assert "import pulumi\n" not in text, "without secrets there is no config"
    first, second = "from dli_provider import FlinkSqlJob\n", "from pulumi_dli import FlinkSqlJob\n"
    assert text.count(first) == 1
    assert program([one], "plugin") == text.replace(first, second)


def test_a_job_that_breaks_todays_rules_is_written_and_told() -> None:
    job = live_job({"job_id": 7, "name": "123", "status": "job_running", "sql_body": SQL, "cu_number": 1})
    one = declare(job, {}, Secrets())
    assert one.arguments["adopt"] == "7", "a name of digits could be another job's id"
    assert any("cu_number" in problem for problem in one.problems)
    assert f"# {one.problems[0]}" in program([one])


def test_nothing_that_a_live_job_has_is_left_out_unsaid() -> None:
    odd = {
        "edge_group_ids": ["62de1e1c-066e-48a8-a79d-f461a31b2ee1"],
        "operator_config": '{"operator_list":[{"id":"' + "e2" * 16 + '","parallelism":2}]}',
        "resource_config_version": "v2",
        "resource_config": {"max_slot": 2, "of_tomorrow": {"disk": "4G"}},
        "desc": "d" * 5000,
        "checkpoint_mode": "mode_of_tomorrow",
    }
    config = {name: value for name, value in odd.items() if name != "desc"}
    job = live_job(
        {
            "job_id": 7,
            "name": "orders",
            "status": "job_running",
            "job_type": "flink_sql_job",
            "sql_body": SQL,
            "desc": odd["desc"],
            "job_config": {**config, "max_parallelism": 128, "image": "registry/own:1", "root_id": -1},
        }
    )
    one = declare(job, {}, Secrets())
    expected = {**odd, "operator_config": json.loads(str(odd["operator_config"]))}
    assert {name: one.arguments[name] for name in expected} == expected
    assert one.beyond == ("job_config.image", "job_config.max_parallelism")
    text = program([one])
    assert (
        "# no argument says job_config.image, job_config.max_parallelism: the job keeps it when it is" in text
    )
    assert "'disk'" in text or '"disk"' in text
    # What is wrong with it stands there, and is only a warning in the preview of just this program.
    written = {name: value for name, value in one.arguments.items() if name != "adopt"} | {"sql_body": SQL}
    found = violations(written)
    assert {"desc", "resource_config", "checkpoint_mode", "edge_group_ids"} <= {
        each.property for each in found
    }
    live = Found(job, {}).seen_for(job_properties.spec(written)).spec
    refused = [each for each in found if not each.caution]
    assert [*standing(refused, live, job_properties.spec(written))] == refused
    # And what is sent of it is what DLI has.
    sent = create_document(job_properties.spec(written))
    assert (sent["resource_config"], sent["checkpoint_mode"]) == (odd["resource_config"], "mode_of_tomorrow")


STATE: dict[str, Any] = {
    "version": 4,
    "resources": [
        {
            "mode": "managed",
            "type": "huaweicloud_dli_flinksql_job",
            "name": "orders",
            "instances": [{"attributes": {"id": "11"}}],
        },
        {
            "module": 'module.shop["eu"]',
            "mode": "managed",
            "type": "huaweicloud_dli_flinksql_job",
            "name": "orders",
            "instances": [
                {"index_key": "it's", "attributes": {"id": "12"}},
                {"index_key": 0, "attributes": {"id": "13"}},
            ],
        },
        {"mode": "data", "type": "huaweicloud_dli_flinksql_job", "name": "x", "instances": [{}]},
        {"mode": "managed", "type": "huaweicloud_obs_bucket", "name": "b", "instances": [{}]},
    ],
}


def test_the_jobs_of_a_terraform_state_and_how_they_are_let_go() -> None:
    found = managed_jobs(json.dumps(STATE), "terraform.tfstate")
    assert [(each.job_id, each.resource) for each in found] == [
        (11, "orders"),
        (12, "orders-it's"),
        (13, "orders-0"),
    ]
    assert [each.let_go for each in found] == [
        "terraform state rm 'huaweicloud_dli_flinksql_job.orders'",
        """terraform state rm 'module.shop["eu"].huaweicloud_dli_flinksql_job.orders["it'\\''s"]'""",
        """terraform state rm 'module.shop["eu"].huaweicloud_dli_flinksql_job.orders[0]'""",
    ]


def exported(*resources: dict[str, Any], version: int = 3) -> str:
    return json.dumps({"version": version, "deployment": {"resources": list(resources)}})


def bridged(name: str, job_id: str = "11", **more: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:live::shop::huaweicloud:Dli/flinksqlJob:FlinksqlJob::{name}"
    return {
        "urn": urn,
        "type": "huaweicloud:Dli/flinksqlJob:FlinksqlJob",
        "id": job_id,
        "custom": True,
        **more,
    }


def test_the_jobs_of_a_bridge_and_how_they_are_let_go() -> None:
    added = "huaweicloud:index/dliFlinksqlJob:DliFlinksqlJob"
    text = exported(
        {"urn": "urn:pulumi:live::shop::pulumi:pulumi:Stack::shop-live", "type": "pulumi:pulumi:Stack"},
        bridged("orders"),
        bridged("sums", "12", protect=True),
        bridged("looked-up", "13", external=True),
        bridged("orders", "10", delete=True),
        {"urn": f"urn:pulumi:live::shop::my:Group${added}::it's", "type": added, "id": "14"},
        {"urn": f"urn:pulumi:live::shop::my:Group${added}::orders", "type": added, "id": "15"},
    )
    found = bridged_jobs(text, "stack.json")
    assert [(each.job_id, each.resource) for each in found] == [
        (11, "orders"),
        (12, "sums"),
        (14, "it's"),
        (15, "orders-2"),
    ]
    assert [each.let_go for each in found][:3] == [
        f"pulumi state delete '{bridged('orders')['urn']}' --stack live --yes",
        f"pulumi state delete '{bridged('sums')['urn']}' --stack live --yes --force",
        f"pulumi state delete 'urn:pulumi:live::shop::my:Group${added}::it'\\''s' --stack live --yes",
    ]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", exported(version=4), exported(bridged("orders", "")), '{"version": 3}']
)
def test_what_is_no_exported_stack_is_told(text: str) -> None:
    with pytest.raises(Invalid, match=r"pulumi (stack export|refresh)"):
        bridged_jobs(text, "stack.json")


WITHOUT_ID = {**STATE, "resources": [{**STATE["resources"][0], "instances": [{}]}]}


@pytest.mark.parametrize("text", ["", "[]", '{"version": 3}', json.dumps(WITHOUT_ID)])
def test_what_is_no_terraform_state_is_told(text: str) -> None:
    with pytest.raises(Invalid, match="terraform"):
        managed_jobs(text, "terraform.tfstate")
