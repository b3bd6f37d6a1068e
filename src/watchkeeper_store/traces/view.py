"""A trace as a whole: its spans with their values and their family, for conditions that columns cannot decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from watchkeeper_store.traceql.tree import Attribute, Intrinsic
from watchkeeper_store.traces.columns import EncodedSpan, Value
from watchkeeper_store.traces.generation import plain_values

UNSCOPED = ("span", "resource", "event", "link", "instrumentation")
"""Where an attribute without a scope is looked for; the first that has it decides."""


class Status(int):
    """OTLP's status code; not comparable with plain numbers."""


class SpanKind(int):
    """OTLP's kind of a span; not comparable with plain numbers."""


Found: TypeAlias = tuple[Value, ...]
"""All values under one name: several where a span has several events or an array; none where it has none."""


@dataclass(eq=False, slots=True)
class SpanView:
    """One span. ``place`` tells where it is stored: (number of the table, row)."""

    span: Span
    resource: Mapping[str, Found]
    scope: InstrumentationScope
    place: tuple[int, int]
    parent: SpanView | None = None
    children: list[SpanView] = field(default_factory=list)
    _own: dict[str, dict[str, Found]] = field(default_factory=dict)

    @property
    def duration_ns(self) -> int:
        """Never negative."""
        return max(0, self.span.end_time_unix_nano - self.span.start_time_unix_nano)

    @property
    def service(self) -> str:
        """The resource's name."""
        return str(next(iter(self.resource.get("service.name", ())), "unknown_service"))

    def attribute(self, scope: str, name: str) -> Found:
        """The values of an attribute in one scope."""
        if scope == "resource":
            return self.resource.get(name, ())
        held = self._own.get(scope)
        if held is None:
            held = self._own[scope] = _grouped(self._pairs(scope))
        return held.get(name, ())

    def _pairs(self, scope: str) -> Iterable[Any]:
        if scope == "span":
            return self.span.attributes
        if scope == "event":
            return [pair for event in self.span.events for pair in event.attributes]
        if scope == "link":
            return [pair for link in self.span.links for pair in link.attributes]
        return self.scope.attributes


@dataclass(eq=False, slots=True)
class TraceView:
    """The spans of one trace that are stored, earliest first."""

    trace_id: bytes
    spans: list[SpanView]

    @property
    def root(self) -> SpanView | None:
        """The span without a parent; None if it has not arrived."""
        return next((one for one in self.spans if not one.span.parent_span_id), None)

    @property
    def start_ns(self) -> int:
        """When the first span began."""
        return min(one.span.start_time_unix_nano for one in self.spans)

    @property
    def duration_ns(self) -> int:
        """From the first start to the last end."""
        return max(one.span.start_time_unix_nano + one.duration_ns for one in self.spans) - self.start_ns


def traces_from(spans: Iterable[tuple[tuple[int, int], EncodedSpan]]) -> list[TraceView]:
    """The traces of spans with their places. Spans that arrived twice count once."""
    resources: dict[bytes, Mapping[str, Found]] = {}
    scopes: dict[bytes, InstrumentationScope] = {}
    by_trace: dict[bytes, dict[bytes, SpanView]] = {}
    for place, encoded in spans:
        span = Span.FromString(encoded.span)
        resource = resources.get(encoded.resource)
        if resource is None:
            resource = resources[encoded.resource] = _grouped(Resource.FromString(encoded.resource).attributes)
        scope = scopes.get(encoded.scope)
        if scope is None:
            scope = scopes[encoded.scope] = InstrumentationScope.FromString(encoded.scope)
        members = by_trace.setdefault(span.trace_id, {})
        # Ids that are missing must not make one span of many.
        members.setdefault(span.span_id or encoded.span, SpanView(span, resource, scope, place))
    return [TraceView(trace_id, _related(members)) for trace_id, members in by_trace.items()]


def _related(members: Mapping[bytes, SpanView]) -> list[SpanView]:
    for one in members.values():
        parent = members.get(one.span.parent_span_id) if one.span.parent_span_id else None
        if parent is not None and parent is not one:
            one.parent = parent
            parent.children.append(one)
    return sorted(members.values(), key=lambda one: one.span.start_time_unix_nano)


def _grouped(pairs: Iterable[Any]) -> dict[str, Found]:
    grouped: dict[str, Found] = {}
    for pair in pairs:
        grouped[pair.key] = grouped.get(pair.key, ()) + plain_values(pair.value)
    return grouped


def values_of(wanted: Attribute | Intrinsic, one: SpanView, trace: TraceView) -> Found:
    """What a span holds there."""
    if isinstance(wanted, Intrinsic):
        return _intrinsic(wanted.name, one, trace)
    if wanted.of_parent:
        if one.parent is None:
            return ()
        one = one.parent
    if wanted.scope:
        return one.attribute(wanted.scope, wanted.name)
    return next((found for scope in UNSCOPED if (found := one.attribute(scope, wanted.name))), ())


def _intrinsic(name: str, one: SpanView, trace: TraceView) -> Found:
    read = _OF_SPAN.get(name)
    return read(one) if read is not None else _of_trace(name, one, trace)


def _parent_id(one: SpanView) -> Found:
    return (one.span.parent_span_id.hex(),) if one.span.parent_span_id else ()


_OF_SPAN: Mapping[str, Callable[[SpanView], Found]] = {
    "span:duration": lambda one: (one.duration_ns,),
    "span:name": lambda one: (one.span.name,),
    "span:status": lambda one: (Status(one.span.status.code),),
    "span:statusMessage": lambda one: (one.span.status.message,),
    "span:kind": lambda one: (SpanKind(one.span.kind),),
    "span:id": lambda one: (one.span.span_id.hex(),),
    "span:parentID": _parent_id,
    "span:childCount": lambda one: (len(one.children),),
    "parent": _parent_id,
    "event:name": lambda one: tuple(event.name for event in one.span.events),
    "event:timeSinceStart": lambda one: tuple(
        event.time_unix_nano - one.span.start_time_unix_nano for event in one.span.events
    ),
    "link:traceID": lambda one: tuple(link.trace_id.hex() for link in one.span.links),
    "link:spanID": lambda one: tuple(link.span_id.hex() for link in one.span.links),
    "instrumentation:name": lambda one: (one.scope.name,),
    "instrumentation:version": lambda one: (one.scope.version,),
}


def _of_trace(name: str, one: SpanView, trace: TraceView) -> Found:
    if name == "trace:duration":
        return (trace.duration_ns,)
    if name == "trace:id":
        return (trace.trace_id.hex(),)
    if name in {"trace:rootName", "trace:rootService"}:
        root = trace.root
        return () if root is None else (root.span.name if name == "trace:rootName" else root.service,)
    return (nested_set(trace)[one][("nestedSetLeft", "nestedSetRight", "nestedSetParent").index(name)],)


def nested_set(trace: TraceView) -> Mapping[SpanView, tuple[int, int, int]]:
    """(left, right, left of the parent or -1) of each span, counted in a walk from the roots; from 1."""
    numbered: dict[SpanView, tuple[int, int, int]] = {}
    count = 1
    for root in (one for one in trace.spans if one.parent is None):
        stack: list[tuple[SpanView, Sequence[SpanView], int]] = [(root, root.children, -1)]
        lefts = {root: count}
        count += 1
        while stack:
            one, left_children, above = stack.pop()
            if left_children:
                child = left_children[0]
                stack.append((one, left_children[1:], above))
                lefts[child] = count
                stack.append((child, child.children, lefts[one]))
            else:
                numbered[one] = (lefts[one], count, above)
            count += 1
    return numbered
