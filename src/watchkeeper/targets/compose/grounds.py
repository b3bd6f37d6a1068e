"""What proofs need to see of a stack in containers: its files, its processes, its data. Every look is fresh."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from watchkeeper.targets.compose import asking
from watchkeeper.targets.compose.engine import PROJECT_LABEL, SERVICE_LABEL
from watchkeeper.targets.compose.image import OWN_REFERENCE
from watchkeeper.targets.compose.inside import host_processes
from watchkeeper.targets.compose.logs import last_lines
from watchkeeper.targets.compose.service import volume_name
from watchkeeper.targets.compose.status import published
from watchkeeper.targets.target import Answer, ComponentStatus, ProcessState
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.probe import Probe
from watchkeeper.workload.workload import Workload

if TYPE_CHECKING:
    from watchkeeper.targets.compose.stack import ComposeTarget

_EVERY_LINE = 1_000_000
_INTRUDER = "intruder"
_INTRUDER_S = 20.0


class ComposeGrounds:
    """One stack."""

    def __init__(self, target: ComposeTarget) -> None:
        self._target = target

    def status(self) -> Sequence[ComponentStatus]:
        """Every component."""
        return self._target.status()

    def states(self) -> Mapping[str, ProcessState]:
        """Every component's process by workload."""
        return self._target.states()

    def processes(self) -> Sequence[int]:
        """Process ids, as this machine counts them, of everything that runs in the stack's containers."""
        return tuple(
            pid
            for inspected in self._target.containers().values()
            if inspected["State"]["Running"]
            for pid in host_processes(self._target.engine, str(inspected["Id"]))
        )

    def memory_bytes(self) -> Mapping[str, int]:
        """What the engine counts against each container's limit, by workload."""
        return {component.name: component.memory_bytes for component in self._target.status()}

    def doors(self) -> Sequence[tuple[str, str, int]]:
        """(whose, address, port) of everything through which the machine lets somebody in to a container."""
        return [
            (name, address.rpartition(":")[0], int(address.rpartition(":")[2]))
            for name, inspected in sorted(self._target.containers().items())
            for address in published(inspected).values()
        ]

    def versions(self) -> Mapping[str, str]:
        """Workload → image that was started."""
        return {name: step.fingerprint.version for name, step in sorted(self._target.applied().items())}

    def digest(self) -> str:
        """Of everything that was applied: equal digests mean equal containers and files."""
        described = "\n".join(f"{name} {step.fingerprint!r}" for name, step in sorted(self._target.applied().items()))
        return hashlib.sha256(described.encode()).hexdigest()

    def rendered_files(self) -> Sequence[Path]:
        """The project's files and every configuration file; not the secrets themselves."""
        return sorted(path for path in self._target.paths.run.rglob("*") if path.is_file() and path.suffix != ".seen")

    def log_files(self) -> Sequence[Path]:
        """What the containers logged: the engine's own files where we may read them, else a copy of what it tells."""
        found: list[Path] = []
        for name, inspected in sorted(self._target.containers().items()):
            own = Path(str(inspected["LogPath"]))
            if inspected["LogPath"] and os.access(own, os.R_OK | os.W_OK):
                found += sorted(path for path in own.parent.glob(f"{own.name}*") if path.is_file())
            else:
                found.append(self._copied(name, str(inspected["Id"])))
        return found

    @contextmanager
    def intruder(self, code: str, *arguments: str, port: int = 0) -> Iterator[None]:
        """A container with the labels that make one part of the project."""
        stack = self._target.plan.name
        words = ["run", "--detach", "--pull", "never", "--label", f"{PROJECT_LABEL}={stack}"]
        words += ["--label", f"{SERVICE_LABEL}={_INTRUDER}", "--memory", "0"]
        words += ["--publish", f"0.0.0.0:{port}:{port}"] if port else ["--network", "none"]
        started = self._target.engine.client(*words, OWN_REFERENCE, "python", "-I", "-u", "-c", code, *arguments)
        identifier = started.output.strip()
        try:
            deadline = time.monotonic() + _INTRUDER_S
            while not last_lines(self._target.engine, identifier, 1):
                if started.status or time.monotonic() > deadline:
                    raise OSError(f"cannot start a container to break the platform with: {started.error}")
                time.sleep(0.1)
            yield
        finally:
            self._target.engine.client("rm", "--force", identifier or _INTRUDER)

    def data_folder(self, workload: str, volume: str) -> Path:
        """Where a volume lies on this machine; only root may look into it."""
        name = f"{self._target.plan.name}_{volume_name(workload, volume)}"
        place = Path(str(self._target.engine.get(f"/volumes/{name}")["Mountpoint"]))
        if not os.access(place, os.R_OK | os.W_OK):
            raise WorldFailed(f"cannot look into the volume {name}: {place} belongs to the engine", hint="run this as root")
        return place

    def reachable(self, workload: Workload, endpoint: str) -> bool:
        """Only what is published has a port on this machine."""
        return asking.is_published(workload, endpoint)

    def ask(self, workload: Workload, probe: Probe) -> Answer:
        """Inside its container, or at the container's own address."""
        inspected = self._target.containers().get(workload.name)
        return asking.ask(self._target.engine, self._target.plan, workload, probe, inspected)

    def _copied(self, name: str, identifier: str) -> Path:
        path = self._target.paths.run / f"{name}.log.seen"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in last_lines(self._target.engine, identifier, _EVERY_LINE))
        return path
