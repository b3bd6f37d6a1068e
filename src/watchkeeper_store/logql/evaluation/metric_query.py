"""Metric queries: the tree from its leaves up, over all instants at once, and the shapes of the answers."""

from collections.abc import Iterator
from typing import Protocol

from watchkeeper_store.logql.errors import LimitExceeded, UnsupportedQuery
from watchkeeper_store.logql.evaluation.binary import between, with_number
from watchkeeper_store.logql.evaluation.results import Columns, Instants, Sample, ScalarResult, Series, Table
from watchkeeper_store.logql.evaluation.samples import Hold, accepts_outer_grouping, collect, hold_all, window_span
from watchkeeper_store.logql.evaluation.simplification import simplified
from watchkeeper_store.logql.evaluation.vectors import aggregate
from watchkeeper_store.logql.evaluation.windows import slide
from watchkeeper_store.logql.labels import Labels, labels_of
from watchkeeper_store.logql.regex import compiled
from watchkeeper_store.logql.source import LogSource
from watchkeeper_store.logql.template.references import expand_references
from watchkeeper_store.logql.tree import (
    BinaryOperation,
    Expression,
    Grouping,
    LabelReplace,
    Literal,
    LogQuery,
    MetricQuery,
    RangeAggregation,
    Vector,
    VectorAggregation,
)

DEFAULT_MAX_SERIES = 500
_POINT_BYTES = 32
_NO_VECTOR = "unexpected expr type (*syntax.LiteralExpr) for Evaluator type (*logql.DefaultEvaluator) "


class Leaves(Protocol):
    """How range aggregations are evaluated; the rest of a query is arithmetic on what this gives."""

    def __call__(self, aggregation: RangeAggregation, outer: Grouping | None, instants: Instants) -> Columns:
        """Series of the aggregation. `outer` is the grouping of a `sum` around it: the answer may be summed by it already."""
        ...


def line_by_line(source: LogSource, tenant: str, hold: Hold = hold_all) -> Leaves:
    """Leaves that read every line and run the pipeline on it. What they keep of it is told to ``hold`` before."""

    def evaluate_leaf(aggregation: RangeAggregation, outer: Grouping | None, instants: Instants) -> Columns:
        collected = collect(aggregation, outer, source, window_span(aggregation, instants, tenant), hold)
        hold(len(collected) * len(instants.times_ns()) * _POINT_BYTES)
        return slide(aggregation, collected, instants)

    return evaluate_leaf


def evaluate_table(query: MetricQuery, leaves: Leaves, instants: Instants) -> Table:
    """All series of a metric query; one that is a bare number is one series without labels. Raises as `evaluate_range`."""
    match query:
        case VectorAggregation(operand=Literal()) | LabelReplace(operand=Literal()):
            raise UnsupportedQuery(_NO_VECTOR)
        case RangeAggregation():
            return list(leaves(simplified(query), None, instants).items())
        case VectorAggregation(operand=RangeAggregation() as operand) if accepts_outer_grouping(
            operand.function, query.function
        ):
            return aggregate(query, list(leaves(simplified(operand), query.grouping, instants).items()))
        case VectorAggregation():
            return aggregate(query, evaluate_table(query.operand, leaves, instants))
        case BinaryOperation():
            return _binary(query, leaves, instants)
        case LabelReplace():
            return _label_replace(query, evaluate_table(query.operand, leaves, instants))
        case Vector() | Literal():
            return [((), [query.value] * len(instants.times_ns()))]


def _binary(query: BinaryOperation, leaves: Leaves, instants: Instants) -> Table:
    if isinstance(query.left, Literal):
        table = evaluate_table(query.right, leaves, instants)
        return with_number(query, table, query.left.value, number_on_left=True)
    left = evaluate_table(query.left, leaves, instants)
    if isinstance(query.right, Literal):
        return with_number(query, left, query.right.value, number_on_left=False)
    return between(query, left, evaluate_table(query.right, leaves, instants))


def _label_replace(query: LabelReplace, operand: Table) -> Table:
    regex = compiled(f"^(?:{query.pattern})$")
    index_of_name = regex.groupindex
    table: Table = []
    for labels, column in operand:
        found = regex.search(dict(labels).get(query.source, ""))
        if found is None:
            table.append((labels, column))
            continue
        names = {name: value for name, value in labels if name != query.destination and value}
        text = expand_references(query.replacement, found.group, index_of_name)
        if text:
            names[query.destination] = text
        table.append((labels_of(names), column))
    return table


def _subexpressions(query: MetricQuery) -> Iterator[MetricQuery]:
    yield query
    match query:
        case VectorAggregation() | LabelReplace():
            yield from _subexpressions(query.operand)
        case BinaryOperation():
            yield from _subexpressions(query.left)
            yield from _subexpressions(query.right)


def is_sorted_by_value(query: MetricQuery) -> bool:
    """Whether the order of the answer is part of it."""
    return any(
        isinstance(part, VectorAggregation) and part.function in ("sort", "sort_desc") for part in _subexpressions(query)
    )


def _refuse_sketches(query: MetricQuery) -> None:
    if any(isinstance(part, VectorAggregation) and part.function == "approx_topk" for part in _subexpressions(query)):
        raise UnsupportedQuery("approx_topk error: count min sketches are only supported on instant queries")


def _metric(expression: Expression) -> MetricQuery:
    if isinstance(expression, LogQuery):
        raise UnsupportedQuery(
            "log queries are not supported as an instant query type, please change your query to a range query type"
        )
    return expression


def evaluate_range(
    expression: Expression, leaves: Leaves, instants: Instants, *, max_series: int = DEFAULT_MAX_SERIES
) -> tuple[Series, ...]:
    """The series of a range query, sorted by labels.

    Raises LimitExceeded, PipelineError, MatchingError, ParseError, UnsupportedQuery.
    """
    query = _metric(expression)
    _refuse_sketches(query)
    table = evaluate_table(query, leaves, instants)
    times = instants.times_ns()
    series: dict[Labels, list[tuple[int, float]]] = {}
    for labels, column in table:
        points = [(time_ns, value) for time_ns, value in zip(times, column, strict=True) if value is not None]
        if points:
            series.setdefault(labels, []).extend(points)
    if len(series) > max_series:
        raise LimitExceeded(max_series)
    # Series of the same labels are one in the answer; the sort keeps their order at each instant.
    return tuple(
        Series(labels=labels, points=tuple(sorted(points, key=lambda point: point[0])))
        for labels, points in sorted(series.items())
    )


def evaluate_instant(
    expression: Expression, leaves: Leaves, at_ns: int, *, max_series: int = DEFAULT_MAX_SERIES
) -> tuple[Sample, ...] | ScalarResult:
    """The samples of an instant query, sorted by labels, or by value where the query says so. Raises as `evaluate_range`."""
    query = _metric(expression)
    if isinstance(query, Literal):
        return ScalarResult(value=query.value)
    table = evaluate_table(query, leaves, Instants(start_ns=at_ns, end_ns=at_ns, step_ns=0))
    samples = [Sample(labels=labels, value=column[0]) for labels, column in table if column[0] is not None]
    if len(samples) > max_series:
        raise LimitExceeded(max_series)
    return tuple(samples if is_sorted_by_value(query) else sorted(samples, key=lambda sample: sample.labels))
