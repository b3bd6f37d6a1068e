"""The store's own metrics, as Prometheus reads them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from watchkeeper_store.storage.store import LogStore

_PREFIX = "watchkeeper_store"


class Measures:
    """Counters that handlers raise, and gauges that are read from the store when Prometheus asks."""

    def __init__(self, store: LogStore) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.lines = Counter(f"{_PREFIX}_ingested_lines", "Log lines acknowledged.", ["tenant"], registry=self.registry)
        self.octets = Counter(
            f"{_PREFIX}_ingested_bytes", "Bytes of log lines acknowledged.", ["tenant"], registry=self.registry
        )
        self.discarded = Counter(
            f"{_PREFIX}_discarded_lines", "Log lines refused.", ["tenant", "reason"], registry=self.registry
        )
        self.forwarded = Counter(
            f"{_PREFIX}_forwarded_points", "Data points of metrics written to Prometheus.", ["tenant"], registry=self.registry
        )
        self.refused_points = Counter(
            f"{_PREFIX}_refused_points", "Data points of metrics refused.", ["tenant"], registry=self.registry
        )
        self.requests = Counter(
            f"{_PREFIX}_http_requests", "Requests answered.", ["method", "route", "code"], registry=self.registry
        )
        self.seconds = Histogram(
            f"{_PREFIX}_http_request_duration_seconds",
            "Time to answer a request.",
            ["route"],
            buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
            registry=self.registry,
        )
        self._gauge("held_bytes", "Memory held by rows that are not in segments yet.", lambda: store.held_bytes)
        self._gauge("segments", "Parquet files in use.", lambda: len(store.segments))
        self._gauge("segment_bytes", "Size of the Parquet files in use.", lambda: sum(s.size_bytes for s in store.segments))
        self._gauge("segment_rows", "Rows in the Parquet files in use.", lambda: sum(s.rows for s in store.segments))
        self._gauge("streams", "Label sets known.", lambda: sum(len(store.registry(t)) for t in store.tenants()))
        self._gauge("writable", "1 while rows can be taken and moved to segments.", lambda: int(store.trouble is None))
        self._gauge("unreadable_segments", "Segments left out because they cannot be read.", lambda: len(store.unreadable))
        self._gauge("dropped_segments", "Segments that retention dropped since the start.", lambda: store.dropped_segments)

    def _gauge(self, name: str, text: str, read: object) -> None:
        Gauge(f"{_PREFIX}_{name}", text, registry=self.registry).set_function(read)  # type: ignore[arg-type]  # callables all

    def exposition(self) -> bytes:
        return generate_latest(self.registry)
