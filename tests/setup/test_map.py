"""The map of the code is whole, and leads only to what is there; so do the guide for contributors and the decisions."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "dli_provider"
TOOLS = CHECKOUT / "tools"
MAP = CHECKOUT / "docs" / "design.md"
GUIDES = sorted([MAP, *(CHECKOUT / name for name in ("CONTRIBUTING.md", "SECURITY.md"))])
GUIDES += sorted((CHECKOUT / "docs" / "decisions").glob("*.md"))
DOCUMENTS = sorted({CHECKOUT / "README.md", *(CHECKOUT / "docs").glob("*.md"), *GUIDES})
FOLDERS = ("dli_provider", "docs", "policies", "stacks", "tests", "tools")
PARTS = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}


def name_of(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


def code(document: Path) -> list[str]:
    """What stands in back-ticks outside of blocks."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", document.read_text(), flags=re.M | re.S))


def mapped() -> Iterator[Path]:
    """The files in the first cells of the map's tables: each stands below the heading that names its folder."""
    folder = None
    for line in MAP.read_text().splitlines():
        if line.startswith("#"):
            named = re.search(r"^### `([\w/]+/)`", line)
            folder = CHECKOUT / named[1] if named else None
        elif folder and line.startswith("| `"):
            yield from (folder / name for name in re.findall(r"`([\w./]+)`", line.split("|")[1]))


def source() -> str:
    return "\n".join(path.read_text() for name in FOLDERS for path in sorted((CHECKOUT / name).rglob("*.py")))


def test_every_module_is_on_the_map() -> None:
    modules = {path for path in [*PACKAGE.rglob("*.py"), *TOOLS.rglob("*.py")] if path.name != "__init__.py"}
    assert not sorted(map(name_of, modules - set(mapped())))


def test_what_is_on_the_map_is_there() -> None:
    files = [path for path in mapped() if path.suffix == ".py"]
    assert files
    assert not [name_of(path) for path in files if not path.is_file()]
    assert len(files) == len(set(files)), "each module has one place on the map"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_each_path_that_is_named_is_there(document: Path) -> None:
    for name in code(document):
        first, *rest = name.split("/")
        if not rest or not re.fullmatch(r"[\w./-]+", name) or "orders" in name:  # the example's
            continue
        if first in FOLDERS:
            assert (CHECKOUT / name).exists(), f"{name} in {name_of(document)}"
        elif document in GUIDES and first in PARTS:
            assert (PACKAGE / name).exists(), f"{name} in {name_of(document)}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_each_module_that_is_named_is_there(document: Path) -> None:
    for name in code(document):
        if re.fullmatch(r"(?:dli_provider|tools|tests|stacks)(?:\.\w+)+", name):
            assert _leads_to_code(CHECKOUT, name.split(".")), f"{name} in {name_of(document)}"


@pytest.mark.parametrize("document", GUIDES, ids=name_of)
def test_each_class_that_is_named_exists(document: Path) -> None:
    text = source()
    for name in code(document):
        if re.fullmatch(r"_?(?:[A-Z][a-z]+){2,}", name):
            assert re.search(rf"\b{name}\b", text), f"{name} in {name_of(document)}"


@pytest.mark.parametrize("document", GUIDES, ids=name_of)
def test_each_link_of_the_guides_leads_somewhere(document: Path) -> None:
    for target, _, anchor in (
        link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text())
    ):
        if target.startswith("http"):
            continue
        file = document.parent / target if target else document
        assert file.is_file(), f"{target} in {name_of(document)}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(), re.M)
            assert anchor in {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


def test_every_decision_is_listed() -> None:
    folder = CHECKOUT / "docs" / "decisions"
    listed = re.findall(r"\]\((\d\d-[\w-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))


def _leads_to_code(folder: Path, parts: list[str]) -> bool:
    """Whether these are a package, a module, or a name that a module has."""
    first, *rest = parts
    inside, file = folder / first, folder / f"{first}.py"
    if inside.is_dir():
        return not rest or _leads_to_code(inside, rest) or _names(inside / "__init__.py", rest[0])
    return file.is_file() and (not rest or _names(file, rest[0]))


def _names(file: Path, name: str) -> bool:
    return file.is_file() and re.search(rf"\b{name}\b", file.read_text()) is not None


def test_each_threat_has_a_test_that_is_there() -> None:
    """In SECURITY.md, under `Threats`."""
    table = (CHECKOUT / "SECURITY.md").read_text().partition("## Threats")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 6
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row[-1])
        assert named, row[0]
        for file, test in named:
            assert f"def {test}(" in (CHECKOUT / file).read_text(), f"{file}::{test}"
