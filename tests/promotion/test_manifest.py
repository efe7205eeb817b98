"""The manifest: a contract of fixed form, whose diff is just what moved, and which tells a hand edit."""

from pathlib import Path

import pytest

from dli_provider.promotion.artefact import Artefact, digests, read_artefacts, release_digest
from dli_provider.promotion.candidate import Candidate, promoted, reverted, sign
from dli_provider.promotion.manifest import (
    KEPT,
    Manifest,
    Promoted,
    Promotion,
    hand_edits,
    read_manifest,
)
from dli_provider.promotion.problems import Problems

SHOWN = "stacks/releases/staging"
A1, A2, B1 = Artefact("SELECT 1", "x: 1\n"), Artefact("SELECT 2", "x: 1\n"), Artefact("SELECT 1", "x: 2\n")
EVENT = Promotion.model_validate(
    {"release": "", "time": "2026-11-27T10:00:00Z", "from": "dev", "commit": "c1", "jobs": {}}
)
ENTRY = {"from": "dev", "commit": "c1", "time": "2026-11-27T10:00:00Z"}


def moved(candidate: Candidate, before: Manifest, **event: object) -> Manifest:
    entries = {
        move.job: Promoted.model_validate({"digest": move.after, **ENTRY})
        for move in candidate.moves
        if move.after
    }
    return sign(candidate, before, entries, EVENT.model_copy(update=event), {"b": ["a"]})


def test_the_form_of_the_file_is_fixed() -> None:
    manifest = moved(promoted({"a": A1, "b": B1}, "staging", {}, []), Manifest())
    text = manifest.render()
    assert text == (
        "{\n"
        '  "version": 1,\n'
        '  "jobs": {\n'
        f'    "a": {{"digest": "{A1.digest}", "from": "dev", "commit": "c1", "time": "2026-11-27T10:00:00Z"}},\n'
        f'    "b": {{"digest": "{B1.digest}", "from": "dev", "commit": "c1", "time": "2026-11-27T10:00:00Z"}}\n'
        "  },\n"
        '  "after": {"b": ["a"]},\n'
        '  "history": [\n'
        f'    {{"release": "{release_digest(digests({"a": A1, "b": B1}))}", "time": "2026-11-27T10:00:00Z", '
        f'"from": "dev", "commit": "c1", "jobs": {{"a": "{A1.digest}", "b": "{B1.digest}"}}}}\n'
        "  ]\n"
        "}\n"
    )
    assert read_manifest(text, "m").render() == text
    assert Manifest().render() == '{\n  "version": 1,\n  "jobs": {},\n  "after": {},\n  "history": []\n}\n'


def test_one_job_that_moves_is_one_line_of_the_jobs_and_one_of_the_history() -> None:
    before = moved(promoted({"a": A1, "b": B1}, "staging", {}, []), Manifest())
    after = moved(promoted({"a": A2}, "staging", {"a": A1, "b": B1}, ["a"]), before)
    old, new = before.render().splitlines(), after.render().splitlines()
    assert len([line for line in new if line not in old]) == 2
    assert len([line for line in old if line not in new]) == 1
    assert after.history[0].jobs == {"a": A2.digest}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "m cannot be read"),
        ("[]", "m: version None is not known here"),
        ('{"version": 2}', "m: version 2 is not known here"),
        ('{"version": 1, "jobs": {}}', "m cannot be read"),
        ('{"version": 1, "jobs": {"a": {}}, "after": {}, "history": []}', "m cannot be read"),
    ],
)
def test_what_is_no_manifest_is_refused(text: str, message: str) -> None:
    with pytest.raises(Problems, match=message):
        read_manifest(text, "m")


def test_a_hand_edit_is_told_by_job_with_the_remedy() -> None:
    manifest = moved(promoted({"a": A1, "b": B1}, "staging", {}, []), Manifest())
    assert list(hand_edits(manifest, digests({"a": A1, "b": B1}), SHOWN)) == []
    edited = list(hand_edits(manifest, digests({"a": A2, "c": B1}), SHOWN))
    assert [edit.split(". Take it back")[0] for edit in edited] == [
        f"{SHOWN}/a: its files were edited by hand ({A2.digest}; promoted was {A1.digest})",
        f"{SHOWN}/b: its files are gone, but the job was not taken out by a promotion",
        f"{SHOWN}/c: nobody promoted this job",
    ]


def test_a_manifest_edited_along_with_the_files_is_told_too() -> None:
    manifest = moved(promoted({"a": A1}, "staging", {}, []), Manifest())
    forged = manifest.render().replace(f'"a": {{"digest": "{A1.digest}"', f'"a": {{"digest": "{A2.digest}"')
    (edit,) = hand_edits(read_manifest(forged, "m"), digests({"a": A2}), SHOWN)
    assert edit.startswith(f"{SHOWN}/manifest.json: its jobs are not those of its last promotion")


def test_a_job_that_the_origin_no_longer_has_goes_only_if_it_is_named() -> None:
    present = {"a": A1, "b": B1}
    unnamed = promoted({"a": A1}, "staging", present, [])
    assert (unnamed.moves, unnamed.left_out) == ((), ("b",))
    named = promoted({"a": A1}, "staging", present, ["b"])
    assert [move.describe() for move in named.moves] == [f"b  {B1.digest} -> taken out"]
    manifest = moved(named, moved(promoted(present, "staging", {}, []), Manifest()))
    assert list(manifest.jobs) == ["a"]
    assert manifest.history[0].jobs == {"b": None}


def test_a_name_that_neither_stack_has_is_refused() -> None:
    with pytest.raises(Problems, match=r"there is no job orderz\. Did you mean orders\?"):
        promoted({"orders": A1}, "staging", {}, ["orderz"])


def test_a_revert_brings_back_what_was_and_takes_out_what_was_not() -> None:
    candidate = reverted("staging", {"a": A2, "b": B1}, {"a": A1})
    assert [(move.job, move.after) for move in candidate.moves] == [("a", A1.digest), ("b", None)]
    assert candidate.artefacts == {"a": A1}


def test_files_are_copied_as_they_are_and_their_ends_of_lines_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "a.sql").write_bytes("-- caf\u00e9\r\nSELECT 1;\r\n".encode())
    (tmp_path / "dev" / "a.yaml").write_bytes(b"x: 1\n")
    read = read_artefacts(tmp_path / "dev")
    candidate = promoted(read, "staging", {}, [])
    (tmp_path / "staging").mkdir()
    candidate.put(tmp_path / "staging", moved(candidate, Manifest()))
    assert (tmp_path / "staging" / "a.sql").read_bytes() == (tmp_path / "dev" / "a.sql").read_bytes()
    assert read["a"].digest == Artefact("-- caf\u00e9\nSELECT 1;\n", "x: 1\n").digest
    assert (
        read_manifest((tmp_path / "staging" / "manifest.json").read_text(), "m").jobs["a"].digest
        == read["a"].digest
    )


def test_a_comment_makes_another_artefact_and_so_does_text_that_moves_between_the_files() -> None:
    same_text = Artefact("ab", "c"), Artefact("a", "bc"), Artefact("ab", "c # why")
    assert len({artefact.digest for artefact in same_text}) == 3


def test_the_history_is_bounded() -> None:
    manifest = Manifest()
    for number in range(KEPT + 5):
        artefact = Artefact(str(number), "")
        manifest = moved(promoted({"a": artefact}, "staging", {}, []), manifest, commit=str(number))
    assert len(manifest.history) == KEPT
    assert manifest.history[0].commit == str(KEPT + 4)
