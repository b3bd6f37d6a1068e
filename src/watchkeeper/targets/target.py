"""What every target offers to the rooms above it, in words that fit processes, containers and pods alike.

``Runtime`` is what the rollout drives, ``Target`` what the command line and the proofs ask, ``Sabotage`` what the
counter-tests break. A target implements all three.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from watchkeeper.plan.difference import Fingerprint
from watchkeeper.workload.workload import SignalName

Lifecycle: TypeAlias = Literal["absent", "starting", "running", "retrying", "stopping", "stopped", "failed"]
"""``retrying``: it ended by itself and waits to be started again; ``failed``: it ended too often and is left alone."""

HealthWord: TypeAlias = Literal["healthy", "unhealthy", "starting", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The folders of one stack on this machine; all lie below ``state`` but ``run``, whose path must be short."""

    state: Path
    config: Path
    data: Path
    log: Path
    run: Path
    secrets: Path
    journal: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What driving one workload needs to know. ``wave`` counts from 0 in start order; times in seconds."""

    workload: str
    wave: int
    fingerprint: Fingerprint
    start_deadline_s: float
    stop_grace_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessState:
    """A workload's process as the target sees it now; ``pid`` is 0 where there is none.

    ``hangs``: what its own check complains of, where it runs but has failed that check too often in a row, and nothing but a
    rollout would start it again; empty otherwise.
    """

    workload: str
    lifecycle: Lifecycle
    pid: int = 0
    started_at_s: float = 0.0
    detail: str = ""
    hangs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a probe said. ``detail`` tells why it did not pass."""

    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Something on this machine that would make the start fail, found before anything is written.

    ``kind`` is a stable word: ``port-in-use``, ``state-not-writable``, ``state-owner``, ``disk-full``, ``unreachable``,
    ``missing-program``, ``missing-secret``. ``workload`` and ``endpoint`` are empty where it concerns no single one.
    """

    kind: str
    message: str
    hint: str
    workload: str = ""
    endpoint: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentStatus:
    """One workload as a person wants to see it. Bytes, seconds, cores; 0 and "" where unknown or without a process."""

    name: str
    component: str
    state: Lifecycle
    health: HealthWord
    detail: str = ""
    pid: int = 0
    uptime_s: float = 0.0
    restarts: int = 0
    last_restart_reason: str = ""
    memory_bytes: int = 0
    memory_limit_bytes: int = 0
    cpu_cores: float = 0.0
    addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorstep:
    """Where a program of this machine listens so that workloads reach it: on ``address``, which they call ``name``."""

    address: str = "127.0.0.1"
    name: str = "127.0.0.1"


class Runtime(Protocol):
    """The primitives of a rollout. Each returns at once; whether it had its effect is seen in ``states``.

    Order of one rollout: ``prepare``, ``stop`` what must go, ``install``, then ``start`` or ``reload`` and ``record`` each.
    """

    def steps(self) -> Mapping[str, Step]:
        """What should run, by workload."""

    def applied(self) -> Mapping[str, Step]:
        """What was recorded by earlier rollouts, by workload."""

    def prepare(self) -> None:
        """Make what carries the workloads: folders, supervisor, network. Raises WorldFailed."""

    def states(self) -> Mapping[str, ProcessState]:
        """Every process of the stack now; a workload without one is missing or ``absent``."""

    def stop(self, workload: str) -> None: ...

    def kill(self, workload: str, signal: SignalName | Literal["KILL"] = "KILL") -> None: ...

    def install(self) -> None:
        """Write every changed file and definition; what runs is not touched. Raises WorldFailed."""

    def start(self, workload: str) -> None: ...

    def reload(self, workload: str) -> None: ...

    def ask(self, workload: str) -> Answer:
        """Ask the ready probe once; takes at most the probe's own timeout."""

    def tail(self, workload: str, lines: int) -> tuple[str, ...]:
        """The last lines it logged, oldest first."""

    def record(self, workload: str) -> None:
        """Remember that the workload now runs as described."""

    def forget(self, workload: str) -> None:
        """Remember that the workload is gone."""

    def close(self) -> None:
        """End what carries the workloads; called when none runs any more."""


class Target(Runtime, Protocol):
    """One stack in one place."""

    @property
    def name(self) -> str: ...

    @property
    def paths(self) -> Paths: ...

    def exclusively(self, purpose: str) -> AbstractContextManager[None]:
        """Hold the stack's lock. Raises WorldFailed, naming the holder, when another run has it."""

    def obstacles(self) -> Sequence[Obstacle]:
        """What would make the start fail, all at once; empty when nothing would."""

    def doorstep(self) -> Doorstep:
        """Where workloads with a way out reach programs of this machine. Raises WorldFailed where they cannot."""

    def status(self) -> tuple[ComponentStatus, ...]:
        """Every component, sorted by name; empty when nothing was ever started."""

    def logs(self, workloads: Sequence[str], *, lines: int, follow: bool) -> Iterator[tuple[str, str]]:
        """(workload, line) pairs; with ``follow``, without end. No workloads named: all of them."""

    def delete(self) -> None:
        """Remove all state, data included. The stack must be down."""


class Sabotage(Protocol):
    """Break a running stack on purpose, and mend it."""

    def kill(self, workload: str, signal: SignalName | Literal["KILL"] = "KILL") -> None: ...

    def pause(self, workload: str) -> None:
        """The process keeps its sockets and answers nothing."""

    def resume(self, workload: str) -> None: ...

    def stop(self, workload: str) -> None:
        """End it and keep it from coming back."""

    def start(self, workload: str) -> None: ...
