"""Arithmetic between the series of metrics queries, step by step. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from watchkeeper_store.traceql.tree import Constant
from watchkeeper_store.traces.steps import Label, Series

Values = NDArray[np.float64]
_NAME = "__name__"
_Key = tuple[tuple[str, type, object], ...]


def between(operator: str, left: Sequence[Series], right: Sequence[Series]) -> list[Series]:
    """Series with the same labels are joined; one without labels joins each of the other side. What has no partner is left out.

    A step where one side has no value counts as 0 there, as in Tempo.
    """
    lefts, rights = _by_labels(left), _by_labels(right)
    made = []
    for key in lefts if () in rights else rights:
        one, other = lefts.get(key, lefts.get(())), rights.get(key, rights.get(()))
        if one is not None and other is not None:
            values = computed(operator, _counted(one.values), _counted(other.values))
            made.append(Series(_joined(operator, one.labels, other.labels), values))
    return made


def with_number(operator: str, made: Sequence[Series], number: float, *, number_is_left: bool) -> list[Series]:
    """Every value joined with a number. A step without a value stays without one."""
    return [
        Series(one.labels, computed(operator, *((number, one.values) if number_is_left else (one.values, number))))
        for one in made
    ]


def computed(operator: str, left: Values | float, right: Values | float) -> Values:
    """The result for each step; none (NaN) where a division is by zero."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        match operator:
            case "+":
                found = np.add(left, right)
            case "-":
                found = np.subtract(left, right)
            case "*":
                found = np.multiply(left, right)
            case _:
                found = np.where(np.equal(right, 0), np.nan, np.divide(left, right))
    return np.asarray(found, np.float64)


def number_of(constant: Constant) -> float:
    """The number that a constant of a calculation is."""
    assert isinstance(constant.value, int | float)  # noqa: S101 - the parser lets nothing else through
    return float(constant.value)


def _counted(values: Values) -> Values:
    return np.where(np.isnan(values), 0.0, values)


def _by_labels(made: Sequence[Series]) -> dict[_Key, Series]:
    return {tuple(sorted((name, type(value), value) for name, value in one.labels if name != _NAME)): one for one in made}


def _joined(operator: str, left: Sequence[Label], right: Sequence[Label]) -> tuple[Label, ...]:
    """The labels of both; the name tells the calculation where both have one."""
    ours, theirs = dict(left), dict(right)
    merged = {name: value for name, value in (theirs | ours).items() if name != _NAME}
    if _NAME in ours and _NAME in theirs:
        merged[_NAME] = f"({ours[_NAME]} {operator} {theirs[_NAME]})"
    return tuple(merged.items())
