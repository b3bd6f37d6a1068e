"""The end of a metrics query: what is computed over time, second stages over its series, arithmetic with them, and hints."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeGuard

from watchkeeper_store.traceql.fields import fields_listed, filter_after_brace, literal_of, value_of
from watchkeeper_store.traceql.lexer import Token
from watchkeeper_store.traceql.tokens_ahead import KEYWORDS, Ahead
from watchkeeper_store.traceql.tree import (
    Attribute,
    Calculation,
    Constant,
    Filter,
    Intrinsic,
    Kind,
    Metric,
    Pipeline,
    Query,
    Scalar,
    ScalarOperation,
    SeriesStage,
    Stage,
)

_COUNTING = frozenset({"rate", "count_over_time"})
_MEASURING = frozenset({"min_over_time", "max_over_time", "avg_over_time", "sum_over_time", "histogram_over_time"})
FUNCTIONS = (*sorted(_COUNTING | _MEASURING), "quantile_over_time", "compare")
_SERIES = frozenset({"topk", "bottomk"})
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_BETWEEN_SERIES = frozenset({"+", "-", "*", "/"})
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": math.fmod,
}  # fmt: skip


def with_metric(ahead: Ahead, stages: tuple[Stage, ...]) -> Query:
    """The rest of the pipeline, from the metric's name to its second stages."""
    return with_second_stages(ahead, Pipeline(stages, metric=_metric(ahead)))


def with_second_stages(ahead: Ahead, made: Query) -> Query:
    """The same query with the ``| topk(…)`` and comparisons that follow it."""
    start = ahead.token
    series = list(made.series)
    while True:
        if ahead.sees(*_COMPARISONS):
            operator = ahead.take().text
            series.append(SeriesStage(operator, _number(ahead)))
        elif ahead.takes("|"):
            series.append(_second(ahead))
        else:
            break
    if series and isinstance(made, Pipeline) and made.metric is not None and made.metric.function == "compare":
        raise ahead.mistake("nothing can follow compare", start)
    return replace(made, series=tuple(series))


def is_series(part: object) -> TypeGuard[Query]:
    """Whether it gives series, which only arithmetic joins."""
    return isinstance(part, Calculation) or (isinstance(part, Pipeline) and part.metric is not None)


def calculation(ahead: Ahead, token: Token, left: object, right: object) -> Calculation:
    """Two operands, at least one of them series, joined by the operator that ``token`` is."""
    if token.text not in _BETWEEN_SERIES:
        raise ahead.mistake(f"cannot use {token.text} between series; + - * and / can be used", token)
    return Calculation(token.text, _operand(ahead, token, left), _operand(ahead, token, right))


def _operand(ahead: Ahead, token: Token, side: object) -> Query | Constant:
    if is_series(side):
        return side
    number = _folded(side) if isinstance(side, Constant | ScalarOperation) else None
    if number is None:
        raise ahead.mistake(f"cannot use {token.text} between series and something that is neither series nor a number", token)
    return number


def _folded(scalar: Scalar) -> Constant | None:
    """A number made of numbers; None where it needs spans, or has no value. Whole numbers stay whole, as in Go: 1 / 2 is 0."""
    if isinstance(scalar, Constant):
        if not scalar.kind.is_numeric or not isinstance(scalar.value, int | float):
            return None
        seconds = scalar.value / 1e9 if scalar.kind is Kind.DURATION else scalar.value
        return scalar if seconds is scalar.value else Constant(Kind.FLOAT, seconds, repr(seconds))
    if not isinstance(scalar, ScalarOperation):
        return None
    left, right = _folded(scalar.left), _folded(scalar.right)
    if left is None or right is None:
        return None
    value = _computed(scalar.operator, left.value, right.value)
    return None if value is None else Constant(Kind.INTEGER if isinstance(value, int) else Kind.FLOAT, value, repr(value))


def _computed(operator_: str, left: Any, right: Any) -> int | float | None:
    try:
        if operator_ == "^":
            made = float(left) ** float(right)
        elif operator_ in {"/", "%"} and isinstance(left, int) and isinstance(right, int):
            quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
            made = quotient if operator_ == "/" else left - quotient * right
        else:
            made = _ARITHMETIC[operator_](left, right)
    except (ZeroDivisionError, OverflowError):
        return None
    fits = isinstance(made, int) and -(2**63) < made < 2**63
    return made if fits or (isinstance(made, float) and math.isfinite(made)) else None


def hints(ahead: Ahead) -> tuple[tuple[str, Constant], ...]:
    """``with (exemplars=true)``, if it is next; several are read as one."""
    found: list[tuple[str, Constant]] = []
    while ahead.sees_word("with"):
        ahead.take()
        found += _hints_listed(ahead)
    return tuple(found)


def _hints_listed(ahead: Ahead) -> list[tuple[str, Constant]]:
    ahead.demand("(")
    found = []
    while True:
        name = ahead.take()
        if name.kind != "word" or name.text in KEYWORDS:
            raise ahead.mistake("expected the name of a hint", name)
        ahead.demand("=")
        written = ahead.take()
        value = literal_of(written)
        if value is None or value.kind is Kind.NIL:
            raise ahead.mistake("expected a constant", written)
        found.append((name.text, value))
        if not ahead.takes(","):
            ahead.demand(")")
            return found


def _metric(ahead: Ahead) -> Metric:
    token = ahead.take()
    name = token.text
    ahead.demand("(")
    measured: Attribute | Intrinsic | None = None
    numbers: tuple[float, ...] = ()
    baseline: Filter | None = None
    if name in _MEASURING or name == "quantile_over_time":
        measured = _measured(ahead, name)
        if name == "quantile_over_time":
            numbers = _quantiles(ahead)
    elif name == "compare":
        ahead.demand("{")
        baseline = filter_after_brace(ahead)
        numbers = _limits(ahead)
    ahead.demand(")")
    by: tuple[Attribute | Intrinsic, ...] = ()
    if ahead.sees_word("by"):
        if name == "compare":
            raise ahead.mistake("compare groups by itself")
        ahead.take()
        ahead.demand("(")
        by = fields_listed(ahead)
        ahead.demand(")")
    return Metric(name, measured, numbers, by, baseline)


def _measured(ahead: Ahead, name: str) -> Attribute | Intrinsic:
    """What is measured; of what is no number nothing is, as in Tempo, so that a type that changes breaks no dashboard."""
    measured = value_of(ahead)
    if measured is None:
        raise ahead.mistake(f"expected an attribute or an intrinsic for {name}")
    return measured


def _quantiles(ahead: Ahead) -> tuple[float, ...]:
    start = ahead.token
    numbers = _after_commas(ahead, "integer", "float")
    if not numbers:
        raise ahead.mistake("quantile_over_time needs at least one quantile, as in quantile_over_time(duration, .95)", start)
    if any(not 0 <= number <= 1 for number in numbers):
        raise ahead.mistake("a quantile is between 0 and 1", start)
    return numbers


def _limits(ahead: Ahead) -> tuple[float, ...]:
    """What follows the filter of ``compare``: how many values to name, and the time of the selection in Unix nanoseconds."""
    start = ahead.token
    numbers = _after_commas(ahead, "integer")
    if len(numbers) not in {0, 1, 3}:
        raise ahead.mistake("compare takes a limit, and after it both a start and an end")
    if numbers and numbers[0] < 1:
        raise ahead.mistake("the limit of compare is above 0", start)
    if len(numbers) == 3 and numbers[1:] != (0, 0) and not 0 < numbers[1] < numbers[2]:
        raise ahead.mistake("the end of compare comes after its start", start)
    return numbers


def _after_commas(ahead: Ahead, *kinds: str) -> tuple[float, ...]:
    numbers = []
    while ahead.takes(","):
        if ahead.token.kind not in kinds:
            raise ahead.mistake("expected a number without sign and unit" if "float" in kinds else "expected a whole number")
        numbers.append(_number(ahead))
    return tuple(numbers)


def _number(ahead: Ahead) -> float:
    sign = -1 if ahead.takes("-") else 1
    token = ahead.take()
    if token.kind == "duration":
        assert isinstance(token.value, int)  # noqa: S101 - what the lexer gives this kind
        return sign * token.value / 1e9
    if token.kind not in {"integer", "float"} or not isinstance(token.value, int | float):
        raise ahead.mistake("expected a number", token)
    return sign * float(token.value)


def _second(ahead: Ahead) -> SeriesStage:
    token = ahead.take()
    if token.kind != "word" or token.text not in _SERIES:
        raise ahead.mistake("expected topk or bottomk", token)
    ahead.demand("(")
    number = ahead.take()
    if number.kind != "integer" or not isinstance(number.value, int) or number.value < 1:
        raise ahead.mistake(f"{token.text} takes a whole number above 0", number)
    ahead.demand(")")
    return SeriesStage(token.text, number.value)
