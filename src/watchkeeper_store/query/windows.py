"""Windows (T - range, T] cut into buckets that every window is a whole number of: what DuckDB groups rows by. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from watchkeeper_store.logql.evaluation.results import Instants
from watchkeeper_store.model.rows import I64


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """Bucket 2i is (origin + i·step, origin + i·step + phase], bucket 2i+1 the rest of that step.

    With ``phase`` equal to ``step`` only even buckets occur. ``low[k]`` and ``high[k]`` are the first bucket of window k and
    the one behind its last.
    """

    origin_ns: int
    step_ns: int
    phase_ns: int
    count: int
    low: I64
    high: I64

    def sql(self) -> str:
        """The number of the bucket of column ``ts``."""
        since = f"(ts - {self.origin_ns + 1})"
        if self.phase_ns == self.step_ns:
            return f"{since} // {self.step_ns} * 2"
        return f"{since} // {self.step_ns} * 2 + CAST({since} % {self.step_ns} >= {self.phase_ns} AS BIGINT)"


def buckets_of(instants: Instants, range_ns: int, offset_ns: int) -> Buckets:
    """The coarsest buckets of which all windows of these instants are made."""
    times = instants.times_ns()
    step_ns = range_ns if instants.is_single or len(times) == 1 else instants.step_ns
    first_end_ns = times[0] - offset_ns
    steps_back = -(-range_ns // step_ns)
    origin_ns = first_end_ns - steps_back * step_ns
    phase_ns = step_ns - range_ns % step_ns
    # a window ends at a step and starts phase after a step (at the step itself when the range is whole steps)
    ends = np.arange(len(times), dtype=np.int64) + steps_back
    low = 2 * (ends - steps_back) + (0 if phase_ns == step_ns else 1)
    return Buckets(
        origin_ns=origin_ns,
        step_ns=step_ns,
        phase_ns=phase_ns,
        count=2 * (len(times) + steps_back),
        low=low,
        high=2 * ends,
    )
