"""Every component stays below its own limit, and all processes together below the plan's budget."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from watchkeeper.spec.quantities import format_size
from watchkeeper.verify.claim import Claim, Verdict, failed, inconclusive, passed
from watchkeeper.verify.rogue import hungry_process
from watchkeeper.verify.stage import Stage

MIB = 1 << 20


async def check(stage: Stage) -> Verdict:
    """The sum counts the supervisor and whatever else belongs to the stack, not only what the plan names."""
    status = {component.name: component for component in stage.grounds.status()}
    missing = [
        workload.name for workload in stage.plan.workloads if workload.name not in status or not status[workload.name].pid
    ]
    if missing:
        return inconclusive(f"no process of {', '.join(missing)} can be measured")
    used = stage.grounds.memory_bytes()
    own = {workload.name: used.get(workload.name, 0) for workload in stage.plan.workloads}
    if not all(own.values()):
        return inconclusive(f"the memory of {', '.join(name for name, size in own.items() if not size)} cannot be seen")
    lines = [f"{name}: {size // MIB} MiB" for name, size in sorted(own.items(), key=lambda item: -item[1])]
    wrong = [
        f"{workload.name}: {own[workload.name] // MIB} MiB of {workload.resources.memory_bytes // MIB} MiB"
        for workload in stage.plan.workloads
        if own[workload.name] > workload.resources.memory_bytes
    ]
    total, budget = sum(used.values()), stage.plan.memory_budget_bytes
    if total > budget:
        wrong.append(f"all {len(used)} together: {total // MIB} MiB of {format_size(budget)}")
    if wrong:
        return failed("more memory is used than planned", *wrong)
    return passed(f"{total // MIB} MiB in {len(used)} parts of the stack, of a budget of {format_size(budget)}", *lines)


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    used = sum(stage.grounds.memory_bytes().values())
    too_much = stage.plan.memory_budget_bytes - used + 32 * MIB
    async with hungry_process(stage.grounds, max(too_much, 32 * MIB)):
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
