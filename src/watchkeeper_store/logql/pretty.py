"""Syntax tree → text broken into lines, where one line would be long; how Loki formats queries."""

from collections.abc import Iterable

from watchkeeper_store.logql.language import BINARY_OPERATORS
from watchkeeper_store.logql.printer import one_line, operator, selector
from watchkeeper_store.logql.quantities import go_duration, literal_float, prometheus_duration
from watchkeeper_store.logql.quoting import quote
from watchkeeper_store.logql.stages.decolorize import DecolorizeStage
from watchkeeper_store.logql.stages.line_filter import LineFilterStage
from watchkeeper_store.logql.stages.stage import Stage
from watchkeeper_store.logql.stages.unwrap import Unwrap
from watchkeeper_store.logql.tree import (
    BinaryOperation,
    Expression,
    Grouping,
    LabelReplace,
    LogQuery,
    LogRange,
    MetricQuery,
    RangeAggregation,
    Variants,
    VectorAggregation,
)

_MAX_LINE = 100


def pretty_any(query: Expression | Variants) -> str:
    """The query, as `pretty` says; one of several variants is broken into lines however short it is."""
    if not isinstance(query, Variants):
        return pretty(query)
    metrics = _lines(pretty(metric, 1) for metric in query.metrics)
    return f"variants({metrics}) of (\n{_range(query.of, 1)}\n)"


def pretty(expression: Expression, level: int = 0) -> str:
    """The query, indented by two blanks per level; parts that fit into a line stay on one."""
    text = one_line(expression)
    if _fits(text):
        return _indent(level) + text
    match expression:
        case LogQuery():
            return _log_query(expression, level)
        case RangeAggregation():
            return _range_aggregation(expression, level)
        case VectorAggregation():
            return _vector_aggregation(expression, level)
        case BinaryOperation():
            left, right = (_side(expression, side, level + 1) for side in (expression.left, expression.right))
            return f"{left}\n{_indent(level)}{operator(expression, ', ')}\n{right}"
        case LabelReplace():
            texts = (expression.destination, expression.replacement, expression.source, expression.pattern)
            arguments = [pretty(expression.operand, level + 1), *(f"{_indent(level + 1)}{quote(text)}" for text in texts)]
            return f"{_indent(level)}label_replace({_lines(arguments)}{_indent(level)})"
    return _indent(level) + text


def _side(operation: BinaryOperation, side: MetricQuery, level: int) -> str:
    """One side of an operation; in parentheses of their own lines where it would be read as part of something else without."""
    text = pretty(side, level)
    if not isinstance(side, BinaryOperation) or _fits(one_line(side)):
        return text
    outer, inner = BINARY_OPERATORS[operation.operator], BINARY_OPERATORS[side.operator]
    is_far_side = (side is operation.right) is (outer.associativity == "left")
    if inner.precedence > outer.precedence or (inner.precedence == outer.precedence and not is_far_side):
        return text
    return f"{_indent(level)}(\n{pretty(side, level + 1)}\n{_indent(level)})"


def _fits(text: str) -> bool:
    """Whether a text may stay on one line; the reference counts bytes."""
    return len(text.encode()) <= _MAX_LINE


def _indent(level: int) -> str:
    return "  " * level


def _lines(arguments: Iterable[str]) -> str:
    return "\n" + ",\n".join(arguments) + "\n"


def _log_query(query: LogQuery, level: int) -> str:
    return "\n".join((_indent(level) + selector(query), *_stages(query.stages, level + 1)))


def _stages(stages: tuple[Stage, ...], level: int) -> Iterable[str]:
    """One line per stage; line filters in a row share one as long as they fit."""
    filters: list[str] = []
    for stage in stages:
        if isinstance(stage, LineFilterStage):
            filters.append(stage.text())
            continue
        yield from _filter_lines(filters, level)
        filters.clear()
        yield stage.text() if isinstance(stage, DecolorizeStage) else _indent(level) + stage.text()
    yield from _filter_lines(filters, level)


def _filter_lines(filters: list[str], level: int) -> Iterable[str]:
    fitting = len(filters)
    while fitting > 1 and not _fits(" ".join(filters[:fitting])):
        fitting -= 1
    if filters:
        yield _indent(level) + " ".join(filters[:fitting])
    for text in filters[fitting:]:
        yield _indent(level) + text


def _unwrap(unwrap: Unwrap, level: int) -> str:
    bare = Unwrap(label=unwrap.label, conversion=unwrap.conversion).text().strip()
    return "\n".join(_indent(level) + text for text in (bare, *(f"| {one.text()}" for one in unwrap.filters)))


def _range(lines: LogRange, level: int) -> str:
    text = pretty(lines.query, level)
    if lines.unwrap is not None:
        text += f"\n{_unwrap(lines.unwrap, level + 1)}"
    text += f" [{prometheus_duration(lines.range_ns)}]"
    if lines.offset_ns:
        # A negative offset can be read back in Go's spelling only.
        short = lines.offset_ns > 0 and lines.offset_ns % 1_000_000 == 0
        text += f" offset {prometheus_duration(lines.offset_ns) if short else go_duration(lines.offset_ns)}"
    return text


def _range_aggregation(aggregation: RangeAggregation, level: int) -> str:
    parameter = ""
    if aggregation.parameter is not None:
        parameter = f"{_indent(level + 1)}{literal_float(aggregation.parameter)},\n"
    tail = "" if aggregation.grouping is None else _grouping(aggregation.grouping)
    lines = _range(aggregation.range, level + 1)
    return f"{_indent(level)}{aggregation.function}(\n{parameter}{lines}\n{_indent(level)}){tail}"


def _vector_aggregation(aggregation: VectorAggregation, level: int) -> str:
    arguments = [] if aggregation.parameter is None else [f"{_indent(level + 1)}{aggregation.parameter}"]
    arguments.append(pretty(aggregation.operand, level + 1))
    names = aggregation.grouping
    by = _grouping(names) if names.names or names.without else ""
    return f"{_indent(level)}{aggregation.function}{by}({_lines(arguments)}{_indent(level)})"


def _grouping(grouping: Grouping) -> str:
    return f" {'without' if grouping.without else 'by'} ({', '.join(grouping.names)})"
