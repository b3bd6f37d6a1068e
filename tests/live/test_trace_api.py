"""A real store asked as Tempo's and Jaeger's clients ask, fed by OpenTelemetry's own exporters."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import LogsServiceStub
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from tests.live.store_process import Answer, StoreProcess, free_port
from tests.unit.watchkeeper_store.traces.shop import NOON_NS, SHOP, A, any_value, pairs, request

pytestmark = pytest.mark.live
FIRST, NONE = "00000000000000000000000000000001", "0000000000000000000000000000abcd"
PROTOBUF = {"Content-Type": "application/x-protobuf"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    """A store that holds the shop's three traces."""
    process = StoreProcess(tmp_path_factory.mktemp("traces") / "data")
    process.start()
    assert ask(process, "/v1/traces", body=request(SHOP).SerializeToString(), headers=PROTOBUF).status == 200
    yield process
    process.stop()


def ask(
    store: StoreProcess,
    path: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """A POST where there is a body, else a GET."""
    written = f"{path}?{urlencode(parameters)}" if parameters else path
    return store.request("GET" if body is None else "POST", written, body, headers)


def get(store: StoreProcess, path: str, **parameters: Any) -> Any:
    answer = ask(store, path, parameters)
    assert answer.status == 200, answer.text
    return answer.json


def test_grafana_finds_the_store_alive(store: StoreProcess) -> None:
    assert ask(store, "/api/echo").text == "echo"


def test_a_trace_is_given_in_tempos_two_versions_and_as_protobuf(store: StoreProcess) -> None:
    (web, shop) = get(store, "/api/v2/traces/1")["trace"]["resourceSpans"]
    assert web["resource"]["attributes"][0] == {"key": "service.name", "value": {"stringValue": "web"}}
    (failed, *_) = shop["scopeSpans"][0]["spans"]
    assert (failed["name"], failed["status"]) == ("POST /orders", {"code": "STATUS_CODE_ERROR", "message": "no database"})
    assert len(get(store, f"/api/traces/{FIRST}")["batches"]) == 2
    answer = ask(store, f"/api/traces/{FIRST}", headers={"Accept": "application/protobuf"})
    data = TracesData.FromString(answer.body)
    assert sum(len(scope.spans) for one in data.resource_spans for scope in one.scope_spans) == 5
    assert ask(store, f"/api/traces/{NONE}").status == 404
    assert ask(store, "/api/traces/xyz").status == 400


def test_a_search_answers_in_the_keys_that_grafana_knows(store: StoreProcess) -> None:
    (trace,) = get(store, "/api/search", q="{ status = error && .db.rows > 0 }")["traces"]
    assert set(trace) == {
        "traceID", "rootServiceName", "rootTraceName", "startTimeUnixNano", "durationMs", "spanSet", "spanSets", "serviceStats",
    }  # fmt: skip
    assert (trace["traceID"], trace["rootServiceName"], trace["rootTraceName"]) == ("1", "web", "GET /buy")
    assert (trace["startTimeUnixNano"], trace["durationMs"]) == (str(NOON_NS), 300)
    assert trace["serviceStats"] == {"web": {"spanCount": 2, "errorCount": 1}, "shop": {"spanCount": 3, "errorCount": 2}}
    (found,) = trace["spanSets"]
    assert found["matched"] == 1
    assert found["spans"] == [
        {
            "spanID": "0000000000000004",
            "name": "SELECT orders",
            "startTimeUnixNano": str(NOON_NS + 30 * 10**6),
            "durationNanos": "200000000",
            "attributes": [
                {"key": "status", "value": {"stringValue": "error"}},
                {"key": "db.rows", "value": {"intValue": "17"}},
            ],
        }
    ]


def test_searches_are_limited_in_time_and_number(store: StoreProcess) -> None:
    noon_s = NOON_NS // 10**9
    assert [one["traceID"] for one in get(store, "/api/search", q="{ }", limit=2)["traces"]] == ["3", "2"]
    assert get(store, "/api/search", q="{ }", start=noon_s - 60, end=noon_s - 30)["traces"] == []
    assert [
        one["traceID"] for one in get(store, "/api/search", tags='service.name=shop http.status_code="500"')["traces"]
    ] == []
    assert [one["traceID"] for one in get(store, "/api/search", tags="service.name=web", minDuration="250ms")["traces"]] == [
        "1"
    ]
    assert ask(store, "/api/search", {"q": "{ }", "limit": "0"}).status == 400


def test_names_and_values_are_completed(store: StoreProcess) -> None:
    scopes = {one["name"]: one["tags"] for one in get(store, "/api/v2/search/tags")["scopes"]}
    assert scopes["resource"] == ["service.name", "zone"]
    assert "db.rows" in scopes["span"]
    assert scopes["event"] == ["exception.type"]
    assert "rootName" in scopes["intrinsic"]
    assert get(store, "/api/v2/search/tag/resource.service.name/values")["tagValues"] == [
        {"type": "string", "value": one} for one in ("shop", "web", "worker")
    ]
    assert get(store, "/api/v2/search/tag/.db.rows/values")["tagValues"] == [
        {"type": "int", "value": "3"}, {"type": "int", "value": "17"},
    ]  # fmt: skip
    only_errors = get(store, "/api/v2/search/tag/name/values", q="{ status = error }")["tagValues"]
    assert [one["value"] for one in only_errors] == ["GET /buy", "POST /orders", "SELECT orders"]
    assert "zone" in get(store, "/api/search/tags")["tagNames"]
    assert get(store, "/api/search/tag/service.name/values")["tagValues"] == ["shop", "web", "worker"]


def test_metrics_are_computed_over_time_and_for_one_moment(store: StoreProcess) -> None:
    noon_s = NOON_NS // 10**9
    parameters = {"q": "{ } | count_over_time() by (resource.service.name)", "start": noon_s, "end": noon_s + 2}
    made = get(store, "/api/metrics/query_range", step="1s", **parameters)["series"]
    web = next(one for one in made if one["labels"][0]["value"] == {"stringValue": "web"})
    assert web["labels"][0]["key"] == "resource.service.name"
    assert [sample["value"] for sample in web["samples"]] == [1, 2, 0]
    assert [sample["timestampMs"] for sample in web["samples"]] == [str((noon_s + k) * 1000) for k in range(3)]
    (shop, _, _) = get(store, "/api/metrics/query", **{**parameters, "start": noon_s - 1})["series"]
    assert shop["value"] == 3
    assert ask(store, "/api/metrics/query_range", {"q": "{ }"}).status == 400
    ratio = "100 * ({ status = error } | count_over_time()) / ({ } | count_over_time())"
    (percent,) = get(store, "/api/metrics/query_range", q=ratio, start=noon_s, end=noon_s + 2, step="1s")["series"]
    assert percent["labels"] == [{"key": "__name__", "value": {"stringValue": "(count_over_time / count_over_time)"}}]
    assert [sample["value"] for sample in percent["samples"]] == [100, 40, 0]


def test_a_search_for_a_metrics_query_gives_the_traces_behind_the_numbers(store: StoreProcess) -> None:
    def found(query: str) -> list[str]:
        return sorted(trace["traceID"] for trace in get(store, "/api/search", q=query)["traces"])

    assert found("{ .db.rows > 0 } | rate()") == ["1"]
    assert found('({ name = "job" } | rate()) / ({ .db.rows = 3 } | rate()) * 2') == ["1", "3"]


def test_a_mistaken_query_is_told_with_its_place(store: StoreProcess) -> None:
    answer = ask(store, "/api/search", {"q": "{ .a = }"})
    assert answer.status == 400
    assert "line 1, col 8" in answer.text


LANGUAGE = Path(__file__).parents[1] / "unit" / "watchkeeper_store" / "traceql"


def test_every_form_of_the_language_is_answered_and_every_mistake_refused(store: StoreProcess) -> None:
    noon_s = NOON_NS // 10**9
    window = {"start": noon_s, "end": noon_s + 2, "step": "1s"}
    for path in ("/api/search", "/api/metrics/query_range"):
        texts = (LANGUAGE / "invalid.txt").read_text("utf-8").splitlines()
        assert {text: status for text in texts if (status := ask(store, path, {"q": text}).status) != 400} == {}
    texts = (LANGUAGE / "valid.txt").read_text("utf-8").splitlines()
    refused = {text: answer.text for text in texts if (answer := ask(store, "/api/search", {"q": text})).status != 200}
    assert refused == {}
    metrics = [text for text in texts if re.search(r"(rate|_over_time|compare)\(", text)]
    answers = {text: ask(store, "/api/metrics/query_range", {"q": text, **window}) for text in metrics}
    assert {text: answer.text for text, answer in answers.items() if answer.status != 200} == {}
    assert len(metrics) > 20


def test_jaegers_clients_find_the_same(store: StoreProcess) -> None:
    assert get(store, "/jaeger/api/services")["data"] == ["shop", "web", "worker"]
    assert get(store, "/jaeger/api/services/shop/operations")["data"] == ["POST /orders", "SELECT orders", "SELECT prices"]
    assert get(store, "/api/v3/operations", service="worker") == {"operations": [{"name": "job", "spanKind": "consumer"}]}
    (trace,) = get(store, "/jaeger/api/traces", service="shop", tags=json.dumps({"error": "true", "db.rows": "17"}))["data"]
    assert trace["traceID"] == FIRST
    spans = {one["spanID"]: one for one in trace["spans"]}
    child = spans["0000000000000004"]
    assert child["references"] == [{"refType": "CHILD_OF", "traceID": FIRST, "spanID": "0000000000000003"}]
    assert (child["startTime"], child["duration"]) == ((NOON_NS + 30 * 10**6) // 1000, 200_000)
    assert {"key": "db.rows", "type": "int64", "value": 17} in child["tags"]
    assert trace["processes"][child["processID"]]["serviceName"] == "shop"
    assert spans["0000000000000003"]["logs"][0]["fields"][0] == {"key": "event", "type": "string", "value": "exception"}
    assert get(store, f"/jaeger/api/traces/{FIRST}")["data"][0]["spans"] == trace["spans"]
    end = NOON_NS // 10**6 + 10_000
    assert get(store, "/jaeger/api/dependencies", endTs=end, lookback=60_000)["data"] == [
        {"parent": "web", "child": "shop", "callCount": 1}
    ]
    missing = ask(store, f"/jaeger/api/traces/{NONE}")
    assert (missing.status, missing.json["errors"][0]["code"]) == (404, 404)
    assert len(get(store, f"/api/v3/traces/{FIRST}")["result"]["resourceSpans"]) == 2


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"\xff\xff\xff", PROTOBUF, 400),
        (b"{", {"Content-Type": "application/json"}, 400),
        (b"", {"Content-Type": "text/plain"}, 415),
        (b"not gzip", {**PROTOBUF, "Content-Encoding": "gzip"}, 400),
        (b"x", {**PROTOBUF, "Content-Encoding": "br"}, 415),
        (request([A(trace=1, span=1)]).SerializeToString().replace((1).to_bytes(16, "big"), b"\1" * 16)[:-1], PROTOBUF, 400),
    ],
)
def test_a_request_that_cannot_be_read_is_refused_and_changes_nothing(
    store: StoreProcess, body: bytes, headers: dict[str, str], status: int
) -> None:
    before = get(store, "/api/metrics/query", q="{ } | count_over_time()", start=0, end=NOON_NS // 10**9 + 10)
    assert ask(store, "/v1/traces", body=body, headers=headers).status == status
    assert get(store, "/api/metrics/query", q="{ } | count_over_time()", start=0, end=NOON_NS // 10**9 + 10) == before


def test_tenants_do_not_see_each_other(store: StoreProcess) -> None:
    body = request([A(trace=50, span=50)]).SerializeToString()
    assert ask(store, "/v1/traces", body=body, headers={**PROTOBUF, "X-Scope-OrgID": "other"}).status == 200
    assert ask(store, "/api/traces/32", headers={"X-Scope-OrgID": "other"}).status == 200
    assert ask(store, "/api/traces/32").status == 404
    assert ask(store, "/api/traces/1", headers={"X-Scope-OrgID": "other"}).status == 404


def test_otlp_json_and_compressed_protobuf_are_taken(store: StoreProcess) -> None:
    span = {
        "traceId": "0" * 31 + "7",
        "spanId": "0" * 15 + "7",
        "name": "json",
        "startTimeUnixNano": "1",
        "endTimeUnixNano": "5",
    }
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "j"}}]}
    document = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}
    answer = ask(store, "/v1/traces", body=json.dumps(document).encode(), headers={"Content-Type": "application/json"})
    assert (answer.status, answer.json) == (200, {})
    packed = gzip.compress(request([A(trace=8, span=8)]).SerializeToString())
    assert ask(store, "/v1/traces", body=packed, headers={**PROTOBUF, "Content-Encoding": "gzip"}).status == 200
    assert [ask(store, f"/api/traces/{number}").status for number in (7, 8)] == [200, 200]


def test_opentelemetrys_own_exporter_delivers_and_nothing_is_lost_by_a_kill(tmp_path: Path) -> None:
    process = StoreProcess(tmp_path / "data")
    process.start()
    provider = TracerProvider(resource=Resource.create({"service.name": "checkout"}))
    exporter = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{process.port}/v1/traces")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    ids = []
    for number in range(20):
        with tracer.start_as_current_span(f"order {number}") as span:
            span.set_attribute("order", number)
            ids.append(f"{span.get_span_context().trace_id:032x}")
    process.kill()
    process.start()
    for number, trace_id in enumerate(ids):
        (trace,) = get(process, "/api/search", q=f'{{ .order = {number} && resource.service.name = "checkout" }}')["traces"]
        assert trace["traceID"].rjust(32, "0") == trace_id
    assert ask(process, "/flush", body=b"").status == 204
    process.kill()
    process.start()
    assert len(get(process, "/api/search", q="{ }", limit=100)["traces"]) == 20
    process.stop()


def test_spans_and_logs_arrive_over_grpc_and_land_with_the_rest(tmp_path: Path) -> None:
    port = free_port()
    process = StoreProcess(tmp_path / "data", "--otlp-grpc-address", f"127.0.0.1:{port}")
    process.start()
    exporter = GrpcExporter(endpoint=f"http://127.0.0.1:{port}", insecure=True)
    provider = TracerProvider(resource=Resource.create({"service.name": "over-grpc"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("test").start_as_current_span("call"):
        pass
    provider.shutdown()
    (trace,) = get(process, "/api/search", q='{ resource.service.name = "over-grpc" }')["traces"]
    assert trace["rootTraceName"] == "call"
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        record = LogRecord(time_unix_nano=time.time_ns(), body=any_value("a line over grpc"))
        logs = ExportLogsServiceRequest()
        sent = logs.resource_logs.add()
        sent.resource.attributes.extend(pairs({"service.name": "over-grpc"}))
        sent.scope_logs.add().log_records.append(record)
        LogsServiceStub(channel).Export(logs)
        lines = process.lines('{service_name="over-grpc"}', time.time_ns() - 60 * 10**9, time.time_ns() + 10**9)
        assert lines == ["a line over grpc"]
        with pytest.raises(grpc.RpcError) as refused:
            TraceServiceStub(channel).Export(request([A(trace=1, span=1)]), metadata=(("x-scope-orgid", "a/b"),))
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert process.stop() == 0
