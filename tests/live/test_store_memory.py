"""What a single query takes: it is refused when it needs too much, and a large answer is sent while it is made."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
from benchmarks.server_cost import ServerCost
from tests.live.store_process import StoreProcess

from watchkeeper_wire.loki_push import Entry, Stream, compress_block, encode_push

pytestmark = pytest.mark.live
SECOND = 10**9
LINES = 200_000
CONFIG = """
limits: {max_entries_limit_per_query: 0}
overrides:
  modest: {max_query_memory: 2MB}
"""
HUNGRY = 'quantile_over_time(0.5, {app="shop"} | pattern "took <took> for <_>" | unwrap took [1h]) by (app)'
"""Has to keep a number of each line till its end: 3.6 MB of them."""


@pytest.fixture(scope="module")
def now() -> int:
    return time.time_ns() // SECOND * SECOND


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, now: int) -> Iterator[StoreProcess]:
    folder = tmp_path_factory.mktemp("store")
    (folder / "store.yaml").write_text(CONFIG)
    process = StoreProcess(folder / "data", "--config", str(folder / "store.yaml")).start()
    for first in range(0, LINES, 10_000):
        entries = [
            Entry(now - (LINES - row) * 10_000_000, f"took {row} for basket {row:08d} {'x' * 200}")
            for row in range(first, first + 10_000)
        ]
        body = compress_block(encode_push([Stream({"app": "shop"}, entries)]))
        for tenant in ("modest", "large"):
            assert process.push(body, X_Scope_OrgID=tenant).status == 204
    yield process
    process.kill()


def test_a_hungry_query_is_refused_with_the_limit_and_the_way_to_raise_it_and_others_are_answered(
    store: StoreProcess, now: int
) -> None:
    def ask(tenant: str, query: str) -> tuple[int, str]:
        answer = store.get("/loki/api/v1/query", {"query": query, "time": now}, X_Scope_OrgID=tenant)
        return answer.status, answer.text

    count = 'sum(count_over_time({app="shop"}[1h]))'
    with ThreadPoolExecutor(3) as threads:
        hungry = threads.submit(ask, "modest", HUNGRY)
        others = [threads.submit(ask, tenant, count) for tenant in ("modest", "large") * 3]
        for other in others:
            status, text = other.result()
            assert (status, json.loads(text)["data"]["result"][0]["value"][1]) == (200, str(LINES))
    status, text = hungry.result()
    assert status == 400
    assert text == (
        "the query needs more than 2MB of memory, max_query_memory; narrow its time range or its selector, filter lines, or "
        "group by fewer labels; to allow more, raise limits.max_query_memory in the store's configuration, or that of the "
        "tenant in overrides\n"
    )
    status, text = ask("large", HUNGRY)
    assert (status, json.loads(text)["data"]["result"][0]["value"][1]) == (200, str((LINES - 1) / 2))


def test_a_large_answer_is_sent_while_it_is_made_and_takes_little_memory(store: StoreProcess, now: int) -> None:
    cost = ServerCost(store.pid)
    cost.forget_peak()
    before_mib = cost.memory_mib()
    connection = http.client.HTTPConnection("127.0.0.1", store.port, timeout=60)
    parameters = {"query": '{app="shop"}', "start": now - 3600 * SECOND, "end": now, "limit": LINES, "direction": "forward"}
    connection.request("GET", f"/loki/api/v1/query_range?{urlencode(parameters)}", headers={"X-Scope-OrgID": "large"})
    response = connection.getresponse()
    assert (response.status, response.getheader("content-length")) == (200, None)
    (stream,) = json.loads(response.read())["data"]["result"]
    connection.close()
    assert [int(line.split()[1]) for _, line in stream["values"]] == list(range(LINES))
    assert cost.peak_mib() - before_mib < 100, "all lines with what is around them take more than 150 MB"


def test_an_error_before_the_first_byte_keeps_its_status(store: StoreProcess, now: int) -> None:
    parameters = {
        "query": '{app="shop"} | pattern "took <took> for <_>"',
        "start": now - 3600 * SECOND,
        "end": now,
        "limit": LINES,
    }
    answer = store.get("/loki/api/v1/query_range", parameters, X_Scope_OrgID="modest")
    assert (answer.status, "max_query_memory" in answer.text) == (400, True), "each line is a stream of its own here"


def test_a_client_that_leaves_a_large_answer_costs_nothing_for_long(store: StoreProcess, now: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", store.port, timeout=60)
    parameters = {"query": '{app="shop"}', "start": now - 3600 * SECOND, "end": now, "limit": LINES}
    connection.request("GET", f"/loki/api/v1/query_range?{urlencode(parameters)}", headers={"X-Scope-OrgID": "large"})
    response = connection.getresponse()
    assert response.read(1000).startswith(b'{"status":"success"')
    connection.close()
    deadline = time.monotonic() + 10
    files = Path(f"/proc/{store.pid}/fd")
    while any("(deleted)" in str(file.readlink()) for file in files.iterdir() if file.is_symlink()):
        assert time.monotonic() < deadline, "the answer's file stays open"
        time.sleep(0.1)
