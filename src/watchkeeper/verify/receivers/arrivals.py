"""What arrived at which receiver, and the trouble that a receiver is to make before it takes anything."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Trouble: TypeAlias = Literal["fail", "limit", "stall", "hang-up"]
"""``fail``: answer with a failure; ``limit``: too many requests; ``stall``: answer nothing for long; ``hang-up``: be gone."""
Status: TypeAlias = Literal["firing", "resolved"]
STALL_S = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One notification as it was taken. ``text`` is all a person or program sees of it; ``at_s`` in Unix seconds."""

    receiver: str
    channel: str
    status: Status
    text: str
    at_s: float


class Arrivals:
    """Everything that arrived, in order. Servers write from their threads, proofs read from theirs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: list[Arrival] = []
        self._complaints: list[str] = []
        self._troubles: dict[str, deque[Trouble]] = {}
        self._refusing = False

    def take(self, receiver: str, channel: str, status: Status, text: str) -> None:
        """Keep one notification; the receiver has agreed to it."""
        with self._lock:
            self._taken.append(Arrival(receiver=receiver, channel=channel, status=status, text=text, at_s=time.time()))

    def complain(self, receiver: str, channel: str, reasons: Iterable[str]) -> None:
        """Keep why a notification was refused as malformed; the real service would not have shown it."""
        with self._lock:
            self._complaints += (f"{receiver} ({channel}): {reason}" for reason in reasons)

    def make_trouble(self, receiver: str, troubles: Iterable[Trouble]) -> None:
        """Meet the next notifications for a receiver like this, one after the other, before taking any."""
        with self._lock:
            self._troubles[receiver] = deque(troubles)

    def refuse_everything(self, refusing: bool) -> None:
        """For counter-tests: fail for everybody until told otherwise."""
        with self._lock:
            self._refusing = refusing

    def next_trouble(self, receiver: str) -> Trouble | None:
        """What to do to the notification that is here now; None to take it."""
        with self._lock:
            if self._refusing:
                return "fail"
            waiting = self._troubles.get(receiver)
            return waiting.popleft() if waiting else None

    def count(self) -> int:
        """How many have arrived; a position for ``since``."""
        with self._lock:
            return len(self._taken)

    def since(self, position: int) -> tuple[Arrival, ...]:
        """Arrivals behind a position, in order."""
        with self._lock:
            return tuple(self._taken[position:])

    def complaints(self) -> tuple[str, ...]:
        """Every reason for which something was refused so far."""
        with self._lock:
            return tuple(self._complaints)
