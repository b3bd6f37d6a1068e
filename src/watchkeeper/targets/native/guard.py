"""Who watches the warden: a plug-in inside supervisor that kills a warden whose heartbeat has stopped.

Supervisor starts it again by itself. Everything else that hangs is the warden's to find.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SILENCE_S = 20.0
"""Eight rounds of the warden and a slow machine's margin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Told of supervisor's ticks, every five seconds. It offers no calls over XML-RPC."""

    supervisord: Any
    program: str
    heartbeat: Path

    def on_tick(self, _: object) -> None:
        """Kill the program when neither it nor its heartbeat is younger than the silence allowed."""
        group = self.supervisord.process_groups.get(self.program)
        process = group.processes.get(self.program) if group else None
        if process is None or not process.pid:
            return
        now_s = time.time()
        if now_s - max(process.laststart, _written_at_s(self.heartbeat)) < SILENCE_S:
            return
        self.supervisord.options.logger.warn(f"killing {self.program}: no sign of life for {SILENCE_S:g} s")
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def make_guard(supervisord: Any, **settings: str) -> Guard:
    """Called by supervisor with the settings of its ``rpcinterface`` section."""
    from supervisor import events

    guard = Guard(supervisord=supervisord, program=settings["program"], heartbeat=Path(settings["heartbeat"]))
    events.subscribe(events.Tick5Event, guard.on_tick)
    return guard


def _written_at_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
