"""A watch with a registry and an exporter of its own, so that tests do not see each other's counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry

from watchkeeper_instrument import Instrument
from watchkeeper_instrument.settings import read_settings


@dataclass
class Bench:
    """A watch, and what it has measured so far."""

    watch: Instrument
    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    def __post_init__(self) -> None:
        self.watch.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    def value(self, name: str, **labels: str) -> float | None:
        return self.watch.metrics.registry.get_sample_value(name, labels)

    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()


def a_bench(**settings: Any) -> Bench:
    """A watch of the service ``orders`` with the given settings."""
    return Bench(Instrument(read_settings({"service": "orders", **settings}, {}), registry=CollectorRegistry()))
