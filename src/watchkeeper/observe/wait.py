"""Waiting for something to become true. No other module sleeps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited(Generic[T]):
    """``value`` is the last answer, ``satisfied`` whether it came in time, ``elapsed_s`` how long that took."""

    value: T
    satisfied: bool
    elapsed_s: float
    tries: int


async def until(
    ask: Callable[[], Awaitable[T]],
    good: Callable[[T], bool],
    *,
    within_s: float,
    every_s: float = 0.2,
) -> Waited[T]:
    """Ask again and again until the answer is good or ``within_s`` has passed; asks at least once."""
    start = time.monotonic()
    tries = 0
    while True:
        value = await ask()
        tries += 1
        elapsed_s = time.monotonic() - start
        if good(value):
            return Waited(value=value, satisfied=True, elapsed_s=elapsed_s, tries=tries)
        if elapsed_s + every_s > within_s:
            return Waited(value=value, satisfied=False, elapsed_s=elapsed_s, tries=tries)
        await asyncio.sleep(every_s)


async def pause(seconds: float) -> None:
    """Let time pass where a proof needs it to."""
    await asyncio.sleep(seconds)
