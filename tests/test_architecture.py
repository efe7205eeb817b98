"""The layers, as a test: which part may know which, who may reach outside, and how long a module may be."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "dli_provider"

MAY_IMPORT = {
    "dli_provider": {"resource", "template", "pulumi", "job"},
    "errors": set[str](),
    "settings": {"errors"},
    "connect": {"settings", "api", "errors"},
    "sql": {"job"},
    "job": {"sql"},
    "api": {"errors", "settings"},
    "plan": {"job", "sql", "run", "api", "errors"},
    "run": {"plan", "job", "api", "errors"},
    "review": {"plan", "job", "sql", "api", "errors"},
    "promotion": {"plan", "job", "sql", "api", "errors"},
    "generate": {"plan", "job", "sql", "api", "errors"},
    "pulumi": {"review", "run", "plan", "job", "sql", "flink", "api", "connect", "settings", "errors"},
    "resource": {"pulumi", "run", "plan", "job", "connect", "settings", "errors"},
    "template": {"pulumi", "run", "job", "connect", "settings", "errors"},
    "workspace": {
        "promotion",
        "review",
        "run",
        "plan",
        "job",
        "sql",
        "pulumi",
        "api",
        "connect",
        "settings",
        "errors",
        "cli",
    },
    "cli": {
        "workspace",
        "promotion",
        "review",
        "run",
        "plan",
        "job",
        "sql",
        "generate",
        "pulumi",
        "connect",
        "settings",
        "api",
        "emulator",
        "flink",
        "errors",
    },
    "flink": set[str](),
    "emulator": {"flink"},
    "stacks": {"dli_provider", "resource", "promotion", "job"},
    "__main__": {"stacks"},
}
ONLY_IN = {
    "requests": {"api"},
    "pulumi": {"resource", "template", "pulumi", "stacks", "__main__"},
    "sqlglot": {"sql"},
    "huaweicloudsdkcore": {"api"},
}
ALSO = {("workspace", "pulumi.automation"), ("cli", "pulumi.automation"), ("cli", "stacks")}
PURE_NEEDS = {"pydantic", "sqlglot"}

PURE = sorted([*(PACKAGE / "sql").rglob("*.py"), *(PACKAGE / "job").rglob("*.py")])
MODULES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "stacks").rglob("*.py"), *ROOT.glob("__main__.py")])
WRITTEN = sorted([*MODULES, *(ROOT / "tools").rglob("*.py"), *(ROOT / "tests").rglob("*.py")])
STANDARD = {"__future__", "collections", "dataclasses", "difflib", "enum", "functools", "hashlib", "inspect"}
STANDARD |= {"itertools", "json", "math", "re", "types", "typing"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def layer_of(path: Path) -> str:
    part = path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else ROOT).parts[0].removesuffix(".py")
    return "dli_provider" if part == "__init__" else part


def imports(path: Path) -> Iterator[str]:
    """Dotted names of all a module imports, wherever in it; of the package, down to the layer."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: imports are absolute"
            module = node.module or ""
            inner = [
                f"{module}.{alias.name}" for alias in node.names if (PACKAGE / f"{alias.name}.py").exists()
            ]
            inner += [f"{module}.{alias.name}" for alias in node.names if (PACKAGE / alias.name).is_dir()]
            yield from inner if module == "dli_provider" and inner else [module]


def test_the_rules_cover_every_layer_and_find_modules() -> None:
    assert MODULES
    assert {layer_of(path) for path in MODULES} <= MAY_IMPORT.keys()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_the_layers_it_may_know(path: Path) -> None:
    layer = layer_of(path)
    for imported in imports(path):
        top, *rest = imported.split(".")
        target = rest[0] if top == "dli_provider" and rest else top
        if top in {"dli_provider", "stacks"} and target != layer and (layer, target) not in ALSO:
            assert target in MAY_IMPORT[layer], f"{layer} may not know {target}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_reaches_outside_only_where_it_may(path: Path) -> None:
    layer = layer_of(path)
    for imported in imports(path):
        owners = ONLY_IN.get(imported.split(".")[0])
        if owners is not None and not any(
            (layer, imported[: len(what)]) == (who, what) for who, what in ALSO
        ):
            assert layer in owners, f"only {' and '.join(sorted(owners))} may import {imported}"


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_the_specification_is_pure(path: Path) -> None:
    foreign = {imported.split(".")[0] for imported in imports(path)} - {"dli_provider"}
    assert foreign <= STANDARD | PURE_NEEDS


@pytest.mark.parametrize(
    "path", [path for path in MODULES if layer_of(path) not in {"cli", "workspace"}], ids=name_of
)
def test_only_the_command_line_prints(path: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    assert not [call for call in calls if isinstance(call, ast.Name) and call.id == "print"]


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_a_module_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    assert ast.get_docstring(ast.parse(text)), "a module says what it is for"
