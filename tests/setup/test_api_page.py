"""`docs/api.md` holds every row of DLI's page on updating a job, with what becomes of it here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dli_provider.emulator.switches import EmulatorSettings
from dli_provider.job.catalogue import fields
from tools.api_page import CHECKOUT, tried_in
from tools.api_rows import AROUND, CONTRADICTIONS, FIELDS

PAGE = CHECKOUT / "docs" / "api.md"
ROWS = dict(re.findall(r"^\| `(\w+)` \|(.*)\|$", PAGE.read_text(), re.MULTILINE))

# "Updating a SQL Job", row by row: the parameters of the address, of the body, and of the answer; and its status codes.
ADDRESS = ["project_id", "job_id"]
BODY = [
    *("name", "desc", "queue_name", "sql_body", "run_mode", "cu_number", "parallel_number"),
    *(
        "checkpoint_enabled",
        "checkpoint_mode",
        "checkpoint_interval",
        "obs_bucket",
        "log_enabled",
        "smn_topic",
    ),
    *(
        "restart_when_exception",
        "idle_state_retention",
        "edge_group_ids",
        "dirty_data_strategy",
        "udf_jar_url",
    ),
    *("manager_cu_number", "tm_cus", "tm_slot_num", "operator_config", "resume_checkpoint", "resume_max_num"),
    *("static_estimator_config", "runtime_config"),
    # since 2024
    *("flink_version", "execution_agency_urn", "resource_config_version", "resource_config"),
]
ANSWER = ["is_success", "message", "job", "update_time", "200", "400"]


@pytest.mark.parametrize("row", ADDRESS + BODY + ANSWER)
def test_a_row_of_the_update_page_is_there(row: str) -> None:
    cells = [cell.strip() for cell in ROWS[row].split(" | ")]
    assert all(cells[-3:]), "each says what becomes of it here"
    assert (row in FIELDS) is (row in BODY)
    assert (row in AROUND) is (row not in BODY)


@pytest.mark.parametrize("name", [info.name for info in fields() if not info.control])
def test_a_field_of_ours_is_there_with_its_tests(name: str) -> None:
    assert name in ROWS
    paths = tried_in(name)
    assert len(paths) >= 3, "its golden, and what tries its values on either side"
    for path in paths:
        assert name in (CHECKOUT / path).read_text()
        assert f"[{Path(path).name}](../{path})" in ROWS[name]


def test_no_row_is_of_a_field_that_we_do_not_have() -> None:
    assert FIELDS.keys() <= {info.name for info in fields() if not info.control}


def test_a_contradiction_with_another_reading_has_a_switch_in_the_local_dli() -> None:
    rows = (CHECKOUT / "docs" / "local-dli.md").read_text()
    for switch in {each.switch for each in CONTRADICTIONS} - {""}:
        assert switch in EmulatorSettings.model_fields
        assert f"| `{switch}` |" in rows or f"| `--{switch.replace('_', '-')}` |" in rows
