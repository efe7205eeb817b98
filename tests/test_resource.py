"""What of the resource is fixed for ever, and what its verbs make of bags, without a call to DLI.

With DLI, and with the engine around them, the verbs are tried in `tests/contract/engine`.
"""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.output import Unknown

from dli_provider import errors
from dli_provider.errors import DliError
from dli_provider.pulumi.messages import for_the_terminal
from dli_provider.resource import JobProvider
from tests.support.declared import SQL, SQL_AT_RISK, SQL_COSMETIC, SQL_INCOMPATIBLE
from tests.support.samples import VALUES

PICKLED = "gASVLAAAAAAAAACMFWRsaV9wcm92aWRlci5yZXNvdXJjZZSMC0pvYlByb3ZpZGVylJOUKYGULg=="
"""The provider as it stands in every user's state: only its import path. Were it to change, nobody could delete."""

ARGUMENTS = {
    "name": "orders",
    "owner": "shop/dev/orders",
    "queue_name": "q",
    "sql_body": SQL,
    "checkpoint_enabled": True,
    "obs_bucket": "state",
}
OUTPUTS = {**ARGUMENTS, "job_id": 7.0, "status": "job_running", "status_desc": "", "savepoints": []}


@pytest.fixture
def provider() -> JobProvider:
    """A provider as a plugin process has it. Nobody is at its address."""
    return configured()


def configured() -> JobProvider:
    found = JobProvider()
    settings = {"dli:endpoint": "http://127.0.0.1:9", "dli:projectId": "p1"}
    found.configure(ConfigureRequest(Config(settings, "shop")))
    return found


# -- what never changes ------------------------------------------------------------------------------------------------


def test_the_provider_in_the_state_is_its_import_path_alone() -> None:
    assert serialize_provider(JobProvider()) == PICKLED
    assert not JobProvider.serialize_as_secret_always


def test_what_a_deployment_without_a_change_does_not_need_is_not_imported() -> None:
    program = f"""
import sys
from pulumi.dynamic import Config, ConfigureRequest
from dli_provider.resource import JobProvider
provider = JobProvider()
settings = {{"dli:endpoint": "http://127.0.0.1:9", "dli:projectId": "p1"}}
provider.configure(ConfigureRequest(Config(settings, "shop")))
assert provider.check({ARGUMENTS!r}, {ARGUMENTS!r}).failures == []
assert not provider.diff("7", {OUTPUTS!r}, {ARGUMENTS!r}).changes
parts = ("job", "sql", "plan", "run", "api")
heavy = (*("dli_provider." + part for part in parts), "requests", "pydantic")
print(*(name for name in sys.modules if name.startswith(heavy)))
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


# -- check -------------------------------------------------------------------------------------------------------------


def test_check_says_everything_at_once_and_hides_what_may_be_secret(provider: JobProvider) -> None:
    news = {**ARGUMENTS, "cu_number": 1.0, "parallel_numbr": 2.0, "sql_body": "SELECT 'hunter2'", "tags": 5}
    found = {failure.property: failure.reason for failure in provider.check({}, news).failures}
    assert found.keys() == {"cu_number", "tags", ""}
    failures = provider.check({}, news).failures
    assert [failure.property for failure in failures].count("") >= 2, "Pulumi prints the value of a property"
    assert any("did you mean parallel_number?" in failure.reason for failure in failures)
    assert not any("hunter2" in failure.reason for failure in failures)


def test_check_neither_validates_nor_misses_what_is_not_known_yet(provider: JobProvider) -> None:
    unknown = Unknown()  # type: ignore[no-untyped-call]
    news = {**ARGUMENTS, "sql_body": unknown, "obs_bucket": unknown, "tags": {"team": unknown}, "desc": None}
    result = provider.check(OUTPUTS, news)
    assert result.failures == []
    assert result.inputs == {key: value for key, value in news.items() if value is not None}


def test_check_names_a_job_once_and_for_all(provider: JobProvider) -> None:
    nameless = {key: value for key, value in ARGUMENTS.items() if key != "name"}
    made = provider.check({}, nameless).inputs["name"]
    assert made.startswith("orders-")
    assert provider.check({"name": "of old"}, nameless).inputs["name"] == "of old"
    assert provider.check({"name": "of old"}, ARGUMENTS).inputs["name"] == "orders"


def test_check_refuses_one_name_for_two_jobs(provider: JobProvider) -> None:
    assert provider.check({}, ARGUMENTS).failures == []
    assert provider.check({}, ARGUMENTS).failures == [], "asked again for the same job"
    (failure,) = provider.check({}, {**ARGUMENTS, "owner": "shop/dev/revenue"}).failures
    assert "orders" in failure.reason


def test_check_refuses_one_name_for_two_jobs_though_nothing_has_changed(provider: JobProvider) -> None:
    other = {**ARGUMENTS, "owner": "shop/dev/revenue"}
    assert provider.check(ARGUMENTS, ARGUMENTS).failures == []
    (failure,) = provider.check(other, other).failures
    assert "orders" in failure.reason


def test_check_goes_by_what_was_checked_before_and_refuses_only_what_is_new(
    provider: JobProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    older = {**ARGUMENTS, "cu_number": 1.0}  # a version before this one, or DLI itself, has taken it
    assert provider.check(older, older).failures == []
    assert capsys.readouterr().err == ""
    assert provider.check(older, {**older, "desc": "new"}).failures == []
    assert "cu_number must be at least 2 (only a warning" in capsys.readouterr().err
    lower = {**older, "cu_number": 0.0}
    assert [each.property for each in provider.check(older, lower).failures] == ["cu_number"]


@pytest.mark.parametrize(
    ("olds", "news", "refused"),
    [
        ({}, {}, True),
        ({"desired_state": "stopped"}, {"desired_state": "stopped"}, False),
        ({}, {"upgrade_mode": "stateless"}, False),
        ({}, {"from_savepoint": "obs://bucket/dir/"}, False),
    ],
)
def test_check_refuses_a_query_that_the_state_does_not_fit(
    provider: JobProvider, olds: dict[str, Any], news: dict[str, Any], refused: bool
) -> None:
    found = provider.check({**ARGUMENTS, **olds}, {**ARGUMENTS, **news, "sql_body": SQL_INCOMPATIBLE})
    assert bool(found.failures) == refused


# -- diff --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "changes", "replaces"),
    [
        ({}, False, []),
        ({"sql_body": SQL_COSMETIC}, False, []),
        ({"sql_body": SQL_AT_RISK}, True, []),
        ({"desc": "new"}, True, []),
        ({"upgrade_mode": "stateless"}, True, []),
        ({"obs_bucket": Unknown()}, True, []),  # type: ignore[no-untyped-call]
        ({"job_type": "flink_sql_job"}, True, ["job_type"]),
    ],
)
def test_diff_says_whether_something_changes_and_whether_it_takes_another_job(
    provider: JobProvider, change: dict[str, Any], changes: bool, replaces: list[str]
) -> None:
    found = provider.diff("7", OUTPUTS, {**ARGUMENTS, **change})
    assert (found.changes, found.replaces) == (changes, replaces)
    assert not found.delete_before_replace, "the old job is kept, under another name, until the new one runs"


def test_diff_speaks_only_of_what_an_update_is_going_to_do(
    provider: JobProvider, capfd: pytest.CaptureFixture[str]
) -> None:
    news = {**ARGUMENTS, "smn_topic": "pager"}
    provider.diff("7", OUTPUTS, news)
    provider.diff("7", news, OUTPUTS)
    assert capfd.readouterr() == ("", ""), "a refresh asks without a check before"
    checked = provider.check(OUTPUTS, news).inputs
    provider.diff("7", OUTPUTS, checked)
    assert "orders: IN_PLACE (smn_topic unset -> pager)" in capfd.readouterr().err
    provider.check(OUTPUTS, ARGUMENTS)
    provider.diff("7", OUTPUTS, ARGUMENTS)
    assert capfd.readouterr() == ("", ""), "nothing changes"


_keys = st.sets(st.sampled_from([*OUTPUTS]))
_earlier = st.fixed_dictionaries(
    {}, optional={**VALUES, "cu_number": st.just(1.0), "desc": st.just("x" * 600)}
)


@given(_keys, _keys, _earlier)
def test_diff_is_pure_and_bears_missing_keys_swapped_roles_and_the_rules_of_earlier_days(
    absent_before: set[str], absent_now: set[str], earlier: dict[str, Any]
) -> None:
    provider = configured()
    olds = {key: value for key, value in OUTPUTS.items() if key not in absent_before} | earlier
    news = {key: value for key, value in OUTPUTS.items() if key not in absent_now}
    before = copy.deepcopy((olds, news))
    first, again = provider.diff("7", olds, news), provider.diff("7", olds, news)
    provider.diff("7", news, olds)
    assert (olds, news) == before
    assert (first.changes, first.replaces) == (again.changes, again.replaces)


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", DliError.__subclasses__(), ids=lambda kind: kind.__name__)
def test_an_error_reads_as_its_kind_and_its_text(kind: type[DliError]) -> None:
    error = kind("orders", ["why", "and why"], remedy="do this", request_id="r1", code="DLI.1")
    error.__cause__ = ConnectionError("hunter2")
    with pytest.raises(Exception, match="why; and why") as caught, for_the_terminal():
        raise error
    shown = "".join(traceback.format_exception(caught.type, caught.value, None))
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind.__name__).strip()
    assert shown == f"{words}: orders: why; and why. What to do: do this. (DLI.1, request id r1)\n"


def test_settings_that_are_wrong_are_one_error_with_every_reason() -> None:
    with pytest.raises(Exception, match="no project id") as caught:
        JobProvider().configure(ConfigureRequest(Config({"dli:endpoint": "nowhere at all"}, "shop")))
    assert type(caught.value).__qualname__ == "invalid"
    assert "the endpoint is not an address" in str(caught.value)


def test_errors_travel_between_processes() -> None:
    error = errors.RolledBack("orders", "why", remedy="do this", request_id="r1", code="DLI.1")
    assert pickle.loads(pickle.dumps(error)).text() == error.text()


def test_an_id_of_an_old_state_that_lost_its_last_digits_is_taken_from_the_engine(
    provider: JobProvider,
) -> None:
    """Version 0.1.0 kept the id as a number, which travels as a double; the engine has it as text."""
    exact, neighbour, owner = 2**53 + 1, 2**53, "shop/dev/orders"
    assert float(exact) == neighbour
    verbs = provider._verbs
    olds = {**OUTPUTS, "job_id": float(exact), "place": verbs.settings.place}
    provider.check({}, ARGUMENTS)
    provider.diff(str(exact), olds, ARGUMENTS)
    assert verbs.ledger.take_over(exact, "shop/dev/others") == owner
    assert verbs.ledger.take_over(neighbour, "shop/dev/others") == ""
    replacing = {**ARGUMENTS, "job_type": "flink_sql_job", "upgrade_mode": "stateless"}
    assert provider.diff(str(exact), olds, replacing).replaces == ["job_type"]
    predecessor = verbs.ledger.predecessor(owner, replacing)
    assert predecessor is not None
    assert int(predecessor.olds["job_id"]) == exact
