"""Asking components for their health, as claims and counter-tests need it: fresh, directly, and with the reason."""

from __future__ import annotations

import asyncio

from watchkeeper.observe.answer import NoAnswer
from watchkeeper.observe.wait import Waited, until
from watchkeeper.verify.stage import Stage
from watchkeeper.workload.probe import ExecProbe, HttpProbe, Probe
from watchkeeper.workload.workload import Workload


async def unhealthy(stage: Stage) -> dict[str, str]:
    """Workload → what is wrong with it; empty when all answer their ready probes. Asks all at once."""
    workloads = stage.plan.workloads
    complaints = await asyncio.gather(*(complaint(stage, workload, workload.health.ready) for workload in workloads))
    return {workload.name: said for workload, said in zip(workloads, complaints, strict=True) if said}


async def settled(stage: Stage, within_s: float) -> Waited[dict[str, str]]:
    """Wait until every component is healthy."""
    return await until(lambda: unhealthy(stage), lambda wrong: not wrong, within_s=within_s)


def process_of(stage: Stage, workload: str) -> int:
    """The id of its process now; 0 while it has none."""
    state = stage.grounds.states().get(workload)
    return state.pid if state else 0


async def complaint(stage: Stage, workload: Workload, probe: Probe) -> str:
    """What is wrong with the workload right now; empty if nothing is."""
    if isinstance(probe, ExecProbe) or not stage.grounds.reachable(workload, probe.endpoint):
        answer = await asyncio.to_thread(stage.grounds.ask, workload, probe)
        return "" if answer.passed else answer.detail or "its check does not pass"
    if isinstance(probe, HttpProbe):
        try:
            response = await stage.asker.request(
                "GET", stage.url(workload.name, probe.path, probe.endpoint), timeout_s=probe.timeout_s
            )
        except NoAnswer as silence:
            return str(silence)
        if response.status_code != probe.status or probe.contains not in response.text:
            return f"answers {response.status_code}: {response.text[:100]}"
        return ""
    host, _, port = stage.plan.address(workload.name, probe.endpoint).rpartition(":")
    try:
        async with asyncio.timeout(probe.timeout_s):
            _, writer = await asyncio.open_connection(host, int(port))
    except (OSError, TimeoutError) as error:
        return f"cannot connect: {error}"
    writer.close()
    return ""
