"""The log store is killed in the middle of writing; every line that it had acknowledged is found afterwards."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Literal

from watchkeeper.observe.answer import NoAnswer
from watchkeeper.observe.wait import pause, until
from watchkeeper.targets.target import Sabotage
from watchkeeper.verify.claim import Claim, Verdict, failed, inconclusive, passed
from watchkeeper.verify.health import complaint
from watchkeeper.verify.saboteur import Saboteur
from watchkeeper.verify.stage import Stage
from watchkeeper.workload.workload import SignalName

LINES_PER_PUSH = 10
LEAST_ACKNOWLEDGED = 50
WRITING_S = 1.0


async def _push(stage: Stage, mark: str, first: int) -> bool:
    """Whether the store acknowledged the lines ``first`` … ``first + LINES_PER_PUSH - 1``."""
    now_ns = time.time_ns()
    values = [[str(now_ns + number), f"{mark} number={first + number}"] for number in range(LINES_PER_PUSH)]
    body = {"streams": [{"stream": {"job": "verify", "proof": mark}, "values": values}]}
    try:
        response = await stage.asker.request("POST", stage.url("store", "/loki/api/v1/push"), json=body, timeout_s=3.0)
    except NoAnswer:
        return False
    return response.status_code == 204


async def _write_until(stage: Stage, mark: str, stop: asyncio.Event) -> set[int]:
    acknowledged: set[int] = set()
    first = 0
    while not stop.is_set():
        if await _push(stage, mark, first):
            acknowledged.update(range(first, first + LINES_PER_PUSH))
        first += LINES_PER_PUSH
        await pause(0.01)
    return acknowledged


async def _found(stage: Stage, mark: str, start_ns: int) -> set[int]:
    lines = await stage.logs.lines(
        f'{{job="verify", proof="{mark}"}}',
        start_ns=start_ns,
        end_ns=time.time_ns() + 60 * 10**9,
        limit=5000,
        direction="forward",
    )
    return {int(line.line.rpartition("number=")[2]) for line in lines}


async def check(stage: Stage) -> Verdict:
    """Writing goes on over the kill and the restart."""
    mark = f"{stage.run_id}-{time.time_ns()}"
    start_ns = time.time_ns() - 10**9
    stop = asyncio.Event()
    writing = asyncio.create_task(_write_until(stage, mark, stop))
    store = stage.plan.workload("store")
    try:
        await pause(WRITING_S)
        stage.sabotage.kill("store")
        await pause(0.2)
        healthy = await until(lambda: complaint(stage, store, store.health.ready), lambda said: not said, within_s=10)
        await pause(WRITING_S / 2)
    finally:
        stop.set()
    acknowledged = await writing
    if not healthy.satisfied:
        return failed(f"the store was not healthy 10 s after SIGKILL: {healthy.value}")
    if len(acknowledged) < LEAST_ACKNOWLEDGED:
        return inconclusive(f"only {len(acknowledged)} lines were acknowledged")
    lost = sorted(acknowledged - await _found(stage, mark, start_ns))
    if lost:
        return failed(f"{len(lost)} of {len(acknowledged)} acknowledged lines are lost", f"first lost: {lost[0]}")
    return passed(f"{len(acknowledged)} acknowledged lines over a SIGKILL, none lost")


class _KilledAndWiped(Saboteur):
    """A saboteur that also removes the store's data, as a store without durability would lose it."""

    def __init__(self, inner: Sabotage, stage: Stage) -> None:
        super().__init__(inner)
        self._data = stage.grounds.data_folder("store", "data")

    def kill(self, workload: str, signal: SignalName | Literal["KILL"] = "KILL") -> None:
        # frozen, so that it saves nothing on its way out
        self.inner.pause(workload)
        for path in self._data.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.inner.kill(workload, signal)


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    yield replace(stage, sabotage=_KilledAndWiped(stage.sabotage, stage))


CLAIM = Claim(
    name="no_acknowledged_line_is_lost",
    sentence="A log line that was acknowledged survives a SIGKILL of the store",
    requirements=("A2", "X7"),
    bound="no line lost",
    check=check,
    breakage=breakage,
    broken_by="the store's files are removed when it is killed",
    components=("store",),
    disturbs=True,
)
