"""The recipe in docs/design.md, "Add a field of DLI's", followed to the letter in a copy of the checkout.

One declaration, one line of the local DLI's own list, a regeneration: then all that knows fields knows the new one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).parents[2]
COPIED = (
    "dli_provider",
    "tools",
    "tests",
    "docs",
    "stacks",
    "policies",
    "README.md",
    "pyproject.toml",
    "Makefile",
)

DECLARATION = """    checkpoint_timeout: Annotated[
        Whole | None,
        Field(ge=1, le=86400, description="Seconds after which a checkpoint that is not complete is given up."),
        _CHECKPOINTS,
        Wire(default=600, jobs=SQL),
    ] = None
"""
LINE = '    "checkpoint_timeout": Field(integer(1, 86_400), 600),\n'

DECLARED_IN, LISTED_IN = "job/fields.py", "emulator/rules/fields.py"


def regenerate() -> list[list[str]]:
    """The commands of the recipe, as arguments of Python. Fails where the recipe names other files."""
    text = (CHECKOUT / "docs" / "design.md").read_text()
    recipe = text.partition("**Add a field of DLI's.**")[2].partition("\n\n`")[0]
    assert f"One declaration in `{DECLARED_IN}`" in recipe
    assert f"One line in `FIELDS` of `{LISTED_IN}`" in recipe
    assert "`make docs`" in recipe
    docs = (CHECKOUT / "Makefile").read_text().partition("\ndocs:")[2].partition("\n\n")[0]
    made = re.findall(r"python (-m .+)", docs)
    (golden,) = re.findall(r"`python (-m pytest [^`]+)`", recipe)
    # Of the goldens only the new one is written here; all of them would take a minute.
    return [*map(str.split, made), [*golden.split(), "-q", "-k", "checkpoint_timeout"]]


ABOUT_FIELDS = (
    "tests/job",
    "tests/pulumi/test_job_properties.py",
    "tests/pulumi/test_property_bags.py",
    "tests/emulator/test_merge.py",
    "tests/emulator/test_openapi.py",
    "tests/contract/test_field_catalogue.py",
    "tests/setup/test_docs.py",
)
WHOLE_FILES = ("test_job.py", "test_catalogue.py", "test_openapi.py", "test_docs.py")
"""The tests that look at all fields at once; of the others only what is asked of the new field."""


class Copy:
    """A copy of the checkout's sources, in which files are changed and commands run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in COPIED:
            source = CHECKOUT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
            else:
                shutil.copy(source, folder / name)

    def insert(self, file: str, text: str, before: str) -> None:
        path = self.folder / file
        held = path.read_text()
        assert held.count(before) == 1, f"{file} has no one {before!r}"
        path.write_text(held.replace(before, text + before))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=environ, capture_output=True, text=True, check=False
        )

    def tests(self, *chosen: str) -> subprocess.CompletedProcess[str]:
        """Run the tests about fields of which name or file holds one of these words."""
        quiet = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short")
        return self.run(*quiet, *ABOUT_FIELDS, "-k", f"({' or '.join(chosen)}) and not test_add_a_field")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The checkout with the one declaration."""
    made = Copy(tmp_path_factory.mktemp("checkout"))
    made.insert(f"dli_provider/{DECLARED_IN}", DECLARATION, "    obs_bucket: Annotated[")
    return made


def test_a_field_that_the_local_dli_does_not_know_fails_one_test_which_says_what_to_add(copy: Copy) -> None:
    told = copy.tests("checkpoint_timeout", "test_job.py")
    failed = re.findall(r"^FAILED (\S+)", told.stdout, re.MULTILINE)
    assert failed == [
        "tests/job/test_job.py::test_the_local_dli_has_the_same_fields_in_the_same_documents"
    ], told.stdout
    assert "add a line to FIELDS in dli_provider/emulator/rules/fields.py" in told.stdout


def test_a_declaration_and_a_regeneration_are_all_it_takes(copy: Copy) -> None:
    copy.insert(f"dli_provider/{LISTED_IN}", LINE, '    "obs_bucket": Field(')
    for command in regenerate():
        told = copy.run(*command)
        assert told.returncode == 0, told.stdout + told.stderr
    assert "checkpoint_timeout: Input[int]" in (copy.folder / "dli_provider/pulumi/arguments.py").read_text()
    assert "| `checkpoint_timeout`<br>" in (copy.folder / "docs/arguments.md").read_text()
    told = copy.tests("checkpoint_timeout", "every_field", "undone", *WHOLE_FILES)
    assert told.returncode == 0, told.stdout
