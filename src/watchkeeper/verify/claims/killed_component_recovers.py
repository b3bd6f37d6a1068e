"""Each component, killed with SIGKILL, is healthy again soon, by itself."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Literal

from watchkeeper.observe.wait import until
from watchkeeper.targets.target import Sabotage
from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.health import complaint, process_of, settled
from watchkeeper.verify.saboteur import Saboteur
from watchkeeper.verify.stage import Stage
from watchkeeper.workload.workload import SignalName, Workload

BOUND_S = 10.0
SLOWER_S = 30.0
"""For databases and queues, which look through their data first, and for containers: an engine waits before it starts again
what has just ended, longer each time."""


def _bound_s(stage: Stage, workload: Workload) -> float:
    return SLOWER_S if workload.prepare or stage.plan.target != "native" else BOUND_S


async def recovery_s(stage: Stage, workload: Workload) -> float | None:
    """Seconds from the kill to the first good answer of another process; None if that took too long."""
    before = process_of(stage, workload.name)
    start = time.monotonic()
    stage.sabotage.kill(workload.name)

    async def recovered() -> bool:
        now = process_of(stage, workload.name)
        return now not in {0, before} and not await complaint(stage, workload, workload.health.ready)

    waited = await until(recovered, bool, within_s=_bound_s(stage, workload), every_s=0.05)
    return time.monotonic() - start if waited.satisfied else None


async def check(stage: Stage) -> Verdict:
    """One after the other, so that each finds its neighbours well."""
    times: dict[str, float] = {}
    for workload in stage.plan.workloads:
        took_s = await recovery_s(stage, workload)
        if took_s is None:
            return failed(f"{workload.name} was not healthy {_bound_s(stage, workload):.0f} s after SIGKILL")
        times[workload.name] = took_s
    slowest = max(times, key=lambda name: times[name])
    rest = await settled(stage, within_s=max(_bound_s(stage, workload) for workload in stage.plan.workloads))
    if not rest.satisfied:
        return failed("not every component is healthy afterwards", *(f"{name}: {said}" for name, said in rest.value.items()))
    return passed(
        f"{len(times)} components; slowest {slowest}: {times[slowest]:.1f} s",
        *(f"{name}: {took_s:.2f} s" for name, took_s in times.items()),
    )


class _KilledForGood(Saboteur):
    """A saboteur whose victims are kept from coming back, as if nobody supervised them."""

    def __init__(self, inner: Sabotage) -> None:
        super().__init__(inner)
        self.victims: list[str] = []

    def kill(self, workload: str, signal: SignalName | Literal["KILL"] = "KILL") -> None:
        self.victims.append(workload)
        self.inner.stop(workload)


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    saboteur = _KilledForGood(stage.sabotage)
    try:
        yield replace(stage, sabotage=saboteur)
    finally:
        for victim in saboteur.victims:
            stage.sabotage.start(victim)


CLAIM = Claim(
    name="killed_component_recovers",
    sentence="A component that is killed is healthy again by itself",
    requirements=("A5", "X7"),
    bound=f"within {BOUND_S:.0f} s of SIGKILL, each component; databases, and what runs in containers, within {SLOWER_S:.0f} s",
    check=check,
    breakage=breakage,
    broken_by="the killed component is kept from being restarted",
    deadline_s=180.0,
    disturbs=True,
)
