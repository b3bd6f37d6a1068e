"""The proxy between a signed-in browser and real servers."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.unit.watchkeeper_console.console_stage import (
    PASSWORD,
    USER,
    Console,
    running,
    session_cookie,
    session_token,
    some_settings,
)
from tests.unit.watchkeeper_console.upstream_fakes import AlertmanagerFake, PrometheusFake, Reply, Upstream, served

QUERY = "/api/prometheus/api/v1/query"
SILENCE = "0b2c9c5e-7c0a-4f6d-9f54-3f8f8b1f4c11"


@pytest.fixture
async def prometheus() -> AsyncIterator[Upstream]:
    with served(PrometheusFake()) as upstream:
        yield upstream


@pytest.fixture
async def stage(tmp_path: Path, prometheus: Upstream) -> AsyncIterator[Console]:
    settings = some_settings(tmp_path, upstreams={"prometheus": prometheus.url})
    async with running(settings, tmp_path / "data") as console:
        yield console


async def test_a_query_reaches_the_upstream_as_it_was_written(stage: Console, prometheus: Upstream) -> None:
    async with stage.signed_in() as browser:
        answer = await browser.get(f"{QUERY}?query=up%7Bjob%3D%22a%2Bb%22%7D%20%3E%200&time=1&time=2")
        assert answer.status_code == 200
        assert answer.json()["status"] == "success"
        assert answer.headers["cache-control"] == "no-store"
    assert prometheus.received[-1].target == "/api/v1/query?query=up%7Bjob%3D%22a%2Bb%22%7D%20%3E%200&time=1&time=2"


async def test_a_long_query_goes_as_a_form(stage: Console, prometheus: Upstream) -> None:
    async with stage.signed_in() as browser:
        token = {"X-Watchkeeper-Token": await session_token(browser)}
        answer = await browser.post(QUERY, data={"query": "vector(1)"}, headers=token)
        assert answer.json()["data"]["result"][0]["value"][1] == "1"
        assert (await browser.post(QUERY, data={"query": "vector(1)"})).status_code == 403
        assert (await browser.get(f"{QUERY}?query=" + "a" * 40_000)).status_code == 414
    assert prometheus.received[-1].body == b"query=vector%281%29"
    assert len(prometheus.received) == 1


async def test_no_secret_of_ours_reaches_the_upstream(stage: Console, prometheus: Upstream) -> None:
    headers = {
        "X-Scope-OrgID": "another-tenant",
        "X-Forwarded-For": "10.0.0.1",
        "Proxy-Authorization": "Basic eA==",
        "Connection": "keep-alive, X-Secret",
        "X-Secret": "1",
        "TE": "trailers",
        "Upgrade": "websocket",
    }
    async with stage.signed_in() as browser:
        secret = session_cookie(browser)
        await browser.get(f"{QUERY}?query=up", headers=headers)
        await browser.get(f"{QUERY}?query=up", auth=(USER, PASSWORD))
    for received in prometheus.received:
        assert set(received.headers) <= {"host", "user-agent", "accept", "accept-encoding", "content-type", "content-length"}
        assert received.headers["host"] == f"127.0.0.1:{prometheus.port}"
        assert secret not in str(received)


async def test_a_compressed_answer_passes_untouched(stage: Console, prometheus: Upstream) -> None:
    packed = gzip.compress(b'{"status":"success"}')
    prometheus.answering = lambda _: Reply(body=packed, headers={"Content-Encoding": "gzip"})
    async with stage.signed_in() as browser:
        answer = await browser.get(f"{QUERY}?query=up", headers={"Accept-Encoding": "gzip"})
    assert answer.json() == {"status": "success"}
    assert answer.headers["content-length"] == str(len(packed))


async def test_an_upstreams_own_error_comes_through(stage: Console, prometheus: Upstream) -> None:
    body = {"status": "error", "errorType": "bad_data", "error": "parse error"}
    prometheus.answering = lambda _: Reply(status=400, body=body)
    async with stage.signed_in() as browser:
        answer = await browser.get(f"{QUERY}?query=(")
    assert (answer.status_code, answer.json()) == (400, body)


async def test_an_upstream_cannot_make_the_browser_run_or_keep_anything(stage: Console, prometheus: Upstream) -> None:
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Set-Cookie": "planted=1",
        "Access-Control-Allow-Origin": "*",
        "Content-Security-Policy": "default-src *",
        "Clear-Site-Data": '"*"',
        "Server": "secret/1.0",
    }
    prometheus.answering = lambda _: Reply(body=b"<script>alert(1)</script>", headers=headers)
    async with stage.signed_in() as browser:
        answer = await browser.get(f"{QUERY}?query=up")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not {"set-cookie", "access-control-allow-origin", "clear-site-data", "server"} & set(answer.headers)


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_a_redirect_is_neither_followed_nor_passed_on(stage: Console, prometheus: Upstream, status: int) -> None:
    with served(lambda _: Reply(body={"secret": "metadata"})) as inner:
        prometheus.answering = lambda _: Reply(status=status, headers={"Location": f"{inner.url}/latest/meta-data"})
        async with stage.signed_in() as browser:
            answer = await browser.get(f"{QUERY}?query=up")
        assert answer.status_code == 502
        assert "location" not in answer.headers
        assert inner.received == []


async def test_an_upstream_that_is_away_is_named(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{unused.getsockname()[1]}"
        settings = some_settings(tmp_path, upstreams={"logs": away})
        async with running(settings, tmp_path / "data") as console, console.signed_in() as browser:
            answer = await browser.get("/api/logs/loki/api/v1/labels")
    assert answer.status_code == 502
    assert answer.json() == {
        "status": "error",
        "errorType": "unavailable",
        "error": f"cannot reach logs at {away}: Connection refused",
        "message": f"cannot reach logs at {away}: Connection refused",
        "upstream": "logs",
    }


async def test_an_upstream_that_hangs_up_is_named(stage: Console, prometheus: Upstream) -> None:
    prometheus.answering = lambda _: Reply(headers={"Content-Length": "nonsense"})
    async with stage.signed_in() as browser:
        answer = await browser.get(f"{QUERY}?query=up")
    assert (answer.status_code, answer.json()["upstream"]) == (502, "prometheus")


async def test_an_upstream_that_is_not_part_of_the_stack_is_said_to_be_none(stage: Console) -> None:
    async with stage.signed_in() as browser:
        answer = await browser.get("/api/alertmanager/api/v2/status")
    assert (answer.status_code, answer.json()["error"]) == (404, "cannot reach alertmanager: it is not part of this stack")


async def test_what_is_not_on_the_list_never_reaches_the_upstream(stage: Console, prometheus: Upstream) -> None:
    async with stage.signed_in() as browser:
        token = {"X-Watchkeeper-Token": await session_token(browser)}
        assert (await browser.post("/api/prometheus/-/quit", headers=token)).status_code == 404
        assert (await browser.delete("/api/prometheus/api/v1/query", headers=token)).status_code == 405
        assert (await browser.get("/api/prometheus/%2e%2e/api/v1/query")).status_code == 404
    assert prometheus.received == []


async def test_silences_are_made_and_ended(tmp_path: Path) -> None:
    with served(AlertmanagerFake()) as alertmanager:
        settings = some_settings(tmp_path, upstreams={"alertmanager": alertmanager.url})
        async with running(settings, tmp_path / "data") as console, console.signed_in() as browser:
            token = {"X-Watchkeeper-Token": await session_token(browser)}
            made = await browser.post("/api/alertmanager/api/v2/silences", json={"comment": "x"}, headers=token)
            assert made.json() == {"silenceID": SILENCE}
            assert (await browser.delete(f"/api/alertmanager/api/v2/silence/{SILENCE}", headers=token)).status_code == 200
            assert (await browser.delete(f"/api/alertmanager/api/v2/silence/{SILENCE}")).status_code == 403
    assert [(received.method, received.path) for received in alertmanager.received] == [
        ("POST", "/api/v2/silences"),
        ("DELETE", f"/api/v2/silence/{SILENCE}"),
    ]


async def test_the_data_sources_are_asked_real_questions_at_once(stage: Console, prometheus: Upstream) -> None:
    async with stage.signed_in() as browser:
        answer = await browser.get("/api/datasources/health")
        assert answer.status_code == 200
        assert answer.json()["datasources"]["prometheus"]["status"] == "ok"
        assert prometheus.received[-1].parameter("query") == "vector(1)"
        prometheus.answering = lambda _: Reply(body={"status": "success", "data": {"resultType": "vector", "result": []}})
        answer = await browser.get("/api/datasources/prometheus/health")
        assert answer.status_code == 503
        assert answer.json()["message"] == "cannot trust its answer: one sample of 1 was expected"
        assert (await browser.get("/api/datasources/nothing/health")).status_code == 404


async def test_a_data_source_that_stalls_is_not_waited_for(stage: Console, prometheus: Upstream) -> None:
    prometheus.answering = lambda _: Reply(stall_s=30)
    async with stage.signed_in() as browser:
        began_at = time.monotonic()
        answer = await browser.get("/api/datasources/health")
        assert time.monotonic() - began_at < 8
    assert answer.status_code == 503
    assert "within 4 s" in answer.json()["datasources"]["prometheus"]["message"]
