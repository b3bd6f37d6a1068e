"""Windows (T - range, T] cut into buckets that every window is a whole number of: what DuckDB groups rows by. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from watchkeeper_store.logql.evaluation.results import Instants
from watchkeeper_store.model.rows import I64

F64 = npt.NDArray[np.float64]
_CELLS_AT_ONCE = 1 << 18
"""Two megabytes of counts: windows times values that are looked at in one go."""


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


def windowed(totals: F64, buckets: Buckets, seconds: float) -> list[float | None]:
    """Sums per window of an array of shape (buckets, 2), divided by ``seconds``; None where a window has no row."""
    running = np.concatenate([np.zeros((1, 2)), np.cumsum(totals, axis=0)])
    inside = running[buckets.high] - running[buckets.low]
    with np.errstate(divide="ignore", invalid="ignore"):
        values = (inside[:, 1] / seconds).tolist()
    return [value if rows else None for rows, value in zip(inside[:, 0].tolist(), values, strict=True)]


def distribution(
    function: str, parameter: float | None, values: F64, counts: F64, buckets: Buckets, seconds: float
) -> list[float | None]:
    """An aggregation over values that occur ``counts[value, bucket]`` times, per window; None where a window has none."""
    order = np.argsort(values, kind="stable")
    values = values[order]
    running = np.zeros((counts.shape[1] + 1, len(values)))
    np.cumsum(counts[order].T, axis=0, out=running[1:])
    if function == "quantile_over_time":
        return _quantiles(math.nan if parameter is None else parameter, values, running, buckets)
    column: list[float | None] = []
    for low, high in zip(buckets.low.tolist(), buckets.high.tolist(), strict=True):
        times = running[high] - running[low]
        present = np.flatnonzero(times)
        if not len(present):
            column.append(None)
            continue
        column.append(_aggregate(function, values[present], times[present], seconds))
    return column


def _aggregate(function: str, values: F64, times: F64, seconds: float) -> float:
    """One window: sorted values and how often each occurs."""
    total = float(times.sum())
    if function == "min_over_time":
        return float(np.nanmin(values)) if not np.isnan(values).all() else math.nan
    if function == "max_over_time":
        return float(np.nanmax(values)) if not np.isnan(values).all() else math.nan
    with np.errstate(over="ignore", invalid="ignore"):
        sum_ = float((values * times).sum())
        if function in ("sum_over_time", "rate"):
            return sum_ / seconds
        mean = float((values * (times / total)).sum()) if math.isinf(sum_) else sum_ / total
    if function == "avg_over_time":
        return mean
    variance = float((times * (values - mean) ** 2).sum()) / total
    return variance if function == "stdvar_over_time" else math.sqrt(variance)


def _quantiles(share: float, values: F64, running: F64, buckets: Buckets) -> list[float | None]:
    """One value per window, of sorted values and how often each has occurred before each bucket."""
    if np.isnan(values).any():  # the evaluator orders NaN before every number, numpy behind
        nans = np.isnan(values)
        values = np.concatenate([values[nans], values[~nans]])
        running = np.concatenate([running[:, nans], running[:, ~nans]], axis=1)
    column: list[float | None] = []
    windows_at_once = max(1, _CELLS_AT_ONCE // max(1, len(values)))
    for first in range(0, len(buckets.low), windows_at_once):
        some = slice(first, first + windows_at_once)
        behind = np.cumsum(running[buckets.high[some]] - running[buckets.low[some]], axis=1)
        totals = behind[:, -1] if len(values) else np.zeros(len(behind))
        full = np.flatnonzero(totals)
        column += _filled(len(behind), full, _quantiles_of(share, values, behind[full], totals[full]))
    return column


def _filled(count: int, places: npt.NDArray[np.intp], values: F64) -> list[float | None]:
    column: list[float | None] = [None] * count
    for place, value in zip(places.tolist(), values.tolist(), strict=True):
        column[place] = value
    return column


def _quantiles_of(share: float, values: F64, behind: F64, totals: F64) -> F64:
    """Of windows that have values: ``behind[k, i]`` values of window k are ``values[i]`` or before it."""
    if math.isnan(share) or share < 0 or share > 1:
        return np.full(len(totals), math.nan if math.isnan(share) else math.copysign(math.inf, share))
    rank = share * (totals - 1)
    lower = np.maximum(0, np.floor(rank))
    upper = np.minimum(totals - 1, lower + 1)
    weight = rank - np.floor(rank)
    low, high = (values[(behind <= place[:, None]).sum(axis=1)] for place in (lower, upper))
    with np.errstate(invalid="ignore"):
        between: F64 = low * (1 - weight) + high * weight
    return between
