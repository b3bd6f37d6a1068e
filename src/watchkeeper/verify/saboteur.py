"""A saboteur that passes everything on, for counter-tests that change what one act of sabotage does."""

from __future__ import annotations

from typing import Literal

from watchkeeper.targets.target import Sabotage
from watchkeeper.workload.workload import SignalName


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
