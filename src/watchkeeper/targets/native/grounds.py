"""What proofs need to see of a stack on bare processes: its files, its processes, its data. Every look is fresh."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from watchkeeper.targets.native import probing
from watchkeeper.targets.native.leftovers import marked_processes
from watchkeeper.targets.native.memory import Resident, resident, together_bytes, tree
from watchkeeper.targets.native.render import STACK_MARK
from watchkeeper.targets.native.stack import NativeTarget
from watchkeeper.targets.native.warden.watchlist import read
from watchkeeper.targets.native.warden_workload import WARDEN, WATCHLIST_FILE
from watchkeeper.targets.target import Answer, ComponentStatus, ProcessState
from watchkeeper.workload.probe import Probe
from watchkeeper.workload.workload import Workload


class NativeGrounds:
    """One stack."""

    def __init__(self, target: NativeTarget) -> None:
        self._target = target

    def status(self) -> Sequence[ComponentStatus]:
        """Every component."""
        return self._target.status()

    def states(self) -> Mapping[str, ProcessState]:
        """Every component's process by workload."""
        return self._target.states()

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

    def memory_bytes(self) -> Mapping[str, int]:
        """Resident memory by workload, with all of its processes; what is left over (the supervisor) by its process."""
        names = {pid: one.name for one in self._target.status() if one.pid for pid in tree(one.pid)}
        members: dict[str, list[Resident]] = {}
        for pid in self.processes():
            if (memory := resident(pid)) is not None:
                members.setdefault(names.get(pid, f"process {pid}"), []).append(memory)
        return {name: together_bytes(processes) for name, processes in members.items()}

    def doors(self) -> Sequence[tuple[str, str, int]]:
        """Every TCP socket that listens and every bound UDP socket, from the kernel's tables."""
        wanted = set(self.processes())
        return [
            (f"process {connection.pid}", connection.laddr.ip, connection.laddr.port)
            for connection in psutil.net_connections("inet")
            if connection.pid in wanted
            and connection.laddr
            and (connection.status == psutil.CONN_LISTEN or (connection.type == socket.SOCK_DGRAM and not connection.raddr))
        ]

    @contextmanager
    def intruder(self, code: str, *arguments: str, port: int = 0) -> Iterator[None]:
        """A process with the environment variable that makes one part of the stack."""
        environment = {**os.environ, STACK_MARK: str(self._target.paths.state)}
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", code, *arguments], env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        try:
            if process.stdout is None or not process.stdout.readline():
                raise OSError("cannot start a process to break the platform with")
            yield
        finally:
            process.kill()
            process.communicate()

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
