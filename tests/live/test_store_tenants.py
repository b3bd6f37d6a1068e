"""One query over several tenants, and the borders between tenants that stay."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.live.store_process import Answer, StoreProcess
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

pytestmark = pytest.mark.live
SECOND = 10**9
LINES = {
    "a": ["level=info status=200", "level=error status=500"],
    "b": ["level=error status=503"],
    "c": ["level=error status=599"],
}


@pytest.fixture(scope="module")
def now() -> int:
    return time.time_ns() // SECOND * SECOND


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, now: int) -> Iterator[StoreProcess]:
    folder = tmp_path_factory.mktemp("store")
    (folder / "store.yaml").write_text(
        "multi_tenant_queries_enabled: true\noverrides: {b: {max_entries_limit_per_query: 50}}\n"
    )
    process = StoreProcess(folder / "data", "--config", str(folder / "store.yaml")).start()
    for tenant, lines in LINES.items():
        values = [[str(now - (10 - place) * SECOND - ord(tenant)), line] for place, line in enumerate(lines)]
        body = {"streams": [{"stream": {"app": "shop", "service_name": "shop"}, "values": values}]}
        assert push(process, tenant, body).status == 204
    labelled = {
        "stream": {"app": "odd", "service_name": "odd", "__tenant_id__": "mine"},
        "values": [[str(now - SECOND), "own"]],
    }
    assert push(process, "a", {"streams": [labelled]}).status == 204
    yield process
    process.kill()


def push(store: StoreProcess, tenant: str, body: dict[str, Any]) -> Answer:
    return store.push(json.dumps(body).encode(), Content_Type="application/json", X_Scope_OrgID=tenant)


def get(store: StoreProcess, path: str, tenant: str, now: int, **parameters: Any) -> Answer:
    span = {"start": now - 60 * SECOND, "end": now + SECOND}
    return store.get(f"/loki/api/v1/{path}", {**span, **parameters}, X_Scope_OrgID=tenant)


def found(store: StoreProcess, tenant: str, query: str, now: int) -> list[tuple[str | None, str]]:
    """(tenant, line) of every line, newest first."""
    answer = get(store, "query_range", tenant, now, query=query, limit=50)
    assert answer.status == 200, answer.text
    values = [
        (int(value[0]), stream["stream"].get("__tenant_id__"), value[1])
        for stream in answer.json["data"]["result"]
        for value in stream["values"]
    ]
    return [(name, line) for _, name, line in sorted(values, reverse=True)]


def test_lines_of_the_asked_tenants_are_found_with_their_tenant_and_no_others(store: StoreProcess, now: int) -> None:
    expected = [("a", "level=error status=500"), ("a", "level=info status=200"), ("b", "level=error status=503")]
    assert found(store, "a|b", '{app="shop"}', now) == expected
    assert found(store, "b|a|b", '{app="shop"} | logfmt', now) == expected
    assert found(store, "a", '{app="shop"}', now) == [(None, line) for _, line in expected[:2]]


@pytest.mark.parametrize(
    ("query", "tenants"),
    [
        ('{app="shop", __tenant_id__="b"}', ["b"]),
        ('{__tenant_id__=~"b|c"}', ["b"]),
        ('{app="shop", __tenant_id__!="b"}', ["a", "a"]),
        ('{app="shop"} | __tenant_id__="b"', ["b"]),
        ('{app="shop", __tenant_id__="c"}', []),
    ],
)
def test_a_matcher_chooses_among_the_asked_tenants(store: StoreProcess, now: int, query: str, tenants: list[str]) -> None:
    assert [name for name, _ in found(store, "a|b", query, now)] == tenants


def test_a_label_of_that_name_is_kept_as_the_original(store: StoreProcess, now: int) -> None:
    answer = get(store, "query_range", "a|b", now, query='{app="odd"}', limit=50)
    assert answer.status == 200, answer.text
    (stream,) = answer.json["data"]["result"]
    assert (stream["stream"]["__tenant_id__"], stream["stream"]["original___tenant_id__"]) == ("a", "mine")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('sum(count_over_time({app="shop"}[1m]))', {"": 3}),
        ('sum by (__tenant_id__) (count_over_time({app="shop"}[1m]))', {"a": 2, "b": 1}),
        ('count_over_time({app="shop"}[1m])', {"a": 2, "b": 1}),
        ('max_over_time({app="shop"} | logfmt | unwrap status [1m]) by (app)', {"": 503}),
        ('sum(count_over_time({app="shop", __tenant_id__="b"}[1m]))', {"": 1}),
    ],
)
def test_numbers_are_those_of_all_asked_tenants(store: StoreProcess, now: int, query: str, expected: dict[str, int]) -> None:
    answer = store.get("/loki/api/v1/query", {"query": query, "time": now}, X_Scope_OrgID="a|b")
    numbers: Counter[str] = Counter()
    for one in answer.json["data"]["result"]:
        numbers[one["metric"].get("__tenant_id__", "")] += int(one["value"][1])
    assert numbers == expected


def test_labels_and_series_are_those_of_all_asked_tenants(store: StoreProcess, now: int) -> None:
    assert get(store, "label/__tenant_id__/values", "a|b", now).json["data"] == ["a", "b"]
    assert get(store, "labels", "a|b", now, query='{app="shop"}').json["data"] == ["__tenant_id__", "app", "service_name"]
    series = get(store, "series", "a|b", now, match='{app="shop", __tenant_id__="b"}').json["data"]
    assert series == [{"__tenant_id__": "b", "app": "shop", "service_name": "shop"}]
    stats = get(store, "index/stats", "a|b", now, query='{app="shop"}').json
    assert (stats["streams"], stats["entries"]) == (2, 3)
    detected = get(store, "detected_fields", "a|b", now, query='{app="shop"}').json["fields"]
    assert {one["label"]: one["cardinality"] for one in detected}["status"] == 3
    patterns = get(store, "patterns", "a|b", now, query='{app="shop"}').json["data"]
    assert sum(count for one in patterns for _, count in one["samples"]) == 3


def test_limits_of_several_tenants_are_the_strictest(store: StoreProcess, now: int) -> None:
    assert get(store, "query_range", "a|c", now, query='{app="shop"}', limit=51).status == 200
    answer = get(store, "query_range", "a|b", now, query='{app="shop"}', limit=51)
    assert (answer.status, "(51 > 50)" in answer.text) == (400, True)


def test_only_queries_may_name_several_tenants(store: StoreProcess, now: int) -> None:
    body = {"streams": [{"stream": {"app": "x"}, "values": [[str(now), "x"]]}]}
    refused = [
        push(store, "a|b", body),
        store.get("/loki/api/v1/delete", {}, X_Scope_OrgID="a|b"),
        store.get("/loki/api/v1/delete", {"query": '{app="x"}'}, X_Scope_OrgID="b|a"),
    ]
    assert [(answer.status, answer.text) for answer in refused] == [(400, "multiple org IDs present\n")] * 3
    with pytest.raises(InvalidStatus) as refusal:
        connect(
            f"ws://127.0.0.1:{store.port}/loki/api/v1/tail?query=%7Bapp%3D%22shop%22%7D",
            additional_headers={"X-Scope-OrgID": "a|b"},
        )
    assert refusal.value.response.status_code == 400


@pytest.mark.parametrize("tenant", ["a|", "|", "a|../b", "a|b/c", "a|."])
def test_each_named_tenant_has_to_be_one(store: StoreProcess, now: int, tenant: str) -> None:
    assert get(store, "query_range", tenant, now, query='{app="shop"}').status == 400


def test_several_tenants_are_refused_where_it_is_not_configured(tmp_path: Path, now: int) -> None:
    store = StoreProcess(tmp_path / "data").start()
    try:
        answer = get(store, "query_range", "a|b", now, query='{app="shop"}')
        assert (answer.status, answer.text) == (400, "multiple org IDs present\n")
    finally:
        store.kill()
