"""The whole platform goes down and comes up again; what was found before is found afterwards."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from watchkeeper.verify.claim import Claim, Verdict, failed, inconclusive, passed
from watchkeeper.verify.example import COMPONENT, operator
from watchkeeper.verify.health import settled
from watchkeeper.verify.stage import Stage

WINDOW_S = 300
BOUND_S = 15.0
WITH_DATABASES_S = 60.0
"""RabbitMQ and Kafka each take several seconds to stop and to start."""
IN_CONTAINERS_S = 120.0
"""What the requirements allow (B7): an engine takes a second or two for each container that it makes and removes."""


Answers = dict[str, Counter[Hashable]]


async def _answers(stage: Stage, at_s: float, checks: Sequence[str]) -> Answers:
    """Questions about a fixed past. A line may still arrive there late, from a component that was busy; none may go.

    ``checks`` are those that the example application took.
    """
    samples = await stage.prometheus.query("count_over_time(up[5m])", at_s=at_s)
    lines = await stage.logs.lines(
        '{job="watchkeeper"}', start_ns=int((at_s - WINDOW_S) * 1e9), end_ns=int(at_s * 1e9), limit=5000, direction="forward"
    )
    receipts = await stage.canary.receipts(0)
    return {
        "samples of up": Counter((tuple(sorted(sample.labels.items())), sample.value) for sample in samples),
        "log lines": Counter((line.timestamp_ns, line.line) for line in lines),
        "receipts": Counter(receipt["sequence"] for receipt in receipts if receipt["received_at"] < at_s),
        **({"checks of the example": await _kept(stage, checks)} if checks else {}),
    }


async def _kept(stage: Stage, checks: Sequence[str]) -> Counter[Hashable]:
    outcomes = [await operator(stage).outcome(check) for check in checks]
    return Counter((kept["id"], kept["device"], kept["asked_at"]) for kept in outcomes if kept is not None)


async def _asked(stage: Stage) -> tuple[str, ...]:
    """A check that the example took just now; none where it is not part of the plan."""
    if not any(workload.component == COMPONENT for workload in stage.plan.workloads):
        return ()
    return ((await operator(stage).ask()).check,)


async def check(stage: Stage) -> Verdict:
    """Also measures how long the platform takes."""
    at_s = time.time() - 2
    checks = await _asked(stage)
    before = await _answers(stage, at_s, checks)
    if not before["samples of up"] or not before["log lines"] or before.get("checks of the example") == Counter():
        return inconclusive("there is no data yet that could survive")
    start = time.monotonic()
    await stage.restart()
    took_s = time.monotonic() - start
    health = await settled(stage, within_s=10)
    if not health.satisfied:
        return failed("not every component is healthy afterwards", *(f"{name}: {said}" for name, said in health.value.items()))
    after = await _answers(stage, at_s, checks)
    lost = {what: (before[what] - after[what]).total() for what in before}
    if any(lost.values()):
        return failed("data is lost: " + ", ".join(f"{count} {what}" for what, count in lost.items() if count))
    bound_s = _bound_s(stage)
    if took_s > bound_s:
        return failed(f"down and up took {took_s:.1f} s, more than {bound_s:.0f} s")
    counts = ", ".join(f"{found.total()} {what}" for what, found in before.items())
    return passed(f"{counts} are still there; down and up took {took_s:.1f} s")


def _bound_s(stage: Stage) -> float:
    if stage.plan.target != "native":
        return IN_CONTAINERS_S
    return WITH_DATABASES_S if any(workload.prepare for workload in stage.plan.workloads) else BOUND_S


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    """As if the volumes had been left out of the configuration."""

    async def restart_without_data() -> None:
        stage.sabotage.stop("store")
        for path in stage.grounds.data_folder("store", "data").iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        await stage.restart()

    yield replace(stage, restart=restart_without_data)


CLAIM = Claim(
    name="data_survives_restart",
    sentence="Metrics, logs, receipts and an application's records survive a restart of the whole platform",
    requirements=("A1", "A5", "B1"),
    bound=f"nothing is lost; down and up within {BOUND_S:.0f} s, with databases {WITH_DATABASES_S:.0f} s, "
    f"in containers {IN_CONTAINERS_S:.0f} s",
    check=check,
    breakage=breakage,
    broken_by="the store's data is removed while the platform is down",
    components=("prometheus", "store", "canary"),
    deadline_s=180.0,
    disturbs=True,
)
