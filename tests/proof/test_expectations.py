"""Expected tables written anew, and nothing else in the file."""

from __future__ import annotations

import pytest

from dli_provider.proof.cases import read_cases
from dli_provider.proof.expectations import NewTable, rewritten

TEXT = """\
# At the top.
- name: one # beside
  given:
    orders: |
      id | n

      1  | 2
  # Between.
  expect:
    totals: |
        id | n
        1  | 3

    # Behind a block.
    counts: ""
  then:
    - expect: {totals: "id\\n9"}
- name: two
  expect:
    totals: |
      id
      7
"""


def anew(text: str, *news: tuple[int, int, str, str]) -> str:
    cases = read_cases(text, "f.yaml", lambda _: "")
    tables = [
        NewTable(next(table for table in cases[case].steps[step].expect if table.name == name), new)
        for case, step, name, new in news
    ]
    return rewritten(text, tables)


def test_only_the_tables_change() -> None:
    written = anew(TEXT, (0, 0, "totals", "id | n\n1  | 2\n5  | 6\n"), (1, 0, "totals", "id\n8\n"))
    assert written == TEXT.replace("        1  | 3\n", "        1  | 2\n        5  | 6\n").replace(
        "      7\n", "      8\n"
    )


def test_a_text_in_a_line_becomes_a_block() -> None:
    written = anew(TEXT, (0, 0, "counts", "n\n1\n"))
    assert written == TEXT.replace('    counts: ""\n', "    counts: |\n      n\n      1\n")


def test_in_braces_it_stays_in_its_line_where_yaml_takes_no_block() -> None:
    written = anew(TEXT, (0, 1, "totals", "id | n\n9  | 'a\"b'\n"))
    assert written == TEXT.replace(r'"id\n9"', r'''"id | n\n9  | 'a\"b'"''')
    (table,) = read_cases(written, "f.yaml", lambda _: "")[0].steps[1].expect
    assert table.rows.rows[0].values == {"id": "9", "n": 'a"b'}


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\n# the end\n"])
def test_whatever_follows_the_last_block_stays(end: str) -> None:
    text = "- name: a\n  expect:\n    t: |\n      n\n      1" + end
    written = anew(text, (0, 0, "t", "n\n2\n"))
    assert written == "- name: a\n  expect:\n    t: |\n      n\n      2" + (end or "\n")


def test_what_was_written_is_read_again() -> None:
    written = anew(TEXT, (0, 0, "totals", "id\nnull\n"), (0, 0, "counts", "n\n1\n"))
    first = read_cases(written, "f.yaml", lambda _: "")[0].steps[0]
    assert [[dict(row.values) for row in table.rows.rows] for table in first.expect] == [
        [{"id": None}],
        [{"n": "1"}],
    ]
