"""What a claim can reach: the plan, clients for the platform's APIs, and hands to break it with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from watchkeeper.observe.alertmanager import Alertmanager
from watchkeeper.observe.answer import Asker
from watchkeeper.observe.canary import Canary
from watchkeeper.observe.loki import Loki
from watchkeeper.observe.prometheus import Prometheus
from watchkeeper.plan.model import Plan
from watchkeeper.targets.target import Answer, ComponentStatus, ProcessState, Sabotage
from watchkeeper.verify.rehearsal import Rehearsal
from watchkeeper.workload.probe import Probe
from watchkeeper.workload.workload import SecretValue, Workload


class Grounds(Protocol):
    """What only the target can tell of where the platform runs. Every look is fresh."""

    def status(self) -> Sequence[ComponentStatus]:
        """Every component, with what it uses: an engine measures that for a second or two."""

    def states(self) -> Mapping[str, ProcessState]:
        """Every component's process by workload, at once."""

    def processes(self) -> Sequence[int]:
        """Process ids of everything that belongs to the stack, supervisor included."""

    def rendered_files(self) -> Sequence[Path]:
        """Every configuration file that was written for the stack."""

    def log_files(self) -> Sequence[Path]:
        """Every log file of the stack's components."""

    def memory_bytes(self) -> Mapping[str, int]:
        """Memory in use by whatever belongs to the stack, by name: its workloads, and what else there is."""

    def doors(self) -> Sequence[tuple[str, str, int]]:
        """(whose, address, port) of everything on which this machine lets somebody in to the stack."""

    def intruder(self, code: str, *arguments: str, port: int = 0) -> AbstractContextManager[None]:
        """Run Python code as a part of the stack that no plan knows, for counter-tests; it has begun when it wrote a line.

        ``port``: what it listens on, to be open to everybody; 0 if it opens whatever it opens by itself.
        """

    def data_folder(self, workload: str, volume: str) -> Path:
        """Where a volume lies."""

    def reachable(self, workload: Workload, endpoint: str) -> bool:
        """Whether that endpoint answers at its address on this machine, or only where the workload lives."""

    def ask(self, workload: Workload, probe: Probe) -> Answer:
        """Ask one of the workload's own probes where it lives; for those that cannot be asked from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One running platform, as claims see it.

    ``secrets`` are the values that must stand nowhere. ``restart`` takes the whole platform down and up again. Clients
    record what they are asked, so that a claim's evidence is complete without its doing.
    """

    plan: Plan
    grounds: Grounds
    sabotage: Sabotage
    asker: Asker
    prometheus: Prometheus
    alertmanager: Alertmanager
    logs: Loki
    canary: Canary
    console_url: str
    admin_user: str
    secrets: dict[str, SecretValue]
    restart: Callable[[], Awaitable[None]]
    run_id: str
    rehearsal: Rehearsal | None = None
    """Local receivers in place of the real ones; only on a copy of the platform made for it."""

    def url(self, workload: str, path: str = "", endpoint: str = "http") -> str:
        """The address of an endpoint as reached from here."""
        return f"{self.plan.endpoint(workload, endpoint).protocol}://{self.plan.address(workload, endpoint)}{path}"
