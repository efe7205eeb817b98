"""Whatever JSON comes back, and with whatever status: a value or one of our errors, never a surprise."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from dli_provider.api.call import Call
from dli_provider.api.decoding import UnreadableError
from dli_provider.api.envelope import Answer, error_body, parse
from dli_provider.api.error_codes import error, trouble
from dli_provider.api.job_answers import LiveJob, live_job
from dli_provider.errors import DliError

KEYS = st.sampled_from(
    [
        *["is_success", "message", "error_code", "error_msg", "errorCode", "errorMsg", "code", "error"],
        *["job", "job_id", "job_detail", "job_config", "status", "has_savepoint", "start_time", "request_id"],
    ]
)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["true", "false"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@given(JSON, st.integers(200, 599), st.sampled_from(["is_success", "job_detail", ""]))
def test_any_answer_is_a_yes_or_an_error_of_the_tree(
    body: object, http_status: int, confirmed_by: str
) -> None:
    answer = Answer(http_status, parse(json.dumps(body)), {})
    found = error_body(answer, confirmed_by)
    if found is None:
        assert 200 <= http_status < 300
    else:
        call = Call("GET", "streaming/jobs/7")
        trouble(found, call)
        raised = error(found, call, "orders")
        assert isinstance(raised, DliError)
        assert raised.reasons
        assert raised.remedy


@given(st.dictionaries(KEYS, JSON))
def test_any_entry_is_a_job_or_unreadable(entry: dict[str, object]) -> None:
    with suppress(UnreadableError):
        assert isinstance(live_job(entry), LiveJob)


@given(st.text())
def test_any_text_is_a_body(text: str) -> None:
    parse(text)


def test_a_body_nested_without_end_is_text() -> None:
    assert isinstance(parse("[" * 100_000), str)
