"""An environment: read from the texts of a stack's config, typed, with every mistake named by file and key."""

import pytest

from dli_provider.promotion.environment import Environment, Placement
from dli_provider.promotion.problems import Problems

GOOD = {"shop:queue_name": "q", "shop:obs_bucket": "b"}


def read(config: dict[str, str], *secrets: str) -> Environment:
    return Environment.from_config("shop", "dev", config, secrets)


def test_the_least_is_a_queue_and_a_bucket() -> None:
    environment = read(GOOD)
    assert environment.placement("any") == Placement(queue_name="q", obs_bucket="b")
    assert environment.placement("any").arguments() == {"queue_name": "q", "obs_bucket": "b"}


def test_each_text_gets_the_type_of_its_key() -> None:
    place = read(
        {
            **GOOD,
            "shop:cu_number": "4",
            "shop:log_enabled": "true",
            "shop:smn_topic": "007",
            "shop:scale": "3",
        }
    ).placement("any")
    assert place == Placement("q", "b", cu_number=4, log_enabled=True, smn_topic="007", scale=3)
    assert "scale" not in place.arguments()


def test_a_single_job_may_differ() -> None:
    environment = read({**GOOD, "shop:cu_number": "2", "shop:jobs": '{"big": {"cu_number": 8}}'})
    assert environment.placement("big") == Placement("q", "b", cu_number=8)
    assert environment.placement("other") == Placement("q", "b", cu_number=2)


def test_values_of_placeholders_have_their_own_namespace_and_secrets_stay_unseen() -> None:
    environment = read(
        {**GOOD, "sql:prefix": "dev", "sql:pw": "hunter2", "dli:region": "r"}, "sql:pw", "dli:x"
    )
    assert environment.values == {"prefix": "dev", "pw": "hunter2"}
    assert environment.secrets == {"pw"}
    assert "hunter2" not in repr(environment)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shop:queu_name": "q"}, "shop:queu_name is not known. Did you mean queue_name?"),
        ({"shop:xyz": "q"}, "shop:xyz is not known. Known are: "),
        ({"shop:cu_number": "four"}, "shop:cu_number must be a whole number."),
        ({"shop:cu_number": "true"}, "shop:cu_number must be a whole number."),
        ({"shop:log_enabled": "1"}, "shop:log_enabled must be true or false."),
        ({"shop:scale": "0"}, "shop:scale must be at least 1."),
        ({"shop:jobs": "orders"}, "shop:jobs must say what differs for which job"),
        ({"shop:jobs": '{"orders": 4}'}, "shop:jobs must say what differs for which job"),
        ({"shop:jobs": '{"o": {"cu_number": "4"}}'}, "shop:jobs.o.cu_number must be a whole number."),
        ({"shop:jobs": '{"o": {"smn_topic": 7}}'}, "shop:jobs.o.smn_topic must be text, in quotes."),
        ({"shop:jobs": '{"o": {"topic": "a"}}'}, "shop:jobs.o.topic is not known. Did you mean smn_topic?"),
    ],
)
def test_a_mistake_names_file_and_key(change: dict[str, str], message: str) -> None:
    with pytest.raises(Problems) as refused:
        read({**GOOD, **change})
    (said,) = refused.value.messages
    assert said.startswith(f"stacks/Pulumi.dev.yaml: {message}")


def test_what_is_missing_comes_with_the_command_that_sets_it() -> None:
    with pytest.raises(Problems) as refused:
        read({})
    assert [message.partition("Set it: ")[2] for message in refused.value.messages] == [
        "pulumi config set shop:queue_name ... --stack dev",
        "pulumi config set shop:obs_bucket ... --stack dev",
    ]
