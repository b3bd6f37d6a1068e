"""Load on the API, bounded in rate, time and number, and what it tells: how much faster an answer from the cache is."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from statistics import quantiles

import httpx

from network_monitor.operators import CannotAsk, Operator, signed_in

AT_ONCE = 20
CHECKS_SHARE = 0.2
"""Of all requests; the others read reports."""
HOURS = range(14, 169, 14)
"""Reports of a dozen different times are asked for, so that some must be worked out anew now and then."""
CHECK, COMPUTED, CACHED = "check of a device", "report, worked out", "report, from the cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Whichever is reached first ends it."""

    rate_per_s: float
    duration_s: float
    most: int

    def requests(self) -> int:
        return min(self.most, int(self.rate_per_s * self.duration_s))


@dataclass(slots=True)
class Measured:
    """Milliseconds of each kind of request, and what failed."""

    took_ms: dict[str, list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def add(self, kind: str, took_ms: float) -> None:
        self.took_ms.setdefault(kind, []).append(took_ms)

    def p50_ms(self, kind: str) -> float:
        """The median; 0 where there was no such request."""
        return percentiles(self.took_ms.get(kind, []))[0]

    def speedup(self) -> float:
        """How many times faster the median answer from the cache was; 0 where that cannot be told."""
        cached = self.p50_ms(CACHED)
        return self.p50_ms(COMPUTED) / cached if cached else 0.0

    def lines(self) -> tuple[str, ...]:
        """For people."""
        table = [f"{'':24}{'requests':>10}{'p50 ms':>10}{'p95 ms':>10}"]
        for kind in (CHECK, COMPUTED, CACHED):
            took = self.took_ms.get(kind, [])
            p50, p95 = percentiles(took)
            table.append(f"{kind:24}{len(took):>10}{p50:>10.1f}{p95:>10.1f}")
        told = f"a report from the cache came {self.speedup():.1f} times faster" if self.speedup() else ""
        failed = [f"{len(self.failures)} requests failed, the first: {self.failures[0]}"] if self.failures else []
        return (*table, *([told] if told else []), *failed)


def percentiles(values: list[float]) -> tuple[float, float]:
    """(50th, 95th); zeros of nothing."""
    if len(values) < 2:
        return (values[0], values[0]) if values else (0.0, 0.0)
    parts = quantiles(values, n=20, method="inclusive")
    return parts[9], parts[18]


async def put_load_on(url: str, key: str, bounds: Bounds, *, organisation: str = "north", seed: int = 1) -> Measured:
    """Requests at a steady rate, however long the answers take, but never more than a few at once. Raises CannotAsk."""
    measured = Measured()
    choice = random.Random(seed)  # noqa: S311 - which request comes next is no secret
    async with httpx.AsyncClient(base_url=url, timeout=15.0, trust_env=False) as client:
        operator = await signed_in(client, organisation, key)
        devices = await operator.devices()
        free = asyncio.Semaphore(AT_ONCE)
        started_s = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(bounds.requests()):
                await asyncio.sleep(max(0.0, started_s + number / bounds.rate_per_s - time.monotonic()))
                if time.monotonic() - started_s > bounds.duration_s:
                    break
                await free.acquire()
                ask = _ask(operator, devices, choice, measured)
                group.create_task(ask).add_done_callback(lambda _: free.release())
    return measured


async def _ask(operator: Operator, devices: tuple[str, ...], choice: random.Random, measured: Measured) -> None:
    # a trace of its own for each, so that any of them can be looked at
    headers = {"traceparent": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"}
    if choice.random() < CHECKS_SHARE and devices:
        await _timed(lambda: _checked(operator, choice.choice(devices), headers), measured)
    else:
        hours = choice.choice(HOURS)
        await _timed(lambda: _read(operator, hours, headers), measured)


async def _checked(operator: Operator, device: str, headers: dict[str, str]) -> str:
    await operator.check(device, headers)
    return CHECK


async def _read(operator: Operator, hours: int, headers: dict[str, str]) -> str:
    return CACHED if await operator.report(hours, headers) else COMPUTED


async def _timed(ask: Callable[[], Awaitable[str]], measured: Measured) -> None:
    started_s = time.perf_counter()
    try:
        kind = await ask()
    except CannotAsk as failure:
        measured.failures.append(str(failure))
        return
    measured.add(kind, (time.perf_counter() - started_s) * 1000)
