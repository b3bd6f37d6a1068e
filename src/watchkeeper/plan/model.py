"""The Plan: everything decided, nothing left to default. Targets render it, rollout drives it, verify proves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from watchkeeper.workload.workload import Endpoint, Secret, Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will run. ``workloads`` are sorted by name; ``waves`` group their names in start order.

    ``ports`` maps (workload, endpoint) to the port on the machine's loopback address. ``settings`` holds the few decided
    values that proofs need (scrape interval, retention, …) by the description's own names, in seconds and bytes.
    """

    name: str
    target: str
    releases: str
    workloads: tuple[Workload, ...]
    waves: tuple[tuple[str, ...], ...]
    ports: Mapping[tuple[str, str], int]
    secrets: tuple[Secret, ...]
    memory_budget_bytes: int
    settings: Mapping[str, int | float | str]

    def workload(self, name: str) -> Workload:
        """The workload of that name; KeyError if the plan has none."""
        for workload in self.workloads:
            if workload.name == name:
                return workload
        raise KeyError(name)

    def address(self, workload: str, endpoint: str = "http") -> str:
        """``127.0.0.1:port`` of an endpoint on this machine."""
        return f"127.0.0.1:{self.ports[workload, endpoint]}"

    def endpoint(self, workload: str, name: str) -> Endpoint:
        """An endpoint of a workload; KeyError if there is none of that name."""
        for endpoint in self.workload(workload).endpoints:
            if endpoint.name == name:
                return endpoint
        raise KeyError(name)
