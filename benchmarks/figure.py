"""One measured figure and the budget it is held against."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """``at_most`` or ``at_least``: the budget, in the figure's own unit; without either a figure is only told."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def broken(self) -> bool:
        """Whether the budget is not kept."""
        too_much = self.at_most is not None and self.value > self.at_most
        return too_much or (self.at_least is not None and self.value < self.at_least)

    @property
    def judgement(self) -> str:
        """The budget, for people."""
        if self.at_most is not None:
            return f"{'OVER' if self.broken else 'within'} {self.at_most:g} {self.unit}"
        if self.at_least is not None:
            return f"{'UNDER' if self.broken else 'at least'} {self.at_least:g} {self.unit}"
        return ""

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "broken": self.broken}
