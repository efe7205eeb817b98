"""What is seen of long steps."""

import re
import sys

import pytest

from tools.setup import long_steps
from tools.setup.long_steps import SetupError


def test_a_command_that_fails_shows_its_last_words(capsys: pytest.CaptureFixture[str]) -> None:
    script = "for n in range(99): print('line', n)\nprint('the reason'); raise SystemExit(3)"
    with pytest.raises(SetupError) as told:
        long_steps.run("compiling", [sys.executable, "-c", script])
    lines = str(told.value).splitlines()
    assert lines[0] == "compiling failed (exit code 3):"
    assert lines[-1] == "the reason"
    assert len(lines) == 1 + long_steps.TAIL_LINES


def test_a_long_step_is_seen_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    script = "import time; print('unit 7', flush=True); time.sleep(0.4)"
    with long_steps.step("waiting", every=0.05) as current:
        current.detail = "half of it"
        long_steps.run("compiling", [sys.executable, "-c", script])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "waiting ..."
    assert any(re.fullmatch(r"waiting: \d+ s, half of it", line) for line in lines)
    assert re.fullmatch(r"compiling: done after \d+ s", lines[-2])
    assert re.fullmatch(r"waiting: done after \d+ s", lines[-1])
