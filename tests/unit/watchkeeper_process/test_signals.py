from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from watchkeeper_process.signals import on_stop


@pytest.fixture(autouse=True)
def _the_handlers_of_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_each_request_to_stop_calls_the_action(number: signal.Signals) -> None:
    called: list[str] = []
    on_stop(lambda: called.append("stop"))
    signal.raise_signal(number)
    signal.raise_signal(number)
    assert called == ["stop", "stop"]
