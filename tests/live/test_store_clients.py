"""What real agents and Grafana send, in the shapes they send it in; the lines come back as each of them expects."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from tests.live.store_process import Answer, StoreProcess
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from watchkeeper_wire.loki_push import Entry, Stream, compress_block, encode_push

pytestmark = pytest.mark.live
SECOND = 10**9


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    process = StoreProcess(tmp_path_factory.mktemp("store") / "data").start()
    yield process
    process.kill()


@pytest.fixture
def now() -> int:
    return time.time_ns()


def streams_of(store: StoreProcess, query: str, now: int, **headers: str) -> list[dict[str, Any]]:
    parameters = {"query": query, "start": now - 600 * SECOND, "end": now + 60 * SECOND}
    answer = store.get("/loki/api/v1/query_range", parameters, **headers)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json["data"]["result"]
    return found


@pytest.mark.parametrize("compression", list(Compression))
@pytest.mark.parametrize("path", ["/otlp/v1/logs", "/v1/logs"])
def test_the_opentelemetry_sdk_exports_logs(store: StoreProcess, now: int, path: str, compression: Compression) -> None:
    service = f"sdk{path.count('/')}-{compression.value}"
    exporter = OTLPLogExporter(endpoint=f"http://127.0.0.1:{store.port}{path}", compression=compression)
    resource = {"service.name": service, "service.instance.id": "i1", "host.name": "h1", "k8s.namespace.name": "shop"}
    provider = LoggerProvider(Resource.create(resource))
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    with TracerProvider().get_tracer("t").start_as_current_span("s") as span:
        record = LogRecord(
            timestamp=now,
            severity_number=SeverityNumber.ERROR,
            severity_text="ERROR",
            body="order 7 failed",
            attributes={"order.id": 7, "items": ["a", "b"]},
        )
        provider.get_logger(service).emit(record)
        context = span.get_span_context()
    assert provider.force_flush(5000)
    (found,) = streams_of(store, f'{{service_name="{service}"}}', now, X_Loki_Response_Encoding_Flags="categorize-labels")
    labels = {"k8s_namespace_name": "shop", "service_instance_id": "i1", "service_name": service}
    assert found["stream"] == labels
    ((_, line, categories),) = found["values"]
    metadata = categories["structuredMetadata"]
    assert line == "order 7 failed"
    assert metadata["detected_level"] == "error"
    assert (metadata["severity_number"], metadata["severity_text"]) == ("17", "ERROR")
    assert metadata["trace_id"] == f"{context.trace_id:032x}"
    assert metadata["span_id"] == f"{context.span_id:016x}"
    assert (metadata["order_id"], metadata["items"], metadata["host_name"]) == ("7", '["a","b"]', "h1")
    assert metadata["scope_name"] == service
    provider.shutdown()


def test_severities_of_opentelemetry_become_levels(store: StoreProcess, now: int) -> None:
    levels = {
        SeverityNumber.TRACE: "trace",
        SeverityNumber.DEBUG: "debug",
        SeverityNumber.INFO: "info",
        SeverityNumber.WARN: "warn",
        SeverityNumber.ERROR4: "error",
        SeverityNumber.FATAL: "fatal",
    }
    records = [
        {"timeUnixNano": str(now + place), "severityNumber": number.value, "body": {"stringValue": f"n{number.value}"}}
        for place, number in enumerate(levels)
    ]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "levels"}}]}
    body = {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}
    answer = store.request("POST", "/v1/logs", json.dumps(body).encode(), {"Content-Type": "application/json"})
    assert (answer.status, answer.json, answer.headers["content-type"]) == (200, {}, "application/json")
    found = {
        value[1]: stream["stream"]["detected_level"]
        for stream in streams_of(store, '{service_name="levels"}', now)
        for value in stream["values"]
    }
    assert found == {f"n{number.value}": level for number, level in levels.items()}


def test_otlp_says_what_it_did_not_take(store: StoreProcess, now: int) -> None:
    records = [{"timeUnixNano": str(now - 30 * 86400 * SECOND)}, {"timeUnixNano": str(now), "body": {"stringValue": "new"}}]
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()
    headers = {"Content-Type": "application/json"}
    answer = store.request("POST", "/v1/logs", body, headers)
    assert answer.status == 200
    assert answer.json["partialSuccess"]["rejectedLogRecords"] == "1"
    assert "has timestamp too old" in answer.json["partialSuccess"]["errorMessage"]
    of_loki = store.request("POST", "/otlp/v1/logs", body, headers)
    assert (of_loki.status, of_loki.headers["content-type"]) == (400, "application/octet-stream")
    assert of_loki.body.startswith(b"\x12")
    assert b"has timestamp too old" in of_loki.body
    broken = store.request("POST", "/v1/logs", b"\xff", {"Content-Type": "application/x-protobuf"})
    assert (broken.status, broken.headers["content-type"]) == (400, "application/x-protobuf")
    tenant = store.request("POST", "/otlp/v1/logs", body, {**headers, "X-Scope-OrgID": "../x"})
    assert tenant.status == 400


def push_json(store: StoreProcess, document: Any, **headers: str) -> Answer:
    return store.push(json.dumps(document).encode(), Content_Type="application/json", **headers)


def test_promtail_pushes_snappy_without_saying_so(store: StoreProcess, now: int) -> None:
    labels = {"job": "varlogs", "filename": "/var/log/syslog", "__path__": "/var/log/*log"}
    body = compress_block(encode_push([Stream(labels, [Entry(now, "from promtail")])]))
    agent = {"Content_Type": "application/x-protobuf", "User_Agent": "promtail/3.4.0"}
    assert store.push(body, **agent).status == 204
    (found,) = streams_of(store, '{job="varlogs"}', now)
    assert found["stream"] == {**labels, "detected_level": "unknown", "service_name": "varlogs"}


def test_vector_pushes_json_or_snappy(store: StoreProcess, now: int) -> None:
    document = {
        "streams": [{"stream": {"agent": "vector", "host": "h"}, "values": [[str(now), '{"message":"x"}', {"k": "v"}]]}]
    }
    assert push_json(store, document, Content_Encoding="gzip").status == 400  # said to be what it is not
    squeezed = gzip.compress(json.dumps(document).encode())
    assert store.push(squeezed, Content_Type="application/json", Content_Encoding="gzip").status == 204
    (found,) = streams_of(store, '{agent="vector"} | json', now)
    assert (found["stream"]["message"], found["stream"]["k"]) == ("x", "v")


def test_fluent_bit_pushes_json_with_an_empty_metadata_object_or_none(store: StoreProcess, now: int) -> None:
    values = [[str(now), "plain"], [str(now + 1), "with", {"trace_id": "1"}], [str(now + 2), "empty", {}]]
    document = {"streams": [{"stream": {"job": "fluent-bit"}, "values": values}]}
    assert push_json(store, document, User_Agent="Fluent-Bit").status == 204
    assert store.lines('{job="fluent-bit"}', now - SECOND, now + SECOND) == ["plain", "with", "empty"]
    assert store.lines('{job="fluent-bit"} | trace_id="1"', now - SECOND, now + SECOND) == ["with"]


def test_the_docker_driver_pushes_snappy_with_its_labels(store: StoreProcess, now: int) -> None:
    labels = {
        "container_name": "web-1",
        "compose_project": "shop",
        "host": "h",
        "source": "stdout",
        "filename": "/var/log/docker/x",
    }
    body = compress_block(encode_push([Stream(labels, [Entry(now, "GET / 200")])]))
    assert store.push(body, Content_Type="application/x-protobuf", X_Scope_OrgID="docker").status == 204
    (found,) = streams_of(store, '{compose_project="shop"}', now, X_Scope_OrgID="docker")
    assert found["stream"]["service_name"] == "web-1"


@pytest.mark.parametrize("squeeze", [zlib.compress, lambda body: zlib.compress(body)[2:-4]])
def test_deflate_in_both_readings_of_the_standard(store: StoreProcess, now: int, squeeze: Any) -> None:
    document = {"streams": [{"stream": {"app": "deflate"}, "values": [[str(now), "squeezed"]]}]}
    body = squeeze(json.dumps(document).encode())
    assert store.push(body, Content_Type="application/json", Content_Encoding="deflate").status == 204


def form(store: StoreProcess, path: str, **parameters: Any) -> Answer:
    body = urlencode(parameters, doseq=True).encode()
    return store.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})


def test_grafana_opens_explore(store: StoreProcess, now: int) -> None:
    store.push_lines({"app": "grafana", "level": "info"}, (now - 2 * SECOND, "level=info a=1"), (now - SECOND, "level=info {"))
    health = store.get("/loki/api/v1/query", {"query": "vector(1)+vector(1)", "time": "4000000000"}).json["data"]
    assert (health["resultType"], health["result"]) == ("vector", [{"metric": {}, "value": [4_000_000_000, "2"]}])
    span = {"start": now - 300 * SECOND, "end": now}
    assert "app" in store.get("/loki/api/v1/labels", span).json["data"]
    assert "grafana" in store.get("/loki/api/v1/label/app/values", {**span, "query": '{level="info"}'}).json["data"]
    series = form(store, "/loki/api/v1/series", **{"match[]": '{app="grafana"}', **span}).json["data"]
    assert series == [{"app": "grafana", "level": "info", "service_name": "grafana"}]
    stats = store.get("/loki/api/v1/index/stats", {"query": '{app="grafana"}', **span}).json
    assert (stats["streams"], stats["entries"], stats["bytes"]) == (1, 2, 26)
    volume = 'sum by (level, detected_level) (count_over_time({app="grafana"} | json | drop __error__[5s]))'
    found = store.get("/loki/api/v1/query_range", {"query": volume, "step": "5s", **span}).json["data"]
    assert found["resultType"] == "matrix"
    assert [one["metric"] for one in found["result"]] == [{"detected_level": "info", "level": "info"}]
    lines = store.get(
        "/loki/api/v1/query_range",
        {"query": '{app="grafana"} |= ``', "limit": 1000, "direction": "backward", "step": "1s", **span},
        X_Loki_Response_Encoding_Flags="categorize-labels",
        Accept_Encoding="gzip",
    ).json["data"]
    assert lines["encodingFlags"] == ["categorize-labels"]
    assert [value[1] for value in lines["result"][0]["values"]] == ["level=info {", "level=info a=1"]


def test_logcli_asks_with_nanoseconds_and_reads_statistics(store: StoreProcess, now: int) -> None:
    store.push_lines({"app": "logcli"}, *[(now + n, f"line {n}") for n in range(5)])
    parameters = {"query": '{app="logcli"}', "limit": 3, "start": now, "end": now + SECOND, "direction": "FORWARD"}
    answer = store.get("/loki/api/v1/query_range", parameters, User_Agent="loki-logcli/3.4")
    data = answer.json["data"]
    assert [value[1] for value in data["result"][0]["values"]] == ["line 0", "line 1", "line 2"]
    assert data["stats"]["summary"]["totalLinesProcessed"] >= 3
    assert set(data["stats"]) == {"summary", "querier", "ingester", "cache", "index"}
    volumes = store.get("/loki/api/v1/index/volume", {"query": '{app="logcli"}', "start": now, "end": now + SECOND}).json
    assert [(one["metric"], one["value"][1]) for one in volumes["data"]["result"]] == [({"app": "logcli"}, "30")]


def test_two_clients_tail_at_once_and_each_sees_its_own(store: StoreProcess, now: int) -> None:
    def url(query: str) -> str:
        return f"ws://127.0.0.1:{store.port}/loki/api/v1/tail?query={quote(query)}&start={now}"

    with connect(url('{app="tail2"}')) as every, connect(url('{app="tail2"} |= "b"')) as some:
        store.push_lines({"app": "tail2"}, (now + 1, "a"), (now + 2, "b"), (now + 3, "c"))
        seen = {name: collected(client, count) for name, client, count in (("every", every, 3), ("some", some, 1))}
    assert seen == {"every": ["a", "b", "c"], "some": ["b"]}


def collected(client: Any, count: int) -> list[str]:
    lines: list[str] = []
    deadline = time.monotonic() + 10
    while len(lines) < count and time.monotonic() < deadline:
        message = json.loads(client.recv(timeout=10))
        assert message["dropped_entries"] == []
        lines += [value[1] for stream in message["streams"] for value in stream["values"]]
    return lines


def test_a_metric_query_cannot_be_tailed(store: StoreProcess) -> None:
    url = f"ws://127.0.0.1:{store.port}/loki/api/v1/tail?query={quote('rate({a=`b`}[1m])')}"
    with pytest.raises(InvalidStatus) as refused, connect(url):
        pass
    assert refused.value.response.status_code == 400
    assert refused.value.response.body == b"only log queries are supported for tailing\n"
    plain = store.get("/loki/api/v1/tail", {"query": '{a="b"}'})
    assert (plain.status, "not using the websocket protocol" in plain.text) == (400, True)


def test_logs_drilldown_finds_fields_labels_patterns_and_limits(store: StoreProcess, now: int) -> None:
    store.push_lines({"app": "drill"}, *[(now + n, f"level=info user=u{n} took={n}ms done") for n in range(10)])
    span = {"query": '{app="drill"}', "start": now - SECOND, "end": now + SECOND}
    fields = store.get("/loki/api/v1/detected_fields", span).json
    assert {one["label"]: (one["type"], one["cardinality"], one["parsers"]) for one in fields["fields"]} == {
        "detected_level": ("string", 1, None),
        "level": ("string", 1, ["logfmt"]),
        "user": ("string", 10, ["logfmt"]),
        "took": ("duration", 10, ["logfmt"]),
    }
    assert store.get("/loki/api/v1/detected_field/took/values", {**span, "limit": 3}).json == {
        "values": ["0ms", "1ms", "2ms"],
        "limit": 3,
    }
    labels = store.get("/loki/api/v1/detected_labels", span).json["detectedLabels"]
    assert labels == [{"label": "app", "cardinality": 1}, {"label": "service_name", "cardinality": 1}]
    (pattern,) = store.get("/loki/api/v1/patterns", span).json["data"]
    assert (pattern["pattern"], pattern["level"]) == ("level=info user=<_> took=<_> done", "info")
    assert sum(count for _, count in pattern["samples"]) == 10
    assert len(store.lines(f'{{app="drill"}} |> `{pattern["pattern"]}`', now - SECOND, now + SECOND)) == 10
    limits = store.get("/loki/api/v1/drilldown-limits").json
    assert (limits["limits"]["volume_enabled"], limits["pattern_ingester_enabled"]) == (True, True)


def test_patterns_are_found_in_files_as_in_memory(tmp_path: Path, now: int) -> None:
    process = StoreProcess(tmp_path / "data").start()
    try:
        process.push_lines({"app": "p"}, *[(now + n, f"took {n} ms for {name}") for n, name in enumerate("abcdefgh")])
        parameters = {"query": '{app="p"}', "start": now - SECOND, "end": now + SECOND, "step": "10s"}
        before = process.get("/loki/api/v1/patterns", parameters).json["data"]
        assert process.get("/flush").status == 204
        assert process.get("/loki/api/v1/patterns", parameters).json["data"] == before
        assert [one["pattern"] for one in before] == ["took <_> ms for <_>"]
    finally:
        process.kill()
