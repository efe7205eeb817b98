"""The pipeline: what an environment and a release make together, and what they must agree on."""

from collections.abc import Mapping

import pytest

from dli_provider.promotion.environment import Environment
from dli_provider.promotion.placeholders import placeholders
from dli_provider.promotion.problems import Problems
from dli_provider.promotion.release import Definition, Release
from dli_provider.promotion.release_jobs import StackJob, pipeline


def release(sql: str = "SELECT 1", settings: Mapping[str, object] | None = None) -> Release:
    file = "stacks/releases/dev/orders.sql"
    definition = Definition("orders", sql, placeholders(sql, file), settings or {}, file)
    return Release("dev", "stacks/releases/dev", (definition,))


def environment(*secrets: str, **config: str) -> Environment:
    """`sql_x` is the key `sql:x`, `shop_x` is `shop:x`."""
    given = {key.replace("_", ":", 1): text for key, text in config.items()}
    return Environment.from_config(
        "shop", "dev", {"shop:queue_name": "q", "shop:obs_bucket": "b", **given}, secrets
    )


def only(environment: Environment, release: Release) -> StackJob:
    (job,) = pipeline(environment, release)
    return job


def test_a_job_is_made_of_both() -> None:
    job = only(environment(shop_smn_topic="alarm", sql_x="dev"), release("SELECT '@{x}'", {"desc": "d"}))
    assert job == StackJob(
        "orders",
        {"name": "orders", "desc": "d", "queue_name": "q", "obs_bucket": "b", "smn_topic": "alarm"},
        "SELECT 'dev'",
        secret=False,
    )


def test_a_secret_value_makes_the_whole_sql_secret_and_unseen() -> None:
    job = only(environment("sql:pw", sql_pw="hunter2"), release("WITH ('password' = '@{pw}')"))
    assert job.secret
    assert job.sql_body == "WITH ('password' = 'hunter2')"
    assert "hunter2" not in repr(job)


@pytest.mark.parametrize(
    ("scale", "settings", "parallel"),
    [("1", {}, None), ("1", {"parallel_number": 2}, 2), ("3", {"parallel_number": 2}, 6), ("3", {}, 3)],
)
def test_an_environment_scales_what_a_release_says(
    scale: str, settings: dict[str, object], parallel: int | None
) -> None:
    job = only(environment(shop_scale=scale), release(settings=settings))
    assert job.arguments.get("parallel_number") == parallel


def test_what_cannot_be_scaled_is_left_for_the_provider_to_refuse() -> None:
    assert (
        only(environment(shop_scale="3"), release(settings={"parallel_number": "two"})).arguments[
            "parallel_number"
        ]
        == "two"
    )


@pytest.mark.parametrize(
    ("surroundings", "sql", "message"),
    [
        (
            environment(),
            "SELECT 1;\nSELECT '@{topic}',\n'@{topic}'",
            "stacks/releases/dev/orders.sql, line 2: @{topic} has no value in stacks/Pulumi.dev.yaml. "
            "Set it: pulumi config set sql:topic --stack dev",
        ),
        (
            environment(),
            "WITH ('password' = '@{pw}')",
            "stacks/releases/dev/orders.sql, line 1: @{pw} has no value in stacks/Pulumi.dev.yaml. "
            "Set it: pulumi config set --secret sql:pw --stack dev",
        ),
        (
            environment(sql_pw="hunter2"),
            "WITH ('password' = '@{pw}')",
            "stacks/Pulumi.dev.yaml: sql:pw is a secret in stacks/releases/dev/orders.sql. "
            "Encrypt it: pulumi config set --secret sql:pw --stack dev",
        ),
        (
            environment(sql_extra="1"),
            "SELECT 1",
            "stacks/Pulumi.dev.yaml: sql:extra is used by no SQL in stacks/releases/dev. "
            "Remove it: pulumi config rm sql:extra --stack dev",
        ),
        (
            environment(shop_jobs='{"order": {"cu_number": 4}}'),
            "SELECT 1",
            "stacks/Pulumi.dev.yaml: jobs.order is for no job of stacks/releases/dev. Did you mean orders?",
        ),
    ],
)
def test_what_they_do_not_agree_on_is_told_with_the_remedy(
    surroundings: Environment, sql: str, message: str
) -> None:
    with pytest.raises(Problems) as refused:
        pipeline(surroundings, release(sql))
    assert refused.value.messages == (message,)
