"""`dli sql diff`: the verdict on two files or on a batch, as text and as JSON, with the exit codes of all commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dli_provider.cli import cli
from tests.sql.test_measured_pairs import MEASURED, verdict

SOURCE = """CREATE TABLE bid (price BIGINT, channel STRING)
  WITH ('connector' = 'kafka', 'topic' = 'b', 'format' = 'json');
CREATE TABLE snk (k STRING, v BIGINT) WITH ('connector' = 'print');
"""
SUM = SOURCE + "INSERT INTO snk SELECT channel, SUM(price) FROM bid GROUP BY channel;"


def diff(tmp_path: Path, after: str, *more: str) -> Result:
    old, new = tmp_path / "old.sql", tmp_path / "new.sql"
    old.write_text(SUM)
    new.write_text(after)
    return CliRunner().invoke(cli, ["sql", "diff", str(old), str(new), "--judge", "text", *more])


@pytest.mark.parametrize(
    ("after", "code", "said"),
    [
        (SUM + " -- why", 0, "Cosmetic: nothing restarts."),
        (SUM.replace("BY channel", "BY channel HAVING SUM(price) > 2"), 0, "Carried: "),
        (SUM.replace("'format' = 'json'", "'format' = 'csv'"), 1, "At risk: "),
        (SUM.replace("SUM", "MAX"), 1, "Incompatible: "),
    ],
)
def test_the_verdict_is_said_first_and_decides_the_exit_code(
    tmp_path: Path, after: str, code: int, said: str
) -> None:
    told = diff(tmp_path, after)
    assert told.exit_code == code
    assert told.output.startswith(said)
    assert told.output.endswith("Judged by the text.\n")


def test_json_has_the_reasons(tmp_path: Path) -> None:
    told = json.loads(diff(tmp_path, SUM.replace("SUM", "MAX"), "--json").output)
    assert (told["verdict"], told["computed_by"]) == ("incompatible", "the text")
    assert [each["rule"] for each in told["reasons"]] == ["aggregate"]
    assert told["operators"] == []


def test_a_batch_answers_each_pair_with_a_line(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    lines = [json.dumps({"id": pair.id, "before": pair.before, "after": pair.after}) for pair in MEASURED]
    file.write_text("\n".join(lines) + "\n")
    told = CliRunner().invoke(cli, ["sql", "diff", "--batch", str(file), "--judge", "text"])
    assert told.exit_code == 1
    answers = [json.loads(line) for line in told.output.splitlines()]
    assert [set(each) for each in answers] == [{"id", "verdict", "computed_by", "because"}] * len(MEASURED)
    assert {each["id"]: each["verdict"] for each in answers} == {
        pair.id: verdict(pair.before, pair.after) for pair in MEASURED
    }


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[]",
        "null",
        '{"id": 1, "before": "a"}',
        '{"before": "a", "after": "b"}',
        '{"id": 1, "before": null, "after": "b"}',
        '{"id": 1, "before": "a", "after": 2}',
        '{"id": NaN, "before": "a", "after": "b"}',
        '{"id": 1e999, "before": "a", "after": "b"}',
        '{"id": ' + "9" * 5000 + ', "before": "a", "after": "b"}',
        '{"id": 1, "before": "a", "after": "b"} and more',
        "\0" + '{"id": 1, "before": "a", "after": "b"}',
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_a_line_that_is_no_pair_is_wrong_use(tmp_path: Path, line: str) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text(line + "\n")
    told = CliRunner().invoke(cli, ["sql", "diff", "--batch", str(file)])
    assert told.exit_code == 2
    assert "line 1 of the batch" in told.output


def test_a_slip_is_told_with_its_place_and_no_word_about_state(tmp_path: Path) -> None:
    told = diff(tmp_path, SUM.replace("FROM bid", "FROM bidd"))
    assert told.exit_code == 1
    assert told.output == (
        "Invalid: the new SQL is refused as it stands.\n"
        "  line 4, column 49: bidd is not defined; did you mean bid?\n"
        "dli check FILE asks Flink's planner, which knows more mistakes than these.\n"
        "Judged by the text.\n"
    )


def test_what_a_running_job_has_already_is_no_slip(tmp_path: Path) -> None:
    slip = SUM.replace("FROM bid", "FROM bidd")
    old, new = tmp_path / "old.sql", tmp_path / "new.sql"
    old.write_text(slip)
    new.write_text(slip.replace("SUM", "MAX"))
    told = CliRunner().invoke(cli, ["sql", "diff", str(old), str(new), "--judge", "text"])
    assert not told.output.startswith("Invalid")


@pytest.mark.parametrize("batch", [True, False])
def test_a_file_that_is_no_text_is_named(tmp_path: Path, batch: bool) -> None:
    file = tmp_path / "odd.sql"
    file.write_bytes(b"\xff\xfe")
    given = ["--batch", str(file)] if batch else [str(file), str(file)]
    told = CliRunner().invoke(cli, ["sql", "diff", *given, "--judge", "text"])
    assert told.exit_code == 2
    assert f"{file} is not UTF-8 text, from byte 0 on" in told.output


def test_a_batch_may_come_from_standard_input_and_what_is_the_same_is_unchanged() -> None:
    line = json.dumps({"id": 7, "before": SUM, "after": SUM})
    told = CliRunner().invoke(cli, ["sql", "diff", "--batch", "-", "--judge", "text"], input=line)
    assert told.exit_code == 0
    answer = json.loads(told.output)
    assert (answer["id"], answer["verdict"]) == (7, "unchanged")


@pytest.mark.parametrize(
    ("version", "code"), [("banana", 2), ("1.16", 2), ("1.15", 0), ("1.15.4", 0), ("", 0)]
)
def test_a_version_of_flink_that_nobody_has_is_wrong_use(tmp_path: Path, version: str, code: int) -> None:
    told = diff(tmp_path, SUM + " -- why", "--flink-version", version)
    assert told.exit_code == code
    if code:
        assert (
            f"'{version}' is no version of Flink that is known here: 1.10, 1.12, 1.13, 1.15, 1.17"
            in told.output
        )


def test_two_files_or_a_batch(tmp_path: Path) -> None:
    assert CliRunner().invoke(cli, ["sql", "diff"]).exit_code == 2
    assert CliRunner().invoke(cli, ["sql", "diff", str(tmp_path / "none.sql"), "x"]).exit_code == 2


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "\0",
        "SELECT '\u2028\U0001f600\ud800'",
        "INSERT INTO s\r\nSELECT 1;\r\n",
        "\x1b[2J",
        "a," * 50_000,
        "INSERT INTO s SELECT " + "(" * 20_000 + "1" + ")" * 20_000,
        "INSERT INTO s " + "SELECT * FROM (" * 2_000 + "SELECT 1" + ")" * 2_000,
        "INSERT INTO s SELECT " + "CASE WHEN " * 2_000,
    ],
    ids=range(9),
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_pair_of_odd_texts_has_one_verdict(tmp_path: Path, sql: str, mark: str, end: str) -> None:
    file = tmp_path / "pairs.jsonl"
    lines = [
        json.dumps({"id": [0], "before": before, "after": after})
        for before, after in ((SUM, sql), (sql, SUM))
    ]
    file.write_bytes((mark + end + "".join(line + end for line in lines)).encode())
    told = CliRunner().invoke(cli, ["sql", "diff", "--batch", str(file), "--judge", "text"])
    assert told.exit_code == 1, told.output
    answers = [json.loads(line) for line in told.output.splitlines()]
    assert [each["id"] for each in answers] == [[0], [0]]
    assert all(each["verdict"] in ("at_risk", "incompatible", "invalid") for each in answers)
