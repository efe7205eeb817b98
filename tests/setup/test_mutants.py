"""The changes that the sample jobs' tests are measured by."""

from __future__ import annotations

import re

from dli_provider.promotion.layout import Layout
from dli_provider.workspace.testing import ProofBench
from tools.mutants import EQUIVALENT, ROOT, RULES, Mutant, mutants

JOBS = ProofBench(Layout.of(ROOT)).jobs()


def every() -> list[Mutant]:
    return [mutant for job in JOBS for mutant in mutants(job.job, job.sql.sql)]


def test_there_are_enough_and_each_is_another_script_with_a_name_of_its_own() -> None:
    found = every()
    assert len(found) >= 60
    assert len({mutant.sql for mutant in found}) == len({mutant.name for mutant in found}) == len(found)
    assert not {mutant.sql for mutant in found} & {job.sql.sql for job in JOBS}


def test_each_rule_still_finds_something_to_change() -> None:
    scripts = [re.sub(r"--[^\n]*", "", job.sql.sql) for job in JOBS]
    assert [pattern for pattern, _ in RULES if not any(re.search(pattern, sql) for sql in scripts)] == []


def test_what_is_excused_is_one_of_them() -> None:
    assert EQUIVALENT.keys() <= {mutant.name for mutant in every()}
