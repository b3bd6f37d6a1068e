"""Limits, tenants, delete requests, and queries whose client has gone."""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.live.store_process import Answer, StoreProcess
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

pytestmark = pytest.mark.live
SECOND = 10**9

CONFIG = """
limits: {delete_request_cancel_period: 1h}
overrides:
  slow: {ingestion_rate_mb: 0.001, ingestion_burst_size_mb: 0.002}
  small:
    max_line_size: 10B
    max_label_names_per_series: 2
    max_label_name_length: 12
    max_label_value_length: 5
    max_structured_metadata_entries_count: 1
    max_global_streams_per_user: 2
    reject_old_samples_max_age: 1h
    creation_grace_period: 1m
    max_entries_limit_per_query: 7
    max_query_series: 2
    max_query_length: 2h
  brief: {max_query_response_size: 100B}
  soon: {delete_request_cancel_period: 0s}
  patient: {max_concurrent_tail_requests: 1, query_timeout: 1s}
retention: {check_every: 200ms}
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    folder = tmp_path_factory.mktemp("store")
    (folder / "store.yaml").write_text(CONFIG)
    process = StoreProcess(folder / "data", "--config", str(folder / "store.yaml")).start()
    yield process
    process.kill()


@pytest.fixture
def now() -> int:
    return time.time_ns()


def wait_until(holds: Callable[[], bool], within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it does not come to hold"
        time.sleep(0.05)


def push(store: StoreProcess, tenant: str, labels: dict[str, str], *values: Sequence[object]) -> Answer:
    body = json.dumps({"streams": [{"stream": labels, "values": values}]}).encode()
    return store.push(body, Content_Type="application/json", X_Scope_OrgID=tenant)


@dataclass(frozen=True)
class Sent:
    labels: dict[str, str]
    line: str = "x"
    age_s: int = 0
    metadata: dict[str, str] = field(default_factory=dict)


A = {"a": "1", "service_name": "s"}


@pytest.mark.parametrize(
    ("sent", "status", "text"),
    [
        (Sent(A, line="0123456789"), 204, ""),
        (
            Sent(A, line="0123456789A"),
            400,
            "Max entry size '10' bytes exceeded for stream '{a=\"1\", service_name=\"s\"}' while",
        ),
        (Sent({**A, "b": "1", "c": "1"}), 400, "has 3 label names; limit 2"),
        (Sent({**A, "abcdefghijklm": "1"}), 400, "has label name too long: 'abcdefghijklm'"),
        (Sent({**A, "a": "123456"}), 400, "has label value too long: '123456'"),
        (Sent({}), 400, "error at least one label pair is required per stream"),
        (Sent(A, age_s=4000), 400, "has timestamp too old: "),
        (Sent(A, age_s=-90), 400, "has timestamp too new: "),
        (Sent(A, metadata={"m": "1", "n": "2"}), 400, "has too many structured metadata labels: '2', limit: '1'"),
    ],
)
def test_each_limit_of_a_tenant_is_kept_in_the_words_of_loki(
    store: StoreProcess, now: int, sent: Sent, status: int, text: str
) -> None:
    value = [str(now - sent.age_s * SECOND), sent.line, sent.metadata]
    answer = push(store, "small", sent.labels, value)
    assert (answer.status, text in answer.text) == (status, True), answer.text
    if sent.labels:
        others = push(store, "large", sent.labels, value)
        assert others.status == 204, others.text


def test_a_tenant_may_write_to_so_many_streams(store: StoreProcess, now: int) -> None:
    answers = [push(store, "small", {"a": str(n), "service_name": "s"}, [str(now), "x"]) for n in range(1, 5)]
    assert [answer.status for answer in answers][:2] == [204, 204]
    assert answers[3].status == 429
    assert answers[3].text.startswith("Maximum active stream limit exceeded when trying to create stream")


def test_queries_have_limits_of_the_tenant_too(store: StoreProcess, now: int) -> None:
    def refusal(path: str, tenant: str, **parameters: object) -> tuple[int, str]:
        answer = store.get(f"/loki/api/v1/{path}", parameters, X_Scope_OrgID=tenant)
        return answer.status, answer.text if answer.status != 200 else ""

    span = {"start": now - SECOND, "end": now}
    text = "max entries limit per query exceeded, limit > max_entries_limit_per_query (8 > 7)\n"
    assert refusal("query_range", "small", query='{a="b"}', limit=8, **span) == (400, text)
    assert refusal("query_range", "large", query='{a="b"}', limit=8, **span) == (200, "")
    long = {"start": now - 7201 * SECOND, "end": now}
    text = "the query time range exceeds the limit (query length: 2h1s, limit: 2h)\n"
    assert refusal("query_range", "small", query='{a="b"}', limit=1, **long) == (400, text)
    for n in range(3):
        assert push(store, "series", {"a": str(n)}, [str(now), "x"]).status == 204
    many = 'label_replace(vector(1), "a", "1", "", "") or label_replace(vector(1), "a", "2", "", "") or vector(3)'
    status, text = refusal("query", "small", query=many)
    assert (status, text.startswith("maximum number of series (2) reached for a single query")) == (400, True)
    assert refusal("query", "series", query='count_over_time({a=~".+"}[1m])') == (200, "")


def test_an_answer_may_be_so_large(store: StoreProcess, now: int) -> None:
    assert push(store, "brief", {"a": "1"}, [str(now), "x" * 60], [str(now + 1), "y" * 60]).status == 204
    span = {"query": '{a="1"}', "start": now, "end": now + SECOND}
    assert store.get("/loki/api/v1/query_range", {**span, "limit": 1}, X_Scope_OrgID="brief").status == 200
    answer = store.get("/loki/api/v1/query_range", span, X_Scope_OrgID="brief")
    assert (answer.status, "larger than 100 bytes, max_query_response_size" in answer.text) == (400, True)


def test_who_sends_too_fast_is_told_to_wait(store: StoreProcess, now: int) -> None:
    assert push(store, "slow", {"a": "1"}, [str(now), "x" * 2000]).status == 204
    answer = push(store, "slow", {"a": "1"}, [str(now + 1), "y" * 2000])
    assert answer.status == 429
    assert answer.text == (
        "Ingestion rate limit exceeded for user slow (limit: 1048 bytes/sec) while attempting to ingest '1' lines totaling "
        "'2000' bytes, reduce log volume or contact your Loki administrator to see if the limit can be increased\n"
    )
    assert push(store, "other", {"a": "1"}, [str(now), "x" * 5000]).status == 204
    discarded = 'watchkeeper_store_discarded_lines_total{reason="rate_limited",tenant="slow"} 1.0'
    assert discarded in store.get("/metrics").text
    wait_until(lambda: push(store, "slow", {"a": "1"}, [str(now + 2), "z" * 100]).status == 204)


@pytest.mark.parametrize("tenant", ["../x", "..", ".", "a/b", "a\\b", "x" * 151, "a b", "é", "a|b", "|", "%2e%2e/x"])
def test_a_tenant_that_could_lead_elsewhere_is_refused(store: StoreProcess, now: int, tenant: str) -> None:
    header = {"X-Scope-OrgID": tenant.encode().decode("latin-1")}
    body = json.dumps({"streams": [{"stream": {"a": "b"}, "values": [[str(now), "x"]]}]}).encode()
    for method, path, headers in (
        ("POST", "/loki/api/v1/push", {"Content-Type": "application/json"}),
        ("GET", "/loki/api/v1/query_range?query=%7Ba%3D%22b%22%7D", {}),
        ("GET", "/loki/api/v1/labels", {}),
        ("POST", "/loki/api/v1/delete?query=%7Ba%3D%22b%22%7D&start=1", {}),
        ("GET", "/loki/api/v1/detected_labels", {}),
    ):
        answer = store.request(method, path, body if path.endswith("push") else None, {**header, **headers})
        assert answer.status == 400, (path, answer.text)


def test_tenants_with_awkward_names_have_folders_of_their_own(store: StoreProcess, now: int) -> None:
    names = ["a.b", "a-b", "A.B", "a'b", "(a)", "a*b", "a!b", "x" * 150]
    for name in names:
        assert push(store, name, {"app": "own"}, [str(now), f"of {name}"]).status == 204
    assert store.get("/flush").status == 204
    for name in names:
        assert store.lines('{app="own"}', now - SECOND, now + SECOND, X_Scope_OrgID=name) == [f"of {name}"]
    inside = {path.relative_to(store.folder).parts[0] for path in store.folder.rglob("*.parquet")}
    assert inside == {"segments"}


def test_a_tenant_may_tail_so_often_at_a_time(store: StoreProcess) -> None:
    url = f"ws://127.0.0.1:{store.port}/loki/api/v1/tail?query=%7Ba%3D%22b%22%7D"
    headers = {"X-Scope-OrgID": "patient"}
    with connect(url, additional_headers=headers):
        with pytest.raises(InvalidStatus) as refused, connect(url, additional_headers=headers):
            pass
        assert refused.value.response.body == b"max concurrent tail requests limit exceeded, count > limit (2 > 1)\n"
    deadline = time.monotonic() + 5
    while True:  # the place of a client that has left is free a moment later
        try:
            with connect(url, additional_headers=headers):
                break
        except InvalidStatus:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def delete(store: StoreProcess, method: str, tenant: str, **parameters: object) -> Answer:
    return store.request(method, f"/loki/api/v1/delete?{urlencode(parameters)}", None, {"X-Scope-OrgID": tenant})


def test_deleted_lines_are_out_of_every_answer_at_once_and_come_back_when_cancelled(store: StoreProcess, now: int) -> None:
    for n in range(6):
        push(store, "del", {"app": "x"}, [str(now - (10 - n) * SECOND), f"level=info n={n}"])
    assert store.get("/flush").status == 204
    for n in range(6, 9):
        push(store, "del", {"app": "x"}, [str(now - (10 - n) * SECOND), f"level=info n={n}"])
    query = '{app="x"} |~ "n=[1357]"'
    assert delete(store, "POST", "del", query=query, start=(now - 60 * SECOND) // SECOND).status == 204
    span = (now - 20 * SECOND, now + SECOND)
    kept = [f"level=info n={n}" for n in (0, 2, 4, 6, 8)]
    assert store.lines('{app="x"}', *span, X_Scope_OrgID="del") == kept
    count = {"query": 'sum(count_over_time({app="x"} | logfmt | level="info" [1m]))', "time": now}
    answer = store.get("/loki/api/v1/query", count, X_Scope_OrgID="del").json["data"]["result"]
    assert [one["value"][1] for one in answer] == ["5"]
    assert len(store.lines('{app="x"} |= "n=1"', *span, X_Scope_OrgID="del")) == 0
    (request,) = delete(store, "GET", "del").json
    assert (request["query"], request["status"]) == (query, "received")
    assert delete(store, "GET", "other").json == []
    assert delete(store, "DELETE", "other", request_id=request["request_id"]).status == 404
    assert delete(store, "DELETE", "del", request_id=request["request_id"]).status == 204
    assert len(store.lines('{app="x"}', *span, X_Scope_OrgID="del")) == 9


def test_deleted_lines_go_from_the_files_and_stay_gone_after_a_restart(tmp_path: Path, now: int) -> None:
    (tmp_path / "store.yaml").write_text(CONFIG)
    store = StoreProcess(tmp_path / "data", "--config", str(tmp_path / "store.yaml")).start()
    try:
        for n in range(6):
            push(store, "soon", {"app": "x"}, [str(now - (10 - n) * SECOND), f"secret{n % 2}word trace=0123456789abcdef{n}"])
        push(store, "soon", {"app": "gone"}, [str(now - 5 * SECOND), "secret1word"])
        start = (now - 60 * SECOND) // SECOND
        assert delete(store, "POST", "soon", query='{app=~"x|gone"} |= "secret1word"', start=start).status == 204
        wait_until(lambda: [one["status"] for one in delete(store, "GET", "soon").json] == ["processed"])
        kept = [f"secret0word trace=0123456789abcdef{n}" for n in (0, 2, 4)]
        span = (now - 20 * SECOND, now + SECOND)
        assert store.lines('{app=~".+"}', *span, X_Scope_OrgID="soon") == kept
        import duckdb

        files = str(store.folder / "segments/soon/*/*.parquet")
        with duckdb.connect() as connection:
            found = connection.sql(f"SELECT line FROM read_parquet('{files}') ORDER BY ts").fetchall()  # noqa: S608 - our folder
        assert found == [(line,) for line in kept]
        assert store.get("/loki/api/v1/series", X_Scope_OrgID="soon").json["data"] == [{"app": "x", "service_name": "x"}]
        stats = store.get("/loki/api/v1/index/stats", {"query": '{app="x"}'}, X_Scope_OrgID="soon").json
        assert (stats["entries"], stats["bytes"]) == (3, sum(map(len, kept)))
        identifier = delete(store, "GET", "soon").json[0]["request_id"]
        assert delete(store, "DELETE", "soon", request_id=identifier).text.startswith("deletion of request which is in process")
        store.kill()
        store.start()
        assert store.lines('{app=~".+"}', *span, X_Scope_OrgID="soon") == kept
        assert store.lines('{app=~".+"} |= "0123456789abcdef2"', *span, X_Scope_OrgID="soon") == kept[1:2]
    finally:
        store.kill()


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"start": 1_700_000_000}, "query not set"),
        ({"query": '{a="b"}'}, "start time not set"),
        ({"query": '{a="b"}', "start": "soon"}, "invalid start time: require unix seconds or RFC3339 format"),
        ({"query": '{a="b"}', "start": 1_700_000_000, "end": "x"}, "invalid end time: require unix seconds or RFC3339 format"),
        ({"query": '{a="b"}', "start": 1_700_000_000, "end": 4_000_000_000}, "deletes in the future are not allowed"),
        ({"query": '{a="b"}', "start": 1_700_000_020, "end": 1_700_000_010}, "can't be greater than or equal to end time"),
        ({"query": '{a="b"}', "start": 1_700_000_000, "end": 1_700_000_000}, "can't be greater than or equal to end time"),
        ({"query": '{a="b"}', "start": "1700000000000"}, "invalid start time: require unix seconds or RFC3339 format"),
        ({"query": '{a="b"}', "start": "1700000000.5"}, "invalid start time: require unix seconds or RFC3339 format"),
        ({"query": '{a="b"', "start": 1_700_000_000}, "invalid query expression: parse error at line 1, col 7"),
        ({"query": "vector(1)", "start": 1_700_000_000}, "cannot delete by a metric query"),
        ({"query": '{a="b"} | json', "start": 1_700_000_000}, "cannot delete by the stage | json"),
    ],
)
def test_wrong_delete_requests_are_refused(store: StoreProcess, parameters: dict[str, object], text: str) -> None:
    answer = delete(store, "POST", "wrong", **parameters)
    assert (answer.status, text in answer.text) == (400, True), answer.text
    assert delete(store, "GET", "wrong").json == []


# a quarter of a minute of work over 100,000 lines
SLOW = (
    'sum by (b) (count_over_time({{app="{app}"}} | regexp "(?P<a>[a-z]+)=(?P<b>.*) (?P<c>x+)$"'
    + ' | line_format `{{{{ regexReplaceAll "[a-z]+" .b "y" }}}}`' * 8
    + ' |~ "y" | c="none" [1h]))'  # a line that nothing looks at would not be formatted
)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def push_many(store: StoreProcess, tenant: str, now: int) -> None:
    base = now - 1000 * SECOND
    for batch in range(20):
        rows = [[str(base + batch * 5000 + n), f"user=u{n} took={n}ms path=/a/b/{n} " + "x" * 60] for n in range(5000)]
        assert push(store, tenant, {"app": tenant}, *rows).status == 204


def test_slow_queries_do_not_keep_another_tenant_waiting_and_are_given_up_with_their_clients(
    store: StoreProcess, now: int
) -> None:
    push_many(store, "gone", now)
    assert push(store, "quiet", {"app": "quiet"}, [str(now), "hello"]).status == 204
    query = urlencode({"query": SLOW.format(app="gone"), "time": now})
    connections = [http.client.HTTPConnection("127.0.0.1", store.port) for _ in range(6)]
    for connection in connections:
        connection.request("GET", f"/loki/api/v1/query?{query}", headers={"X-Scope-OrgID": "gone"})
    before = cpu_seconds(store.pid)
    wait_until(lambda: cpu_seconds(store.pid) - before > 0.3)  # the work has begun
    began = time.monotonic()
    assert store.lines('{app="quiet"}', now - SECOND, now + SECOND, X_Scope_OrgID="quiet") == ["hello"]
    assert time.monotonic() - began < 3.0  # one slow query alone takes several times as long
    for connection in connections:
        connection.close()

    def is_idle() -> bool:
        before = cpu_seconds(store.pid)
        time.sleep(0.3)
        return cpu_seconds(store.pid) - before < 0.1

    wait_until(is_idle, within_s=5.0)  # the queries themselves would take minutes


def test_a_query_that_takes_too_long_ends_with_504(store: StoreProcess, now: int) -> None:
    push_many(store, "patient", now)
    parameters = {"query": SLOW.format(app="patient"), "time": now}
    began = time.monotonic()
    answer = store.get("/loki/api/v1/query", parameters, X_Scope_OrgID="patient")
    assert (answer.status, "query timed out after 1s" in answer.text) == (504, True), answer.text
    assert time.monotonic() - began < 4.0
