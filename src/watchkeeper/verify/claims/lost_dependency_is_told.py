"""Each thing that the example is built on is stopped once: its services must say so soon, and must get over it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from watchkeeper.observe.answer import NoAnswer
from watchkeeper.observe.network_monitor import Told, health_of
from watchkeeper.observe.wait import until
from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.example import ALL_SERVICES, CHECKS, COMPONENT, WEB_SERVICE
from watchkeeper.verify.health import complaint, process_of
from watchkeeper.verify.rogue import open_door
from watchkeeper.verify.stage import Stage

TOLD_WITHIN_S = 5.0
OVER_IT_WITHIN_S = 15.0
STOPS_WITHIN_S = 30.0
STARTS_WITHIN_S = 60.0
_NOBODY = Told(status=0, checks={}, critical=frozenset())


async def check(stage: Stage) -> Verdict:
    """One after the other; each is back, and all services are well, before the next."""
    lines: list[str] = []
    slowest_s = 0.0
    for workload, name in CHECKS.items():
        before = await _all_told(stage)
        if ill := [service for service, told in before.items() if told.status != 200]:
            return failed(f"{', '.join(ill)} not well while nothing was stopped", *lines)
        concerned = {service for service, told in before.items() if name in told.critical}
        if not concerned:
            return failed(f"no service calls {name} critical", *lines)
        stage.sabotage.stop(workload)
        try:
            if not await _ended(stage, workload):
                return failed(f"{workload} did not stop within {STOPS_WITHIN_S:.0f} s", *lines)
            told = await until(
                lambda: _all_told(stage),
                lambda found: _unwell(found, name) == concerned,  # noqa: B023 - asked before the next turn
                within_s=TOLD_WITHIN_S,
            )
        finally:
            stage.sabotage.start(workload)
        if not told.satisfied:
            silent = sorted(concerned - _unwell(told.value, name)) or sorted(_unwell(told.value, name) - concerned)
            return failed(f"{', '.join(silent)} did not tell within {TOLD_WITHIN_S:g} s that {workload} is away", *lines)
        back_s = await _over_it(stage, workload)
        if back_s is None:
            return failed(f"not every service is well {OVER_IT_WITHIN_S:g} s after {workload} came back", *lines)
        slowest_s = max(slowest_s, told.elapsed_s)
        lines.append(
            f"{workload}: 503 of {', '.join(sorted(concerned))} after {told.elapsed_s:.1f} s, well {back_s:.1f} s after it was"
        )
    return passed(f"503 at most {slowest_s:.1f} s after each of {len(CHECKS)} was gone, and 200 again afterwards", *lines)


async def _all_told(stage: Stage) -> Mapping[str, Told]:
    """At once: while something is away each answer takes as long as the service waits for it."""
    told = await asyncio.gather(*(_told(stage, service) for service in ALL_SERVICES))
    return dict(zip(ALL_SERVICES, told, strict=True))


async def _told(stage: Stage, service: str) -> Told:
    try:
        return await health_of(stage.url(service), stage.asker)
    except NoAnswer:
        return _NOBODY


def _unwell(told: Mapping[str, Told], name: str) -> set[str]:
    """Services that answer 503 and name that dependency as the reason."""
    return {service for service, one in told.items() if one.status == 503 and one.checks.get(name) == "error"}


async def _ended(stage: Stage, workload: str) -> bool:
    async def pid() -> int:
        return process_of(stage, workload)

    return (await until(pid, lambda found: found == 0, within_s=STOPS_WITHIN_S)).satisfied


async def _over_it(stage: Stage, workload: str) -> float | None:
    """Seconds from the moment when it was healthy again until all services were."""
    started = stage.plan.workload(workload)
    there = await until(
        lambda: complaint(stage, started, started.health.ready), lambda said: not said, within_s=STARTS_WITHIN_S
    )
    well = await until(
        lambda: _all_told(stage),
        lambda found: all(one.status == 200 for one in found.values()),
        within_s=OVER_IT_WITHIN_S,
    )
    return well.elapsed_s if there.satisfied and well.satisfied else None


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    """As if the API's health page only said that the API runs."""
    names = sorted({"database", "cache", "jobs"})
    body = {"status": "healthy", "checks": dict.fromkeys(names, "ok"), "details": {name: {"critical": True} for name in names}}
    stage.sabotage.stop(WEB_SERVICE)
    try:
        async with open_door("127.0.0.1", stage.plan.ports[WEB_SERVICE, "http"], json.dumps(body)):
            yield stage
    finally:
        stage.sabotage.start(WEB_SERVICE)


CLAIM = Claim(
    name="lost_dependency_is_told",
    sentence="Services tell on their health pages what they have lost, and get over it",
    requirements=("B6", "X7"),
    bound=f"503 within {TOLD_WITHIN_S:g} s of the end of PostgreSQL, Redis, RabbitMQ, Kafka; 200 within {OVER_IT_WITHIN_S:g} s "
    "of their return",
    check=check,
    breakage=breakage,
    broken_by="something that always says that it is well stands in the API's place",
    components=(COMPONENT, *CHECKS),
    deadline_s=300.0,
    disturbs=True,
)
