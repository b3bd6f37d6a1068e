"""Queries over several tenants at once, named as ``a|b``: every row gets the label of its tenant.

Series of different tenants are put together from what each tenant's own answer is wherever that gives what reading all rows
as one would give; elsewhere the rows are read as one, line by line.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from watchkeeper_store.logql.evaluation.metric_query import Leaves, line_by_line
from watchkeeper_store.logql.evaluation.results import Columns, Instants
from watchkeeper_store.logql.evaluation.samples import keying
from watchkeeper_store.logql.labels import Labels
from watchkeeper_store.logql.matching import Matcher
from watchkeeper_store.logql.source import Direction, LogSource, ReadRequest, Rows
from watchkeeper_store.logql.stages.drop_keep import KeepStage
from watchkeeper_store.logql.tree import Grouping, RangeAggregation
from watchkeeper_store.query.pushdown import pushed_down
from watchkeeper_store.query.scope import Scope
from watchkeeper_store.query.source import StoreSource
from watchkeeper_store.storage.store import LogStore

TENANT_LABEL = "__tenant_id__"
ORIGINAL_LABEL = f"original_{TENANT_LABEL}"
"""What a label of the streams' own becomes that is called like that of the tenant."""
_ROWS_PER_BATCH = 512


def tenants_in(tenant: str) -> tuple[str, ...]:
    """``a|b`` → a, b. No tenant has this sign in its name."""
    return tuple(tenant.split("|"))


def chosen(tenants: Sequence[str], matchers: Sequence[Matcher]) -> tuple[tuple[str, ...], tuple[Matcher, ...]]:
    """(the tenants that a selector means, what it asks of their streams)"""
    tests = [matcher.predicate() for matcher in matchers if matcher.name == TENANT_LABEL]
    meant = tuple(tenant for tenant in tenants if all(test(tenant) for test in tests))
    return meant, tuple(matcher for matcher in matchers if matcher.name != TENANT_LABEL)


def with_tenant(labels: Labels, tenant: str) -> Labels:
    named = dict(labels)
    if TENANT_LABEL in named:
        named[ORIGINAL_LABEL] = named.pop(TENANT_LABEL)
    named[TENANT_LABEL] = tenant
    return tuple(sorted(named.items()))


class _TenantsSource:
    """The rows of several tenants as those of one source, in order of time."""

    def __init__(self, source: StoreSource, tenants: Sequence[str]) -> None:
        self._source = source
        self._tenants = tenants

    def read(self, request: ReadRequest) -> Iterator[Rows]:
        meant, matchers = chosen(self._tenants, request.matchers)
        sign = -1 if request.direction is Direction.BACKWARD else 1
        each = [self._rows(replace(request, tenant=tenant, matchers=matchers)) for tenant in meant]
        merged = heapq.merge(*each, key=lambda row: sign * row[0])
        while batch := list(islice(merged, _ROWS_PER_BATCH)):
            places: dict[Labels, int] = {}
            yield Rows(
                timestamps_ns=[time_ns for time_ns, *_ in batch],
                lines=[line for _, line, _, _ in batch],
                streams=[places.setdefault(labels, len(places)) for _, _, labels, _ in batch],
                stream_labels=list(places),
                metadata=[metadata for *_, metadata in batch],
            )

    def _rows(self, request: ReadRequest) -> Iterator[tuple[int, str, Labels, Labels]]:
        for rows in self._source.read(request):
            labels = [with_tenant(one, request.tenant) for one in rows.stream_labels]
            metadata: Sequence[Labels] = rows.metadata if rows.metadata is not None else [()] * len(rows.lines)
            for time_ns, line, stream, pairs in zip(rows.timestamps_ns, rows.lines, rows.streams, metadata, strict=True):
                yield time_ns, line, labels[stream], pairs

    def streams(self, tenant: str, matchers: Sequence[Matcher], start_ns: int, end_ns: int) -> list[Labels]:
        meant, others = chosen(self._tenants, matchers)
        return [with_tenant(one, name) for name in meant for one in self._source.streams(name, others, start_ns, end_ns)]


def source_of(store: LogStore, scope: Scope, tenant: str) -> LogSource:
    """The rows of a tenant, or of several."""
    tenants = tenants_in(tenant)
    source = StoreSource(store, scope)
    return source if len(tenants) == 1 else _TenantsSource(source, tenants)


def leaves_of(store: LogStore, scope: Scope, tenant: str) -> Leaves:
    """How range aggregations over a tenant, or over several, are evaluated."""
    tenants = tenants_in(tenant)
    if len(tenants) == 1:
        return pushed_down(store, tenant, scope)
    as_one = line_by_line(source_of(store, scope, tenant), tenant, scope.hold)

    def evaluate_leaf(aggregation: RangeAggregation, outer: Grouping | None, instants: Instants) -> Columns:
        meant, matchers = chosen(tenants, aggregation.range.query.matchers)
        query = replace(aggregation.range.query, matchers=matchers)
        narrow = replace(aggregation, range=replace(aggregation.range, query=query))
        apart = _keeps_tenants_apart(aggregation, outer)
        can_be_added = outer is not None  # it is the grouping of a sum of counts or sums
        if not (apart or can_be_added) or _looks_at_tenant(narrow) or any(_has_own_label(store, name) for name in meant):
            return as_one(aggregation, outer, instants)
        found: Columns = {}
        for name in meant:
            for labels, column in pushed_down(store, name, scope)(narrow, outer, instants).items():
                key = with_tenant(labels, name) if apart else labels
                found[key] = _added(found[key], column) if key in found else column
        return found

    return evaluate_leaf


def _keeps_tenants_apart(aggregation: RangeAggregation, outer: Grouping | None) -> bool:
    key = keying(aggregation, outer)
    return TENANT_LABEL not in key.without_names if key.names is None else TENANT_LABEL in key.names


def _looks_at_tenant(aggregation: RangeAggregation) -> bool:
    """Whether the pipeline may do something with the label."""
    stages = aggregation.range.query.stages
    return TENANT_LABEL in repr(aggregation.range) or any(isinstance(stage, KeepStage) for stage in stages)


def _has_own_label(store: LogStore, tenant: str) -> bool:
    return any(name == TENANT_LABEL for _, labels in store.registry(tenant).items() for name, _ in labels)


def _added(some: Sequence[float | None], others: Sequence[float | None]) -> list[float | None]:
    return [other if one is None else one if other is None else one + other for one, other in zip(some, others, strict=True)]
