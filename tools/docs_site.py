"""`make site`: the documents as a site, with a search; links that lead nowhere fail it.

The pages are those of `docs/`, and some files that stand beside it; the README is the first page. What the generator
needs is in an environment of its own, `.venv-site`, as only this command needs it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.setup.long_steps import SetupError, run, say
from tools.setup.virtualenv import create

CHECKOUT = Path(__file__).resolve().parents[1]
BESIDE = {
    "index.md": "README.md",
    **{name: name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")},
}
"""Pages of the site, and the files of the checkout that they are."""
LINK = re.compile(
    r"(?P<mark>!?)\[(?P<text>[^\]\[]*)\]\((?P<target>(?!https?:|#)[^)#\s]+)(?P<anchor>#[^)\s]*)?\)"
)


def generator(checkout: Path) -> Path:
    """The generator's command, installed if it is not."""
    venv, pinned = checkout / ".venv-site", checkout / "requirements-site.txt"
    stamp, wanted = venv / ".complete", hashlib.sha256(pinned.read_bytes()).hexdigest()
    if not (stamp.is_file() and stamp.read_text() == wanted):
        create(venv)
        pip = [
            str(venv / "bin" / "python"),
            "-m",
            "pip",
            "--disable-pip-version-check",
            "install",
            "--no-deps",
        ]
        run("installing the generator of the site", [*pip, "--require-hashes", "--requirement", str(pinned)])
        stamp.write_text(wanted)
    return venv / "bin" / "zensical"


def prepare(checkout: Path, folder: Path) -> None:
    """Lay out in `folder` what the generator reads: its configuration, and all pages with links between them."""
    shutil.copyfile(checkout / "mkdocs.yml", folder / "mkdocs.yml")
    shutil.copytree(checkout / "docs", folder / "docs")
    for page, name in BESIDE.items():
        shutil.copyfile(checkout / name, folder / "docs" / page)
    for path in sorted((folder / "docs").rglob("*.md")):
        page = str(path.relative_to(folder / "docs"))
        path.write_text(relinked(path.read_text(encoding="utf-8"), page, checkout), encoding="utf-8")


def relinked(text: str, page: str, checkout: Path) -> str:
    """The text of a page with its links as they are on the site."""
    # Where the page stands in the checkout, from where its links lead.
    home = Path(BESIDE[page]).parent if page in BESIDE else (Path("docs") / page).parent
    pages = {name: page for page, name in BESIDE.items()}

    def led(found: re.Match[str]) -> str:
        target, anchor = found["target"], found["anchor"] or ""
        whole = os.path.normpath(home / target)
        inside = pages.get(whole, whole.removeprefix("docs/"))
        on_site = whole in pages or whole.startswith("docs/")
        # A file that the site has not, such as LICENSE, is named and not linked. One that nobody has stays as it is,
        # for the generator to refuse.
        if not on_site and (checkout / whole).is_file():
            return found["text"]
        up = "../" * (len(Path(page).parts) - 1)
        return f"{found['mark']}[{found['text']}]({up}{inside}{anchor})"

    text = LINK.sub(led, text)
    return re.sub(r"((?:src|srcset)=\")docs/", r"\1", text) if page in BESIDE else text


def build(checkout: Path, command: Path, out: Path) -> None:
    """Make the site in `out`. Raises SetupError with what is wrong, such as a link that leads nowhere."""
    with tempfile.TemporaryDirectory(prefix="dli-site-") as held:
        folder = Path(held)
        prepare(checkout, folder)
        done = subprocess.run(
            [command, "build", "--strict", "--config-file", folder / "mkdocs.yml"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = re.sub(r"\x1b\[[\d;]*m", "", done.stdout + done.stderr).partition("Traceback")[0]
            raise SetupError(f"the site is not made:\n{said.strip()}")
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(folder / "site", out)


def main() -> int:
    """The command; returns its exit code."""
    out = CHECKOUT / "site"
    try:
        build(CHECKOUT, generator(CHECKOUT), out)
    except SetupError as error:
        say(str(error))
        return 1
    say(f"the site is in {out}: open {out / 'index.html'}, or `python3 -m http.server --directory site`")
    return 0


if __name__ == "__main__":
    sys.exit(main())
