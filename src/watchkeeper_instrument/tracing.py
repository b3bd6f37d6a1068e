"""Traces: one OpenTelemetry provider for the process, and the W3C headers that carry a trace from service to service."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, Sampler, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

from watchkeeper_instrument.settings import Settings

SCOPE = "watchkeeper_instrument"


def make_provider(settings: Settings, exporter: SpanExporter | None = None) -> TracerProvider:
    """A provider that exports in batches from a thread of its own; without an address and an exporter it only makes ids.

    ``exporter`` replaces the one for ``traces_url``.
    """
    attributes = {
        "service.name": settings.service,
        "service.version": settings.version,
        "deployment.environment.name": settings.environment,
    }
    if settings.instance:
        attributes["service.instance.id"] = settings.instance
    provider = TracerProvider(
        resource=Resource.create(attributes),
        sampler=_AllButProbes(
            ParentBased(root=TraceIdRatioBased(settings.traces_ratio)), {settings.health_path, settings.metrics_path}
        ),
    )
    if exporter is None and settings.traces_url:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(endpoint=f"{settings.traces_url.rstrip('/')}/v1/traces", timeout=5)
    if exporter is not None:
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
    return provider


class _AllButProbes(Sampler):
    """Leaves out the spans that frameworks begin for health checks and scrapes: thousands a day that say nothing."""

    def __init__(self, rest: Sampler, paths: Collection[str]) -> None:
        self._rest = rest
        self._paths = paths

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Drop what is asked of a probe's path; the rest is decided as ever."""
        if kind is SpanKind.SERVER and (attributes or {}).get("url.path") in self._paths:
            return SamplingResult(Decision.DROP)
        return self._rest.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """For OpenTelemetry's own reports."""
        return f"AllButProbes({self._rest.get_description()})"


def context_of(headers: Iterable[tuple[str, str]]) -> Context | None:
    """The caller's trace from ``(name, value)`` pairs with names in lower case; None where there is none."""
    carrier = {name: value for name, value in headers if name in {"traceparent", "tracestate", "baggage"}}
    return propagate.extract(carrier) if carrier else None


def carry(headers: MutableMapping[str, str] | None = None) -> MutableMapping[str, str]:
    """Add the current trace to the headers of an outgoing request or message, and give them back."""
    headers = {} if headers is None else headers
    propagate.inject(headers)
    return headers


def carried(headers: Mapping[str, object] | Iterable[tuple[str, object]] | None) -> Context:
    """The trace in a message's headers, whose values may be bytes (Kafka) or text (AMQP)."""
    pairs = headers.items() if isinstance(headers, Mapping) else (headers or ())
    return propagate.extract(
        {str(name).lower(): value.decode() if isinstance(value, bytes) else str(value) for name, value in pairs}
    )


def trace_id() -> str:
    """The current trace's id as 32 hexadecimal digits; empty outside of a trace."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else ""
