"""How counter-tests break things: by freezing one, or by a saboteur that makes one act of sabotage worse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from watchkeeper.targets.target import Sabotage
from watchkeeper.verify.claim import Breakage
from watchkeeper.verify.stage import Stage
from watchkeeper.workload.workload import SignalName


def frozen(workload: str) -> Breakage:
    """The workload stands still meanwhile.

    It still owns its sockets, so a check that only looks for a process or a port would pass.
    """

    @asynccontextmanager
    async def breakage(stage: Stage) -> AsyncIterator[Stage]:
        stage.sabotage.pause(workload)
        try:
            yield stage
        finally:
            stage.sabotage.resume(workload)

    return breakage


class Saboteur:
    """Does what ``inner`` does. Subclasses make one act worse."""

    def __init__(self, inner: Sabotage) -> None:
        self.inner = inner

    def kill(self, workload: str, signal: SignalName | Literal["KILL"] = "KILL") -> None:
        """Send it a signal."""
        self.inner.kill(workload, signal)

    def pause(self, workload: str) -> None:
        """Freeze it."""
        self.inner.pause(workload)

    def resume(self, workload: str) -> None:
        """Thaw it."""
        self.inner.resume(workload)

    def stop(self, workload: str) -> None:
        """End it and keep it from coming back."""
        self.inner.stop(workload)

    def start(self, workload: str) -> None:
        """Start it again."""
        self.inner.start(workload)
