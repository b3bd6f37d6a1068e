"""What proofs need to see of a stack on bare processes: its files, its processes, its data. Every look is fresh."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from watchkeeper.targets.native import probing
from watchkeeper.targets.native.leftovers import marked_processes
from watchkeeper.targets.native.render import STACK_MARK
from watchkeeper.targets.native.stack import NativeTarget
from watchkeeper.targets.native.warden.watchlist import read
from watchkeeper.targets.native.warden_workload import WARDEN, WATCHLIST_FILE
from watchkeeper.targets.target import Answer, ComponentStatus
from watchkeeper.workload.probe import Probe
from watchkeeper.workload.workload import Workload


class NativeGrounds:
    """One stack."""

    def __init__(self, target: NativeTarget) -> None:
        self._target = target

    def status(self) -> Sequence[ComponentStatus]:
        """Every component."""
        return self._target.status()

    def processes(self) -> Sequence[int]:
        """Process ids of everything that bears the stack's mark, supervisor included."""
        return marked_processes(self._target.paths.state)

    def versions(self) -> Mapping[str, str]:
        """Workload → version of the program that was started."""
        return {name: step.fingerprint.version for name, step in sorted(self._target.applied().items())}

    def digest(self) -> str:
        """Of everything that was applied: equal digests mean equal processes and files."""
        described = "\n".join(f"{name} {step.fingerprint!r}" for name, step in sorted(self._target.applied().items()))
        return hashlib.sha256(described.encode()).hexdigest()

    def rendered_files(self) -> Sequence[Path]:
        """Configuration files, launch scripts and the supervisor's own files."""
        paths = self._target.paths
        folders = (paths.config, paths.run, paths.journal)
        return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())

    def log_files(self) -> Sequence[Path]:
        """Logs of the components and of the supervisor, rotated ones too."""
        return sorted(path for path in self._target.paths.log.rglob("*") if path.is_file())

    def mark(self) -> Mapping[str, str]:
        """The environment variable that makes a process part of the stack."""
        return {STACK_MARK: str(self._target.paths.state)}

    def data_folder(self, workload: str, volume: str) -> Path:
        """Where a volume lies."""
        return self._target.paths.data / workload / volume

    def reachable(self, workload: Workload, endpoint: str) -> bool:
        """Everything listens on loopback."""
        return True

    def ask(self, workload: Workload, probe: Probe) -> Answer:
        """As the warden asks it."""
        watchlist = read(self._target.paths.config / WARDEN / WATCHLIST_FILE)
        watched = next(one for one in watchlist.watched if one.name == workload.name)
        return probing.ask(watched.alive if probe == workload.health.alive else watched.ready)
