"""Generated documentation: renewed where it is marked, and noticed when it is out of date."""

from pathlib import Path

import pytest

from tools import docs

STALE = "# Title\n<!-- generated: make-targets -->\nold\n<!-- end of make-targets -->\nby hand\n"


def test_only_the_marked_part_is_renewed() -> None:
    renewed = docs.renew(STALE, {"make-targets": lambda: "new"})
    assert (
        renewed == "# Title\n<!-- generated: make-targets -->\nnew\n<!-- end of make-targets -->\nby hand\n"
    )
    assert docs.renew(renewed, {"make-targets": lambda: "new"}) == renewed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<!-- generated: fields -->\n", "fields has no end"),
        ("<!-- generated: fields -->\n<!-- end of make-targets -->\n", "fields has no end"),
        (
            "<!-- generated: fields -->\n<!-- end of fields -->\n",
            "nothing generates fields: known are make-targets",
        ),
    ],
)
def test_a_marker_that_leads_nowhere_is_refused(text: str, words: str) -> None:
    with pytest.raises(LookupError, match=words):
        docs.renew(text, {"make-targets": lambda: "new"})


def test_check_fails_until_the_documents_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(
        "".join(f"<!-- generated: {name} -->\n<!-- end of {name} -->\n" for name in docs.BLOCKS)
    )
    assert docs.main(["--check"], tmp_path) == 1
    assert "out of date, run `make docs`: README.md" in capsys.readouterr().out
    assert docs.main([], tmp_path) == 0
    assert "| `make setup` |" in readme.read_text()
    assert docs.main(["--check"], tmp_path) == 0


def test_a_block_without_a_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no document has a place for: "):
        docs.main(["--check"], tmp_path)


def test_the_readme_is_two_pages_long_and_pictures_are_small() -> None:
    """What does not fit has a document of its own; a picture is in every clone for ever."""
    assert len((docs.CHECKOUT / "README.md").read_text().splitlines()) <= 150
    large = [path.name for path in (docs.CHECKOUT / "docs/images").iterdir() if path.stat().st_size > 60_000]
    assert not large


def test_every_target_is_documented() -> None:
    makefile = (docs.CHECKOUT / "Makefile").read_text()
    phony = next(line for line in makefile.splitlines() if line.startswith(".PHONY:"))
    for target in phony.removeprefix(".PHONY:").split():
        assert f"`make {target}`" in docs.make_targets()
