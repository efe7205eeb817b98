"""A release: read from a folder of real files, with every mistake named by file, all at once."""

from pathlib import Path

import pytest

from dli_provider.promotion.problems import Problems
from dli_provider.promotion.release import Release, read_release


def release(folder: Path, **files: str) -> Release:
    """A release of files, `orders_sql="..."` being `orders.sql`."""
    for name, text in files.items():
        stem, _, suffix = name.rpartition("_")
        (folder / f"{stem}.{suffix}").write_text(text)
    return read_release(folder, "stacks/releases/dev")


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    folder = tmp_path / "dev"
    folder.mkdir()
    return folder


def test_two_files_make_a_job(dev: Path) -> None:
    read = release(dev, b_sql="SELECT '@{x}'", b_yaml='flink_version: "1.15"\n', a_sql="", a_yaml="# none\n")
    assert [job.name for job in read.jobs] == ["a", "b"]
    a, b = read.jobs
    assert (a.sql, a.settings) == ("", {})
    assert (b.sql, b.settings, b.sql_file) == (
        "SELECT '@{x}'",
        {"flink_version": "1.15"},
        "stacks/releases/dev/b.sql",
    )
    assert [place.name for place in b.placeholders] == ["x"]


def test_other_files_are_nobodys_business(dev: Path) -> None:
    assert release(dev, manifest_json="{}", README_md="").jobs == ()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a_sql": ""}, "a.sql has no settings beside it. Write stacks/releases/dev/a.yaml"),
        ({"a_yaml": ""}, "a.yaml has no SQL beside it. Write stacks/releases/dev/a.sql"),
        ({"a_sql": "", "a_yml": ""}, "a.yml is not read. Rename it to a.yaml."),
        ({"a_sql": "", "a_yaml": "x: ["}, "a.yaml, line 1: this is not YAML: "),
        ({"a_sql": "", "a_yaml": "a: 1\n\tb: 2\n"}, "a.yaml, line 2: this is not YAML: "),
        ({"a_sql": "", "a_yaml": "- desc"}, "a.yaml: this is no mapping. Write one `name: value` a line."),
        ({"a_sql": "", "a_yaml": "desc: a\ndesc: b"}, "a.yaml: desc is there twice. Remove one."),
        (
            {"a_sql": "", "a_yaml": "paralel_number: 2"},
            "a.yaml: paralel_number is not a setting of a job. Did you mean parallel_number?",
        ),
        ({"a_sql": "", "a_yaml": "1: 2"}, "a.yaml: 1 is not a setting of a job. Known are: "),
        ({"a_sql": "", "a_yaml": "name: b"}, "a.yaml: name does not belong here: the name of its files"),
        (
            {"a_sql": "", "a_yaml": "queue_name: q"},
            "a.yaml: queue_name belongs to the environment, not to a release. Move it to stacks/Pulumi.dev.yaml: "
            "as <project>:queue_name for all jobs, as <project>:jobs.a.queue_name for this one.",
        ),
        ({"a_sql": "SELECT 'a", "a_yaml": ""}, "a.sql: the string literal that begins at line 1"),
    ],
)
def test_a_mistake_names_its_file(dev: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(Problems) as refused:
        release(dev, **files)
    (said,) = refused.value.messages
    assert said.startswith(f"stacks/releases/dev/{message}")


def test_every_mistake_is_told_at_once(dev: Path) -> None:
    with pytest.raises(Problems) as refused:
        release(dev, a_sql="'", a_yaml="x: 1\nname: 2", b_sql="", c_sql="", c_yaml="a: 1")
    assert len(refused.value.messages) == 5


def test_a_file_that_is_no_text_is_refused(dev: Path) -> None:
    (dev / "a.sql").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(
        Problems, match=r"releases/dev/a\.sql is not UTF-8 text, from byte 0 on. Save it as text in UTF-8\."
    ):
        release(dev, a_yaml="")


def test_a_stack_without_a_release_is_told_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(Problems, match=r"stacks/releases/qa: there is no such folder\. It holds the jobs of"):
        read_release(tmp_path / "qa", "stacks/releases/qa")
