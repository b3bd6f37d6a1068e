"""Keeps the number of time series bounded, whatever values an application meets."""

from __future__ import annotations

from threading import Lock

OTHER = "other"


class LabelCap:
    """Lets the first ``most`` different values of one label through, and counts the rest as ``other``.

    A value that was let through once stays, so a series never changes its name.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()
        self._lock = Lock()
        self.refused = 0
        """How often a value was replaced."""

    def admit(self, value: str) -> str:
        """``value``, or ``other``."""
        if value in self._known:
            return value
        with self._lock:
            if value in self._known:
                return value
            if len(self._known) < self._most:
                self._known.add(value)
                return value
            self.refused += 1
        return OTHER
