"""`dli generate`: which jobs are meant has to be said, and what somebody wrote stays."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dli_provider.cli import cli


def test_wrong_use_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not in the checkout, whose stack is selected once `make up` was run there.
    monkeypatch.chdir(tmp_path)

    def told(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["generate", "--out", str(tmp_path), *arguments])

    assert told().exit_code == 2
    assert told("--all", "--queue", "q").exit_code == 2
    assert told("--all", "--set-secrets").exit_code == 2
    (tmp_path / "jobs.py").write_text("mine")
    assert "--force" in told("--all").output
    assert (tmp_path / "jobs.py").read_text() == "mine"
