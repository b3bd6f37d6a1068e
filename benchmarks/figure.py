"""One measured figure and the budget it is held against."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """``at_most``: the budget, in the figure's own unit; None where a figure is only told."""

    name: str
    value: float
    unit: str
    at_most: float | None = None

    @property
    def broken(self) -> bool:
        """Whether the budget is exceeded."""
        return self.at_most is not None and self.value > self.at_most

    @property
    def judgement(self) -> str:
        """The budget, for people."""
        if self.at_most is None:
            return ""
        return f"{'OVER' if self.broken else 'within'} {self.at_most:g} {self.unit}"

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "broken": self.broken}
