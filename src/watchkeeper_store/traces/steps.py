"""Steps of time, and series of values, one a step: what a metrics query is asked for and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from watchkeeper_store.traces.columns import Value

Label = tuple[str, Value | None]
_MOST_STEPS = 11_000


class TooManySteps(ValueError):
    """The step is too small for the range."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Step k is the time (start + (k-1) * step, start + k * step], and is named by its end. All in ns."""

    start_ns: int
    end_ns: int
    step_ns: int

    @property
    def times_ms(self) -> list[int]:
        """The ends of the steps."""
        return [(self.start_ns + k * self.step_ns) // 10**6 for k in range(self.count)]

    @property
    def count(self) -> int:
        """Both ends have a step."""
        return (self.end_ns - self.start_ns) // self.step_ns + 1

    def of(self, times_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """The step of each time; outside of 0 to count - 1 where it belongs to none."""
        return -((self.start_ns - times_ns) // self.step_ns)


@dataclass(frozen=True, slots=True)
class Series:
    """One line of the answer; NaN where a step has no value."""

    labels: tuple[Label, ...]
    values: NDArray[np.float64]


def steps_of(start_ns: int, end_ns: int, step_ns: int) -> Steps:
    """Steps with checked bounds. Raises TooManySteps."""
    steps = Steps(start_ns, end_ns, max(1, step_ns))
    if steps.count > _MOST_STEPS:
        raise TooManySteps(f"the range has {steps.count} steps, {_MOST_STEPS} are allowed; use a larger step")
    return steps
