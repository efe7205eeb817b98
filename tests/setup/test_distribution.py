"""The wheel as it is published: its page elsewhere has addresses, and no link that is relative."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from tools.distribution import CHECKOUT, absolute, build, home
from tools.setup.long_steps import SetupError

HOME = "https://code.example.com/data/dli-provider"


@pytest.mark.parametrize(
    "given", [HOME, f"{HOME}.git", f"{HOME}/", "git@code.example.com:data/dli-provider.git"]
)
def test_where_the_project_lives(given: str, tmp_path: Path) -> None:
    assert home(given, tmp_path) == HOME


def test_where_nobody_says_where_it_lives_nothing_is_made_up(tmp_path: Path) -> None:
    assert home(None, tmp_path) is None


@pytest.mark.parametrize("given", ["http://x.example.com/a", "https://user@x.example.com/a", "/srv/git/x"])
def test_a_home_that_is_none_is_not_made_up(given: str, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="REPOSITORY=https://"):
        home(given, tmp_path)


def test_links_and_pictures_are_absolute() -> None:
    text = '[a](docs/a.md#x) ![b](docs/b.png) [c](#c) [d](https://e.org) <img src="docs/b.png" srcset="docs/c.png">'
    assert absolute(text, HOME, "main") == (
        f"[a]({HOME}/blob/main/docs/a.md#x) ![b]({HOME}/raw/main/docs/b.png) [c](#c) [d](https://e.org) "
        f'<img src="{HOME}/raw/main/docs/b.png" srcset="{HOME}/raw/main/docs/c.png">'
    )


@pytest.mark.slow
def test_the_published_wheel_says_where_it_is_from(tmp_path: Path) -> None:
    wheel = build(CHECKOUT, HOME, "main", tmp_path)
    with zipfile.ZipFile(wheel) as held:
        (name,) = (each for each in held.namelist() if each.endswith("METADATA"))
        told = held.read(name).decode()
    assert f"Project-URL: Repository, {HOME}\n" in told
    assert "Classifier: Typing :: Typed\n" in told
    description = told.partition("\n\n")[2]
    assert "# Flink SQL jobs" in description
    relative = re.findall(r"\]\(([^)]+)\)|src(?:set)?=\"([^\"]+)\"", description)
    assert relative
    assert not [
        link
        for pair in relative
        for link in pair
        if link and not link.startswith(("https://", "http://127", "#"))
    ]
