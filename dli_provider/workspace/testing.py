"""Tests of jobs: the cases beside a release, run on a warm Flink. Binds what `proof` says to what `flink` does."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal, TypeAlias

import yaml  # type: ignore[import-untyped]  # comes with Pulumi, without types

from dli_provider import downloads
from dli_provider.flink import pins
from dli_provider.flink.failures import FlinkError
from dli_provider.flink.provision import Distribution
from dli_provider.flink.row_runner import RowRunner
from dli_provider.flink.sessions import session_settings
from dli_provider.likeness import likeliest
from dli_provider.promotion.artefact import read_artefacts
from dli_provider.promotion.environment import SQL
from dli_provider.promotion.layout import Layout
from dli_provider.promotion.placeholders import fill, placeholders
from dli_provider.promotion.problems import Problems, mapping_of, text_of
from dli_provider.promotion.release import Definition, read_release
from dli_provider.promotion.route import read_route
from dli_provider.proof.cases import CaseFault, CaseFaults, ProofCase, read_cases
from dli_provider.proof.expectations import NewTable, rewritten
from dli_provider.workspace import Unusable
from dli_provider.workspace.case_run import CaseOutcome, RunnableSql, outcome
from dli_provider.workspace.local_jars import TESTS, loaded, local_jar, missing
from dli_provider.workspace.old_versions import old_version

_RECORDS: Final = Path(".dli") / "tests.json"

RecordVerdict: TypeAlias = Literal["passed", "failed"]


@dataclass(frozen=True)
class JobCases:
    """A job of a release, and its cases."""

    job: str
    sql: RunnableSql
    digest: str
    cases: tuple[ProofCase, ...]
    file: str
    stack: str
    matter: str
    """The digest of everything that decides what comes out: SQL and settings as they run, the cases, the files beside
    them, and the versions that upgrades begin with."""
    olds: Mapping[str, RunnableSql | str] = field(default_factory=dict, repr=False)
    """The versions that upgrades begin with, by what the case calls them; a text says why one is not to be had."""


@dataclass(frozen=True)
class ProofRecord:
    """That the tests of a job passed, or did not: for this very digest of the job in the release of a stack, and for
    just what was run (`matter`)."""

    job: str
    stack: str
    digest: str
    matter: str
    flink: str
    verdict: RecordVerdict
    passed: int
    failed: int
    time: str


@dataclass(frozen=True)
class ProofBench:
    """The jobs of a project and their cases. `stack` says whose release; left out, the first on the route."""

    layout: Layout
    stack: str | None = None

    @cached_property
    def release(self) -> str:
        """The stack whose release is tested. Raises Unusable, or Problems where the route cannot be read."""
        if self.stack:
            return self.stack
        route = self.layout.path(self.layout.route)
        if route.is_file():
            return read_route(route, self.layout.route).stacks[0]
        releases = self.layout.path(self.layout.release("x")).parent
        found = sorted(each.name for each in releases.iterdir() if each.is_dir()) if releases.is_dir() else []
        if len(found) == 1:
            return found[0]
        if not found:
            raise Unusable(
                f"there is no release in {releases}: `dli test` runs the tests of jobs whose SQL lies in such files"
            )
        raise Unusable(
            f"which release is to be tested? Name its stack with --stack. There are: {', '.join(found)}."
        )

    def jobs(self, names: Collection[str] = ()) -> list[JobCases]:
        """The jobs that have cases, or these. Raises CaseFaults with everything that is wrong, Problems, Unusable."""
        shown = self.layout.release(self.release)
        held = {one.name: one for one in read_release(self.layout.path(shown), shown).jobs}
        for name in names:
            if name not in held:
                raise Unusable(f"{shown} has no job {name}. {likeliest(name, held)}")
        faults: list[CaseFault] = []
        found = []
        for name in names or held:
            try:
                if (cases := self._cases(held[name], shown)) is not None:
                    found.append(cases)
                elif names:
                    raise Unusable(f"{name} has no tests. Write {self.file(name)} (docs/testing.md).")
            except CaseFaults as wrong:
                faults += wrong.faults
        if faults:
            raise CaseFaults(tuple(faults))
        return found

    def untested(self) -> list[str]:
        """The jobs that have no cases."""
        shown = self.layout.release(self.release)
        names = [one.name for one in read_release(self.layout.path(shown), shown).jobs]
        return [name for name in names if not self.layout.path(self.file(name)).is_file()]

    def file(self, job: str) -> str:
        """The file with a job's cases, as a person in the project's folder would type it."""
        return str(PurePosixPath(self.layout.folder) / TESTS / f"{job}.yaml")

    def _cases(self, definition: Definition, shown: str) -> JobCases | None:
        file = self.file(definition.name)
        path = self.layout.path(file)
        if not path.is_file():
            return None
        text, read = text_of(path, file), _Beside(path.parent)
        cases = read_cases(text, file, read)
        digest = read_artefacts(self.layout.path(shown))[definition.name].digest
        sql = self._runnable(definition)
        named = dict.fromkeys(case.upgrade for case in cases if case.upgrade)
        olds = {each: self._old(shown, definition, each) for each in named}
        matter = _digest([text, *read.texts], [sql, *olds.values()])
        return JobCases(definition.name, sql, digest, cases, file, self.release, matter, olds)

    def _runnable(self, definition: Definition) -> RunnableSql:
        # What a placeholder stands for decides what comes out only where it stands in the query; one that is secret
        # cannot be read here, and stays as it is.
        places = tuple(each for each in definition.placeholders if each.name in self._values)
        return self._script(
            fill(definition.sql, places, self._values), definition.settings, definition.sql_file
        )

    def _script(self, sql: str, settings: Mapping[str, object], shown: str) -> RunnableSql:
        jar = local_jar(self.layout, settings.get("udf_jar_url"))
        return RunnableSql(
            sql,
            session_settings(settings.get("runtime_config")),
            shown,
            loaded(jar),
            missing(jar, self.layout.root),
        )

    @cached_property
    def _values(self) -> Mapping[str, str]:
        file = self.layout.path(self.layout.config_file(self.release))
        with suppress(Problems):
            config = mapping_of(file).get("config")
            config = config if isinstance(config, dict) else {}
            return {
                key.removeprefix(f"{SQL}:"): str(value)
                for key, value in config.items()
                if key.startswith(f"{SQL}:") and not isinstance(value, dict)
            }
        return {}

    def run(
        self, chosen: Sequence[tuple[JobCases, ProofCase]], fetch: Callable[[], Distribution]
    ) -> Iterator[tuple[JobCases, CaseOutcome]]:
        """Each case in its turn, on one warm Flink. Raises Unusable where Flink cannot be had."""
        try:
            with RowRunner(fetch(), os.environ) as flink:
                for job, case in chosen:
                    yield job, outcome(flink, job.sql, case, job.olds.get(case.upgrade))
        except FlinkError as error:
            raise Unusable(str(error)) from error

    def _old(self, release: str, now: Definition, named: str) -> RunnableSql | str:
        """A version of a job as it ran; or why it is not to be had."""
        try:
            found = old_version(self.layout, release, now.name, named)
            places = tuple(each for each in placeholders(found.sql, found.shown) if each.name in self._values)
            held = yaml.safe_load(found.settings) if found.settings is not None else None
        except (Unusable, Problems) as error:
            return str(error)
        except yaml.YAMLError:
            held = ()
        if not isinstance(held, dict | None):
            return f"{now.name}: the settings of {named} are no mapping of names to values"
        # Where only SQL was named, it ran with the settings that the job has now.
        settings = now.settings if found.settings is None else held or {}
        return self._script(fill(found.sql, places, self._values), settings, found.shown)

    # -- what is written down ----------------------------------------------------------------------------------------

    def record(self, job: JobCases, outcomes: Sequence[CaseOutcome]) -> ProofRecord:
        """Write down how all the cases of a job went, for `dli promote` to find."""
        failed = sum(each.verdict != "passed" for each in outcomes)
        record = ProofRecord(
            job.job,
            job.stack,
            job.digest,
            job.matter,
            pins.VERSION,
            "failed" if failed else "passed",
            len(outcomes) - failed,
            failed,
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        )
        file = self.layout.path(str(_RECORDS))
        file.parent.mkdir(mode=0o700, exist_ok=True)
        # One at a time: of two runs side by side neither may lose what the other one has written down.
        with downloads.exclusive(file.with_suffix(".lock")):
            held = {**self.records(), _key(job): record}
            text = json.dumps({name: asdict(each) for name, each in sorted(held.items())}, indent=1)
            # In one rename, so that a run which is broken off leaves the records that were.
            draft = file.with_suffix(".draft")
            draft.write_text(text + "\n", encoding="utf-8")
            draft.replace(file)
        return record

    def records(self) -> dict[str, ProofRecord]:
        """The newest record of each job in each release, on this machine. One that cannot be read is none: tests can
        be run again."""
        with suppress(OSError, ValueError, TypeError, AttributeError):
            held: dict[str, dict[str, Any]] = json.loads(
                self.layout.path(str(_RECORDS)).read_text(encoding="utf-8")
            )
            return {name: ProofRecord(**each) for name, each in held.items()}
        return {}

    def tested(self, job: JobCases) -> ProofRecord | None:
        """The record for just what would be run now, on this Flink; None where there is none."""
        found = self.records().get(_key(job))
        same = found and (found.digest, found.matter, found.flink) == (job.digest, job.matter, pins.VERSION)
        return found if same else None

    def update(self, outcomes: Sequence[CaseOutcome]) -> list[str]:
        """Write what came in the place of what was expected; the names of the files that were changed."""
        news: dict[str, list[NewTable]] = {}
        for each in outcomes:
            for step in each.steps:
                if not step.diff.same:
                    news.setdefault(step.table.file, []).append(NewTable(step.table, step.text))
        for name, tables in news.items():
            path = self.layout.path(name)
            if tables[0].table.span is None:
                path.write_text(tables[0].text, encoding="utf-8")
            else:
                path.write_text(rewritten(path.read_text(encoding="utf-8"), tables), encoding="utf-8")
        return sorted(news)


def _key(job: JobCases) -> str:
    # What `dev` runs is with other values of placeholders than what `staging` runs.
    return f"{job.stack}/{job.job}"


def _digest(texts: Sequence[str], scripts: Sequence[RunnableSql | str]) -> str:
    ran = [
        each
        if isinstance(each, str)
        else [
            each.sql,
            dict(each.settings),
            [hashlib.sha256(Path(jar).read_bytes()).hexdigest() for jar in each.jars],
        ]
        for each in scripts
    ]
    return hashlib.sha256(json.dumps([texts, ran], sort_keys=True).encode()).hexdigest()[:12]


@dataclass
class _Beside:
    """Files beside the cases, and what was in those that were read."""

    folder: Path
    texts: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> str:
        text = (self.folder / name).read_text(encoding="utf-8")
        self.texts.append(text)
        return text
