"""Range aggregations: samples of a window (T - range, T] → one number per series and instant."""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import reduce
from operator import add

from watchkeeper_store.logql.errors import ERROR_LABEL, PRESERVE_ERROR_LABEL, PipelineError
from watchkeeper_store.logql.evaluation.results import Columns, Instants
from watchkeeper_store.logql.evaluation.samples import SeriesSamples
from watchkeeper_store.logql.labels import METRIC_NAME, Labels
from watchkeeper_store.logql.matching import MatchOperator
from watchkeeper_store.logql.tree import RangeAggregation

Aggregate = Callable[[Sequence[int], Sequence[float]], float]
"""From the times and values of one window, never empty, to its number."""


def _total(values: Sequence[float]) -> float:
    # Plain addition in order, like the reference; the built-in sum() rounds differently from Python 3.12 on.
    return reduce(add, values, 0.0)


def _mean(values: Sequence[float]) -> float:
    mean = 0.0
    for count, value in enumerate(values, start=1):
        if math.isinf(mean) and (not math.isinf(value) or (mean > 0) == (value > 0)) and not math.isnan(value):
            continue
        mean += value / count - mean / count
    return mean


def _largest(values: Sequence[float]) -> float:
    largest = values[0]
    for value in values:
        if value > largest or math.isnan(largest):
            largest = value
    return largest


def _smallest(values: Sequence[float]) -> float:
    smallest = values[0]
    for value in values:
        if value < smallest or math.isnan(smallest):
            smallest = value
    return smallest


def variance(values: Sequence[float]) -> float:
    """Population variance, by Welford's method."""
    squares = mean = 0.0
    for count, value in enumerate(values, start=1):
        delta = value - mean
        mean += delta / count
        squares += delta * (value - mean)
    return squares / len(values)


def quantile(share: float, values: Sequence[float]) -> float:
    """The value below which `share` of the values lie, interpolated between neighbours; outside 0…1 it is infinite."""
    if math.isnan(share):
        return math.nan
    if share < 0:
        return -math.inf
    if share > 1:
        return math.inf
    ordered = sorted(values, key=lambda value: (not math.isnan(value), value))
    rank = share * (len(ordered) - 1)
    lower = max(0, math.floor(rank))
    upper = min(len(ordered) - 1, lower + 1)
    weight = rank - math.floor(rank)
    return ordered[lower] * (1 - weight) + ordered[upper] * weight


def counter_rate(times_ns: Sequence[int], values: Sequence[float], range_ns: int) -> float:
    """Increase per second of a counter; a fall counts as a restart at zero.

    The reference takes Prometheus' formula for times in milliseconds and gives it nanoseconds, so the time to the start of the
    window hardly counts beside the time between samples. Its answers, and so ours, follow from that.
    """
    if len(values) < 2:
        return 0.0
    increase = values[-1] - values[0]
    last = 0.0
    for value in values:
        if value < last:
            increase += last
        last = value
    to_start = (range_ns // 1_000_000) / 1000
    sampled = (times_ns[-1] - times_ns[0]) / 1000
    between = sampled / (len(values) - 1)
    if increase > 0 and values[0] >= 0:
        to_start = min(to_start, sampled * (values[0] / increase))
    extrapolated = sampled + (to_start if to_start < between * 1.1 else between / 2)
    factor = extrapolated / sampled if sampled else math.nan
    return increase * factor / (range_ns / 1e9)


def _aggregate(aggregation: RangeAggregation) -> Aggregate:
    range_ns = aggregation.range.range_ns
    seconds = range_ns / 1e9
    share = aggregation.parameter if aggregation.parameter is not None else math.nan
    unwrapped = aggregation.range.unwrap is not None

    def per_second(amount: float) -> float:
        return amount / seconds if seconds else math.inf if amount else math.nan

    known: dict[str, Aggregate] = {
        "count_over_time": lambda _, values: float(len(values)),
        "rate": lambda _, values: per_second(_total(values) if unwrapped else float(len(values))),
        "rate_counter": lambda times, values: counter_rate(times, values, range_ns),
        "bytes_over_time": lambda _, values: _total(values),
        "bytes_rate": lambda _, values: per_second(_total(values)),
        "sum_over_time": lambda _, values: _total(values),
        "avg_over_time": lambda _, values: _mean(values),
        "min_over_time": lambda _, values: _smallest(values),
        "max_over_time": lambda _, values: _largest(values),
        "stdvar_over_time": lambda _, values: variance(values),
        "stddev_over_time": lambda _, values: math.sqrt(variance(values)),
        "quantile_over_time": lambda _, values: quantile(share, values),
        "first_over_time": lambda _, values: values[0],
        "last_over_time": lambda _, values: values[-1],
        "absent_over_time": lambda _, values: 1.0,
    }
    return known[aggregation.function]


def _refuses(labels: Labels) -> bool:
    names = dict(labels)
    return ERROR_LABEL in names and names.get(PRESERVE_ERROR_LABEL) != "true"


def slide(aggregation: RangeAggregation, collected: dict[Labels, SeriesSamples], instants: Instants) -> Columns:
    """Evaluate every window of every series. Raises PipelineError where a window holds a line that a stage failed on."""
    aggregate = _aggregate(aggregation)
    offset_ns, range_ns = aggregation.range.offset_ns, aggregation.range.range_ns
    ends = [time_ns - offset_ns for time_ns in instants.times_ns()]
    columns: Columns = {}
    for labels, samples in collected.items():
        times, values = samples.times_ns, samples.values
        column: list[float | None] = [None] * len(ends)
        low = high = 0
        for index, end in enumerate(ends):
            low = bisect_right(times, end - range_ns, lo=low)
            high = bisect_right(times, end, lo=max(low, high))
            if low < high:
                column[index] = aggregate(times[low:high], values[low:high])
        if any(value is not None for value in column):
            if _refuses(labels):
                raise PipelineError(labels)
            columns[labels] = column
    if aggregation.function == "absent_over_time":
        return _absent(aggregation, columns, len(ends))
    return columns


def _absent(aggregation: RangeAggregation, columns: Columns, count: int) -> Columns:
    column: list[float | None] = [
        1.0 if all(present[index] is None for present in columns.values()) else None for index in range(count)
    ]
    return {_labels_of_absence(aggregation): column}


def _labels_of_absence(aggregation: RangeAggregation) -> Labels:
    """What the selector says for certain of the missing series: labels asked for with `=`, and in no other way as well."""
    certain: dict[str, str] = {}
    uncertain: set[str] = {METRIC_NAME}
    for matcher in aggregation.range.query.matchers:
        if matcher.operator is MatchOperator.EQUAL and not certain.get(matcher.name):
            certain[matcher.name] = matcher.value
        else:
            uncertain.add(matcher.name)
    return tuple(sorted((name, value) for name, value in certain.items() if name not in uncertain and value))
