"""The engine as a command: its plan comes through a pipe, which its plugins hold too."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dli_provider.workspace import pulumi_command

LINGERS = 60  # seconds
ENGINE = f"""#!/bin/sh
sleep {LINGERS} > /dev/null 2>&1 &
echo $! > "$0.plugin"
while [ "$1" != --save-plan ]; do shift; done
printf '{{"resourcePlans": "%s"}}' "$(head -c 200000 /dev/zero | tr '\\0' x)" > "$2"
printf '{{"steps": [{{"op": "same"}}]}}'
"""


@pytest.fixture
def lingering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An engine whose plugin outlives it, as one does whose parent was killed, or that is slow to end."""
    file = tmp_path / "pulumi"
    file.write_text(ENGINE)
    file.chmod(0o755)
    monkeypatch.setattr(
        sys, "prefix", sys.base_prefix
    )  # what lies beside our own Python would be found first
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    yield
    os.kill(int((tmp_path / "pulumi.plugin").read_text()), signal.SIGKILL)


@pytest.mark.usefixtures("lingering")
def test_a_plan_does_not_wait_for_a_plugin_that_outlives_the_engine(tmp_path: Path) -> None:
    began = time.monotonic()
    plan, steps = pulumi_command.preview(tmp_path, "dev", (), {})
    assert time.monotonic() - began < LINGERS / 2
    assert len(plan["resourcePlans"]) == 200_000, "more than a pipe holds"
    assert steps == [{"op": "same"}]
