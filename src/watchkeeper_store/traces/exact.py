"""What a TraceQL query means for one trace: which sets of spans it leaves. Exact for everything the language has; not fast."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import re2

from watchkeeper_store.traceql.tree import (
    Aggregate,
    Attribute,
    Binary,
    By,
    Coalesce,
    Constant,
    Field,
    Filter,
    Intrinsic,
    Kind,
    Pipeline,
    Relation,
    Scalar,
    ScalarFilter,
    ScalarOperation,
    Stage,
    Unary,
)
from watchkeeper_store.traces.columns import Value
from watchkeeper_store.traces.view import Found, SpanKind, SpanView, Status, TraceView, values_of

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SpanSet:
    """Spans of one trace that belong together; ``attributes`` are the values they were grouped by, as (text, value)."""

    spans: tuple[SpanView, ...]
    attributes: tuple[tuple[str, Value | None], ...] = ()


Decisions: TypeAlias = Mapping[int, int]
"""``id`` of a filter → which mark of a span tells whether it satisfies it."""


def span_sets(stages: Sequence[Stage], trace: TraceView, decisions: Decisions | None = None) -> list[SpanSet]:
    """What the stages leave of a trace; empty if it does not match. Filters in ``decisions`` are decided already."""
    sets = [SpanSet(tuple(trace.spans))]
    for stage in stages:
        sets = (
            [kept for one in sets for kept in _after(stage, one, trace, decisions or {})]
            if not isinstance(stage, Coalesce)
            else _joined(sets)
        )
    return sets


def _after(stage: Stage, one: SpanSet, trace: TraceView, decisions: Decisions) -> Iterable[SpanSet]:
    match stage:
        case Filter() | Relation() | Pipeline():
            spans = _spans(stage, one.spans, trace, decisions)
            return [SpanSet(spans, one.attributes)] if spans else []
        case ScalarFilter():
            left, right = _number(stage.left, one.spans, trace), _number(stage.right, one.spans, trace)
            return [one] if left is not None and right is not None and compares(stage.operator, left, right) else []
        case By():
            return _grouped(stage, one, trace)
        case _:
            return [one]


def _joined(sets: Sequence[SpanSet]) -> list[SpanSet]:
    spans = tuple(dict.fromkeys(span for one in sets for span in one.spans))
    return [SpanSet(spans)] if spans else []


def _grouped(stage: By, one: SpanSet, trace: TraceView) -> list[SpanSet]:
    groups: dict[Value | None, list[SpanView]] = {}
    for span in one.spans:
        groups.setdefault(next(iter(evaluate(stage.field, span, trace)), None), []).append(span)
    return [SpanSet(tuple(spans), (*one.attributes, (str(stage), value))) for value, spans in groups.items()]


# --- span sets ----------------------------------------------------------------------------------------------------


def _spans(
    stage: Filter | Relation | Pipeline, spans: Sequence[SpanView], trace: TraceView, decisions: Decisions
) -> tuple[SpanView, ...]:
    if isinstance(stage, Filter):
        mark = decisions.get(id(stage))
        if mark is not None:
            return tuple(span for span in spans if span.marks[mark])
        return tuple(span for span in spans if matches(stage, span, trace))
    if isinstance(stage, Pipeline):
        sets = [SpanSet(tuple(spans))]
        for part in stage.stages:
            sets = [kept for one in sets for kept in _after(part, one, trace, decisions)]
        return tuple(dict.fromkeys(span for one in sets for span in one.spans))
    left, right = (_spans(side, spans, trace, decisions) for side in (stage.left, stage.right))
    if stage.operator == "||" or (stage.operator == "&&" and left and right):
        return tuple(span for span in spans if span in {*left, *right})
    if stage.operator == "&&":
        return ()
    return _structural(stage.operator, left, right, spans, trace)


def _structural(
    operator_: str, left: Sequence[SpanView], right: Sequence[SpanView], spans: Sequence[SpanView], trace: TraceView
) -> tuple[SpanView, ...]:
    """Right spans that stand in the relation to a left one; with ``!`` those that do not; with ``&`` both sides."""
    mode, relation = (operator_[0], operator_[1:]) if operator_[0] in "!&" else ("", operator_)
    # How to walk from a right span to where a left one must be.
    walk = _WALKS[relation]
    wanted = set(left)
    related = {span: wanted.intersection(walk(span, trace)) for span in right} if wanted else dict.fromkeys(right, wanted)
    if mode == "!":
        return tuple(span for span in right if not related[span])
    found = {span for span in right if related[span]}
    if mode == "&":
        found |= {one for span in right for one in related[span]}
    return tuple(span for span in spans if span in found)


def _parent(span: SpanView, trace: TraceView) -> list[SpanView]:
    return [] if span.parent is None else [span.parent]


def _ancestors(span: SpanView, trace: TraceView) -> list[SpanView]:
    found: list[SpanView] = []
    above = span.parent
    while above is not None and above not in found:  # a trace with a circle in it must not hold us for ever
        found.append(above)
        above = above.parent
    return found


def _children(span: SpanView, trace: TraceView) -> list[SpanView]:
    return trace.children(span)


def _descendants(span: SpanView, trace: TraceView) -> list[SpanView]:
    found: dict[SpanView, None] = {}
    waiting = list(trace.children(span))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found[one] = None
            waiting.extend(trace.children(one))
    return list(found)


def _siblings(span: SpanView, trace: TraceView) -> list[SpanView]:
    return [] if span.parent is None else [one for one in trace.children(span.parent) if one is not span]


_WALKS: dict[str, Callable[[SpanView, TraceView], list[SpanView]]] = {
    ">": _parent,
    ">>": _ancestors,
    "<": _children,
    "<<": _descendants,
    "~": _siblings,
}


# --- numbers ------------------------------------------------------------------------------------------------------


def _number(scalar: Scalar, spans: Sequence[SpanView], trace: TraceView) -> float | int | None:
    match scalar:
        case Constant():
            return scalar.value if isinstance(scalar.value, int | float) else None
        case ScalarOperation():
            left, right = _number(scalar.left, spans, trace), _number(scalar.right, spans, trace)
            found = () if left is None or right is None else computed(scalar.operator, left, right)
            return next(iter(found), None)
        case Pipeline():
            sets = [SpanSet(tuple(trace.spans))]
            for stage in scalar.stages[:-1]:
                sets = [kept for one in sets for kept in _after(stage, one, trace, {})]
            last = scalar.stages[-1]
            return _number(last, [span for one in sets for span in one.spans], trace) if isinstance(last, Aggregate) else None
        case Aggregate():
            if scalar.field is None:
                return len(spans)
            values = [value for span in spans for value in evaluate(scalar.field, span, trace) if type(value) in {int, float}]
            return None if not values else _AGGREGATES[scalar.function](values)


_AGGREGATES: dict[str, Callable[[Any], float]] = {
    "min": min,
    "max": max,
    "sum": sum,
    "avg": lambda found: sum(found) / len(found),
}


# --- values of a span ---------------------------------------------------------------------------------------------


def matches(filter_: Filter, span: SpanView, trace: TraceView) -> bool:
    """Whether a span satisfies the condition in braces."""
    return filter_.condition is None or True in [one for one in evaluate(filter_.condition, span, trace) if type(one) is bool]


def evaluate(field: Field, span: SpanView, trace: TraceView) -> Found:
    """The values of an expression; none where the span lacks what it needs."""
    match field:
        case Constant():
            return () if field.value is None else (constant(field),)
        case Attribute() | Intrinsic():
            return values_of(field, span, trace)
        case Unary():
            inside = evaluate(field.operand, span, trace)
            if field.operator == "!":
                return tuple(not one for one in inside if type(one) is bool)
            return tuple(-one for one in inside if type(one) in {int, float} and isinstance(one, int | float))
        case Binary():
            return _binary(field, span, trace)


def _binary(field: Binary, span: SpanView, trace: TraceView) -> Found:
    if field.operator in {"&&", "||"}:
        left = _is_true(field.left, span, trace)
        if left == (field.operator == "||"):
            return (left,)
        return (_is_true(field.right, span, trace),)
    left_values, right_values = evaluate(field.left, span, trace), evaluate(field.right, span, trace)
    for side, other in ((field.left, right_values), (field.right, left_values)):
        if isinstance(side, Constant) and side.kind is Kind.NIL:
            return ((not other) == (field.operator == "="),)
    if field.operator in _COMPARE or field.operator in {"=~", "!~"}:
        return (any(compares(field.operator, left, right) for left in left_values for right in right_values),)
    return tuple(made for left in left_values for right in right_values for made in computed(field.operator, left, right))


def _is_true(field: Field, span: SpanView, trace: TraceView) -> bool:
    return any(one is True for one in evaluate(field, span, trace))


def constant(literal: Constant) -> Value:
    """A constant as spans hold such values."""
    if literal.kind is Kind.STATUS and isinstance(literal.value, int):
        return Status(literal.value)
    if literal.kind is Kind.SPAN_KIND and isinstance(literal.value, int):
        return SpanKind(literal.value)
    assert literal.value is not None  # noqa: S101 - nil is handled where it stands
    return literal.value


def compares(operator_: str, left: Value, right: Value) -> bool:
    """Values of different types do not compare: neither = nor != holds between them."""
    numeric = {int, float}
    if type(left) is not type(right) and not {type(left), type(right)} <= numeric:
        return False
    if operator_ in {"=~", "!~"}:
        return isinstance(left, str) and isinstance(right, str) and (pattern(right)(left) == (operator_ == "=~"))
    if type(left) in {bool, Status, SpanKind} and operator_ not in {"=", "!="}:
        return False
    return _COMPARE[operator_](left, right)


@lru_cache(maxsize=64)
def pattern(text: str) -> Callable[[str], bool]:
    """A test for a regular expression, which must match the whole value."""
    options = re2.Options()
    options.log_errors = False
    compiled = re2.compile(text, options)
    return lambda value: compiled.fullmatch(value) is not None


def computed(operator_: str, left: Value, right: Value) -> tuple[float, ...]:
    """The result of arithmetic; none where it has none (division by zero, text)."""
    if type(left) not in {int, float} or type(right) not in {int, float}:
        return ()
    assert isinstance(left, int | float)  # noqa: S101 - seen above
    assert isinstance(right, int | float)  # noqa: S101 - seen above
    try:
        match operator_:
            case "+":
                return (left + right,)
            case "-":
                return (left - right,)
            case "*":
                return (left * right,)
            case "/":
                return (left / right,)
            case "%":
                return (left % right,)
            case _:
                made = float(left) ** float(right)
                return (made,) if isinstance(made, float) else ()
    except (ZeroDivisionError, OverflowError):
        return ()
