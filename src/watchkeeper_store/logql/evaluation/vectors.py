"""Vector aggregations: series of one instant → fewer series, instant by instant."""

import math
from collections.abc import Callable, Sequence

from watchkeeper_store.logql.evaluation.results import Column, Table
from watchkeeper_store.logql.evaluation.windows import variance
from watchkeeper_store.logql.labels import METRIC_NAME, Labels
from watchkeeper_store.logql.tree import Grouping, VectorAggregation


def _total(values: Sequence[float]) -> float:
    total = values[0]
    for value in values[1:]:
        total += value
    return total


def _mean(values: Sequence[float]) -> float:
    mean = values[0]
    for count, value in enumerate(values[1:], start=2):
        mean += (value - mean) / count
    return mean


def _largest(values: Sequence[float]) -> float:
    largest = values[0]
    for value in values:
        if largest < value or math.isnan(largest):
            largest = value
    return largest


def _smallest(values: Sequence[float]) -> float:
    smallest = values[0]
    for value in values:
        if smallest > value or math.isnan(smallest):
            smallest = value
    return smallest


def _variance(values: Sequence[float]) -> float:
    """That of a window, but one series alone, even NaN, gives 0."""
    return variance(values) if len(values) > 1 else 0.0


_REDUCTIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": _total,
    "avg": _mean,
    "max": _largest,
    "min": _smallest,
    "count": lambda values: float(len(values)),
    "stddev": lambda values: math.sqrt(_variance(values)),
    "stdvar": _variance,
}


def group_labels(labels: Labels, grouping: Grouping) -> Labels:
    """The labels of the group that a series belongs to.

    Empty values are values to `by`, and none to `without`, which no metric's name outlives.
    """
    names = grouping.names
    if grouping.without:
        return tuple((name, value) for name, value in labels if name not in names and value and name != METRIC_NAME)
    return tuple((name, value) for name, value in labels if name in names)


def aggregate(aggregation: VectorAggregation, operand: Table) -> Table:
    """Apply the aggregation at every instant."""
    groups: dict[Labels, Table] = {}
    for labels, column in operand:
        groups.setdefault(group_labels(labels, aggregation.grouping), []).append((labels, column))
    reduction = _REDUCTIONS.get(aggregation.function)
    if reduction is None:
        return _ranked(aggregation, list(groups.values()))
    table: Table = []
    for labels, members in groups.items():
        rows = zip(*(column for _, column in members), strict=True)
        present = ([value for value in row if value is not None] for row in rows)
        table.append((labels, [reduction(values) if values else None for values in present]))
    return table


def _ranked(aggregation: VectorAggregation, groups: list[Table]) -> Table:
    """topk and its kind: the chosen series keep their own labels. The order of the result matters for one instant only."""
    descending = aggregation.function in ("topk", "approx_topk", "sort_desc")
    table: Table = []
    for members in groups:
        ordered = sorted(members, key=lambda member: member[0])
        chosen: dict[int, Column] = {}
        for index in range(len(ordered[0][1])):
            ranked = sorted(
                ((value, place) for place, (_, column) in enumerate(ordered) if (value := column[index]) is not None),
                key=lambda ranked: (math.isnan(ranked[0]), -ranked[0] if descending else ranked[0]),
            )
            for value, place in ranked[: aggregation.parameter]:
                chosen.setdefault(place, [None] * len(ordered[0][1]))[index] = value
        table.extend((ordered[place][0], column) for place, column in chosen.items())
    return table
