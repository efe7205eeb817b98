"""The token of a local DLI on a real Flink: made by itself, kept for its owner, and asked for by every call."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import requests

from dli_provider.cli.emulator import _asking
from dli_provider.emulator.auth import Credentials
from dli_provider.emulator.background import ServerOptions
from dli_provider.emulator.private_files import token_of
from dli_provider.emulator.server import Emulator
from tests.emulator.plain import PROJECT

LIST = f"/v1.0/{PROJECT}/streaming/jobs"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "emulator.db"


def test_on_a_real_flink_calls_need_the_token_of_the_state_file(state: Path) -> None:
    credentials = _asking(ServerOptions(Credentials(), runner="flink"), state)
    file = token_of(state)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with Emulator.start(state, credentials=credentials) as dli:
        for token, status in ((None, 401), ("guessed", 401), (file.read_text(), 200)):
            headers = {} if token is None else {"X-Auth-Token": token}
            assert requests.get(dli.url + LIST, headers=headers, timeout=20).status_code == status
        assert file.read_text() not in str(dli.health())
    assert _asking(ServerOptions(Credentials(), runner="flink"), state) == credentials


def test_credentials_of_ones_own_take_its_place(state: Path) -> None:
    own = Credentials(tokens=("mine",))
    _asking(ServerOptions(Credentials(), runner="flink"), state)
    assert _asking(ServerOptions(own, runner="flink"), state) == own
    assert not token_of(state).exists()


def test_simulated_jobs_need_none(state: Path) -> None:
    assert _asking(ServerOptions(Credentials()), state).anyone
    assert not token_of(state).exists()
