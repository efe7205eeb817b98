"""The layers, as a test: which part may know which, who may reach outside, and how long a module may be."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "dli_provider"

MAY_IMPORT = {
    "dli_provider": {"resource", "template", "lookups", "spec"},
    "errors": set[str](),
    "settings": {"errors"},
    "spec": set[str](),
    "api": {"errors", "settings"},
    "connect": {"settings", "api", "errors"},
    "lifecycle": {"spec", "api", "errors"},
    "review": {"spec", "lifecycle", "errors"},
    "gate": {"review", "lifecycle", "spec", "errors"},
    "bags": set[str](),
    "properties": {"bags", "spec", "lifecycle", "errors"},
    "arguments": set[str](),
    "host": set[str](),
    "generate": {"spec", "lifecycle", "api", "errors"},
    "terminal": {"errors"},
    "timeouts": set[str](),
    "lookups": {"connect", "settings", "api", "spec", "errors"},
    "template": {"properties", "host", "terminal", "connect", "lifecycle", "spec", "settings", "errors"},
    "takeover": {"properties", "lifecycle", "errors"},
    "sqlcheck": {"flink", "spec", "errors"},
    "resource": {
        "bags",
        "properties",
        "arguments",
        "host",
        "takeover",
        "terminal",
        "timeouts",
        "gate",
        "sqlcheck",
        "connect",
        "lifecycle",
        "spec",
        "settings",
        "errors",
    },
    "promotion": {"spec", "lifecycle", "api", "errors"},
    "cli": {
        "promotion",
        "review",
        "spec",
        "lifecycle",
        "generate",
        "connect",
        "settings",
        "api",
        "emulator",
        "flink",
        "sqlcheck",
        "properties",
        "errors",
    },
    "flink": set[str](),
    "emulator": {"flink"},
    "stacks": {"dli_provider", "resource", "promotion", "spec"},
    "__main__": {"stacks"},
}
ONLY_IN = {
    "requests": {"api"},
    "pulumi": {
        "resource",
        "template",
        "lookups",
        "terminal",
        "timeouts",
        "properties",
        "arguments",
        "stacks",
        "__main__",
    },
    "sqlglot": {"spec"},
    "huaweicloudsdkcore": {"api"},
}
ALSO = {("cli", "pulumi.automation"), ("cli", "stacks")}
SPEC_NEEDS = {"pydantic", "sqlglot"}

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


@pytest.mark.parametrize("path", sorted((PACKAGE / "spec").rglob("*.py")), ids=name_of)
def test_the_specification_is_pure(path: Path) -> None:
    foreign = {imported.split(".")[0] for imported in imports(path)} - {"dli_provider"}
    assert foreign <= STANDARD | SPEC_NEEDS


@pytest.mark.parametrize("path", [path for path in MODULES if layer_of(path) != "cli"], ids=name_of)
def test_only_the_command_line_prints(path: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    assert not [call for call in calls if isinstance(call, ast.Name) and call.id == "print"]


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_a_module_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    assert ast.get_docstring(ast.parse(text)), "a module says what it is for"
