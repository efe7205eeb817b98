"""`make dist`: the wheel as it is published, for a page such as PyPI's, where no link may be relative.

Where the project lives is said by whoever publishes it (`REPOSITORY=https://...`), or by git's `origin`: a checkout
does not know its home, and a wrong one would lead people astray. Where neither says so, the wheel is one to install,
and its maker is told that its page would have dead links.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.setup.long_steps import SetupError, say

CHECKOUT = Path(__file__).resolve().parents[1]
_PAGES = {
    "Documentation": "tree/{branch}/docs",
    "Changelog": "blob/{branch}/CHANGELOG.md",
    "Issues": "issues",
}
_PICTURE = re.compile(r"\.(png|svg|jpe?g|gif)$")


def home(given: str | None, checkout: Path) -> str | None:
    """Where the project lives, as an https address; None where nobody says, or git's origin is a folder of this
    machine. Raises SetupError for a given one that is none."""
    told = given or _git_origin(checkout)
    told = re.sub(r"^git@([^:]+):", r"https://\1/", told.strip()).removesuffix(".git").rstrip("/")
    if re.fullmatch(r"https://[\w.-]+(/[\w.-]+)+", told):
        return told
    if given:
        raise SetupError(
            f"{given!r} is no https address; say where the project lives as REPOSITORY=https://..."
        )
    return None


def _git_origin(checkout: Path) -> str:
    done = subprocess.run(
        ["git", "remote", "get-url", "origin"], cwd=checkout, capture_output=True, text=True, check=False
    )
    return done.stdout


def absolute(text: str, repository: str, branch: str) -> str:
    """A document with each link to a file of the checkout as an address of the repository."""

    def led(path: str) -> str:
        kind = "raw" if _PICTURE.search(path) else "blob"
        return f"{repository}/{kind}/{branch}/{path}"

    text = re.sub(r"\]\((?!https?:|#)([^)\s]+)\)", lambda found: f"]({led(found[1])})", text)
    return re.sub(
        r"(src|srcset)=\"(?!https?:)([^\"]+)\"", lambda found: f'{found[1]}="{led(found[2])}"', text
    )


def urls(repository: str, branch: str) -> str:
    """The addresses, as pyproject.toml has them."""
    pages = {name: f"{repository}/{path.format(branch=branch)}" for name, path in _PAGES.items()}
    lines = [f'{name} = "{address}"' for name, address in {"Repository": repository, **pages}.items()]
    return "\n".join(["[project.urls]", *lines, "", ""])


def build(checkout: Path, repository: str | None, branch: str, out: Path) -> Path:
    """Make the wheel in `out`; without a repository its links stay relative."""
    with tempfile.TemporaryDirectory(prefix="dli-dist-") as held:
        folder = Path(held)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(checkout / "dli_provider", folder / "dli_provider", ignore=ignored)
        shutil.copyfile(checkout / "LICENSE", folder / "LICENSE")
        readme = (checkout / "README.md").read_text(encoding="utf-8")
        page = absolute(readme, repository, branch) if repository else readme
        (folder / "README.md").write_text(page, encoding="utf-8")
        project = (checkout / "pyproject.toml").read_text(encoding="utf-8")
        head, mark, rest = project.partition("[project.scripts]")
        addresses = urls(repository, branch) if repository else ""
        (folder / "pyproject.toml").write_text(head + addresses + mark + rest, encoding="utf-8")
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "wheel",
                "--no-deps",
                "--no-build-isolation",
                "--wheel-dir",
                out,
                folder,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SetupError(f"the wheel is not made:\n{done.stdout}{done.stderr}")
    return max(out.glob("dli_provider-*.whl"), key=lambda wheel: wheel.stat().st_mtime)


def main(arguments: list[str]) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.distribution", description="Make the wheel to publish."
    )
    parser.add_argument("--repository", help="where the project lives; left out, git's origin")
    parser.add_argument("--branch", default="main", help="the branch that links lead to")
    given = parser.parse_args(arguments)
    try:
        repository = home(given.repository, CHECKOUT)
        wheel = build(CHECKOUT, repository, given.branch, CHECKOUT / "dist")
    except SetupError as error:
        say(str(error))
        return 1
    say(f"made {wheel}")
    if repository is None:
        say(
            "to install, not to publish: the links of its page lead nowhere; say REPOSITORY=https://... for those"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
