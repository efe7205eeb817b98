"""What a review does where DLI does not tell everything that it would like to know."""

from __future__ import annotations

import pytest

from dli_provider.connect import connect
from dli_provider.emulator.server import Emulator
from dli_provider.errors import Unauthenticated
from dli_provider.settings import Settings
from dli_provider.workspace.reviewing import _look

PROJECT = "p1"


def test_queues_that_cannot_be_read_are_said_and_stop_no_review() -> None:
    with Emulator.start() as dli, connect(Settings(dli.url, PROJECT)) as api:
        dli.add_queue("q_stream", 64, project=PROJECT)
        said: list[str] = []
        assert _look(api, said.append).capacity["q_stream"] == 64
        assert said == []
        for status in (400, 403, 404):
            fault = dli.add_fault("status", "queues", status=status, times=None)
            assert _look(api, said.append).capacity == {}
            assert said.pop().endswith("whether the jobs fit into them is not checked")
            dli.remove_fault(fault)
        dli.add_fault("expire_credentials", "queues")
        with pytest.raises(Unauthenticated):
            _look(api, said.append)
