"""Cases read from YAML: what they hold, and everything that is wrong with them at once, with its place."""

from __future__ import annotations

import pytest

from dli_provider.proof.cases import CaseFaults, ProofCase, read_cases

FILE = "tests/orders.yaml"


def read(text: str, **files: str) -> tuple[ProofCase, ...]:
    def beside(name: str) -> str:
        if name.removesuffix(".csv") not in files:
            raise FileNotFoundError(2, "No such file or directory")
        return files[name.removesuffix(".csv")]

    return read_cases(text, FILE, beside)


def faults(text: str, **files: str) -> list[str]:
    with pytest.raises(CaseFaults) as found:
        read(text, **files)
    return [str(fault).removeprefix(f"{FILE}:") for fault in found.value.faults]


WHOLE = """
# Comments are free.
- name: rows over time
  given:
    orders: |
      id | amount
      1  | 10
    customers: customers.csv
  time: 2026-01-01T10:00:00Z
  expect:
    totals: ""
  then:
    - given:
        orders: |
          op | id | amount
          -D | 1  | 10
      time: end
      expect:
        totals: |
          total
          null
"""


def test_a_case_has_its_steps_in_order() -> None:
    (case,) = read(WHOLE, customers="id,name\n7,Ann\n")
    assert (case.name, case.line, case.upgrade) == ("rows over time", 3, "")
    first, second = case.steps
    assert [table.name for table in first.given] == ["orders", "customers"]
    assert [dict(row.values) for row in first.given[1].rows.rows] == [{"id": "7", "name": "Ann"}]
    assert (first.time, second.time) == ("2026-01-01T10:00:00Z", "end"), (
        "moments stay the texts that they are"
    )
    assert [table.rows.rows for table in first.expect] == [()]
    assert second.given[0].rows.has_op


def test_a_value_knows_where_it_stands() -> None:
    (case,) = read(WHOLE, customers="id\n")
    orders, customers = case.steps[0].given
    assert orders.place(orders.rows.rows[0], "amount") == (FILE, 7, 12)
    assert WHOLE.splitlines()[6][11:13] == "10"
    assert customers.place(None) == ("tests/customers.csv", 1, 1), "beside the cases"
    (line,) = read('- name: a\n  expect: {t: "id\\n1"}\n')[0].steps[0].expect
    assert line.place(line.rows.rows[0], "id") == (FILE, 2, 15), "all of it is in one line"


def test_an_upgrade_expects_after_what_came_after_it() -> None:
    text = """
- name: upgraded
  upgrade: {from: v1}
  given: {orders: "id\\n1"}
  then: [{given: {orders: "id\\n2"}}]
  expect: {totals: "n\\n2"}
"""
    (case,) = read(text)
    assert case.upgrade == "v1"
    assert [len(step.expect) for step in case.steps] == [0, 1]


def test_everything_that_is_wrong_is_said_at_once_with_its_place() -> None:
    text = """\
- name: one
  givn:
    orders: ""
  expect:
    totals: |
      a | b
      1
- given:
    orders: 7
- name: one
  given:
    orders: gone.csv
  time: tomorrow
  then: [{expect: {totals: "a\\n1"}, then: []}]
- name: two
  upgrade: {}
- text
"""
    assert faults(text) == [
        "2:3: givn is not known here; a case has name, given, time, expect, then and upgrade",
        "7:7: totals: this row has 1 cell, and the header has 2 columns",
        "8:3: name is missing",
        "9:13: orders must be text: a table, or the name of a .csv file",
        "12:13: gone.csv cannot be read: No such file or directory",
        "13:9: time must be a moment such as 2026-01-01T12:00:00Z, or `end`",
        "14:37: then is not known here; a case has name, given, time, expect, then and upgrade",
        "16:12: from is missing",
        "17:3: a case must be a mapping of names to what they have",
    ]


def test_what_is_not_there_tells_nothing_and_is_said() -> None:
    assert faults("- name: a\n  given: {orders: gone.csv}\n") == [
        "1:3: a case that expects nothing tells nothing: write `expect:`",
        "2:19: gone.csv cannot be read: No such file or directory",
    ]
    assert faults('- name: a\n  upgrade: {from: v1}\n  expect: {t: ""}\n') == [
        "2:12: an upgrade has rows that come after it: write `then:`"
    ]
    same = '- name: a\n  expect: {t: ""}\n'
    assert faults(same + same) == ["3:9: another case is called 'a' too"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- name: [", "this is not YAML"),
        ("name: a", "write a list of cases"),
        ("- name: a\n\texpect: x", "this is not YAML"),
    ],
)
def test_what_is_no_list_of_cases(text: str, why: str) -> None:
    assert why in faults(text)[0]


def test_an_empty_file_has_no_cases() -> None:
    assert read("# nothing yet\n") == ()
