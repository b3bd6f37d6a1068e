"""OpenTelemetry's own exporters send metrics to a real store, and a real Prometheus is asked for them."""

from __future__ import annotations

import gzip
import json
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub
from opentelemetry.sdk.metrics import AlwaysOnExemplarFilter, Counter, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, MetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from tests.live.prometheus_process import PrometheusProcess
from tests.live.store_process import Answer, StoreProcess, free_port

pytestmark = pytest.mark.live
JSON = {"Content-Type": "application/json"}
PROTOBUF = {"Content-Type": "application/x-protobuf"}


class Pair:
    """A store that writes metrics to a Prometheus."""

    def __init__(self, folder: Path) -> None:
        self.prometheus = PrometheusProcess(folder / "prometheus")
        self.grpc_address = f"127.0.0.1:{free_port()}"
        file = folder / "store.yaml"
        file.write_text(json.dumps({"metrics": {"remote_write_url": self.prometheus.write_url}}))
        flags = ("--config", str(file), "--otlp-grpc-address", self.grpc_address)
        self.store = StoreProcess(folder / "data", *flags)

    def stop(self) -> None:
        self.store.stop()
        self.prometheus.stop()

    def send(self, document: dict[str, Any], **headers: str) -> Answer:
        return self.store.request("POST", "/v1/metrics", json.dumps(document).encode(), {**JSON, **headers})


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    pair = Pair(tmp_path_factory.mktemp("metrics"))
    pair.prometheus.start()
    pair.store.start()
    yield pair
    pair.stop()


def gauge(name: str, value: float, time_ns: int, service: str = "shop", **attributes: str) -> dict[str, Any]:
    """One data point as OTLP's JSON."""

    def pairs(named: dict[str, str]) -> list[dict[str, Any]]:
        return [{"key": key, "value": {"stringValue": text}} for key, text in named.items()]

    point = {"timeUnixNano": str(time_ns), "asDouble": value, "attributes": pairs(attributes)}
    metric = {"name": name, "gauge": {"dataPoints": [point]}}
    resource = {"attributes": pairs({"service.name": service})}
    return {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]}


def measure(exporter: MetricExporter, service: str) -> str:
    """Use one instrument of each kind, send once, and give the id of the trace in which it was done."""
    resource = Resource.create(
        {"service.name": service, "service.namespace": "web", "service.instance.id": "a-1", "service.version": "1.2"}
    )
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    views = [View(instrument_name="http.server.duration", aggregation=ExplicitBucketHistogramAggregation([0.1, 0.5]))]
    provider = MeterProvider([reader], resource, exemplar_filter=AlwaysOnExemplarFilter(), views=views)
    meter = provider.get_meter("shop")
    with TracerProvider().get_tracer("shop").start_as_current_span("order") as span:
        meter.create_counter("orders", unit="{order}").add(3, {"kind": "book"})
        meter.create_up_down_counter("queue.length").add(5)
        meter.create_up_down_counter("queue.length").add(-2)
        meter.create_gauge("cache.hit", unit="1").set(0.75)
        histogram = meter.create_histogram("http.server.duration", unit="s")
        for seconds in (0.05, 0.3, 0.4, 2.0):
            histogram.record(seconds, {"http.route": "/buy"})
        trace_id = f"{span.get_span_context().trace_id:032x}"
    assert provider.force_flush(20_000)
    provider.shutdown()
    return trace_id


@pytest.mark.parametrize("over", ["http", "grpc"])
def test_what_an_application_measures_is_found_in_prometheus_once_it_was_acknowledged(pair: Pair, over: str) -> None:
    exporter: MetricExporter = (
        OTLPMetricExporter(f"http://127.0.0.1:{pair.store.port}/v1/metrics")
        if over == "http"
        else GrpcExporter(pair.grpc_address, insecure=True)
    )
    trace_id = measure(exporter, over)
    who = {"job": f"web/{over}", "instance": "a-1"}
    here = f'{{job="web/{over}"}}'
    found = pair.prometheus.query
    assert found(f"orders_total{here}") == [({"__name__": "orders_total", "kind": "book", **who}, "3")]
    assert found(f"queue_length{here}") == [({"__name__": "queue_length", **who}, "3")]
    assert found(f"cache_hit_ratio{here}") == [({"__name__": "cache_hit_ratio", **who}, "0.75")]
    buckets = {labels["le"]: value for labels, value in found(f"http_server_duration_seconds_bucket{here}")}
    assert buckets == {"0.1": "1", "0.5": "3", "+Inf": "4"}
    assert [value for _, value in found(f"http_server_duration_seconds_sum{here}")] == ["2.75"]
    assert [value for _, value in found(f"http_server_duration_seconds_count{here}")] == ["4"]
    ((about, value),) = found(f"target_info{here}")
    assert value == "1"
    assert about.items() >= {"service_version": "1.2", "telemetry_sdk_language": "python", **who}.items()
    query = f"http_server_duration_seconds_bucket{here}"
    exemplars = pair.prometheus.api("query_exemplars", query=query, start=time.time() - 60, end=time.time() + 60)
    told = {(one["seriesLabels"]["le"], e["labels"]["trace_id"], e["value"]) for one in exemplars for e in one["exemplars"]}
    assert {(le, trace, value) for le, trace, value in told if le != "0.5"} == {
        ("0.1", trace_id, "0.05"),
        ("+Inf", trace_id, "2"),
    }
    assert {(trace, value) for le, trace, value in told if le == "0.5"} <= {(trace_id, "0.3"), (trace_id, "0.4")}


@pytest.mark.parametrize("path", ["/v1/metrics", "/otlp/v1/metrics"])
def test_protobuf_in_gzip_is_taken_on_both_paths(pair: Pair, path: str) -> None:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name=f"packed{path.count('/')}")
    metric.gauge.data_points.add(time_unix_nano=time.time_ns(), as_int=7)
    headers = {**PROTOBUF, "Content-Encoding": "gzip"}
    answer = pair.store.request("POST", path, gzip.compress(request.SerializeToString()), headers)
    assert (answer.status, answer.body) == (200, b"")
    assert pair.prometheus.query(metric.name) == [({"__name__": metric.name}, "7")]


def test_metrics_of_a_tenant_carry_its_name_whatever_it_says_itself(pair: Pair) -> None:
    assert pair.send(gauge("own", 1, time.time_ns(), tenant="else"), **{"X-Scope-OrgID": "acme"}).status == 200
    assert pair.prometheus.query("own") == [({"__name__": "own", "job": "shop", "tenant": "acme"}, "1")]


def test_a_series_that_has_ended_is_gone_at_once(pair: Pair) -> None:
    now_ns = time.time_ns()
    assert pair.send(gauge("ending", 1, now_ns - 2_000_000_000)).status == 200
    assert len(pair.prometheus.query("ending")) == 1
    document = gauge("ending", 1, now_ns - 1_000_000_000)
    point = document["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0]["gauge"]["dataPoints"][0]
    del point["asDouble"]
    point["flags"] = 1
    assert pair.send(document).status == 200
    assert pair.prometheus.query("ending") == []


def test_what_prometheus_refuses_is_told_and_the_rest_is_written(pair: Pair) -> None:
    now_ns = time.time_ns()
    fresh, old = gauge("fresh", 1, now_ns), gauge("old", 2, now_ns - 7_200_000_000_000)
    answer = pair.send({"resourceMetrics": fresh["resourceMetrics"] + old["resourceMetrics"]})
    assert answer.status == 200
    partial = answer.json["partialSuccess"]
    assert partial["rejectedDataPoints"] == "1"
    assert partial["errorMessage"].startswith('cannot take a data point of "old": Prometheus says: ')
    assert [value for _, value in pair.prometheus.query("fresh")] == ["1"]
    assert pair.prometheus.query("old") == []
    whole = pair.send(old)
    assert whole.status == 400
    assert whole.json["message"].startswith('cannot take a data point of "old": Prometheus says: ')


def test_delta_temporality_is_refused_with_what_to_change(pair: Pair) -> None:
    exporter = GrpcExporter(
        pair.grpc_address, insecure=True, preferred_temporality={Counter: AggregationTemporality.DELTA}, timeout=5
    )
    captured: list[bytes] = []
    exporter._client.Export = _Recording(exporter._client.Export, captured)
    measure(exporter, "delta")
    partial = ExportMetricsServiceResponse.FromString(captured[0]).partial_success
    assert partial.rejected_data_points == 1
    assert "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative" in partial.error_message
    assert pair.prometheus.query('orders_total{job="web/delta"}') == []
    assert [value for _, value in pair.prometheus.query('queue_length{job="web/delta"}')] == ["3"]


class _Recording:
    """Passes a call on and keeps its answer: the exporter itself tells nobody of a partial success."""

    def __init__(self, export: Any, answers: list[bytes]) -> None:
        self._export = export
        self._answers = answers

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        answer = self._export(*arguments, **named)
        self._answers.append(answer.SerializeToString())
        return answer


def test_while_prometheus_is_away_senders_are_told_to_repeat_and_what_they_repeat_arrives(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.store.start()
    try:
        answer = pair.send(gauge("patient", 4, time.time_ns()))
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert answer.json["message"].startswith("cannot write to Prometheus: ")
        coming_back = threading.Timer(1.0, pair.prometheus.start)
        coming_back.start()
        measure(OTLPMetricExporter(f"http://127.0.0.1:{pair.store.port}/v1/metrics", timeout=30), "patient")
        coming_back.join()
        assert [value for _, value in pair.prometheus.query('orders_total{job="web/patient"}')] == ["3"]
        assert pair.prometheus.query("patient") == []
    finally:
        pair.stop()


def test_a_prometheus_that_hangs_holds_up_metrics_only(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.prometheus.start()
    pair.store.start()
    assert pair.prometheus.process is not None
    try:
        assert pair.send(gauge("before", 1, time.time_ns())).status == 200
        pair.prometheus.process.send_signal(signal.SIGSTOP)
        with grpc.insecure_channel(pair.grpc_address) as channel:
            stub = MetricsServiceStub(channel)
            request = ExportMetricsServiceRequest()
            metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="hanging")
            metric.gauge.data_points.add(time_unix_nano=time.time_ns(), as_int=1)
            waiting = [stub.Export.future(request) for _ in range(12)]
            assert pair.store.push_lines({"app": "a"}, (time.time_ns(), "line")).status == 204
            codes = {call.code() for call in waiting}
        assert codes == {grpc.StatusCode.UNAVAILABLE}
        pair.prometheus.process.send_signal(signal.SIGCONT)
        assert pair.send(gauge("after", 1, time.time_ns())).status == 200
    finally:
        pair.prometheus.process.send_signal(signal.SIGCONT)
        pair.stop()


def test_a_store_without_a_prometheus_says_so_and_no_sender_tries_again(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    store = StoreProcess(tmp_path / "data", "--otlp-grpc-address", address).start()
    try:
        answer = store.request("POST", "/v1/metrics", json.dumps(gauge("lost", 1, 1)).encode(), JSON)
        assert answer.status == 404
        assert "metrics.remote_write_url" in answer.json["message"]
        with grpc.insecure_channel(address) as channel, pytest.raises(grpc.RpcError) as refusal:
            MetricsServiceStub(channel).Export(ExportMetricsServiceRequest())
        assert refusal.value.code() == grpc.StatusCode.UNIMPLEMENTED
        assert "metrics.remote_write_url" in refusal.value.details()
    finally:
        store.stop()
