"""Vector aggregations: series of one instant → fewer series, instant by instant."""

import math
from collections.abc import Callable, Sequence

from watchkeeper_store.logql.evaluation.results import Columns
from watchkeeper_store.logql.evaluation.windows import variance
from watchkeeper_store.logql.labels import Labels
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


_REDUCTIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": _total,
    "avg": _mean,
    "max": _largest,
    "min": _smallest,
    "count": lambda values: float(len(values)),
    "stddev": lambda values: math.sqrt(variance(values)),
    "stdvar": variance,
}


def group_labels(labels: Labels, grouping: Grouping) -> Labels:
    """The labels of the group that a series belongs to; empty values count as missing."""
    names = grouping.names
    if grouping.without:
        return tuple((name, value) for name, value in labels if name not in names and value)
    return tuple((name, value) for name, value in labels if name in names and value)


def aggregate(aggregation: VectorAggregation, operand: Columns) -> Columns:
    """Apply the aggregation at every instant."""
    groups: dict[Labels, list[Labels]] = {}
    for labels in operand:
        groups.setdefault(group_labels(labels, aggregation.grouping), []).append(labels)
    reduction = _REDUCTIONS.get(aggregation.function)
    if reduction is None:
        return _ranked(aggregation, groups, operand)
    columns: Columns = {}
    for labels, members in groups.items():
        rows = zip(*(operand[member] for member in members), strict=True)
        present = ([value for value in row if value is not None] for row in rows)
        columns[labels] = [reduction(values) if values else None for values in present]
    return columns


def _ranked(aggregation: VectorAggregation, groups: dict[Labels, list[Labels]], operand: Columns) -> Columns:
    """topk and its kind: the chosen series keep their own labels. The order of the result matters for one instant only."""
    descending = aggregation.function in ("topk", "approx_topk", "sort_desc")
    length = len(next(iter(operand.values()))) if operand else 0
    columns: Columns = {}
    for members in groups.values():
        ordered = sorted(members)
        for index in range(length):
            ranked = sorted(
                ((value, labels) for labels in ordered if (value := operand[labels][index]) is not None),
                key=lambda ranked: (math.isnan(ranked[0]), -ranked[0] if descending else ranked[0]),
            )
            for value, labels in ranked[: aggregation.parameter]:
                columns.setdefault(labels, [None] * length)[index] = value
    return columns
