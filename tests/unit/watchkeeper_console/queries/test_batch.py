"""A batch of queries against real servers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.unit.watchkeeper_console.console_stage import Console, running, session_token, some_settings
from tests.unit.watchkeeper_console.upstream_fakes import LogStoreFake, PrometheusFake, Reply, Upstream, served

QUERY = "/api/query"


@pytest.fixture
async def prometheus() -> AsyncIterator[Upstream]:
    with served(PrometheusFake()) as upstream:
        yield upstream


@pytest.fixture
async def logs() -> AsyncIterator[Upstream]:
    with served(LogStoreFake(lines=[(1.5, {"job": "a"}, "line\u2028one")])) as upstream:
        yield upstream


@pytest.fixture
async def stage(tmp_path: Path, prometheus: Upstream, logs: Upstream) -> AsyncIterator[Console]:
    settings = some_settings(tmp_path, upstreams={"prometheus": prometheus.url, "logs": logs.url})
    async with running(settings, tmp_path / "data") as console:
        yield console


def metric(id_: str, expr: str = "up", **more: Any) -> dict[str, Any]:
    return {"id": id_, "source": "prometheus", "kind": "range", "expr": expr, "start": 0, "end": 60, "step": 15, **more}


async def ask(stage: Console, *queries: dict[str, Any]) -> httpx.Response:
    async with stage.signed_in() as browser:
        return await browser.post(
            QUERY, json={"queries": list(queries)}, headers={"X-Watchkeeper-Token": await session_token(browser)}
        )


def lines(answer: httpx.Response) -> dict[str, dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.text.endswith("\n") or not answer.text
    return {line["id"]: line for line in map(json.loads, answer.content.split(b"\n")[:-1])}


async def test_metrics_and_logs_are_answered_in_one_request(stage: Console, logs: Upstream) -> None:
    wanted = {
        "id": "l",
        "source": "logs",
        "kind": "range",
        "expr": "{a=~`.+`}",
        "start": 1_700_000_000.125,
        "end": 1_700_000_001,
    }
    found = lines(await ask(stage, metric("m"), {**wanted, "limit": 7, "direction": "forward"}))
    assert found["m"]["status"] == found["l"]["status"] == 200
    assert found["m"]["body"]["data"]["resultType"] == "matrix"
    assert found["m"]["took_ms"] >= 0
    assert found["l"]["body"]["data"]["result"] == [{"stream": {"job": "a"}, "values": [["1500000000", "line\u2028one"]]}]
    sent = logs.received[-1]
    assert (sent.method, sent.path) == ("POST", "/loki/api/v1/query_range")
    assert {name: sent.parameter(name) for name in ("query", "start", "end", "limit", "direction")} == {
        "query": "{a=~`.+`}",
        "start": "1700000000125000000",
        "end": "1700000001000000000",
        "limit": "7",
        "direction": "forward",
    }


async def test_an_instant_query_is_asked_at_its_time(stage: Console, prometheus: Upstream) -> None:
    query = {"id": "i", "source": "prometheus", "kind": "instant", "expr": "vector(1)", "time": 12.5}
    found = lines(await ask(stage, query))
    assert found["i"]["body"]["data"]["result"][0]["value"][1] == "1"
    assert (prometheus.received[-1].path, prometheus.received[-1].parameter("time")) == ("/api/v1/query", "12.5")


async def test_a_query_that_fails_does_not_spoil_the_others(stage: Console) -> None:
    found = lines(await ask(stage, metric("bad", "sum("), metric("good")))
    assert found["good"]["status"] == 200
    assert found["bad"]["status"] == 400
    assert found["bad"]["error"].endswith("unclosed left parenthesis")
    assert "body" not in found["bad"]


async def test_the_words_of_a_log_store_come_through(stage: Console, logs: Upstream) -> None:
    logs.answering = lambda _: Reply(
        status=400, body=b"parse error at line 1, col 2: x\n", headers={"Content-Type": "text/plain"}
    )
    query = {"id": "l", "source": "logs", "kind": "instant", "expr": "{"}
    assert lines(await ask(stage, query))["l"]["error"] == "parse error at line 1, col 2: x"


async def test_an_answer_over_several_lines_stays_one_line(stage: Console, prometheus: Upstream) -> None:
    prometheus.answering = lambda _: Reply(body=b'{\r\n"status": "success",\n"data": {}}\n')
    assert lines(await ask(stage, metric("m")))["m"]["body"] == {"status": "success", "data": {}}


async def test_an_answer_that_is_no_json_is_not_passed_on(stage: Console, prometheus: Upstream) -> None:
    prometheus.answering = lambda _: Reply(body=b"<html>", headers={"Content-Type": "text/html"})
    found = lines(await ask(stage, metric("m")))["m"]
    assert (found["status"], found["error"]) == (502, "cannot use the answer of prometheus: it is not JSON")


async def test_a_quick_answer_does_not_wait_for_a_slow_one(stage: Console, prometheus: Upstream) -> None:
    usual = PrometheusFake()
    prometheus.answering = lambda received: (
        Reply(stall_s=1.0, body={}) if received.parameter("query") == "slow" else usual(received)
    )
    answer = await ask(stage, metric("slow", "slow"), metric("quick"))
    assert list(lines(answer)) == ["quick", "slow"]


async def test_two_hundred_queries_are_asked_a_few_at_a_time(stage: Console, prometheus: Upstream) -> None:
    busy, most = 0, 0
    usual = PrometheusFake()

    def answering(received: Any) -> Reply:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        reply = usual(received)
        busy -= 1
        return reply

    prometheus.answering = answering
    found = lines(await ask(stage, *(metric(f"q{number}") for number in range(200))))
    assert len(found) == 200
    assert {line["status"] for line in found.values()} == {200}
    assert most <= 8


async def test_a_source_that_is_not_part_of_the_stack_is_told(tmp_path: Path) -> None:
    async with running(some_settings(tmp_path), tmp_path / "data") as console:
        found = lines(await ask(console, metric("m")))["m"]
    assert (found["status"], found["error"]) == (404, "cannot reach prometheus: it is not part of this stack")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (metric("m", step=0), "cannot use queries[0].step: it must be from 0.001 to 3.16224e+07"),
        (metric("m", start="now"), "cannot use queries[0].start: it must be a number"),
        (metric("m", start=True), "cannot use queries[0].start: it must be a number"),
        (metric("m", expr=""), "cannot use queries[0].expr: it is shorter than 1 characters"),
        (metric("m", source="tempo"), "cannot use queries[0].source: it must be one of prometheus, logs"),
        (metric("m", tenant="x"), "cannot use the unknown member queries[0].tenant; known: id, source, kind, expr, start"),
        ({"source": "logs", "kind": "range", "expr": "{}"}, "cannot do without queries[0].id"),
        ("up", "cannot use queries[0]: it must be an object"),
    ],
)
async def test_a_query_of_another_shape_is_refused_with_its_place(stage: Console, query: Any, told: str) -> None:
    answer = await ask(stage, query)
    assert answer.status_code == 400
    assert answer.json()["error"] == "bad_request"
    assert answer.json()["message"].startswith(told)


async def test_a_range_that_makes_no_sense_does_not_spoil_the_others(stage: Console) -> None:
    missing = {"id": "x", "source": "logs", "kind": "range", "expr": "{}", "end": 1}
    found = lines(await ask(stage, metric("b", end=-1), missing, metric("g")))
    assert {id_: line["status"] for id_, line in found.items()} == {"b": 400, "x": 400, "g": 200}
    assert found["b"]["error"] == "cannot ask for a range whose end is before its start"
    assert found["x"]["error"] == "cannot do without start in a range query"


async def test_more_than_two_hundred_queries_and_two_of_one_id_are_refused(stage: Console, prometheus: Upstream) -> None:
    many = await ask(stage, *(metric(f"q{number}") for number in range(201)))
    assert many.json()["message"] == "cannot use queries: it has more than 200 entries"
    twice = await ask(stage, metric("q"), metric("q"))
    assert twice.status_code == 409
    assert twice.json()["message"] == "cannot tell the answers apart: two queries have the same id"
    assert prometheus.received == []


async def test_a_batch_needs_the_sessions_token_like_every_post(stage: Console, prometheus: Upstream) -> None:
    async with stage.signed_in() as browser:
        assert (await browser.post(QUERY, json={"queries": [metric("m")]})).status_code == 403
    async with stage.browser() as browser:
        assert (await browser.post(QUERY, json={"queries": [metric("m")]})).status_code == 401
    assert prometheus.received == []


@pytest.mark.parametrize("body", [b"", b"[", b"[]", b"[" * 100_000, b'{"queries": NaN}', b"\xff"])
async def test_a_body_that_is_no_such_json_is_refused(stage: Console, body: bytes) -> None:
    async with stage.signed_in() as browser:
        token = {"X-Watchkeeper-Token": await session_token(browser), "Content-Type": "application/json"}
        assert (await browser.post(QUERY, content=body, headers=token)).status_code == 400


async def test_the_upstreams_are_let_go_when_the_client_leaves(stage: Console, prometheus: Upstream) -> None:
    prometheus.answering = lambda _: Reply(stall_s=30, body={})
    asked = asyncio.ensure_future(ask(stage, *(metric(f"q{number}") for number in range(30))))
    async with asyncio.timeout(10):
        while len(prometheus.received) < 8:
            await asyncio.sleep(0.01)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    assert len(prometheus.received) == 8


async def test_a_range_of_too_many_steps_is_refused_in_the_words_of_the_upstream(stage: Console) -> None:
    found = lines(await ask(stage, metric("long", end=11_000, step=1), metric("longer", end=11_001, step=1)))
    assert found["long"]["status"] == 200
    assert found["longer"]["status"] == 400
    assert "exceeded maximum resolution" in str(found["longer"])
