"""One query from text to answer: parse, plan, evaluate, count. Blocking; callers give it a thread."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from watchkeeper_store.logql.errors import AnswerTooLarge, UnsupportedQuery
from watchkeeper_store.logql.evaluation.log_query import LogOptions, evaluate_log
from watchkeeper_store.logql.evaluation.metric_query import Leaves, evaluate_instant, evaluate_range
from watchkeeper_store.logql.evaluation.pipeline import Span
from watchkeeper_store.logql.evaluation.results import Entry, Instants, Sample, ScalarResult, Series
from watchkeeper_store.logql.parser.expression import parse
from watchkeeper_store.logql.source import Direction
from watchkeeper_store.logql.tree import Expression, LogQuery, MetricQuery
from watchkeeper_store.model.limits import TenantLimits
from watchkeeper_store.query.scope import Scope
from watchkeeper_store.query.tenants import leaves_of, source_of, tenants_in
from watchkeeper_store.storage.damage import missing_from_answers
from watchkeeper_store.storage.store import LogStore

_POINT_BYTES = 300  # of a point while it is an object, and while it is rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What an answer took."""

    seconds: float
    rows: int
    octets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Series, samples or one number, and the cost."""

    result: Sequence[Series] | Sequence[Sample] | ScalarResult
    kind: str
    cost: Cost
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeQuestion:
    """Start inclusive; for log queries the end is exclusive, for metrics the last instant is at or before it."""

    start_ns: int
    end_ns: int
    step_ns: int
    interval_ns: int = 0
    limit: int = 100
    direction: Direction = Direction.BACKWARD


class QueryEngine:
    """Answers queries over a store. Safe from several threads: every query has a scope of its own.

    A ``tenant`` may be several, as ``a|b``.
    """

    def __init__(self, store: LogStore, limits: TenantLimits) -> None:
        self.store = store
        self._limits = limits

    def leaves(self, tenant: str, scope: Scope) -> Leaves:
        """How range aggregations are evaluated."""
        return leaves_of(self.store, scope, tenant)

    def entries(self, tenant: str, query: LogQuery, question: RangeQuestion, scope: Scope) -> Iterator[Entry]:
        """The lines that answer a log query, as they are found. Raises QueryError, QueryTimedOut, QueryCancelled."""
        options = LogOptions(limit=question.limit, direction=question.direction, interval_ns=question.interval_ns)
        span = Span(tenant=tenant, start_ns=question.start_ns, end_ns=max(question.end_ns, question.start_ns + 1))
        found = evaluate_log(query, source_of(self.store, scope, tenant), span, options)
        return bounded(found, self._limits.of(tenant).max_query_response_size)

    def over_range(self, tenant: str, expression: MetricQuery, question: RangeQuestion, scope: Scope) -> Answer:
        """Answer a metric query at each step. Raises QueryError, QueryTimedOut, QueryCancelled."""
        began = time.perf_counter()
        instants = Instants(start_ns=question.start_ns, end_ns=question.end_ns, step_ns=question.step_ns)
        series = evaluate_range(
            expression, self.leaves(tenant, scope), instants, max_series=self._limits.of(tenant).max_query_series or 2**31
        )
        scope.hold(sum(len(one.points) for one in series) * _POINT_BYTES)
        return Answer(result=series, kind="matrix", cost=cost_of(scope, began), warnings=self.warnings(tenant))

    def at_instant(self, tenant: str, expression: Expression, at_ns: int, scope: Scope) -> Answer:
        """Answer an instant query. Raises QueryError, QueryTimedOut, QueryCancelled."""
        began = time.perf_counter()
        if isinstance(expression, LogQuery):
            raise UnsupportedQuery(
                "log queries are not supported as an instant query type, please change your query to a range query type"
            )
        result = evaluate_instant(
            expression, self.leaves(tenant, scope), at_ns, max_series=self._limits.of(tenant).max_query_series or 2**31
        )
        kind = "scalar" if isinstance(result, ScalarResult) else "vector"
        return Answer(result=result, kind=kind, cost=cost_of(scope, began), warnings=self.warnings(tenant))

    def warnings(self, tenant: str) -> tuple[str, ...]:
        """What an answer to this tenant has to be told with."""
        return missing_from_answers(self.store, tenants_in(tenant))


def bounded(entries: Iterator[Entry], most_bytes: int) -> Iterator[Entry]:
    """All entries. Raises AnswerTooLarge once their lines and what was read from them are larger than allowed (0: any)."""
    octets = 0
    for entry in entries:
        octets += len(entry.line)
        if entry.parsed:
            octets += sum(len(value) for _, value in entry.parsed)
        if most_bytes and octets > most_bytes:
            raise AnswerTooLarge(most_bytes)
        yield entry


def parsed(text: str) -> Expression:
    """The expression of a query's text. Raises ParseError."""
    return parse(text)


def cost_of(scope: Scope, began: float) -> Cost:
    return Cost(seconds=time.perf_counter() - began, rows=scope.scanned_rows, octets=scope.scanned_bytes)
