"""Traces: one OpenTelemetry provider for the process, and the W3C headers that carry a trace from service to service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

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
        resource=Resource.create(attributes), sampler=ParentBased(root=TraceIdRatioBased(settings.traces_ratio))
    )
    if exporter is None and settings.traces_url:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(endpoint=f"{settings.traces_url.rstrip('/')}/v1/traces", timeout=5)
    if exporter is not None:
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
    return provider


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
