"""A stack of small servers under the real supervisor, for the live tests of the native target."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.unit.watchkeeper.targets.a_stack import SERVER, a_plan, the_programs

from watchkeeper.acquire import acquire
from watchkeeper.acquire.cache import default_cache
from watchkeeper.acquire.reach import obstacle
from watchkeeper.cli.on_native import service_user
from watchkeeper.rollout.drive import Outcome, roll_out, take_down
from watchkeeper.rollout.journal import Journal
from watchkeeper.targets.native.identity import Identity
from watchkeeper.targets.native.layout import paths_for
from watchkeeper.targets.native.leftovers import end_leftovers, marked_processes
from watchkeeper.targets.native.program import Program
from watchkeeper.targets.native.render import render
from watchkeeper.targets.native.stack import NativeTarget
from watchkeeper.targets.native.warden_workload import warden_workload
from watchkeeper.workload.progress import Event
from watchkeeper.workload.workload import Workload


@cache
def programs_for(identity: Identity) -> dict[str, Program]:
    """The small server and the warden for whoever the services run as; this checkout may lie where only root can enter."""
    user = service_user(identity)
    if not obstacle(Path(sys.executable), user, execute=True) and not obstacle(SERVER, user):
        return the_programs()
    software = warden_workload().software
    found = asyncio.run(acquire([software], cache=default_cache(), service_user=user))[software.name]
    # the same place in every process: another one would be another command line, and so a restart
    open_place = default_cache() / "tests"
    open_place.mkdir(mode=0o755, exist_ok=True)
    server = Path(shutil.copy(SERVER, open_place))
    server.chmod(0o644)
    python, *module = found.command
    return {
        "server": Program(executable=Path(python), prefix_arguments=(str(server),), version="1.0"),
        software.name: Program(
            executable=Path(python), prefix_arguments=tuple(module), environment=found.environment, version=found.version
        ),
    }


@dataclass
class Stack:
    """One state folder; ports are chosen once by name."""

    state: Path
    ports: dict[str, int] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    target: NativeTarget = field(init=False)

    def __post_init__(self) -> None:
        paths = paths_for("test", environment={"WATCHKEEPER_STATE_DIR": str(self.state)}, uid=os.geteuid())
        self.target = NativeTarget(paths=paths)

    def describe(self, *workloads: Workload) -> NativeTarget:
        for workload in workloads:
            self.ports.setdefault(workload.name, free_port())
        plan = a_plan(*workloads, ports=self.ports)
        self.target = self.target.with_rendered(
            render(plan, self.target.paths, programs_for(self.target.identity), self.target.identity)
        )
        return self.target

    def up(self, *workloads: Workload) -> Outcome:
        target = self.describe(*workloads)
        self.events.clear()
        with target.exclusively("up"):
            return roll_out(target, self.events.append, Journal(target.paths.journal))

    def down(self) -> Outcome:
        self.events.clear()
        target = NativeTarget(paths=self.target.paths)
        with target.exclusively("down"):
            return take_down(target, self.events.append, Journal(target.paths.journal))

    def pid(self, workload: str) -> int:
        return self.target.states()[workload].pid

    def get(self, workload: str, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[workload]}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def processes(self) -> tuple[int, ...]:
        return marked_processes(self.target.paths.state)

    def reached(self, state: str) -> list[str]:
        """Workloads in the order in which they reached a state of the last rollout."""
        return [event.subject for event in self.events if event.state == state]


@contextmanager
def a_stack() -> Iterator[Stack]:
    """Services of a root's stack must pass the folder, so it is not one of pytest's private ones."""
    place = Path(tempfile.mkdtemp(prefix="wk-"))
    place.chmod(0o711)
    stack = Stack(state=place / "state")
    try:
        yield stack
    finally:
        supervisor = stack.target._supervisor.pid()
        if supervisor:
            os.kill(supervisor, 9)
        end_leftovers(stack.target.paths.state)
        shutil.rmtree(place, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(check: Callable[[], object], *, within_s: float) -> float:
    """Poll until ``check`` is true without an OSError; returns the seconds it took."""
    started = time.monotonic()
    while True:
        try:
            if check():
                return time.monotonic() - started
        except (OSError, KeyError):
            pass
        assert time.monotonic() - started < within_s, f"not within {within_s} s"
        time.sleep(0.05)
