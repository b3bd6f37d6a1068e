"""The shipper's own figures, as Prometheus reads them. Counting happens per batch or per read, never per line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from watchkeeper_shipper.batch import Parcel
from watchkeeper_shipper.buffer import DiskBuffer

MAX_FILE_SERIES = 50
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30)
_NAMESPACE = "watchkeeper_shipper"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLag:
    """How much of one file is not delivered yet, and for how long something has been waiting."""

    path: str
    lag_bytes: int
    lag_s: float


class _LagCollector(Collector):
    """Lag per file, for the files furthest behind only: a folder may hold thousands."""

    def __init__(self, lags: Callable[[], list[FileLag]]) -> None:
        self._lags = lags

    def collect(self) -> Iterable[Metric]:
        lags = sorted(self._lags(), key=lambda lag: (-lag.lag_bytes, -lag.lag_s, lag.path))
        in_bytes = GaugeMetricFamily(
            f"{_NAMESPACE}_file_lag_bytes", f"Not delivered yet, the {MAX_FILE_SERIES} worst.", labels=["path"]
        )
        in_seconds = GaugeMetricFamily(f"{_NAMESPACE}_file_lag_seconds", "Since when something of it waits.", labels=["path"])
        seen: set[str] = set()
        for lag in lags:
            if lag.path not in seen and len(seen) < MAX_FILE_SERIES:  # a rotated file may be followed beside its successor
                seen.add(lag.path)
                in_bytes.add_metric([lag.path], lag.lag_bytes)
                in_seconds.add_metric([lag.path], lag.lag_s)
        yield from (in_bytes, in_seconds)
        yield GaugeMetricFamily(
            f"{_NAMESPACE}_lag_bytes", "Not delivered yet, all files.", value=sum(lag.lag_bytes for lag in lags)
        )
        longest = max((lag.lag_s for lag in lags), default=0.0)
        yield GaugeMetricFamily(f"{_NAMESPACE}_lag_seconds", "Longest wait of anything in any file.", value=longest)


class Metrics:
    """All series of one process."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves this one function untyped
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.read_lines = self._counter("read_lines", "Lines or events read.", "source")
        self.read_bytes = self._counter("read_bytes", "Bytes read, line breaks included.", "source")
        self.sent_lines = self._counter("sent_lines", "Lines the store acknowledged.", "source")
        self.sent_bytes = self._counter("sent_bytes", "Bytes of those lines.", "source")
        self.pushed_bytes = self._counter("pushed_bytes", "Bytes of acknowledged requests, compressed.")
        self.batches = self._counter("batches", "Batches the store answered for good: accepted or refused.", "outcome")
        self.retries = self._counter("push_retries", "Pushes to repeat, by what came back.", "reason")
        self.dropped = self._counter("dropped_lines", "Lines given up, by reason.", "reason")
        self.lost_bytes = self._counter("lost_bytes", "Bytes that vanished before they were read.", "reason")
        self.split_lines = self._counter("split_lines", "Lines over the limit, sent in pieces.", "source")
        self.replaced_lines = self._counter("invalid_utf8_lines", "Lines with bytes that are no UTF-8, replaced.", "source")
        self.rotations = self._counter("rotations", "Files renamed away or removed while followed.", "source")
        self.truncations = self._counter("truncations", "Files cut or rewritten in place.", "source")
        self.damaged = self._counter("damaged_buffer_batches", "Buffered batches that could not be read back.")
        self.files = self._gauge("followed_files", "Files followed.")
        self.files_open = self._gauge("open_files", "Followed files held open.")
        self.files_unreadable = self._gauge("unreadable_files", "Files that match but cannot be opened.")
        self.buffer_bytes = self._gauge("buffer_bytes", "Disk used by the buffer.")
        self.buffer_max_bytes = self._gauge("buffer_max_bytes", "Disk the buffer may use.")
        self.buffer_batches = self._gauge("buffer_batches", "Batches in the buffer.")
        self.store_up = self._gauge("store_up", "Whether the last push was answered for good (1) or is being retried (0).")
        self.reading = self._gauge("reading", "Whether files are read (1) or reading waits for the store (0).")
        self.journal_up = self._gauge("journal_up", "Whether the source's journalctl runs.", "source")
        self.errors = self._counter("errors", "Errors, by the part of the way they happened on.", "stage")
        self.last_error = self._gauge("last_error_timestamp_seconds", "When the last of them happened.", "stage")
        self.push_seconds = self._histogram("push_duration_seconds", "One push, answered or not.")
        self.delivery_seconds = self._histogram(
            "delivery_seconds", "From reading a batch's oldest line to its acknowledgement."
        )
        self.store_up.set(1)
        self.reading.set(1)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"{_NAMESPACE}_{name}", text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"{_NAMESPACE}_{name}", text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str) -> Histogram:
        return Histogram(f"{_NAMESPACE}_{name}", text, buckets=_SECONDS, registry=self._registry)

    def show_lags(self, lags: Callable[[], list[FileLag]]) -> None:
        """Ask ``lags`` at every scrape."""
        self._registry.register(_LagCollector(lags))

    def start_sources(self, names: Iterable[str]) -> None:
        """Begin every source's counters at zero."""
        read = (self.read_lines, self.read_bytes, self.split_lines, self.replaced_lines, self.rotations, self.truncations)
        for name in names:
            for counter in (*read, self.sent_lines, self.sent_bytes):
                counter.labels(name)

    def error(self, stage: str) -> None:
        """Count an error of ``stage``, one of few words."""
        self.errors.labels(stage).inc()
        self.last_error.labels(stage).set(time.time())

    def accepted(self, parcel: Parcel) -> None:
        """The store acknowledged ``parcel``."""
        self.store_up.set(1)
        self.batches.labels("accepted").inc()
        self.pushed_bytes.inc(len(parcel.body))
        for (source, lines), size in zip(parcel.lines.items(), _sizes(parcel), strict=True):
            self.sent_lines.labels(source).inc(lines)
            self.sent_bytes.labels(source).inc(size)

    def refused(self, status: int, parcel: Parcel) -> None:
        """The store will never take ``parcel``."""
        self.store_up.set(1)
        self.batches.labels("refused").inc()
        self.dropped.labels(f"refused_{status}").inc(sum(parcel.lines.values()))
        self.error("push")

    def retry(self, reason: str) -> None:
        """A push has to be repeated."""
        self.store_up.set(0)
        self.retries.labels(reason).inc()
        self.error("push")

    def buffer_is(self, buffer: DiskBuffer) -> None:
        """Show the buffer's present figures."""
        self.buffer_bytes.set(buffer.size_bytes)
        self.buffer_max_bytes.set(buffer.max_bytes)
        self.buffer_batches.set(len(buffer))

    def page(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self._registry)


def _sizes(parcel: Parcel) -> Iterator[int]:
    sizes: Mapping[str, int] = parcel.text_bytes
    return (sizes.get(source, 0) for source in parcel.lines)
