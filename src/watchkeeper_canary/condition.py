"""Conditions: named gauges that alert rules watch. Off unless somebody switched them on, and never for ever."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")
LONGEST_S = 3600.0
MOST_CONDITIONS = 2000


class ConditionRefused(ValueError):
    """The request cannot be honoured; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """``labels`` identify it; it ends by itself at ``until_s`` (Unix seconds), so a crashed proof leaves no alert behind."""

    labels: tuple[tuple[str, str], ...]
    until_s: float


class Conditions:
    """The conditions that are on now. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._active: dict[tuple[tuple[str, str], ...], float] = {}

    def switch_on(self, labels: Mapping[str, str], duration_s: float) -> Condition:
        """Switch a condition on for ``duration_s`` (at most an hour). Raises ConditionRefused."""
        if not 0 < duration_s <= LONGEST_S:
            raise ConditionRefused(
                f"cannot hold a condition for {duration_s} s (choose more than 0 and at most {LONGEST_S:.0f})"
            )
        for name in labels:
            if not LABEL_NAME.match(name) or name.startswith("__"):
                raise ConditionRefused(f"cannot use {name!r} as a label name (letters, digits and _ only)")
        key = tuple(sorted(labels.items()))
        until_s = self._clock() + duration_s
        with self._lock:
            if key not in self._active and len(self._active) >= MOST_CONDITIONS:
                raise ConditionRefused(f"cannot hold more than {MOST_CONDITIONS} conditions (switch some off)")
            self._active[key] = until_s
        return Condition(labels=key, until_s=until_s)

    def switch_off(self, labels: Mapping[str, str] | None = None) -> int:
        """Switch one condition off, or all of them; returns how many were on."""
        with self._lock:
            if labels is None:
                count = len(self._active)
                self._active.clear()
                return count
            return 0 if self._active.pop(tuple(sorted(labels.items())), None) is None else 1

    def active(self) -> tuple[Condition, ...]:
        """The conditions that are on, sorted by labels."""
        now_s = self._clock()
        with self._lock:
            self._active = {labels: until_s for labels, until_s in self._active.items() if until_s > now_s}
            return tuple(Condition(labels=labels, until_s=until_s) for labels, until_s in sorted(self._active.items()))
