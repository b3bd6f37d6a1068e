"""Metric nodes from their parts, with the checks that the grammar cannot express, in the order clients know."""

import math

from watchkeeper_store.logql.arithmetic import combine_numbers
from watchkeeper_store.logql.errors import ParseError
from watchkeeper_store.logql.language import BINARY_OPERATORS, RANGE_FUNCTIONS, VECTOR_FUNCTIONS
from watchkeeper_store.logql.parser.broken import Broken, Metric, Parsed, broken
from watchkeeper_store.logql.parser.selection import NO_MATCHER_SELECTS, selects_something
from watchkeeper_store.logql.quantities import parse_float
from watchkeeper_store.logql.regex import BadPattern, compiled
from watchkeeper_store.logql.tree import (
    BinaryOperation,
    Expression,
    Grouping,
    LabelReplace,
    Literal,
    LogQuery,
    LogRange,
    Matching,
    MetricQuery,
    RangeAggregation,
    Vector,
    VectorAggregation,
)

_MAX_COUNT = 2**63 - 1


def literal(text: str, *, negative: bool = False) -> Metric:
    """A number as written."""
    try:
        value = parse_float(text)
    except ValueError as mistake:
        return broken(f"unable to parse literal as a float: {mistake}")
    return Literal(value=-value if negative else value)


def vector(text: str) -> Metric:
    """`vector(number)`."""
    try:
        return Vector(value=parse_float(text))
    except ValueError as mistake:
        return broken(f"unable to parse vectorExpr as a float: {mistake}")


def range_aggregation(function: str, lines: LogRange, parameter: str | None, grouping: Grouping | None) -> Metric:
    """`function([parameter,] lines) [grouping]`."""
    known = RANGE_FUNCTIONS[function]
    value: float | None = None
    if parameter is not None:
        if not known.needs_parameter:
            return broken(f"parameter {parameter} not supported for operation {function}")
        try:
            value = parse_float(parameter)
        except ValueError as mistake:
            return broken(f"invalid parameter for operation {function}: {mistake}")
    elif known.needs_parameter:
        return broken(f"parameter required for operation {function}")
    if grouping is not None and not known.allows_grouping:
        return broken(f"grouping not allowed for {function} aggregation")
    if lines.unwrap is not None and not known.over_values:
        return broken(f"invalid aggregation {function} with unwrap")
    if lines.unwrap is None and not known.over_lines:
        return broken(f"invalid aggregation {function} without unwrap")
    if not selects_something(lines.query.matchers):
        return broken(NO_MATCHER_SELECTS)
    return RangeAggregation(function=function, range=lines, parameter=value, grouping=grouping)


def vector_aggregation(function: str, operand: Metric, parameter: str | None, grouping: Grouping | None) -> Metric:
    """`function [grouping] ([parameter,] operand)`."""
    known = VECTOR_FUNCTIONS[function]
    count: int | None = None
    if known.needs_parameter:
        if parameter is None:
            return broken(f"parameter required for operation {function}")
        count = int(parameter) if parameter.isdecimal() else _MAX_COUNT + 1
        if count > _MAX_COUNT:
            return broken(f"invalid parameter {function}({parameter},")
        if count <= 0:
            return broken(f"invalid parameter (must be greater than 0) {function}({parameter}")
        if not known.allows_grouping and grouping is not None:
            return broken(f"grouping not allowed for {function} aggregation")
    elif parameter is not None:
        return broken(f"unsupported parameter for operation {function}({parameter},")
    if function in ("sort", "sort_desc") and grouping is not None and grouping.names:
        return broken("sort and sort_desc doesn't allow grouping by ")
    if isinstance(operand, Broken):
        return operand
    return VectorAggregation(function=function, operand=operand, parameter=count, grouping=grouping or Grouping())


def label_replace(operand: Metric, destination: str, replacement: str, source: str, pattern: str) -> Metric:
    """`label_replace(…)`."""
    try:
        compiled(f"^(?:{pattern})$")
    except BadPattern as mistake:
        return broken(f"invalid regex in label_replace: {mistake}")
    if isinstance(operand, Broken):
        return operand
    return LabelReplace(operand=operand, destination=destination, replacement=replacement, source=source, pattern=pattern)


def _kind_of_log_query(query: LogQuery) -> str:
    return "*syntax.PipelineExpr" if query.stages else "*syntax.MatchersExpr"


def binary_operation(operator: str, left: Parsed, right: Parsed, *, returns_bool: bool, matching: Matching) -> Metric:
    """`left operator right`; two numbers are folded into one."""
    # What is wrong with the operation itself comes before what is wrong inside its sides.
    for side, operand in (("left", left), ("right", right)):
        if isinstance(operand, LogQuery):
            kind = _kind_of_log_query(operand)
            return broken(f"unexpected type for {side} leg of binary operation ({operator}): {kind}")
    for side, operand in (("left", left), ("right", right)):
        if isinstance(operand, Literal) and BINARY_OPERATORS[operator].is_set:
            what = f"unexpected literal for {side} leg of logical/set binary operation ({operator})"
            return broken(f"{what}: {_fixed(operand.value)}")
    if isinstance(left, Broken | LogQuery):
        return _still_broken(left)
    if isinstance(right, Broken | LogQuery):
        return _still_broken(right)
    if isinstance(left, Literal) and isinstance(right, Literal):
        return Literal(value=combine_numbers(operator, left.value, right.value))
    return BinaryOperation(operator=operator, left=left, right=right, returns_bool=returns_bool, matching=matching)


def _still_broken(side: Broken | LogQuery) -> Broken:
    if isinstance(side, LogQuery):
        raise AssertionError("log queries were refused before")
    return side


def _fixed(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else f"{value:f}"


def checked(parsed: Parsed) -> Expression:
    """The query, if it may be; log queries are checked here, metric queries while they are built. Raises ParseError."""
    if not isinstance(parsed, LogQuery):
        return checked_metric(parsed)
    if not selects_something(parsed.matchers):
        raise ParseError(NO_MATCHER_SELECTS)
    return parsed


def checked_metric(parsed: Metric) -> MetricQuery:
    """The query, if it may be. Raises ParseError."""
    if isinstance(parsed, Broken):
        raise parsed.error
    return parsed
