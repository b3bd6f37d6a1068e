"""The Compose target against an engine that only notes what it is asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.watchkeeper.targets.a_stack import a_plan, a_workload

from watchkeeper.targets.compose.engine import Engine
from watchkeeper.targets.compose.layout import paths_for
from watchkeeper.targets.compose.stack import ComposeTarget

STATE = {"Status": "running", "Running": True, "Pid": 7, "Error": "", "ExitCode": 0, "StartedAt": "2026-11-21T04:00:00Z"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the engine was told to do; one container of alpha runs."""
    said: list[str] = []
    container = {"Id": "abc", "State": {**STATE, "FinishedAt": "0001-01-01T00:00:00Z"}, "Config": {"StopTimeout": 3}}
    monkeypatch.setattr(Engine, "containers", lambda self, project: {"alpha": container})
    note: Callable[..., Any] = lambda self, path, body=None, **parameters: said.append(path)  # noqa: E731 - a method in one line
    monkeypatch.setattr(Engine, "post", note)
    return said


def a_target(folder: Path) -> ComposeTarget:
    environment = {"WATCHKEEPER_STATE_DIR": str(folder)}
    paths = paths_for("test", environment=environment, uid=1000)
    return ComposeTarget(plan=a_plan(a_workload()), paths=paths, environment=environment)


def test_what_was_stopped_and_started_can_be_stopped_again(tmp_path: Path, asked: list[str]) -> None:
    target = a_target(tmp_path)
    for act in (target.stop, target.start, target.stop):
        before = len(asked)
        act("alpha")
        deadline = time.monotonic() + 5
        while len(asked) == before and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)  # the answer to the last one, too
    assert asked == ["/containers/abc/stop", "/containers/abc/start", "/containers/abc/stop"]


def test_a_stack_that_was_never_up_is_not_up_and_asks_nobody(tmp_path: Path) -> None:
    assert not a_target(tmp_path).is_up()
