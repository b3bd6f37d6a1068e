"""The end of a metrics query: what is computed over time, second stages over its series, and hints."""

from __future__ import annotations

from watchkeeper_store.traceql.fields import field, fields_listed, filter_after_brace, kind_of, literal_of
from watchkeeper_store.traceql.tokens_ahead import Ahead
from watchkeeper_store.traceql.tree import (
    Attribute,
    Constant,
    Field,
    Filter,
    Intrinsic,
    Kind,
    Metric,
    Pipeline,
    SeriesStage,
    Stage,
)

_COUNTING = frozenset({"rate", "count_over_time"})
_MEASURING = frozenset({"min_over_time", "max_over_time", "avg_over_time", "sum_over_time", "histogram_over_time"})
FUNCTIONS = (*sorted(_COUNTING | _MEASURING), "quantile_over_time", "compare")
_SERIES = frozenset({"topk", "bottomk"})
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})


def with_metric(ahead: Ahead, stages: tuple[Stage, ...]) -> Pipeline:
    """The rest of the query, from the metric's name to its end."""
    metric = _metric(ahead)
    series: list[SeriesStage] = []
    while True:
        if ahead.sees(*_COMPARISONS):
            operator = ahead.take().text
            series.append(SeriesStage(operator, _number(ahead)))
        elif ahead.takes("|"):
            series.append(_second(ahead))
        else:
            return Pipeline(stages, metric=metric, series=tuple(series), hints=hints(ahead))


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
        if name.kind != "word":
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
    measured: Field | None = None
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


def _measured(ahead: Ahead, name: str) -> Field:
    start = ahead.token
    measured = field(ahead)
    if not isinstance(measured, Attribute | Intrinsic):
        raise ahead.mistake(f"{name} takes an attribute or an intrinsic", start)
    kind = kind_of(measured)
    if kind is not Kind.ATTRIBUTE and not kind.is_numeric:
        raise ahead.mistake(f"cannot measure a {kind.value}: {measured}", start)
    return measured


def _quantiles(ahead: Ahead) -> tuple[float, ...]:
    start = ahead.token
    numbers = _after_commas(ahead)
    if not numbers:
        raise ahead.mistake("quantile_over_time needs at least one quantile, as in quantile_over_time(duration, .95)", start)
    if any(not 0 <= number <= 1 for number in numbers):
        raise ahead.mistake("a quantile is between 0 and 1", start)
    return numbers


def _limits(ahead: Ahead) -> tuple[float, ...]:
    """What follows the filter of ``compare``: how many values to name, and the time of the selection in Unix nanoseconds."""
    start = ahead.token
    numbers = _after_commas(ahead)
    if len(numbers) not in {0, 1, 3}:
        raise ahead.mistake("compare takes a limit, and after it both a start and an end")
    if any(not number.is_integer() for number in numbers) or (numbers and numbers[0] < 1):
        raise ahead.mistake("the limit of compare is a whole number above 0, and so are its times", start)
    if len(numbers) == 3 and numbers[1:] != (0, 0) and not 0 < numbers[1] < numbers[2]:
        raise ahead.mistake("the end of compare comes after its start", start)
    return numbers


def _after_commas(ahead: Ahead) -> tuple[float, ...]:
    numbers = []
    while ahead.takes(","):
        if ahead.token.kind == "duration" or ahead.sees("-"):
            raise ahead.mistake("expected a number without sign and unit")
        numbers.append(_number(ahead))
    return tuple(numbers)


def _number(ahead: Ahead) -> float:
    sign = -1 if ahead.takes("-") else 1
    token = ahead.take()
    if token.kind == "duration":
        assert isinstance(token.value, int)  # noqa: S101 - what the lexer gives this kind
        return sign * token.value / 1e9
    if token.kind == "attribute" and isinstance(token.value, tuple) and token.value[0] == "." and token.value[1].isdigit():
        return sign * float(token.text)
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
