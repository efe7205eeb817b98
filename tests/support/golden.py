"""Golden files: what was reviewed once, and must not change unseen.

Written anew by `pytest --update-goldens`; git shows then what has changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "contract" / "goldens"


def check(name: str, lines: Iterable[str], *, update: bool) -> None:
    """Compare lines with the golden file of this name, or write it."""
    path, text = FOLDER / name, "".join(f"{line}\n" for line in lines)
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert path.exists(), f"{path.name} is missing: run pytest --update-goldens and review it"
    assert text.splitlines() == path.read_text().splitlines()
