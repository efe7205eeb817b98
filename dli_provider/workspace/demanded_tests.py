"""Whether the tests of jobs have passed for just the versions that move, as `dli test` wrote it down."""

from __future__ import annotations

from collections.abc import Iterable

from dli_provider.promotion.gate import Check
from dli_provider.promotion.job_tests import JobTests
from dli_provider.promotion.layout import Layout
from dli_provider.promotion.manifest import RecordedTests
from dli_provider.promotion.problems import Problems
from dli_provider.proof.cases import CaseFaults
from dli_provider.workspace import Unusable
from dli_provider.workspace.testing import ProofBench


def demanded(layout: Layout, origin: str, jobs: Iterable[str]) -> JobTests:
    """What is known of the tests of these jobs, as they are in the release of `origin`."""
    bench = ProofBench(layout, origin)
    checks, records = [], {}
    for job in jobs:
        reason, record = _told(bench, origin, job)
        checks.append(Check("tests", job, record is not None, reason))
        if record is not None:
            records[job] = record
    return JobTests(tuple(checks), records)


def _told(bench: ProofBench, origin: str, job: str) -> tuple[str, RecordedTests | None]:
    again = f"run `dli test {job} --stack {origin}`"
    try:
        (held,) = bench.jobs([job])
    except (Unusable, Problems, CaseFaults) as error:
        return str(error), None
    found = bench.tested(held)
    # A record is of one version, one set of cases and one Flink: of any other it says nothing.
    if found is None:
        return f"its tests have not run for this version ({held.digest}); {again}", None
    if found.verdict != "passed":
        return f"{found.failed} of its tests failed; {again}", None
    count = f"{found.passed} test" + ("s" if found.passed != 1 else "")
    return f"{count} passed on Flink {found.flink}", RecordedTests(passed=found.passed, flink=found.flink)
