"""Processes of a stack that nobody supervises any more: found by the mark in their environment, and ended."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from watchkeeper.targets.native.render import STACK_MARK, WORKLOAD_MARK
from watchkeeper.targets.native.supervise import runs

_POLL_S = 0.02


def marked_processes(state: Path, workload: str = "") -> tuple[int, ...]:
    """Living processes of the stack in ``state``, or of one workload of it."""
    stack_mark = f"{STACK_MARK}={state}".encode()
    workload_mark = f"{WORKLOAD_MARK}={workload}".encode()
    found = []
    for pid, marks in _environments():
        if stack_mark in marks and (not workload or workload_mark in marks) and pid != os.getpid() and runs(pid):
            found.append(pid)
    return tuple(found)


def end_leftovers(state: Path, *, workload: str = "", within_s: float = 5.0) -> tuple[int, ...]:
    """Kill them all, also those they start meanwhile; returns those that still live after ``within_s``."""
    deadline = time.monotonic() + within_s
    while living := marked_processes(state, workload):
        for pid in living:
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
        if time.monotonic() > deadline:
            return living
        time.sleep(_POLL_S)
    return ()


def _environments() -> Iterator[tuple[int, list[bytes]]]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            content = (entry / "environ").read_bytes()
        except OSError:  # gone meanwhile, or another user's
            continue
        yield int(entry.name), content.split(b"\0")
