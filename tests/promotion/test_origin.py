"""Where things are and come from: the project's layout, the route, git, and what a manifest says of its origin."""

import subprocess
from pathlib import Path

import pytest

from dli_provider.promotion.artefact import Artefact
from dli_provider.promotion.layout import Layout
from dli_provider.promotion.manifest import Manifest, Promoted
from dli_provider.promotion.problems import Problems
from dli_provider.promotion.repository import Repository, unfounded
from dli_provider.promotion.route import PromotionRoute, read_route


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@t"]
    done = subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("text", "config", "release"),
    [
        ("name: shop\nstackConfigDir: stacks\n", "stacks/Pulumi.dev.yaml", "stacks/releases/dev"),
        ("name: shop\n", "Pulumi.dev.yaml", "releases/dev"),
    ],
)
def test_a_layout_follows_from_the_project(tmp_path: Path, text: str, config: str, release: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text(text)
    (tmp_path / "below").mkdir()
    layout = Layout.find(tmp_path / "below")
    assert (layout.project, layout.config_file("dev"), layout.release("dev")) == ("shop", config, release)
    assert layout.release_to_read("dev") == tmp_path / release
    (tmp_path / "candidates" / "dev").mkdir(parents=True)
    assert layout.release_to_read("dev", tmp_path / "candidates") == tmp_path / "candidates" / "dev"
    assert layout.release_to_read("prod", tmp_path / "candidates") == tmp_path / release.replace(
        "dev", "prod"
    )


def test_outside_of_a_project_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(Problems, match="there is no Pulumi project"):
        Layout.find(tmp_path)


def test_a_route_is_read(tmp_path: Path) -> None:
    file = tmp_path / "promotion.yaml"
    file.write_text("path: [dev, staging, prod]\nsoak: 2h\n")
    route = read_route(file, "p")
    assert route == PromotionRoute(("dev", "staging", "prod"), 7200)
    assert [route.before(stack) for stack in ("dev", "staging", "qa")] == [None, "dev", None]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("path: [dev]\n", "two stacks or more"),
        ("path: [dev, dev]\n", "two stacks or more"),
        ("path: dev\n", "two stacks or more"),
        ("", "two stacks or more"),
        ("path: [a, b]\nsoak: soon\n", "soak must be a time"),
        ("path: [a, b]\nsok: 3\n", r"sok is not known\. Did you mean soak"),
        ("path: [\n", "not YAML"),
    ],
)
def test_what_is_no_route_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "promotion.yaml"
    file.write_text(text)
    with pytest.raises(Problems, match=words):
        read_route(file, "p")
    with pytest.raises(Problems, match="no such file"):
        read_route(tmp_path / "none.yaml", "p")


def test_git_tells_what_was_and_what_is_not_committed(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    folder = tmp_path / "project"
    one, two = Artefact("SELECT 1", ""), Artefact("SELECT 2", "")
    one.write(folder / "releases/dev", "a")
    repository = Repository(folder)
    assert repository.uncommitted("releases/dev") == [
        "project/releases/dev/a.sql",
        "project/releases/dev/a.yaml",
    ]
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    assert repository.uncommitted("releases/dev") == []
    (commit,) = repository.commits("releases/dev/a.sql")
    two.write(folder / "releases/dev", "a")
    assert repository.uncommitted("releases/dev") == ["project/releases/dev/a.sql"]
    assert repository.artefact(commit.short, "releases/dev", "a") == one
    assert repository.artefact(commit.short, "releases/dev", "b") is None
    assert (repository.has(commit.short), repository.has("0" * 12)) == (True, False)


def test_without_git_nothing_is_known(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    assert (repository.exists, repository.commits("a"), repository.text("HEAD", "a")) == (False, [], None)


def test_an_origin_that_never_had_the_version_is_told(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    Artefact("SELECT 1", "").write(tmp_path / "releases/dev", "a")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    (commit,) = Repository(tmp_path).commits("releases/dev")

    def told(digest: str, at: str) -> list[str]:
        entry = Promoted.model_validate({"digest": digest, "from": "dev", "commit": at, "time": ""})
        return list(unfounded(Manifest({"a": entry}), Repository(tmp_path), Layout(tmp_path, "shop")))

    assert told(Artefact("SELECT 1", "").digest, commit.short) == []
    assert "which had" in told("made-up", commit.short)[0]
    assert told("made-up", "0" * 12) == [], "a commit that is not here says nothing"
