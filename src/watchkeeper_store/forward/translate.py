"""A request of OTLP metrics as series for Prometheus, and what of it cannot become any. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, Metric, ResourceMetrics
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from watchkeeper_store.forward.names import Kind, metric_name
from watchkeeper_store.forward.points import (
    NS_PER_MS,
    PointRefused,
    Row,
    histogram_rows,
    labels_of,
    number_rows,
    sorted_pairs,
    summary_rows,
)
from watchkeeper_store.forward.refused import Refused
from watchkeeper_wire.loki_labels import LabelPairs
from watchkeeper_wire.remote_write import Exemplar, Sample, Series

_IDENTITY = frozenset({"service.name", "service.namespace", "service.instance.id"})
_TARGET_INFO = "target_info"
_DELTA = (
    "its temporality is delta, and Prometheus needs cumulative values; set "
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative where it is sent"
)
_UNSPECIFIED = "it does not say its temporality, which has to be cumulative"
_EXPONENTIAL = (
    "exponential histograms are not supported; set OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION="
    "explicit_bucket_histogram where it is sent"
)
_NO_NAME = "its name has no letter and no digit"
_NO_TIME = "it has no time"
_TWICE = "the same series has another value at the same time; give one of them another name or an attribute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A series, the metric that it was made of, and the data points (numbers within the request) that it holds."""

    series: Series
    metric: str
    points: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """What a request has become."""

    outgoing: tuple[Outgoing, ...]
    refused: Refused
    points: int
    """Data points that are in ``outgoing``."""


@dataclass(slots=True)
class _Growing:
    metric: str
    values: dict[int, float | None] = field(default_factory=dict)
    exemplars: list[Exemplar] = field(default_factory=list)
    points: set[int] = field(default_factory=set)


def translate(request: ExportMetricsServiceRequest, tenant: str = "") -> Translation:
    """The series of a request, those of a tenant labelled ``tenant``."""
    table = _Table(tenant)
    for resource in request.resource_metrics:
        table.take(resource)
    return Translation(outgoing=tuple(table.outgoing()), refused=table.refused, points=table.taken)


class _Table:
    """Series by their labels, growing point by point."""

    def __init__(self, tenant: str) -> None:
        self._always = {"tenant": tenant} if tenant else {}
        self._series: dict[LabelPairs, _Growing] = {}
        self.refused = Refused()
        self.taken = 0

    def take(self, resource_metrics: ResourceMetrics) -> None:
        """All of one resource, and its ``target_info`` where anything of it could be taken."""
        identity = {**_identity(resource_metrics.resource), **self._always}
        newest_ms = 0
        for scope in resource_metrics.scope_metrics:
            for metric in scope.metrics:
                newest_ms = max(newest_ms, self._metric(metric, identity))
        about = labels_of(one for one in resource_metrics.resource.attributes if one.key not in _IDENTITY)
        if newest_ms and about and identity.keys() & {"job", "instance"}:
            pairs = sorted_pairs({**about, **identity, "__name__": _TARGET_INFO})
            self._series.setdefault(pairs, _Growing(_TARGET_INFO)).values[newest_ms] = 1.0

    def _metric(self, metric: Metric, identity: Mapping[str, str]) -> int:
        """Take the points of a metric, and tell the newest time of them in ms, 0 where none was taken."""
        kind = metric.WhichOneof("data")
        if kind is None:
            return 0
        data = getattr(metric, kind)
        name = metric_name(metric.name, metric.unit, _name_kind(metric))
        if reason := _fault(kind, data) or ("" if name else _NO_NAME):
            self.refused.add(reason, metric.name, len(data.data_points))
            return 0
        rows_of = _ROWS[kind]
        newest_ms = 0
        for point in data.data_points:
            labels = {**labels_of(point.attributes), **identity}
            try:
                self._point(metric.name, point.time_unix_nano // NS_PER_MS, list(rows_of(name, labels, point)))
            except PointRefused as refusal:
                self.refused.add(str(refusal), metric.name)
            else:
                newest_ms = max(newest_ms, point.time_unix_nano // NS_PER_MS)
        return newest_ms

    def _point(self, metric: str, timestamp_ms: int, rows: Iterable[Row]) -> None:
        """Add all rows of a point or none. Raises PointRefused."""
        if not timestamp_ms:
            raise PointRefused(_NO_TIME)
        grown = [(self._series.setdefault(row.labels, _Growing(metric)), row) for row in rows]
        if any(_differs(series.values, timestamp_ms, row.value) for series, row in grown):
            raise PointRefused(_TWICE)
        for series, row in grown:
            series.values[timestamp_ms] = row.value
            series.exemplars += row.exemplars
            series.points.add(self.taken)
        self.taken += 1

    def outgoing(self) -> Iterator[Outgoing]:
        """The series, in the order in which they first occurred."""
        for labels, grown in self._series.items():
            samples = tuple(Sample(timestamp_ms, value) for timestamp_ms, value in sorted(grown.values.items()))
            if samples:
                exemplars = tuple(sorted(grown.exemplars, key=lambda exemplar: exemplar.timestamp_ms))
                series = Series(labels, samples, exemplars)
                yield Outgoing(series=series, metric=grown.metric, points=frozenset(grown.points))


_ROWS: Mapping[str, Callable[[str, Mapping[str, str], Any], Iterator[Row]]] = {
    "gauge": number_rows,
    "sum": number_rows,
    "histogram": histogram_rows,
    "summary": summary_rows,
}


def _identity(resource: Resource) -> dict[str, str]:
    """``job`` and ``instance``, as far as the resource says who it is."""
    values = labels_of(one for one in resource.attributes if one.key in _IDENTITY)
    job = "/".join(part for part in (values.get("service_namespace"), values.get("service_name")) if part)
    named = {"job": job if values.get("service_name") else "", "instance": values.get("service_instance_id", "")}
    return {name: text for name, text in named.items() if text}


def _differs(values: Mapping[int, float | None], timestamp_ms: int, value: float | None) -> bool:
    return timestamp_ms in values and values[timestamp_ms] != value


def _name_kind(metric: Metric) -> Kind:
    if metric.sum.is_monotonic:
        return "counter"
    return "gauge" if metric.HasField("gauge") else "other"


def _fault(kind: str, data: Any) -> str:
    """Why no point of the metric can be taken, "" if they can."""
    if kind == "exponential_histogram":
        return _EXPONENTIAL
    if kind in {"sum", "histogram"}:
        if data.aggregation_temporality == AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA:
            return _DELTA
        if data.aggregation_temporality != AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE:
            return _UNSPECIFIED
    return ""
