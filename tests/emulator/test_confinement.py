"""What a job on a real Flink may name: OBS paths inside of the runner's folder, and statements of the allow-list."""

from __future__ import annotations

from pathlib import Path

import pytest

from dli_provider.emulator.runners.flink.confinement import check_setting, confined
from dli_provider.emulator.runners.flink.obs_folders import ObsFolders, OutsideFolderError
from dli_provider.emulator.runners.flink.session_properties import runtime_config
from dli_provider.flink.failures import StatementError
from dli_provider.sql import BUILT_IN_CONNECTORS

FILES = "CREATE TABLE t (a STRING) WITH ('connector' = 'filesystem', {options}, 'format' = 'raw')"
FLOW = "INSERT INTO t SELECT a FROM t"


@pytest.fixture
def folders(tmp_path: Path) -> ObsFolders:
    root = tmp_path / "flink" / "obs"
    (root / "bucket").mkdir(parents=True)
    (tmp_path / "id_ed25519").write_text("a private key")
    return ObsFolders(root)


def run(folders: ObsFolders, *statements: str) -> list[str]:
    return [each.text for each in confined(";\n".join(statements), folders, BUILT_IN_CONNECTORS)]


@pytest.mark.parametrize(
    "path",
    [
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "file:/etc/passwd",
        "/etc/passwd",
        "etc/passwd",
        "~/.ssh/id_ed25519",
        "hdfs://namenode/x",
        "OBS://bucket/x",
        " obs://bucket/x",
        "http://evil.example/x",
        "jar:file:///x.jar!/x",
        "",
        "obs://../../id_ed25519",
        "obs://bucket/../../../id_ed25519",
        "obs://bucket/..",
        "obs://bucket/x/../y",
        "obs://bucket\\..\\..\\x",
        "obs://bucket/%2e%2e/%2e%2e/x",
        "obs://bucket/.. /x",
        "s3a://../x",
    ],
)
def test_no_table_lies_outside(folders: ObsFolders, path: str) -> None:
    with pytest.raises(StatementError, match="line 2, column 1: not run here: path = "):
        run(folders, "SET 'a' = 'b'", FILES.format(options=f"'path' = '{path}'"), FLOW)


@pytest.mark.parametrize(
    "options",
    [
        "U&'pat\\0068' = 'file:///etc/passwd'",
        "'path' = U&'file:///etc/passwd'",
        "'pa' 'th' = 'file:///etc/passwd'",
        "'path' = 'obs://bucket/' '../x'",
        "_utf8'path' = 'file:///etc/passwd'",
        "N'path' = 'file:///etc/passwd'",
        "'path' = x'66'",
        "'path' /* = 'obs://bucket/x' */ = 'file:///etc/passwd'",
        "'path' = 'obs://bucket/x', 'path' = 'file:///etc/passwd'",
        "'path' = 'obs://bucket/x', 'sink.partition-commit.success-file.name' = '../../../x'",
        "'path' = 'obs://bucket/x', 'connector' = 'hudi'",
        "'path' = 'obs://bucket/x', 'some.new-option' = 'file:///etc/passwd'",
        "'path' = 'obs://bucket/x', 'csv.schema.location' = 'conf'",
    ],
)
def test_no_spelling_gets_past(folders: ObsFolders, options: str) -> None:
    with pytest.raises(StatementError, match="not run here"):
        run(folders, FILES.format(options=options), FLOW)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE u WITH ('path' = 'file:///etc') LIKE t (OVERWRITING OPTIONS)",
        "INSERT INTO t /*+ OPTIONS('path' = 'file:///tmp/x') */ SELECT a FROM t",
        "INSERT INTO t SELECT a FROM t /*+ options(path = '/etc/passwd') */",
        "CREATE VIEW v AS SELECT * FROM t /*+ OPTIONS(U&'pat\\0068'='file:///etc') */",
        "CREATE CATALOG c WITH ('type' = 'hive', 'hive-conf-dir' = '/etc/hive')",
        "CREATE CATALOG c WITH ('type' = 'jdbc', 'base-url' = 'jdbc:postgresql://h')",
        "ADD JAR 'file:///tmp/evil.jar'",
        "ADD JAR '/tmp/evil.jar'",
        "ADD JAR 'obs://../evil.jar'",
        "CREATE FUNCTION f AS 'x.Y' USING JAR 'file:///tmp/evil.jar'",
        "CREATE FUNCTION f AS 'x.Y' LANGUAGE PYTHON",
        "COMPILE PLAN 'file:///tmp/plan.json' FOR INSERT INTO t SELECT a FROM t",
        "EXECUTE PLAN 'file:///tmp/plan.json'",
        "LOAD MODULE hive",
        "CALL sys.run()",
        "ALTER TABLE t SET ('path' = 'file:///etc')",
        "SET 'pipeline.jars' = 'file:///tmp/evil.jar'",
        "SET U&'pipeline\\002ejars' = 'file:///tmp/evil.jar'",
        "SET 'execution.savepoint.path' = 'file:///etc'",
        "SET 'execution.checkpointing.dir' = '/tmp'",
        "SET 'state.checkpoints.dir' = 'obs://../x'",
    ],
)
def test_no_statement_leads_out(folders: ObsFolders, statement: str) -> None:
    made = FILES.format(options="'path' = 'obs://bucket/x'")
    with pytest.raises(StatementError, match="line 2, column 1: "):
        run(folders, made, statement)


@pytest.mark.parametrize("connector", ["blackhole", "print", "datagen", "redis"])
@pytest.mark.parametrize(
    "like",
    [
        "LIKE b",
        "LIKE b (INCLUDING ALL)",
        "LIKE b (OVERWRITING OPTIONS)",
        "LIKE b (EXCLUDING ALL INCLUDING OPTIONS)",
        "LIKE b (EXCLUDING ALL OVERWRITING OPTIONS)",
        "LIKE b (EXCLUDING CONSTRAINTS)",
        "/* */ LIKE c.b -- (EXCLUDING OPTIONS)\n",
    ],
)
def test_a_table_of_files_takes_over_no_options_that_nobody_looked_at(
    folders: ObsFolders, connector: str, like: str
) -> None:
    """On a real Flink the second table read the file that the first one names."""
    base = f"CREATE TABLE b (a STRING) WITH ('connector' = '{connector}', 'path' = '/etc/passwd')"
    table = f"CREATE TABLE t WITH ('connector' = 'filesystem', 'format' = 'raw') {like}"
    with pytest.raises(
        StatementError, match="line 2, column 1: not run here: a table of files that takes over"
    ):
        run(folders, base, table)


@pytest.mark.parametrize(
    "behind",
    [
        "LIKE b (EXCLUDING OPTIONS)",
        "LIKE b (EXCLUDING ALL)",
        "LIKE b (INCLUDING GENERATED EXCLUDING OPTIONS)",
        "AS SELECT a FROM b WHERE a LIKE 'x'",
    ],
)
def test_a_table_of_files_may_be_like_another_without_its_options(folders: ObsFolders, behind: str) -> None:
    made = f"CREATE TABLE t WITH ('connector' = 'filesystem', 'path' = 'obs://bucket/x') {behind}"
    (shown,) = run(folders, made)
    assert shown.endswith(behind)


@pytest.mark.parametrize(
    "hint",
    [
        "/*+ OPTIONS('a' = 'b' -- */\n, 'path' = '/etc/passwd') */",
        "/*+ OPTIONS('a' = 'b' // */\n, 'path' = '/etc/passwd') */",
        "/*+ STATE_TTL('t' = '1d') -- */\n, OPTIONS('path' = '/etc/passwd') */",
        "/*+ -- */\n OPTIONS('path' = '/etc/passwd') */",
        "/*+ OPTIONS('a' = 'b' */, 'path' = '/etc/passwd') */",
    ],
)
def test_a_hint_is_looked_at_to_its_end(folders: ObsFolders, hint: str) -> None:
    made = FILES.format(options="'path' = 'obs://bucket/x'")
    with pytest.raises(StatementError, match=r"not run here: a (comment within a hint|list of options)"):
        run(folders, made, f"INSERT INTO t SELECT a FROM t {hint}")


def test_what_lies_inside_is_run_as_it_stands(folders: ObsFolders) -> None:
    root = folders.root.as_uri()
    statements = [
        "SET 'table.local-time-zone' = 'Asia/Shanghai'",
        "SET 'state.checkpoints.dir' = 'obs://bucket/ck'",
        "ADD JAR 'obs://bucket/udf.jar'",
        FILES.format(options="'path' = 'obs://bucket/it''s/x'"),
        "CREATE TABLE k (a STRING) WITH ('connector' = 'kafka', 'properties.ssl.truststore.location' = '/x')",
        "CREATE TABLE h (a STRING) WITH ('connector' = 'hudi', 'path' = 'hdfs://n/x')",
        "CREATE TABLE p (a STRING) WITH ('connector' = 'print', 'print-identifier' = '/x')",
        "CREATE TEMPORARY VIEW v AS WITH q AS (SELECT a FROM t) SELECT a FROM q WHERE a = '/etc' OR a = U&'\\0066'",
        "INSERT INTO p /*+ OPTIONS('sink.parallelism' = '1') */ SELECT a FROM v WHERE a <> 'file:///x'",
    ]
    assert run(folders, *statements) == [each.replace("'obs://", f"'{root}/") for each in statements]


def test_no_link_leads_out(folders: ObsFolders, tmp_path: Path) -> None:
    (folders.root / "leak").symlink_to(tmp_path)
    with pytest.raises(StatementError, match=r"leads out of .* by a link"):
        run(folders, FILES.format(options="'path' = 'obs://leak/id_ed25519'"), FLOW)
    below = folders.root / "bucket" / "deep"
    below.mkdir()
    (below / "key").symlink_to(tmp_path / "id_ed25519")
    with pytest.raises(StatementError, match="is a link that leads out"):
        run(folders, FILES.format(options="'path' = 'obs://bucket'"), FLOW)
    with pytest.raises(OutsideFolderError):
        folders.uri("leak/savepoints")
    assert not folders.holds("leak/savepoints")
    (below / "key").unlink()
    (below / "near").symlink_to(folders.root / "bucket")
    assert run(folders, FILES.format(options="'path' = 'obs://bucket'"), FLOW)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("pipeline.jars", "obs://bucket/x.jar"),
        ("pipeline.classpaths", "file:///x"),
        ("env.java.opts", "-javaagent:/tmp/x.jar"),
        ("python.executable", "/tmp/x"),
        ("execution.target", "local"),
        ("rest.address", "evil.example"),
        ("execution.checkpointing.dir", "file:///tmp/x"),
        ("state.savepoints.dir", "tmp"),
        ("state.backend.rocksdb.localdir", "/tmp"),
        ("execution.state-recovery.path", "obs://../x"),
        ("any.new.setting", "hdfs://x/y"),
        ("any.new.setting", "../x"),
    ],
)
def test_no_setting_leads_out(folders: ObsFolders, key: str, value: str) -> None:
    with pytest.raises(OutsideFolderError, match="not run here"):
        check_setting(key, value, folders)


def test_settings_that_lead_nowhere(folders: ObsFolders) -> None:
    given = (
        "table.exec.state.ttl=1 h\ntable.local-time-zone=Asia/Shanghai\nstate.checkpoints.dir=obs://bucket/x"
    )
    for key, value in runtime_config(given + "\nflink.dli.job.scale.enable=true").items():
        check_setting(key, value, folders)
