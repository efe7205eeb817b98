"""Keeps the generated parts of the documentation in step with what they are generated from.

A generated part of a Markdown file stands between two markers, with nothing written by hand in between:

    <!-- generated: make-targets -->
    <!-- end of make-targets -->

`python -m tools.docs` writes all of them; with `--check` it writes none, and fails when one is stale.
A new one is a function that returns Markdown, a line in BLOCKS, and the two markers in the file.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from dli_provider.job.catalogue import FieldInfo, fields
from dli_provider.review.rules import RULES
from tools.api_page import api_around, api_contradictions, api_fields
from tools.schema_docs import plugin_reference

CHECKOUT = Path(__file__).resolve().parents[1]
MARKED = re.compile(
    r"(<!-- generated: (?P<name>[\w-]+) -->\n)(?P<text>.*?)(<!-- end of (?P=name) -->)", re.DOTALL
)
OPENING = re.compile(r"<!-- generated: ([\w-]+) -->")


def make_targets() -> str:
    """What can be typed after `make`, from the Makefile's own comments."""
    targets = re.findall(r"^([a-z]+):.*?## (.*)$", (CHECKOUT / "Makefile").read_text(), re.MULTILINE)
    return "\n".join(
        [
            "| command | what it does |",
            "|---|---|",
            *(f"| `make {name}` | {text} |" for name, text in targets),
        ]
    )


def job_fields() -> str:
    """The arguments that are fields of DLI's documents."""
    return _arguments(info for info in fields() if not info.control)


def control_fields() -> str:
    """The arguments that are ours; `owner` is left out, as users do not set it."""
    return _arguments(info for info in fields() if info.control and info.name != "owner")


def review_rules() -> str:
    """The rules of a review."""
    return "\n".join(
        [
            "| rule | level | speaks of | asks | what to do |",
            "|---|---|---|---|---|",
            *(
                f"| `{rule.id}` | {rule.severity.name.lower()} | {'production' if rule.production else 'every stack'} "
                f"| {rule.asks} | {rule.remedy} |"
                for rule in RULES
            ),
        ]
    )


def _arguments(infos: Iterable[FieldInfo]) -> str:
    return "\n".join(
        [
            "| argument | type, bounds, default | a change to it |",
            "|---|---|---|",
            *(
                f"| `{info.name}`<br>{_plain(info.description)} | {_form(info)} | {_change(info)} |"
                for info in infos
            ),
        ]
    )


def _plain(text: str) -> str:
    """Text that Markdown takes for no tag."""
    return text.replace("<", "\\<")


def _form(info: FieldInfo) -> str:
    """What may be written: `"v1"` or `"v2"`; default `"v1"`."""
    default = info.default if info.default.startswith("follows ") else f"default `{info.default}`"
    types = " or ".join(f"`{one}`" for one in info.type.split(" | "))
    return "; ".join(filter(None, [types, info.bounds, default if info.default else ""]))


def _change(info: FieldInfo) -> str:
    """What a change costs the running job, why, and what becomes of its state."""
    fate = f"; state {info.state_fate.name.lower().replace('_', ' ')}" if info.state_fate else ""
    return f"**{info.impact.name}**: {info.because}{fate}"


BLOCKS: Mapping[str, Callable[[], str]] = {
    "make-targets": make_targets,
    "job-fields": job_fields,
    "control-fields": control_fields,
    "review-rules": review_rules,
    "plugin-reference": plugin_reference,
    "api-fields": api_fields,
    "api-around": api_around,
    "api-contradictions": api_contradictions,
}
"""Each generated part by name; the markers say in which file it stands."""


def renew(text: str, blocks: Mapping[str, Callable[[], str]]) -> str:
    """`text` with every generated part as it should be.

    Raises LookupError for a marker without its end, or one that names no known block.
    """
    whole = {match["name"] for match in MARKED.finditer(text)}
    for name in OPENING.findall(text):
        if name not in whole:
            raise LookupError(f"the generated part {name} has no end")
        if name not in blocks:
            raise LookupError(f"nothing generates {name}: known are {', '.join(sorted(blocks))}")
    return MARKED.sub(lambda match: f"{match[1]}{blocks[match['name']]()}\n{match[4]}", text)


def documents(checkout: Path) -> list[Path]:
    """The Markdown files that may hold generated parts."""
    return sorted([*checkout.glob("*.md"), *checkout.glob("docs/**/*.md")])


def main(arguments: list[str], checkout: Path = CHECKOUT) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.docs", description="Renew the generated documentation."
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit code 1 when something is out of date"
    )
    check = parser.parse_args(arguments).check
    stale, placed = [], set()
    for document in documents(checkout):
        text = document.read_text()
        try:
            renewed = renew(text, BLOCKS)
        except LookupError as error:
            sys.exit(f"{document.relative_to(checkout)}: {error.args[0]}")
        placed.update(OPENING.findall(text))
        if renewed != text:
            stale.append(str(document.relative_to(checkout)))
            if not check:
                document.write_text(renewed)
    if missing := sorted(set(BLOCKS) - placed):
        sys.exit(f"no document has a place for: {', '.join(missing)}")
    if stale:
        print(f"{'out of date, run `make docs`' if check else 'written'}: {', '.join(stale)}")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
