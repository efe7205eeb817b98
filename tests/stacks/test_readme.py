"""What the documents say is so: examples, keys, commands and links are held against the code."""

import ast
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from dli_provider.cli import cli
from dli_provider.job.constraints import violations
from dli_provider.promotion.environment import KEYS
from dli_provider.promotion.release import read_release
from dli_provider.pulumi import reviewed_lock, sql_check
from dli_provider.review import ruleset
from dli_provider.settings import _VARIABLES, JUDGE
from dli_provider.settings import KEYS as OWN_KEYS

CHECKOUT = Path(__file__).resolve().parents[2]
README = CHECKOUT / "README.md"
STACKS = CHECKOUT / "docs" / "stacks.md"
SETTINGS = CHECKOUT / "docs" / "settings.md"
DOCUMENTS = sorted([README, CHECKOUT / "CONTRIBUTING.md", *(CHECKOUT / "docs").rglob("*.md")])
SQL = "CREATE TABLE a (i INT) WITH ('connector'='datagen'); INSERT INTO b SELECT i FROM a;"


def name_of(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


def blocks(document: Path, *languages: str) -> list[str]:
    """The fenced blocks of some languages."""
    found = re.findall(r"^```(\w*)\n(.*?)^```", document.read_text(), re.M | re.S)
    return [text for language, text in found if language in languages]


def commands(document: Path, program: str) -> Iterator[list[str]]:
    """The words after `program` wherever a document shows it being typed, in a block or in back-ticks."""
    text = document.read_text()
    typed = [line for block in blocks(document, "sh") for line in block.replace("\\\n", " ").splitlines()]
    # What stands in a console beside that is what was answered.
    shown = [
        line for block in blocks(document, "console") for line in block.replace("\\\n", " ").splitlines()
    ]
    for lines in (typed, [line.removeprefix("$ ") for line in shown if line.startswith("$ ")]):
        for line in lines:
            words = shlex.split(line, comments=True)
            if words[:1] == [program]:
                yield words[1:]
    outside = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    for inline in re.findall(rf"`{program} ([^`]+)`", outside):
        yield shlex.split(inline)


def rows(document: Path, *start: str) -> list[list[str]]:
    """The code in the first cells of the rows of the table that begins with these headings."""
    lines = document.read_text().splitlines()
    head = next(n for n, line in enumerate(lines) if line.startswith("| " + " | ".join(start)))
    table = []
    for line in lines[head + 2 :]:
        if not line.startswith("|"):
            break
        table.append([cell.strip(" `") for cell in line.strip("|").split("|")])
    return table


def test_the_example_of_a_job_is_valid() -> None:
    (example,) = blocks(README, "python")
    compile(example, "README.md", "exec")
    (call,) = (
        node
        for node in ast.walk(ast.parse(example))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "FlinkSqlJob"
    )
    given = {
        keyword.arg or "": ast.literal_eval(keyword.value)
        for keyword in call.keywords
        if keyword.arg != "sql_body"
    }
    assert len(given) > 10
    assert violations({**given, "sql_body": SQL}) == ()


def test_the_example_of_a_release_is_valid(tmp_path: Path) -> None:
    (settings,) = blocks(STACKS, "yaml")
    (sql,) = blocks(STACKS, "sql")
    (tmp_path / "orders.yaml").write_text(settings)
    (tmp_path / "orders.sql").write_text(sql)
    (job,) = read_release(tmp_path, "docs").jobs
    assert {place.name for place in job.placeholders} == {"prefix", "kafka_brokers"}
    checked = {**job.settings, "sql_body": SQL, "queue_name": "q", "obs_bucket": "state-one"}
    assert violations(checked) == ()


def test_the_config_table_is_complete() -> None:
    told = {key: variable for key, variable, _ in rows(SETTINGS, "config", "environment")}
    assert {*told} == {f"dli:{key}" for key in OWN_KEYS}
    assert {key: told[f"dli:{key}"] for key in _VARIABLES} == _VARIABLES


def test_the_table_of_the_environment_is_complete() -> None:
    assert [key for key, _ in rows(STACKS, "key", "what")] != []
    assert {key for key, _ in rows(STACKS, "key", "what")} == {f"shop:{name}" for name in KEYS}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_config_is_set_by_keys_that_exist(document: Path) -> None:
    beyond = {key.removeprefix("dli:") for key in (reviewed_lock.KEY, ruleset.KEY, sql_check.KEY, JUDGE)}
    known = {"dli": {*_VARIABLES, *beyond}, "shop": set(KEYS)}
    for words in commands(document, "pulumi"):
        if words[:2] == ["config", "set"]:
            for namespace, name in (key.split(":") for key in words[2:] if re.match(r"\w+:\w", key)):
                assert namespace == "sql" or name.split(".")[0] in known[namespace], words


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_each_target_of_make_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (CHECKOUT / "Makefile").read_text(), re.M))
    for words in commands(document, "make"):
        assert words[0] in targets, words


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_each_command_of_ours_exists(document: Path) -> None:
    for words in commands(document, "dli"):
        command: click.Command = cli
        for word in words:
            if not isinstance(command, click.Group) or word.startswith("-"):
                break
            found = command.get_command(click.Context(command), word)
            assert found is not None, f"dli {' '.join(words)}"
            command = found
        options = {
            option for parameter in command.params for option in [*parameter.opts, *parameter.secondary_opts]
        }
        given = {word.split("=")[0] for word in words if word.startswith("--")} - {"--help", "--version"}
        assert given <= options, f"dli {' '.join(words)}"


@pytest.mark.parametrize("document", [*DOCUMENTS, CHECKOUT / "CHANGELOG.md"], ids=name_of)
def test_each_link_leads_somewhere(document: Path) -> None:
    text = document.read_text()
    for target, _, anchor in (link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", text)):
        if target.startswith("http"):
            continue
        file = document.parent / target if target else document
        assert file.is_file(), f"{target} in {name_of(document)}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(), re.M)
            assert anchor in {
                re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings
            }


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_each_file_that_is_named_is_there(document: Path) -> None:
    named = re.findall(r"`((?:dli_provider|stacks|tools|tests|docs)/[\w./]+?)`", document.read_text())
    for name in named:
        if "orders" not in name:  # the example's
            assert (CHECKOUT / name).exists(), f"{name} in {name_of(document)}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_what_a_program_of_users_imports_is_there(document: Path) -> None:
    lines = re.findall(r"^from (dli_provider[\w.]*) import ([\w, ]+)$", document.read_text(), re.MULTILINE)
    for module, names in lines:
        for name in names.split(", "):
            assert hasattr(import_module(module), name), f"{module}.{name} in {name_of(document)}"
