"""Files that a person writes: what is wrong with one is told in a line that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dli_provider.promotion.problems import Problems, mapping_of, text_of


def test_a_mapping_is_read_and_an_empty_file_maps_nothing(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.yaml"
    file.write_text("name: ümläut\n", encoding="utf-8")
    assert (text_of(file), mapping_of(file)) == ("name: ümläut\n", {"name": "ümläut"})
    file.write_text("")
    assert mapping_of(file) == {}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"a: \xff", "p.yaml is not UTF-8 text, from byte 3 on. Save it as text in UTF-8."),
        (b"a: 1\nb: c: d", "p.yaml, line 2: this is not YAML. Write one `name: value` a line."),
        (b"- 1", "p.yaml: this is no mapping. Write one `name: value` a line."),
        (b"false", "p.yaml: this is no mapping. Write one `name: value` a line."),
        (None, "p.yaml cannot be read: No such file or directory."),
    ],
)
def test_what_is_no_mapping_is_named(tmp_path: Path, written: bytes | None, said: str) -> None:
    file = tmp_path / "p.yaml"
    if written is not None:
        file.write_bytes(written)
    with pytest.raises(Problems) as refused:
        mapping_of(file, "p.yaml")
    assert refused.value.messages == (said,)
    with pytest.raises(Problems, match=str(file)):
        mapping_of(file)
