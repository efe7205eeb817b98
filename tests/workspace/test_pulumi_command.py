"""The engine as a command: its plan comes through a pipe, which its plugins hold too."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dli_provider.workspace import Failed, Unusable, pulumi_command

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


@pytest.fixture
def refusing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with an engine that says what is in `said`, and fails."""
    engine = tmp_path / "bin" / "pulumi"
    engine.parent.mkdir()
    engine.write_text(f"#!/bin/sh\ncat {tmp_path}/said >&2\nexit 255\n")
    engine.chmod(0o755)
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setenv("PATH", f"{engine.parent}{os.pathsep}{os.environ['PATH']}")
    for name in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    (tmp_path / ".envrc").write_text(
        "export PULUMI_BACKEND_URL=x\n  export PULUMI_CONFIG_PASSPHRASE=y\n# export Z=1\n"
    )
    return tmp_path


LOGIN = "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions"


def test_an_unread_envrc_is_named_where_the_engine_asks_for_a_login(refusing: Path) -> None:
    (refusing / "said").write_text(LOGIN)
    with pytest.raises(Unusable) as told:
        pulumi_command.ask(refusing, "stack", "ls")
    assert str(told.value).startswith(LOGIN.removeprefix("error: "))
    assert "`pulumi login`" in str(told.value)
    assert f"lacks what {refusing}/.envrc sets (PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE)" in str(
        told.value
    )


def test_a_shell_that_has_all_is_told_of_the_passphrase_alone(
    refusing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///elsewhere")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")
    (refusing / "said").write_text("error: get stack secrets manager: incorrect passphrase")
    with pytest.raises(Failed) as told:
        pulumi_command.preview(refusing, "dev", (), {})
    assert "incorrect passphrase\nWhat to do: set PULUMI_CONFIG_PASSPHRASE or" in str(told.value)
    assert ".envrc" not in str(told.value)


def test_what_has_its_remedy_already_is_left_alone(refusing: Path) -> None:
    (refusing / "said").write_text("error: the stack is currently locked; `pulumi cancel`")
    with pytest.raises(Failed, match=r"^the stack is currently locked; `pulumi cancel`$"):
        pulumi_command.run(refusing, "up")
