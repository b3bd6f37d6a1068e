"""Every component stays below its own limit, and all processes together below the plan's budget."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import psutil

from watchkeeper.spec.quantities import format_size
from watchkeeper.verify.claim import Claim, Verdict, failed, inconclusive, passed
from watchkeeper.verify.rogue import hungry_process
from watchkeeper.verify.stage import Stage

MIB = 1 << 20


def resident_bytes(pids: Iterable[int]) -> dict[int, int]:
    """Resident memory of each process that still lives."""
    found = {}
    for pid in pids:
        try:
            found[pid] = psutil.Process(pid).memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return found


async def check(stage: Stage) -> Verdict:
    """The sum counts the supervisor and whatever else belongs to the stack, not only what the plan names."""
    status = {component.name: component for component in stage.grounds.status()}
    missing = [
        workload.name for workload in stage.plan.workloads if workload.name not in status or not status[workload.name].pid
    ]
    if missing:
        return inconclusive(f"no process of {', '.join(missing)} can be measured")
    used = resident_bytes(stage.grounds.processes())
    own = {workload.name: used.get(status[workload.name].pid, 0) for workload in stage.plan.workloads}
    lines = [f"{name}: {size // MIB} MiB" for name, size in sorted(own.items(), key=lambda item: -item[1])]
    wrong = [
        f"{workload.name}: {own[workload.name] // MIB} MiB of {workload.resources.memory_bytes // MIB} MiB"
        for workload in stage.plan.workloads
        if own[workload.name] > workload.resources.memory_bytes
    ]
    total, budget = sum(used.values()), stage.plan.memory_budget_bytes
    if total > budget:
        wrong.append(f"all {len(used)} processes: {total // MIB} MiB of {format_size(budget)}")
    if wrong:
        return failed("more memory is used than planned", *wrong)
    return passed(f"{total // MIB} MiB in {len(used)} processes, of a budget of {format_size(budget)}", *lines)


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    used = sum(resident_bytes(stage.grounds.processes()).values())
    too_much = stage.plan.memory_budget_bytes - used + 32 * MIB
    async with hungry_process(stage.grounds.mark(), max(too_much, 32 * MIB)):
        yield stage


CLAIM = Claim(
    name="memory_stays_within_budget",
    sentence="Memory stays within the plan's budget",
    requirements=("X9", "A5", "C1"),
    bound="each component's limit, and their sum",
    check=check,
    breakage=breakage,
    broken_by="a process of the stack uses what is left of the budget and more",
)
