"""Signals to the processes inside a container, past the engine.

A container that the engine sent any signal to, be it only the one to read its files again, counts as stopped by hand: the
engine does not start it again when it ends, nor after the machine was started again.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any, Literal, TypeAlias

from watchkeeper.targets.compose.engine import Engine
from watchkeeper.targets.compose.image import OWN_REFERENCE
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.workload import SignalName

AnySignal: TypeAlias = SignalName | Literal["KILL", "STOP", "CONT"]
_FREEZING = frozenset({"STOP", "CONT"})
"""To every process but the first: that one is the engine's, passes on what it gets, and cannot pass these on."""


def send(engine: Engine, inspected: dict[str, Any], name: AnySignal) -> None:
    """To the container's first process, which passes it on; what freezes, to every other one.

    Where the processes are not ours to signal (an engine in a virtual machine, an ordinary user), a second container that
    shares the first one's processes does it.
    """
    identifier, first = str(inspected["Id"]), int(inspected["State"]["Pid"])
    if os.geteuid() == 0 and _is_of(first, identifier):
        _send_here(engine, identifier, first, name)
    else:
        _send_beside(engine, identifier, name)


def host_processes(engine: Engine, identifier: str) -> tuple[int, ...]:
    """Process ids of a container as this machine counts them, its first one included."""
    told = engine.get(f"/containers/{identifier}/top", ps_args="-eo pid")
    column = told["Titles"].index("PID")
    return tuple(int(row[column]) for row in told["Processes"])


def _send_here(engine: Engine, identifier: str, first: int, name: AnySignal) -> None:
    number = signal.Signals[f"SIG{name}"]
    others = (pid for pid in host_processes(engine, identifier) if pid != first)
    for pid in others if name in _FREEZING else (first,):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _send_beside(engine: Engine, identifier: str, name: AnySignal) -> None:
    # from beside it, the first process cannot be killed: it ends when all others have
    whom = "-1" if name in _FREEZING or name == "KILL" else "1"
    done = engine.client(
        "run", "--rm", "--pull", "never", "--pid", f"container:{identifier}", "--network", "none", "--user", "0:0",
        "--cap-drop", "ALL", "--cap-add", "KILL", "--read-only", "--entrypoint", "/bin/sh", OWN_REFERENCE,
        "-c", f"kill -{name} {whom}",
    )  # fmt: skip
    # KILL takes the second container down together with the first one's processes
    if done.status not in (0, 137):
        raise WorldFailed(f"cannot send {name} to a container", evidence=done.error.splitlines()[-3:])


def _is_of(pid: int, identifier: str) -> bool:
    """Whether that process id means the same here as for the engine."""
    try:
        return pid > 0 and identifier in Path(f"/proc/{pid}/cgroup").read_text(encoding="ascii")
    except OSError:
        return False
