"""A part of the overview: its data, or why there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from watchkeeper_console.identity.database import Clock
from watchkeeper_console.upstreams.client import UpstreamFailed

PART_WITHIN_S = 4.0
Asked = TypeVar("Asked")
Data_co = TypeVar("Data_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[Data_co]):
    """``data`` is None where ``error`` says what failed, and where nothing is configured (then ``error`` is empty)."""

    at: float
    data: Data_co | None
    error: str = ""


async def read_part(now: Clock, ask: Callable[[], Awaitable[Asked | None]]) -> Part[Asked]:
    """Ask, in at most 4 s. An upstream's failure and an answer of the wrong shape become the part's error."""
    try:
        async with asyncio.timeout(PART_WITHIN_S):
            data = await ask()
    except UpstreamFailed as error:
        return Part(at=now(), data=None, error=str(error))
    except TimeoutError:
        return Part(at=now(), data=None, error="cannot get an answer in time")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return Part(
            at=now(), data=None, error=f"cannot read the answer: it has another shape ({type(error).__name__}: {error})"
        )
    return Part(at=now(), data=data)
