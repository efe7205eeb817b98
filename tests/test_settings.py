"""Settings from stack config and the environment: what wins, what follows, what is refused."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

from dli_provider.errors import Invalid
from dli_provider.settings import (
    KEYS,
    VARIABLES,
    Settings,
    misspelt_variables,
    own_keys,
    refuse_unknown_keys,
    same_place,
)

PROJECT = "0123456789abcdef0123456789abcdef"
CLOUD = {"region": "cn-north-4", "projectId": PROJECT, "accessKey": "AK-1", "secretKey": "SK-1"}
LOCAL = {"endpoint": "http://127.0.0.1:8787", "projectId": PROJECT}


def settings(config: dict[str, str], environ: dict[str, str] | None = None) -> Settings:
    return Settings.from_config(config.get, environ or {})


def problems(config: dict[str, str], environ: dict[str, str] | None = None) -> Invalid:
    with pytest.raises(Invalid) as caught:
        settings(config, environ)
    return caught.value


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("cn-north-4", "https://dli.cn-north-4.myhuaweicloud.com"),
        ("eu-west-101", "https://dli.eu-west-101.myhuaweicloud.eu"),
        ("mars-north-12", "https://dli.mars-north-12.myhuaweicloud.com"),
    ],
)
def test_the_endpoint_follows_from_the_region(region: str, endpoint: str) -> None:
    found = settings({**CLOUD, "region": region})
    assert (found.endpoint, found.region, found.local) == (endpoint, region, False)


@pytest.mark.parametrize(
    ("given", "endpoint"),
    [
        ("https://dli.example.com/", "https://dli.example.com"),
        ("dli.example.com", "https://dli.example.com"),
        ("dli.example.com:8443", "https://dli.example.com:8443"),
        ("http://localhost:8787//", "http://localhost:8787"),
        ("http://[::1]:8787", "http://[::1]:8787"),
        ("https://gateway.example.com/dli/", "https://gateway.example.com/dli"),
    ],
)
def test_an_endpoint_given_wins_over_the_region(given: str, endpoint: str) -> None:
    assert settings({**CLOUD, "endpoint": given}).endpoint == endpoint


def test_everything_from_the_environment() -> None:
    environ = {
        "DLI_ENDPOINT": "https://dli.example.com",
        "HW_REGION_NAME": "cn-east-3",
        "HW_PROJECT_ID": "p-1",
        "HW_ACCESS_KEY": "AK-1",
        "HW_SECRET_KEY": "SK-1",
        "HW_SECURITY_TOKEN": "ST-1",
    }
    assert settings({}, environ) == Settings(
        endpoint="https://dli.example.com",
        region="cn-east-3",
        project_id="p-1",
        access_key="AK-1",
        secret_key="SK-1",
        security_token="ST-1",
    )
    assert settings({"region": "cn-north-4", "token": "T-1"}, {"HW_PROJECT_ID": "p-1"}).token == "T-1"


def test_config_wins_over_the_environment_key_by_key() -> None:
    environ = {"HW_REGION_NAME": "cn-east-3", "HW_PROJECT_ID": "p-env", "HW_SECRET_KEY": "SK-env"}
    found = settings({"region": "cn-north-4", "accessKey": "AK-config", "projectId": " "}, environ)
    assert (found.region, found.project_id) == ("cn-north-4", "p-env")
    assert (found.access_key, found.secret_key) == ("AK-config", "SK-env")


def test_a_security_token_of_the_environment_is_not_joined_to_a_key_of_config() -> None:
    assert settings(CLOUD, {"HW_SECURITY_TOKEN": "ST-env"}).security_token == ""
    assert settings({**CLOUD, "securityToken": "ST-1"}).security_token == "ST-1"


def test_config_decides_between_a_token_and_keys() -> None:
    keys = {"HW_ACCESS_KEY": "AK-env", "HW_SECRET_KEY": "SK-env"}
    by_token = settings({"region": "cn-north-4", "projectId": "p", "token": "T-1"}, keys)
    assert (by_token.token, by_token.access_key, by_token.secret_key) == ("T-1", "", "")
    by_keys = settings(CLOUD, {"HW_AUTH_TOKEN": "T-env"})
    assert (by_keys.token, by_keys.access_key) == ("", "AK-1")


def test_no_credentials_are_fine_for_a_local_dli_only() -> None:
    found = settings(LOCAL)
    assert (found.local, found.secrets) == (True, ())
    assert "no credentials are given" in problems({"region": "cn-north-4", "projectId": "p"}).reasons


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "dli.localhost", "[::1]"])
def test_what_is_local(host: str) -> None:
    assert settings({**LOCAL, "endpoint": f"http://{host}:1"}).local


@pytest.mark.parametrize("host", ["127.0.0.1.example.com", "localhost.example.com", "10.0.0.1", "0.0.0.0"])
def test_plain_http_is_for_local_addresses_only(host: str) -> None:
    raised = problems({**CLOUD, "endpoint": f"http://{host}:1"})
    assert raised.reasons == ("the endpoint is plain http, on which anybody on the way can read along",)
    assert "dli:endpoint [DLI_ENDPOINT]" in raised.remedy


@pytest.mark.parametrize(
    ("change", "reason", "named"),
    [
        ({"region": ""}, "no region and no endpoint are given", "dli:region [HW_REGION_NAME]"),
        ({"region": "CN North"}, "'CN North' is not a region", "dli:region [HW_REGION_NAME]"),
        ({"region": "x.evil.com/"}, "'x.evil.com/' is not a region", "dli:region [HW_REGION_NAME]"),
        ({"endpoint": "ftp://x"}, "the endpoint is not an address", "dli:endpoint [DLI_ENDPOINT]"),
        ({"endpoint": "https://"}, "the endpoint is not an address", "dli:endpoint [DLI_ENDPOINT]"),
        ({"endpoint": "https://a b"}, "the endpoint is not an address", "dli:endpoint [DLI_ENDPOINT]"),
        ({"endpoint": "https://a..b"}, "the endpoint is not an address", "dli:endpoint [DLI_ENDPOINT]"),
        ({"endpoint": "https://x:99999"}, "the endpoint is not an address", "dli:endpoint [DLI_ENDPOINT]"),
        ({"endpoint": "https://x/?a=b"}, "the endpoint is not an address", "dli:endpoint [DLI_ENDPOINT]"),
        ({"endpoint": "https://[::1"}, "the endpoint is not an address", "dli:endpoint [DLI_ENDPOINT]"),
        ({"endpoint": "https://me:pw@x"}, "the endpoint is not an address", "dli:endpoint [DLI_ENDPOINT]"),
        ({"projectId": ""}, "no project id is given", "dli:projectId [HW_PROJECT_ID]"),
        (
            {"projectId": "a/b"},
            "the project id is not 1 to 64 letters, digits, '-' or '_'",
            "dli:projectId [HW_PROJECT_ID]",
        ),
        (
            {"projectId": "x" * 65},
            "the project id is not 1 to 64 letters, digits, '-' or '_'",
            "dli:projectId [HW_PROJECT_ID]",
        ),
        (
            {"secretKey": ""},
            "access keys are incomplete: dli:secretKey [HW_SECRET_KEY] is missing",
            "dli:secretKey [HW_SECRET_KEY]",
        ),
        (
            {"accessKey": ""},
            "access keys are incomplete: dli:accessKey [HW_ACCESS_KEY] is missing",
            "dli:accessKey [HW_ACCESS_KEY]",
        ),
        ({"token": "T-1"}, "both a token and access keys are given", "dli:token [HW_AUTH_TOKEN]"),
    ],
)
def test_what_is_wrong_and_what_to_do(change: dict[str, str], reason: str, named: str) -> None:
    raised = problems({**CLOUD, **change})
    assert raised.reasons == (reason,)
    assert named in raised.remedy


def test_all_problems_at_once() -> None:
    raised = problems({"secretKey": "SK-hidden", "projectId": "a b"})
    assert len(raised.reasons) == 3
    assert all(
        key in raised.remedy for key in ("dli:region", "dli:endpoint", "dli:accessKey", "dli:projectId")
    )
    assert "SK-hidden" not in str(raised)


def test_nothing_at_all_is_three_problems() -> None:
    assert len(problems({}).reasons) == 3


def test_a_login_in_the_endpoint_is_not_shown() -> None:
    assert "hunter2" not in str(problems({**CLOUD, "endpoint": "https://me:hunter2@dli.example.com"}))


def test_secrets_are_not_in_the_repr() -> None:
    found = Settings("https://x", "p", access_key="s-1", secret_key="s-2", security_token="s-3", token="s-4")
    assert not any(secret in repr(found) + str(found) for secret in found.secrets)
    assert set(found.secrets) == {"s-1", "s-2", "s-3", "s-4"}
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize(
    ("endpoint", "region", "place"),
    [
        ("https://dli.cn-north-4.myhuaweicloud.com", "ignored", "cn-north-4"),
        ("https://dli.eu-west-101.myhuaweicloud.eu", "", "eu-west-101"),
        ("https://dli.vpc.example.org", "cn-north-4", "cn-north-4"),
        ("https://10.0.0.7:8443", "cn-north-4", "cn-north-4"),
        ("https://dli.example.org", "", "dli.example.org"),
        ("https://dli.example.org:8443", "", "dli.example.org:8443"),
        ("http://127.0.0.1:8765", "", "local"),
        ("http://localhost:9000", "cn-north-4", "local"),
        ("http://dli.localhost", "", "local"),
        ("http://[::1]:8765", "", "local"),
    ],
)
def test_the_place_is_region_and_project(endpoint: str, region: str, place: str) -> None:
    assert Settings(endpoint, "p1", region=region).place == f"{place}/p1"


def test_a_place_of_this_machine_is_one_by_whatever_name_it_was_recorded() -> None:
    assert same_place("127.0.0.1:8765/p1", "local/p1")
    assert same_place("localhost/p1", "[::1]:9000/p1")
    assert not same_place("127.0.0.1:8765/p1", "local/p2")
    assert not same_place("cn-north-4/p1", "local/p1")
    assert not same_place("[broken/p1", "local/p1")


CHECKOUT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("dli:review", "did you mean dli:reviewed?"),
        ("dli:Reviewed", "did you mean dli:reviewed?"),
        ("dli:reveiwed", "did you mean dli:reviewed?"),
        ("dli:projectID", "did you mean dli:projectId?"),
        ("dli:project_id", "did you mean dli:projectId?"),
        ("dli:checks", "did you mean dli:check?"),
        ("dli:rule", "did you mean dli:rules?"),
        ("dli:secret_key", "did you mean dli:secretKey?"),
        ("dli:colour", "known are accessKey, check, endpoint"),
        ("dli:", "known are accessKey, check, endpoint"),
    ],
)
def test_a_key_that_nobody_knows_is_refused_with_the_one_that_is_meant(key: str, meant: str) -> None:
    with pytest.raises(Invalid) as refused:
        refuse_unknown_keys(["dli:endpoint", key, "shop:anything"])
    assert refused.value.reasons == (f"{key} is no key of the config",)
    assert meant in refused.value.remedy
    assert f"pulumi config rm {key}" in refused.value.remedy
    with pytest.raises(Invalid) as refused:
        Settings.from_config(lambda _: None, {}, [key])
    assert f"{key} is no key of the config" in refused.value.reasons
    assert "no project id is given" in refused.value.reasons, "with every other problem"


def test_the_keys_of_others_are_their_own() -> None:
    refuse_unknown_keys([f"dli:{key}" for key in KEYS])
    refuse_unknown_keys(["shop:review", "dlix:review", "aws:region", "review"])
    assert own_keys(["dli:review", "shop:x"], "shop") == ("dli:review",)
    assert own_keys(["dli:review", "dli:x"], "dli") == (), "a project of that name has them as its own"


@pytest.mark.parametrize(
    ("name", "warned"),
    [
        ("DLI_REVEIWED", "did you mean DLI_REVIEWED?"),
        ("DLI_END_POINT", "did you mean DLI_ENDPOINT?"),
        ("DLI_FLINKHOME", "did you mean DLI_FLINK_HOME?"),
        ("DLI_MOVEDFROM", "did you mean DLI_MOVED_FROM?"),
        ("DLI_TEAM_COST_CENTRE", ""),
        ("DLI_REVIEWED", ""),
        ("MY_DLI_REVEIWED", ""),
    ],
)
def test_a_variable_that_looks_like_ours_is_warned_of_without_its_value(name: str, warned: str) -> None:
    lines = [*misspelt_variables({name: "very-secret"})]
    assert [warned in line for line in lines] == ([True] if warned else [])
    assert "very-secret" not in str(lines)


def test_the_documents_name_every_key_and_variable_and_no_other() -> None:
    text = (CHECKOUT / "docs" / "settings.md").read_text()
    rows = "\n".join(line for line in text.splitlines() if line.startswith(("| `dli:", "| `DLI_")))
    assert {*re.findall(r"^\| `dli:(\w+)`", rows, re.MULTILINE)} == KEYS
    assert {*re.findall(r"`(DLI_\w+)`", rows)} == VARIABLES


def test_no_variable_is_read_that_is_not_in_the_list() -> None:
    code = [file.read_text() for file in (CHECKOUT / "dli_provider").rglob("*.py")]
    assert {name for text in code for name in re.findall(r'"(DLI_[A-Z_]+)"', text)} == VARIABLES


def test_no_key_is_read_that_is_not_in_the_list() -> None:
    code = [file.read_text() for file in (CHECKOUT / "dli_provider").rglob("*.py")]
    read = {name for text in code for name in re.findall(r'"dli:(\w+)"', text)}
    assert read - {"FlinkSqlJob", "FlinkTemplate"} <= KEYS
