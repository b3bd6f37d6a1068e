"""Which data points of a request were not taken, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

_MOST_NAMES = 5
_LONGEST_NAME = 60
_MOST_REASONS = 10
_LONGEST_TEXT = 2000
"""gRPC sends it as a header, and all headers together may have 8 KiB."""


@dataclass(slots=True)
class _Group:
    points: int = 0
    names: dict[str, None] = field(default_factory=dict)


class Refused:
    """Counts by reason. A reason reads on after "cannot take 3 data points of "a": "."""

    def __init__(self) -> None:
        self._groups: dict[str, _Group] = {}

    def add(self, reason: str, metric: str, points: int = 1) -> None:
        """Count data points of a metric; none are nothing to tell."""
        if points:
            group = self._groups.setdefault(reason, _Group())
            group.points += points
            group.names[metric[:_LONGEST_NAME]] = None

    def total(self) -> int:
        """How many data points."""
        return sum(group.points for group in self._groups.values())

    def texts(self) -> Iterator[str]:
        """A sentence for each reason, of the first ones."""
        for reason, group in list(self._groups.items())[:_MOST_REASONS]:
            names = [f'"{name}"' for name in list(group.names)[:_MOST_NAMES]]
            more = [f"{len(group.names) - _MOST_NAMES} more metrics"] if len(group.names) > _MOST_NAMES else []
            points = "a data point" if group.points == 1 else f"{group.points} data points"
            yield f"cannot take {points} of {', '.join(names + more)}: {reason}"

    def text(self) -> str:
        """These sentences, a line each, cut where they are long."""
        return "\n".join(self.texts())[:_LONGEST_TEXT]
