"""Syntax tree → text, in the form Loki prints queries. Parsing the text again gives an equal tree."""

from watchkeeper_store.logql.quantities import go_duration, literal_float, plain_float, prometheus_duration
from watchkeeper_store.logql.quoting import quote
from watchkeeper_store.logql.tree import (
    BinaryOperation,
    Cardinality,
    Expression,
    Grouping,
    LabelReplace,
    Literal,
    LogQuery,
    LogRange,
    RangeAggregation,
    Variants,
    Vector,
    VectorAggregation,
)


def one_line(expression: Expression | Variants) -> str:
    """The query without line breaks."""
    match expression:
        case LogQuery():
            return log_query(expression)
        case RangeAggregation():
            return _range_aggregation(expression)
        case VectorAggregation():
            return _vector_aggregation(expression)
        case BinaryOperation():
            return f"({one_line(expression.left)} {operator(expression)} {one_line(expression.right)})"
        case LabelReplace():
            texts = (expression.destination, expression.replacement, expression.source, expression.pattern)
            return f"label_replace({one_line(expression.operand)},{','.join(quote(text) for text in texts)})"
        case Vector():
            return f"vector({_vector_number(expression.value)})"
        case Literal():
            return literal_float(expression.value)
        case Variants():
            metrics = ", ".join(one_line(metric) for metric in expression.metrics)
            return f"variants({metrics}) of ({_range(expression.of)})"


def selector(query: LogQuery) -> str:
    """`{app="shop", pod=~"a.*"}`."""
    return "{" + ", ".join(matcher.text() for matcher in query.matchers) + "}"


def log_query(query: LogQuery) -> str:
    """Selector and stages, separated by blanks."""
    return " ".join((selector(query), *(stage.text() for stage in query.stages)))


def range_tail(lines: LogRange) -> str:
    """`[5m] offset 1m0s`."""
    offset = f" offset {go_duration(lines.offset_ns)}" if lines.offset_ns else ""
    return f"[{prometheus_duration(lines.range_ns)}]{offset}"


def grouping(names: Grouping) -> str:
    """` by (a,b)`, with its leading blank."""
    return f" {'without' if names.without else 'by'} ({','.join(names.names)})"


def operator(operation: BinaryOperation, separator: str = ",") -> str:
    """The operator with its modifiers; blanks are where Loki puts them, also behind `on (…)`."""
    text = operation.operator + (" bool" if operation.returns_bool else "")
    matching = operation.matching
    if matching.labels is None:
        return text
    group = "" if matching.cardinality is Cardinality.ONE_TO_ONE else matching.cardinality.value
    if matching.include is not None:
        group += f" ({separator.join(matching.include)})"
    elif group and isinstance(operation.right, BinaryOperation):
        # What follows starts with a parenthesis, which would be read as labels to include.
        group += " ()"
    return f"{text} {'on' if matching.on else 'ignoring'} ({separator.join(matching.labels)}) {group}"


def _range(lines: LogRange) -> str:
    unwrap = lines.unwrap.text() if lines.unwrap is not None else ""
    return f"{log_query(lines.query)}{unwrap}{range_tail(lines)}"


def _range_aggregation(aggregation: RangeAggregation) -> str:
    parameter = "" if aggregation.parameter is None else f"{plain_float(aggregation.parameter)},"
    tail = "" if aggregation.grouping is None else grouping(aggregation.grouping)
    return f"{aggregation.function}({parameter}{_range(aggregation.range)}){tail}"


def _vector_aggregation(aggregation: VectorAggregation) -> str:
    names = aggregation.grouping
    by = grouping(names) if names.names or names.without else ""
    parameter = "" if aggregation.parameter is None else f"{aggregation.parameter},"
    return f"{aggregation.function}{by}({parameter}{one_line(aggregation.operand)})"


def _vector_number(value: float) -> str:
    shown = f"{value:f}"
    # Six decimals are what clients know; more only where fewer would change the query.
    return shown if float(shown) == value else plain_float(value)
