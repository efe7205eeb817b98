"""Look-ups without the engine: what a program gets where DLI does not say. With it, see `tests/contract/engine`."""

from __future__ import annotations

from collections.abc import Iterator

import pulumi
import pytest

from dli_provider.emulator.server import Emulator
from dli_provider.pulumi.lookups import get_queue, get_quotas

PROJECT = "p1"


@pytest.fixture
def dli(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    with Emulator.start() as emulator:
        monkeypatch.setattr(pulumi.runtime.config, "CONFIG", pulumi.runtime.config.CONFIG)
        pulumi.runtime.set_all_config({"dli:endpoint": emulator.url, "dli:projectId": PROJECT})
        yield emulator


def test_quotas_that_dli_does_not_tell_stop_no_program(
    dli: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {each.type for each in get_quotas()} >= {"CU"}
    for status in (403, 404, 400):
        fault = dli.add_fault("status", "quotas", status=status, times=None)
        assert get_quotas() == ()
        said = capsys.readouterr()
        assert "get_quotas() is empty, as the quotas of the project cannot be read" in said.out + said.err
        dli.remove_fault(fault)


def test_credentials_that_are_refused_are_an_error_and_so_is_a_queue_that_is_not_there(dli: Emulator) -> None:
    with pytest.raises(pulumi.RunError, match="nowhere"):
        get_queue("nowhere")
    dli.add_fault("expire_credentials", "quotas")
    with pytest.raises(pulumi.RunError):
        get_quotas()
