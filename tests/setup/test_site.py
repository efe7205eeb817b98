"""The site of the documents: whole, and strict about links. Skipped only where its generator was never installed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from tools.docs_site import BESIDE, CHECKOUT, build, relinked
from tools.setup.long_steps import SetupError

GENERATOR = CHECKOUT / ".venv-site" / "bin" / "zensical"
needs_generator = pytest.mark.skipif(
    not GENERATOR.exists(), reason="the site's group is not installed: make site"
)


def listed(nav: object) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    children = nav.values() if isinstance(nav, dict) else nav
    assert not isinstance(children, (int, float)), nav
    return [page for child in children for page in listed(child)]  # type: ignore[attr-defined]


def test_every_page_is_in_the_navigation_and_the_other_way_round() -> None:
    pages = listed(yaml.safe_load((CHECKOUT / "mkdocs.yml").read_text())["nav"])
    docs = CHECKOUT / "docs"
    there = {str(path.relative_to(docs)) for path in docs.rglob("*.md")} | {*BESIDE}
    assert sorted(pages) == sorted(there), "mkdocs.yml has the navigation"


@pytest.mark.parametrize(
    ("page", "text", "wanted"),
    [
        ("index.md", "[a](docs/review.md#rules)", "[a](review.md#rules)"),
        ("index.md", "[a](LICENSE)", "a"),
        ("index.md", '<img src="docs/images/x.png">', '<img src="images/x.png">'),
        ("design.md", "[a](../CONTRIBUTING.md)", "[a](CONTRIBUTING.md)"),
        ("design.md", "[a](decisions/README.md)", "[a](decisions/README.md)"),
        ("stacks.md", "[a](../README.md#x)", "[a](index.md#x)"),
        ("decisions/README.md", "[a](../sql-changes.md)", "[a](../sql-changes.md)"),
        ("design.md", "[a](https://example.com/x.md), [b](#c)", "[a](https://example.com/x.md), [b](#c)"),
        ("design.md", "![a](images/review.png)", "![a](images/review.png)"),
    ],
)
def test_links_lead_to_the_same_place_on_the_site(page: str, text: str, wanted: str) -> None:
    assert relinked(text, page, CHECKOUT) == wanted


@needs_generator
def test_the_site_is_made_and_can_be_searched(tmp_path: Path) -> None:
    build(CHECKOUT, GENERATOR, tmp_path / "site")
    for page in ("index.html", "arguments.html", "decisions/index.html"):
        assert (tmp_path / "site" / page).is_file()
    assert "allow_state_loss" in (tmp_path / "site" / "search.json").read_text()
    loaded = re.findall(
        r'<(?:script|link|img)[^>]* (?:src|href)="(https?:[^"]+)"',
        (tmp_path / "site" / "index.html").read_text(),
    )
    assert not [address for address in loaded if "127.0.0.1" not in address], (
        "nothing is loaded from elsewhere"
    )


@needs_generator
@pytest.mark.parametrize("link", ["nowhere.md", "review.md#nowhere"])
def test_a_link_that_leads_nowhere_fails_the_site(link: str, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "docs").mkdir(parents=True)
    for name in BESIDE.values():
        (checkout / name).write_text("# A page\n")
    (checkout / "mkdocs.yml").write_text("site_name: x\nuse_directory_urls: false\n")
    (checkout / "docs" / "review.md").write_text("# Review\n")
    build(checkout, GENERATOR, tmp_path / "site")
    (checkout / "docs" / "other.md").write_text(f"# Other\n\n[a link]({link})\n")
    with pytest.raises(SetupError, match="does not exist"):
        build(checkout, GENERATOR, tmp_path / "site")
