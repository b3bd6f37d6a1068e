"""What a long step tells the person who waits. The stages emit events; only ``cli`` draws them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal[
    "waiting", "looking", "downloading", "unpacking", "writing", "starting", "checking", "ready", "unchanged", "reloading",
    "restarting", "stopping", "stopped", "passed", "failed", "inconclusive",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """``subject`` (a workload, a program, a claim) is now in ``state``. ``ratio`` in 0…1 where it is known."""

    subject: str
    state: State
    detail: str = ""
    ratio: float | None = None


Reporter: TypeAlias = Callable[[Event], None]


def silent(event: Event) -> None:
    """A Reporter for callers that do not wait in front of a screen."""
