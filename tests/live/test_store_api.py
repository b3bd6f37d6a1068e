"""The store process speaks Loki's API: what agents send is taken, what clients ask is answered in Loki's words."""

from __future__ import annotations

import gzip
import json
import socket
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.live.store_process import StoreProcess
from websockets.sync.client import connect

from watchkeeper_wire.loki_push import Entry, Stream, compress_block, encode_push, encode_push_json

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


def test_every_encoding_that_agents_use_is_taken(store: StoreProcess, now: int) -> None:
    def stream(kind: str) -> list[Stream]:
        return [Stream({"app": "encodings", "kind": kind}, [Entry(now, f"from {kind}", {"trace_id": "t1"})])]

    answers = [
        store.push(compress_block(encode_push(stream("promtail"))), Content_Type="application/x-protobuf"),
        store.push(compress_block(encode_push(stream("bare")))),
        store.push(gzip.compress(compress_block(encode_push(stream("gzip")))), Content_Encoding="gzip"),
        store.push(encode_push_json(stream("json")), Content_Type="application/json; charset=utf-8"),
        store.push(gzip.compress(encode_push_json(stream("zjson"))), Content_Type="application/json", Content_Encoding="gzip"),
        store.push(
            zlib.compress(encode_push_json(stream("zlib"))), Content_Type="application/json", Content_Encoding="deflate"
        ),
    ]
    assert [(answer.status, answer.body) for answer in answers] == [(204, b"")] * 6
    found = store.lines('{app="encodings"} | trace_id="t1"', now - SECOND, now + SECOND)
    assert sorted(found) == [f"from {kind}" for kind in ("bare", "gzip", "json", "promtail", "zjson", "zlib")]


def test_labels_of_all_kinds_are_merged_or_by_category(store: StoreProcess, now: int) -> None:
    body = encode_push_json([Stream({"app": "kinds"}, [Entry(now, "level=warn user=7", {"trace_id": "t9"})])])
    store.push(body, Content_Type="application/json")
    parameters = {"query": '{app="kinds"} | logfmt', "start": now - SECOND, "end": now + SECOND}
    merged = store.get("/loki/api/v1/query_range", parameters).json["data"]
    assert merged["resultType"] == "streams"
    assert merged["result"] == [
        {
            "stream": {
                "app": "kinds",
                "detected_level": "warn",
                "level": "warn",
                "service_name": "kinds",
                "trace_id": "t9",
                "user": "7",
            },
            "values": [[str(now), "level=warn user=7"]],
        }
    ]
    apart = store.get("/loki/api/v1/query_range", parameters, X_Loki_Response_Encoding_Flags="categorize-labels").json["data"]
    assert list(apart)[:3] == ["resultType", "encodingFlags", "result"]
    assert apart["encodingFlags"] == ["categorize-labels"]
    assert apart["result"] == [
        {
            "stream": {"app": "kinds", "service_name": "kinds"},
            "values": [
                [
                    str(now),
                    "level=warn user=7",
                    {
                        "structuredMetadata": {"detected_level": "warn", "trace_id": "t9"},
                        "parsed": {"level": "warn", "user": "7"},
                    },
                ]
            ],
        }
    ]


def test_tenants_see_only_their_own(store: StoreProcess, now: int) -> None:
    assert store.push_lines({"app": "secret"}, (now, "of a"), X_Scope_OrgID="tenant-a").status == 204
    span = (now - SECOND, now + SECOND)
    assert store.lines('{app="secret"}', *span, X_Scope_OrgID="tenant-a") == ["of a"]
    assert store.lines('{app="secret"}', *span, X_Scope_OrgID="tenant-b") == []
    assert store.lines('{app="secret"}', *span) == []
    assert "secret" not in store.get("/loki/api/v1/label/app/values").json["data"]
    assert store.get("/loki/api/v1/series", X_Scope_OrgID="tenant-b").json["data"] == []
    assert store.get("/loki/api/v1/labels", X_Scope_OrgID="../x").status == 400


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"query": "{app="}, "parse error at line 1, col 6"),
        ({"query": "{}"}, "queries require at least one regexp or equality matcher"),
        ({"query": '{a="b"}', "limit": 0}, "limit must be a positive value"),
        ({"query": '{a="b"}', "limit": 5001}, "limit > max_entries_limit_per_query (5001 > 5000)"),
        ({"query": '{a="b"}', "direction": "up"}, "invalid direction"),
        ({"query": '{a="b"}', "start": 20, "end": 10}, "end timestamp must not be before or equal to start time"),
        ({"query": '{a="b"}', "start": "yesterday"}, "could not parse 'start' parameter: strconv.ParseInt"),
        ({"query": '{a="b"}', "start": 0, "end": 20000, "step": 1}, "exceeded maximum resolution of 11,000 points"),
        ({"query": '{a="b"}', "step": 0}, "zero or negative query resolution step widths are not accepted"),
        ({"query": '{a="b"}', "start": 1, "end": 1 + 722 * 3600, "step": "1h"}, "the query time range exceeds the limit"),
    ],
)  # fmt: skip
def test_wrong_range_queries_are_refused_in_lokis_words(store: StoreProcess, parameters: dict[str, object], text: str) -> None:
    answer = store.get("/loki/api/v1/query_range", parameters)
    assert answer.status == 400
    assert text in answer.text
    assert answer.headers["content-type"].startswith("text/plain")


def test_an_instant_query_of_lines_is_refused(store: StoreProcess) -> None:
    answer = store.get("/loki/api/v1/query", {"query": '{a="b"}'})
    assert answer.status == 400
    assert "log queries are not supported as an instant query type" in answer.text


def test_grafanas_health_check_gives_one_two(store: StoreProcess) -> None:
    answer = store.get("/loki/api/v1/query", {"query": "vector(1)+vector(1)", "time": "4"})
    assert answer.json["data"]["result"] == [{"metric": {}, "value": [4, "2"]}]


def test_counts_over_time_are_right_at_each_step(store: StoreProcess, now: int) -> None:
    start = now // SECOND * SECOND - 100 * SECOND
    lines = [(start + second * SECOND, f"status={200 if second % 10 else 500}") for second in range(1, 61)]
    assert store.push_lines({"app": "steps"}, *lines).status == 204
    query = 'sum by (status) (count_over_time({app="steps"} | logfmt [30s]))'
    parameters = {"query": query, "start": start + 30 * SECOND, "end": start + 60 * SECOND, "step": 30}
    result = store.get("/loki/api/v1/query_range", parameters).json["data"]["result"]
    at = start // SECOND
    assert {series["metric"]["status"]: series["values"] for series in result} == {
        "200": [[at + 30, "27"], [at + 60, "27"]],
        "500": [[at + 30, "3"], [at + 60, "3"]],
    }


def test_lines_beyond_the_limits_are_refused_and_the_rest_is_kept(store: StoreProcess, now: int) -> None:
    old = now - 8 * 86400 * SECOND
    answer = store.push_lines({"app": "limits"}, (now, "kept"), (old, "too old"), (now + 1, "x" * (256 * 1024 + 1)))
    assert answer.status == 400
    assert "has timestamp too old: " in answer.text
    assert "Max entry size '262144' bytes exceeded for stream" in answer.text
    assert store.lines('{app="limits"}', now - SECOND, now + SECOND) == ["kept"]
    assert store.push_lines({f"label{n}": "x" for n in range(16)}, (now, "many")).status == 400
    assert "at least one label pair is required" in store.push_lines({}, (now, "none")).text
    assert store.push(b'{"streams": []}', Content_Type="application/json").status == 422
    assert store.push(b"no snappy").status == 400


def test_the_catalogue_endpoints_have_lokis_shapes(store: StoreProcess, now: int) -> None:
    store.push_lines({"app": "catalogue", "pod": "a"}, (now, "12345678"))
    store.push_lines({"app": "catalogue", "pod": "b"}, (now, "1234"))
    assert {"app", "pod", "service_name"} <= set(store.get("/loki/api/v1/labels").json["data"])
    values = store.get("/loki/api/v1/label/pod/values", {"query": '{app="catalogue"}'})
    assert values.json == {"status": "success", "data": ["a", "b"]}
    series = store.get("/loki/api/v1/series", {"match[]": ['{app="catalogue",pod="a"}', '{pod="b"}']}).json["data"]
    assert [one["pod"] for one in series] == ["a", "b"]
    stats = store.get(
        "/loki/api/v1/index/stats", {"query": '{app="catalogue"}', "start": now - SECOND, "end": now + SECOND}
    ).json
    assert stats == {"streams": 2, "chunks": stats["chunks"], "bytes": 12, "entries": 2}
    volume = store.get(
        "/loki/api/v1/index/volume",
        {"query": '{app="catalogue"}', "targetLabels": "pod", "start": now - SECOND, "end": now + SECOND},
    ).json["data"]
    assert [(one["metric"], one["value"][1]) for one in volume["result"]] == [({"pod": "a"}, "8"), ({"pod": "b"}, "4")]
    for path in ("/loki/api/v1/index/volume", "/loki/api/v1/index/volume_range"):
        refused = store.get(path, {"query": '{app="catalogue"}', "aggregateBy": "pods"})
        assert (refused.status, refused.text) == (400, "invalid aggregation option\n")
    assert set(store.get("/loki/api/v1/status/buildinfo").json) == {
        "version", "revision", "branch", "buildDate", "buildUser", "goVersion",
    }  # fmt: skip


def test_form_posts_are_read_like_query_strings(store: StoreProcess) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = store.request("POST", "/loki/api/v1/query", b"query=vector(3)&time=4", headers)
    assert answer.json["data"]["result"] == [{"metric": {}, "value": [4, "3"]}]


def test_a_query_is_formatted_or_its_mistake_is_told(store: StoreProcess) -> None:
    good = store.get("/loki/api/v1/format_query", {"query": '{ a = "b" }|="x"'})
    assert (good.status, good.json["status"]) == (200, "success")
    assert "".join(good.json["data"].split()) == '{a="b"}|="x"'
    bad = store.get("/loki/api/v1/format_query", {"query": "{"})
    assert (bad.status, bad.json["status"]) == (400, "invalid-query")


def test_health_readiness_and_metrics_are_there(store: StoreProcess) -> None:
    assert store.get("/-/healthy").status == 200
    assert store.get("/ready").text.startswith("ready")
    metrics = store.get("/metrics").text
    assert "watchkeeper_store_ingested_lines_total" in metrics
    assert "process_resident_memory_bytes" in metrics
    assert store.get("/nowhere").status == 404
    assert store.request("DELETE", "/loki/api/v1/push").status == 405


def test_a_tail_shows_old_lines_and_then_new_ones(store: StoreProcess, now: int) -> None:
    store.push_lines({"app": "tail"}, (now, "before"))
    url = f"ws://127.0.0.1:{store.port}/loki/api/v1/tail?query=%7Bapp%3D%22tail%22%7D%20%7C%3D%20%22e%22"
    with connect(url) as tail:
        first = json.loads(tail.recv(timeout=5))
        assert first == {
            "streams": [
                {
                    "stream": {"app": "tail", "detected_level": "unknown", "service_name": "tail"},
                    "values": [[str(now), "before"]],
                }
            ],
            "dropped_entries": [],
        }
        store.push_lines({"app": "tail"}, (now + 1, "not shown"), (now + 2, "after"))
        second = json.loads(tail.recv(timeout=5))
        assert [value[1] for stream in second["streams"] for value in stream["values"]] == ["after"]


def test_idle_memory_is_small(tmp_path: Path) -> None:
    process = StoreProcess(tmp_path / "data").start()
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
        resident_kb = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
        assert resident_kb < 90 * 1024
    finally:
        process.kill()


def test_a_second_process_on_the_folder_ends_with_a_reason(store: StoreProcess) -> None:
    second = StoreProcess(store.folder)
    second.output = store.folder.parent / "second.log"
    with pytest.raises(AssertionError, match=r"cannot use .*is using it"):
        second.start()


def test_it_stops_in_time_with_nothing_lost(tmp_path: Path, now: int) -> None:
    process = StoreProcess(tmp_path / "data").start()
    process.push_lines({"app": "stop"}, (now, "kept"))
    assert process.stop(within_s=5) == 0
    process.start()
    assert process.lines('{app="stop"}', now - SECOND, now + SECOND) == ["kept"]
    process.kill()


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ("limits: {max_line_sise: 1KB}", "limits.max_line_sise"),
        ("retention: {default: soon}", "soon"),
        ("retention: {rules: [{selector: '{', keep: 7d}]}", "retention.rules[0].selector"),
        ("retain: 3d", "there is no key retain"),
        ("limits: [", "cannot read"),
    ],
)
def test_a_wrong_configuration_ends_with_a_clear_message(tmp_path: Path, config: str, text: str) -> None:
    path = tmp_path / "store.yaml"
    path.write_text(config)
    process = StoreProcess(tmp_path / "data", "--config", str(path))
    with pytest.raises(AssertionError) as ended:
        process.start()
    assert "cannot" in str(ended.value)
    assert text in str(ended.value)
    assert not (tmp_path / "data").exists()


def test_a_query_whose_client_has_gone_is_given_up(store: StoreProcess, now: int) -> None:
    """With three threads per tenant, three abandoned slow queries would keep a fourth waiting."""
    lines = [(now + place, "x" * 60 + f" {place}") for place in range(4000)]
    for part in range(5):
        stamped = [(stamp + part * 4000, line) for stamp, line in lines]
        assert store.push_lines({"app": "slow"}, *stamped).status == 204
    slow = 'quantile_over_time(0.5, {app="slow"} | regexp "(?P<n>[0-9]+)$" | unwrap n [1h])'
    parameters = urlencode({"query": slow, "start": now - 3600 * SECOND, "end": now + 60 * SECOND, "step": 1})
    path = f"/loki/api/v1/query_range?{parameters}"
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", store.port)) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            time.sleep(0.05)
    began = time.monotonic()
    assert len(store.lines('{app="slow"}', now, now + SECOND, limit=10)) == 10
    assert time.monotonic() - began < 4
