"""The overview as a signed-in page gets it, from real servers that are there, stall, or have gone."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from tests.unit.watchkeeper_console.console_stage import running, some_settings, url
from tests.unit.watchkeeper_console.upstream_fakes import (
    AlertmanagerFake,
    LogStoreFake,
    PrometheusFake,
    Reply,
    a_target,
    an_alert,
    served,
)

from watchkeeper_console.overview.error_lines import BY_LEVEL, BY_WORDS
from watchkeeper_console.settings import Stack, WatchedComponent

ATTACK = '<img src=x onerror="alert(1)">'


async def test_everything_is_told_in_one_answer(tmp_path: Path) -> None:
    store = {"name": "store", "state": "running", "health": "healthy", "memory_bytes": 5, "memory_limit_bytes": 10}
    with (
        served(
            PrometheusFake(targets=[a_target("app", "a:1")], alerts=[an_alert("Down", severity="critical", x=ATTACK)])
        ) as prometheus,
        served(AlertmanagerFake()) as alertmanager,
        served(LogStoreFake(lines=[(time.time(), {"service_name": "app"}, ATTACK)])) as logs,
        served(lambda _: Reply(body={"components": [store]})) as babysitter,
        served(lambda _: Reply(status=503, body=b"cannot write")) as app,
    ):
        settings = some_settings(
            tmp_path,
            upstreams={"prometheus": prometheus.url, "alertmanager": alertmanager.url, "logs": logs.url},
            stack=Stack(
                name="demo",
                status_url=url(f"{babysitter.url}/status"),
                components=(WatchedComponent(name="app", health_url=url(f"{app.url}/-/ready")),),
            ),
        )
        async with running(settings, tmp_path / "data") as console, console.signed_in() as browser:
            answer = await browser.get("/api/overview")
    told = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert told["verdict"]["level"] == "critical"
    assert [component["name"] for component in told["components"]["data"]["shown"]] == ["app", "store"]
    assert told["components"]["data"]["shown"][0]["detail"] == "HTTP 503 cannot write"
    assert told["components"]["data"]["shown"][1]["memory_budget_bytes"] == 10
    assert told["targets"]["data"]["up"] == 1
    assert told["alerts"]["data"]["shown"][0]["labels"] == {"x": ATTACK}
    assert told["errors"]["data"]["shown"][0]["line"] == ATTACK
    assert told["errors"]["data"]["query"] == BY_LEVEL
    assert told["proof"] == {"at": told["proof"]["at"], "data": None, "error": ""}
    assert [received.path for received in babysitter.received] == ["/status"]
    assert [received.path for received in app.received] == ["/-/ready"]


async def test_a_store_without_label_filters_is_asked_for_words(tmp_path: Path) -> None:
    with served(LogStoreFake(lines=[(1, {"a": "b"}, "ERROR x")], filters_labels=False)) as logs:
        settings = some_settings(tmp_path, upstreams={"logs": logs.url})
        async with running(settings, tmp_path / "data") as console, console.signed_in() as browser:
            told = (await browser.get("/api/overview")).json()
    assert told["errors"]["data"]["query"] == BY_WORDS
    assert told["errors"]["data"]["shown"][0]["line"] == "ERROR x"


async def test_one_stalling_upstream_does_not_hold_the_others_back(tmp_path: Path) -> None:
    with served(PrometheusFake(targets=[a_target("app", "a:1")])) as prometheus, served(lambda _: Reply(stall_s=30)) as logs:
        settings = some_settings(tmp_path, upstreams={"prometheus": prometheus.url, "logs": logs.url})
        async with running(settings, tmp_path / "data") as console, console.signed_in() as browser:
            began_at = time.monotonic()
            told = (await browser.get("/api/overview")).json()
            assert time.monotonic() - began_at < 5
    assert told["targets"]["data"]["up"] == 1
    assert told["errors"]["data"] is None
    assert "cannot get an answer from logs" in told["errors"]["error"]


async def test_many_open_pages_ask_the_upstreams_once(tmp_path: Path) -> None:
    with served(PrometheusFake()) as prometheus:
        settings = some_settings(tmp_path, upstreams={"prometheus": prometheus.url})
        async with running(settings, tmp_path / "data") as console, console.signed_in() as browser:
            answers = await asyncio.gather(*(browser.get("/api/overview") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len([received for received in prometheus.received if received.path == "/api/v1/targets"]) == 1


async def test_a_console_without_upstreams_has_nothing_to_tell(tmp_path: Path) -> None:
    async with running(some_settings(tmp_path), tmp_path / "data") as console, console.signed_in() as browser:
        told = (await browser.get("/api/overview")).json()
    assert [told[part]["data"] for part in ("components", "targets", "alerts", "errors", "proof")] == [None] * 5
    assert told["verdict"] == {"level": "ok", "reasons": []}
