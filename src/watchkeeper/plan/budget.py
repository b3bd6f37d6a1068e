"""Memory: what each component may use, and whether the sum fits what the description allows."""

from __future__ import annotations

from collections.abc import Iterable

from watchkeeper.workload.workload import Workload


def memory_budget_bytes(workloads: Iterable[Workload]) -> int:
    """The most the platform may use: the sum of what is enforced for each workload."""
    return sum(workload.resources.memory_bytes for workload in workloads)


def largest(workloads: Iterable[Workload], count: int = 3) -> tuple[Workload, ...]:
    """The workloads that may use most, largest first: where a budget that is exceeded can be mended."""
    return tuple(sorted(workloads, key=lambda w: (-w.resources.memory_bytes, w.name))[:count])
