"""Whom a signal reaches in a container whose processes are not ours to signal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from watchkeeper.targets.compose import inside
from watchkeeper.targets.compose.engine import Done, Engine
from watchkeeper.workload.failure import WorldFailed

# a process that certainly belongs to no container of that name
ELSEWHERE: dict[str, Any] = {"Id": "0123456789abcdef", "State": {"Pid": 1}}


class RecordingEngine(Engine):
    """Runs nothing; keeps what it was to run."""

    def __init__(self, status: int = 0) -> None:
        super().__init__({})
        self.status = status
        self.words: tuple[str, ...] = ()

    def client(self, *words: str, folder: Path | None = None, timeout_s: float = 0.0) -> Done:
        self.words = words
        return Done(status=self.status, output="", error="no such container")


@pytest.mark.parametrize(
    ("signal", "command"),
    [
        ("HUP", "kill -HUP 1"),
        ("TERM", "kill -TERM 1"),
        ("STOP", "kill -STOP -1"),
        ("CONT", "kill -CONT -1"),
        ("KILL", "kill -KILL -1"),
    ],
)
def test_a_second_container_signals_the_first_process_or_all_others(signal: inside.AnySignal, command: str) -> None:
    engine = RecordingEngine()
    inside.send(engine, ELSEWHERE, signal)
    assert engine.words[-1] == command
    assert engine.words[engine.words.index("--pid") + 1] == f"container:{ELSEWHERE['Id']}"


def test_the_second_container_may_die_with_those_it_kills_but_not_otherwise() -> None:
    inside.send(RecordingEngine(status=137), ELSEWHERE, "KILL")
    with pytest.raises(WorldFailed, match="cannot send HUP to a container"):
        inside.send(RecordingEngine(status=1), ELSEWHERE, "HUP")
