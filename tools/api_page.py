"""The tables of `docs/api.md`: each row of DLI's pages beside what becomes of it here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from dli_provider.emulator.rules.fields import FIELDS as LOCAL
from dli_provider.job.catalogue import FieldInfo, fields
from dli_provider.job.declarations import WIRED
from dli_provider.job.fields import JobSpec
from dli_provider.job.wire import AS_IT_IS, Wire
from tools.api_rows import AROUND, CONTRADICTIONS, FIELDS, ON_NO_PAGE

CHECKOUT = Path(__file__).resolve().parents[1]
TESTS = (
    "tests/job/test_values.py",
    "tests/job/test_document.py",
    "tests/emulator/test_strictness.py",
    "tests/emulator/test_merge.py",
)
"""Where single fields are tried, beside the golden that each has."""
_PAGES = {"Creating a SQL Job": "created", "Updating a SQL Job": "updated"}


def api_fields() -> str:
    """The request parameters, in the order of the pages; then what we have and no page."""
    ours = {info.name: info for info in fields() if not info.control}
    names = [*FIELDS, *(name for name in ours if name not in FIELDS)]
    head = "| field | type | bound | default | unit | the page's words, in brief | here | how it is sent | tested in |"
    return "\n".join([head, "|---" * 9 + "|", *(_row(ours[name]) for name in names)])


def api_around() -> str:
    """The rows of the update page beside its request parameters."""
    head = ["| row | where | the page's words, in brief | here |", "|---|---|---|---|"]
    return "\n".join(head + [f"| `{name}` | {' | '.join(said)} |" for name, said in AROUND.items()])


def api_contradictions() -> str:
    """What the pages disagree on, and what is done about it."""
    rows = (
        (each.about, each.one, each.other, each.client, f"`{each.switch}`" if each.switch else "")
        for each in CONTRADICTIONS
    )
    head = ["| about | one source | another | what we do | switch of the local DLI |", "|---" * 5 + "|"]
    return "\n".join(head + [f"| {' | '.join(row)} |" for row in rows])


def _row(ours: FieldInfo) -> str:
    page = FIELDS.get(ours.name, ON_NO_PAGE)
    here = "; ".join(filter(None, [_type(ours), ours.bounds, *_local(ours.name)]))
    cells = [
        f"`{ours.name}`",
        *(page.type, page.bound, page.default, page.unit, page.words),
        here,
        "; ".join(_sent(WIRED[ours.name], ours)),
        ", ".join(f"[{Path(path).name}](../{path})" for path in tried_in(ours.name)),
    ]
    return f"| {' | '.join(cells)} |"


def _type(ours: FieldInfo) -> str:
    return " or ".join(f"`{one}`" for one in ours.type.split(" | "))


def _local(name: str) -> Iterator[str]:
    """The bound of the local DLI, which was written from the pages a second time."""
    schema = LOCAL[name].check.schema
    if "maximum" in schema:
        yield f"local DLI: {schema['minimum']} to {schema['maximum']}"
    elif "maxLength" in schema:
        yield f"local DLI: at most {schema['maxLength']} characters"


def _sent(wire: Wire, ours: FieldInfo) -> Iterator[str]:
    taken = [_PAGES[page] for page in ours.pages]
    yield f"when a job is {' and '.join(taken)}" + (", always" if wire.derived else "")
    if wire.codec is not AS_IT_IS:
        example = _example(ours.name)
        if example is not None and wire.encode(example) != example:
            yield f"`{json.dumps(example)}` as `{json.dumps(wire.encode(example))}`".replace("|", "\\|")
    if wire.update and not wire.derived:
        undone = wire.encode(wire.default) if wire.cleared is None else wire.cleared
        if undone is not None:
            yield f"taken out of the program: `{json.dumps(undone)}`"


def _example(name: str) -> object:
    field = JobSpec.model_fields[name]
    if field.examples:
        return None if name == "sql_body" else field.examples[0]
    return WIRED[name].default


def tried_in(name: str) -> tuple[str, ...]:
    """The files that try this field by its name; its golden holds every change of it, request by request."""
    golden = f"tests/contract/goldens/fields/{name}.txt"
    naming = [path for path in TESTS if f'("{name}"' in (CHECKOUT / path).read_text()]
    samples = json.loads((CHECKOUT / "tests/emulator/samples.json").read_text())
    if any(name in sample["body"] for sample in samples):
        naming.append("tests/emulator/samples.json")
    return (golden, *naming)
