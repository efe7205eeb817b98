"""The architecture, as a test: who may know whom, who may reach outside, what a name stands for, how long things are.

Our own, rather than import-linter: that one reads the same imports, but squashes foreign packages to their first name
(we tell `pulumi.automation` from `pulumi`), and knows nothing of names, lengths and purity, which would stay here.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

PARTS = {
    "dli_provider": {"resource", "template", "pulumi", "job"},
    "downloads": set[str](),
    "errors": {"secrets"},
    "likeness": set[str](),
    "resting": set[str](),
    "secrets": set[str](),
    "settings": {"errors", "likeness", "secrets"},
    "times": set[str](),
    "connect": {"api", "settings", "errors"},
    "sql": {"secrets"},
    "proof": {"sql"},
    "graph": {"sql"},
    "job": {"sql"},
    "plan": {"job", "sql"},
    "api": {"settings", "secrets", "errors", "resting"},
    "run": {"plan", "job", "sql", "api", "settings", "errors", "likeness", "resting", "times"},
    "review": {"run", "plan", "job", "graph", "sql", "secrets", "errors", "times"},
    "promotion": {"plan", "job", "graph", "sql", "likeness", "times"},
    "generate": {"run", "plan", "job", "sql", "api", "secrets", "errors"},
    "pulumi": {"generate", "review", "promotion", "run", "plan", "job", "sql", "flink", "api"}
    | {"connect", "downloads", "settings", "secrets", "errors", "resting"},
    "program": {"resource", "promotion"},
    "resource": {"pulumi", "job"},
    "template": {"pulumi"},
    "workspace": {
        "pulumi",
        "promotion",
        "review",
        "generate",
        "run",
        "plan",
        "job",
        "graph",
        "proof",
        "sql",
        "api",
        "downloads",
    }
    | {"flink", "connect", "settings", "secrets", "errors", "likeness", "times"},
    "cli": {
        "graph",
        "workspace",
        "promotion",
        "review",
        "plan",
        "proof",
        "errors",
        "secrets",
        "emulator",
        "flink",
        "downloads",
        "likeness",
        "times",
    },
    "flink": {"downloads", "secrets", "sql"},
    "emulator": {"flink", "graph", "secrets", "sql", "times"},
    "stacks": set[str](),
    "__main__": {"program"},
    "policies": {"pulumi", "review"},
    "tools": {
        "dli_provider",
        "downloads",
        "api",
        "connect",
        "emulator",
        "flink",
        "generate",
        "job",
        "plan",
        "proof",
        "pulumi",
    }
    | {"cli", "promotion", "proof", "resource", "review", "run", "settings", "sql", "workspace"},
}
"""Which part may know which others. `emulator` is a second witness: it must not share a rule of DLI's with us."""
SUB_PARTS = {"tools.setup": {"dli_provider.downloads"}}
"""Parts of a part that may know less: `make setup` runs on a bare Python, before anything is installed."""

FOREIGN = {
    "click": {"cli"},
    "fastapi": {"emulator"},
    "google.protobuf": {"pulumi", "tools"},
    "greenlet": {"pulumi"},
    "grpc": {"pulumi", "tools"},
    "huaweicloudsdkcore": {"api"},
    "jinja2": {"emulator"},
    "pulumi": {"program", "resource", "template", "pulumi", "tools"},
    "pulumi.automation": {"workspace"},
    "pulumi_policy": {"policies"},
    "requests": {"api"},
    "rich": {"cli", "tools"},
    "starlette": {"emulator"},
    "urllib3": {"api"},
    "uvicorn": {"emulator"},
}
"""Who may import a foreign package, or a part of one."""
PURE = {
    "sql": {"decimal"},
    "graph": set[str](),
    "job": {"pydantic"},
    "plan": set[str](),
    # Moments and chance are handed in: a seed, and rows with their times.
    "proof": {"datetime", "decimal", "pydantic", "random", "yaml"},
}
"""Parts that only decide, with the other packages that they are made of."""
DECIDING = {"__future__", "abc", "collections", "contextlib", "dataclasses", "difflib", "enum", "functools"}
DECIDING |= {
    "bisect",
    "csv",
    "hashlib",
    "html",
    "importlib",
    "inspect",
    "itertools",
    "json",
    "math",
    "re",
    "textwrap",
    "types",
    "typing",
}
"""Of the standard library, what reads neither clock nor file nor network."""

HELD_BRIEFLY = {
    "dli_provider.pulumi.crew",
    "dli_provider.pulumi.job_verbs",
    "dli_provider.pulumi.ledger",
    "dli_provider.pulumi.messages",
    "dli_provider.pulumi.neighbours",
    "dli_provider.pulumi.plugin.servicer",
    "dli_provider.pulumi.sql_check",
    "dli_provider.pulumi.sql_judge",
    "dli_provider.run.once",
    "dli_provider.run.watch",
}
"""Who has locks under which nothing is asked of DLI and nobody waits for a job."""

ONE_FACE = {"dli_provider.sql"}
"""Packages that others import as a whole."""

SAME_IDEA: Mapping[str, set[str]] = {
    # One writes the other.
    "arguments": {"tools/arguments.py", "dli_provider/pulumi/arguments.py"},
    # DLI's fields, once more in the emulator, which is a second witness.
    "fields": {"dli_provider/job/fields.py", "dli_provider/emulator/rules/fields.py"},
    # A command is the module of its name in cli/; what it shows comes from the other.
    "drift": {"dli_provider/cli/drift.py", "dli_provider/plan/drift.py"},
    "history": {"dli_provider/cli/history.py", "dli_provider/emulator/runners/history.py"},
    "rules": {"dli_provider/cli/rules.py", "dli_provider/review/rules.py"},
    "status": {"dli_provider/cli/status.py", "dli_provider/job/status.py"},
}
"""Modules of one name, each pair with its reason. No others may have that name, and no class may."""
PAST_A_FACE = {"dli_provider.sql": "tests/sql/"}
"""The tests of what is behind a face; the tests of other parts come by the face too."""

LONGEST_FUNCTION, LONGEST_MODULE = 60, 600


# -- what there is -------------------------------------------------------------------------------------------------


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


CODE = [*files("dli_provider", "policies", "stacks", "tools"), ROOT / "__main__.py"]
WRITTEN = [*CODE, *files("tests")]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in CODE}


def part_of(module: str) -> str:
    top, *rest = module.split(".")
    return rest[0] if top == "dli_provider" and rest else top


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> frozenset[str]:
    """Dotted names of all that a module imports: also within functions, and for types alone."""
    found = set[str]()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: imports are absolute"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else str(node.module) for name in inner}
    return frozenset(found)


def inner_imports(path: Path) -> Iterator[str]:
    return (
        name
        for name in imports(path)
        if name.split(".")[0] in {"dli_provider", "policies", "stacks", "tools"}
    )


def foreign_imports(path: Path) -> Iterator[str]:
    ours = {"dli_provider", "policies", "stacks", "tools", "tests"}
    tops = {name: name.split(".")[0] for name in imports(path)}
    return (name for name, top in tops.items() if top not in ours | sys.stdlib_module_names)


def none_of(offenders: Iterable[str]) -> None:
    assert not (found := sorted(set(offenders))), f"these offend: {found}"


# -- who knows whom ------------------------------------------------------------------------------------------------


def test_the_rules_cover_every_part() -> None:
    assert {part_of(module) for module in MODULES} == PARTS.keys()


def unlawful(module: str, path: Path) -> Iterator[str]:
    part = part_of(module)
    for imported in inner_imports(path):
        if (target := part_of(imported)) != part and target not in PARTS[part]:
            yield f"{part} -> {target}"
    for imported in foreign_imports(path):
        names = [name for name in FOREIGN if f"{imported}.".startswith(f"{name}.")]
        if names and not any(part in FOREIGN[name] for name in names):
            yield f"{part} -> {max(names, key=len)}"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_knows_only_what_its_part_may_know(module: str) -> None:
    none_of(unlawful(module, MODULES[module]))


@pytest.mark.parametrize("part", SUB_PARTS)
def test_a_part_within_a_part_knows_less(part: str) -> None:
    for module, path in MODULES.items():
        if f"{module}.".startswith(f"{part}."):
            assert not list(foreign_imports(path)), f"{module} runs before anything is installed"
            known = {name for name in inner_imports(path) if not f"{name}.".startswith(f"{part}.")}
            assert known - {"tools"} <= SUB_PARTS[part]


def test_no_module_knows_itself_by_way_of_others() -> None:
    knows = {
        module: [name for name in inner_imports(path) if name in MODULES] for module, path in MODULES.items()
    }
    reached: dict[str, set[str]] = {}
    for module in knows:
        seen, ahead = set[str](), list(knows[module])
        while ahead:
            if (name := ahead.pop()) not in seen:
                seen.add(name)
                ahead += knows[name]
        reached[module] = seen
    none_of((module for module, seen in reached.items() if module in seen))


def test_nobody_imports_past_a_face() -> None:
    past = {
        name
        for module, path in MODULES.items()
        for name in inner_imports(path)
        for face in ONE_FACE
        if name.startswith(f"{face}.") and not f"{module}.".startswith(f"{face}.")
    }
    none_of(past)


@pytest.mark.parametrize("path", files("tests"), ids=name_of)
def test_only_its_own_tests_look_behind_a_face(path: Path) -> None:
    none_of(
        name
        for name in inner_imports(path)
        for face in ONE_FACE
        if name.startswith(f"{face}.") and not name_of(path).startswith(PAST_A_FACE[face])
    )


@pytest.mark.parametrize(
    "module", [module for module in MODULES if part_of(module) in {"run", "generate", "pulumi"}]
)
def test_nobody_rests_while_holding_a_lock(module: str) -> None:
    """Who wants it next may be on the same thread, which then stands still for good (`dli_provider.resting`)."""
    tree = ast.parse(MODULES[module].read_text())
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    named |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert module in HELD_BRIEFLY or not named & {"Lock", "RLock", "Condition", "Semaphore"}, (
        "resting.Turn will do"
    )


@pytest.mark.parametrize("module", [module for module in MODULES if part_of(module) in PURE])
def test_what_decides_is_pure(module: str) -> None:
    tops = {name.split(".")[0] for name in imports(MODULES[module])} - {"dli_provider"}
    assert tops <= DECIDING | PURE[part_of(module)]


@pytest.mark.parametrize("module", [module for module in MODULES if part_of(module) not in {"cli", "tools"}])
def test_only_the_command_line_prints(module: str) -> None:
    calls = [node.func for node in ast.walk(parsed(MODULES[module])) if isinstance(node, ast.Call)]
    assert not [call for call in calls if isinstance(call, ast.Name) and call.id == "print"]


DOORS = {
    "dli_provider/cli/screen.py": re.compile(
        r"\bclick\.(?:secho|echo)\b|\bConsole\(|(?<![.\w])print\(|sys\.std\w+\.write\("
    ),
    "dli_provider/pulumi/messages.py": re.compile(r"\bpulumi\.(?:log|info|warn)\b"),
    "dli_provider/pulumi/plugin/host.py": re.compile(r"\bLogRequest\("),
}
"""The only module of its part that may do such a thing: it masks what it shows, so none can show anything unmasked."""


@pytest.mark.parametrize("door", DOORS)
def test_there_is_one_way_out_and_it_masks(door: str) -> None:
    others = files(str(Path(door).parent))
    if door.endswith("messages.py"):
        others += [MODULES["dli_provider.resource"], MODULES["dli_provider.template"]]
    none_of(
        f"{name_of(path)}: {found[0]}"
        for path in others
        if name_of(path) != door
        for found in DOORS[door].finditer(path.read_text(encoding="utf-8"))
    )


# -- names, and how long things are --------------------------------------------------------------------------------


def twice(places: Iterable[tuple[str, Path]]) -> Iterator[str]:
    found = defaultdict[str, set[Path]](set)
    for name, path in places:
        found[name].add(path)
    return (
        name
        for name, paths in found.items()
        if len(paths) > 1 and {name_of(path) for path in paths} != SAME_IDEA.get(name)
    )


def test_a_class_name_stands_for_one_thing() -> None:
    every = ((path, node) for path in WRITTEN for node in ast.walk(parsed(path)))
    none_of(twice((node.name, path) for path, node in every if isinstance(node, ast.ClassDef)))


def test_a_module_name_stands_for_one_thing() -> None:
    """Tests are named for what they test, so two parts that have a module of one idea have two tests of one name."""
    every = [path for path in WRITTEN if not path.stem.startswith(("__", "test_", "conftest"))]
    none_of(twice((path.stem, path) for path in every))


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_a_module_says_what_it_is_for_and_is_not_too_long(path: Path) -> None:
    assert ast.get_docstring(parsed(path)), "a module says what it is for"
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= LONGEST_FUNCTION, f"{node.name} has {lines} lines"


def test_no_function_is_excused_from_being_simple() -> None:
    """Ruff measures the complexity; what is said here is that nobody is let off."""
    lines = [
        line
        for path in WRITTEN
        for line in path.read_text().splitlines()
        if re.search(r"# noqa.*\bC901", line)
    ]
    none_of(match[1] for line in lines if (match := re.match(r"\s*(?:async )?def (\w+)", line)))
