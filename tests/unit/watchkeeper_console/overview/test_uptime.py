"""The status page for everybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.unit.watchkeeper_console.console_stage import START, running, some_settings
from tests.unit.watchkeeper_console.upstream_fakes import Received, Reply, served

from watchkeeper_console.overview.uptime import DAYS, assemble
from watchkeeper_console.settings import PublicStatus

MIDNIGHT = int(START // 86_400) * 86_400


def series(probe: str, value: float) -> dict[str, Any]:
    return {"metric": {"probe": probe, "instance": "http://10.0.0.5/secret"}, "value": [START, str(value)]}


def days(probe: str, *values: tuple[int, float]) -> dict[str, Any]:
    """Values by how many days ago the day was, stamped with its end."""
    stamped = [[MIDNIGHT - (ago - 1) * 86_400, str(value)] for ago, value in values]
    return {"metric": {"probe": probe, "instance": "http://10.0.0.5/secret"}, "values": stamped}


def test_ninety_days_end_with_today_and_tell_where_nothing_is_known() -> None:
    (shop,) = assemble(
        MIDNIGHT,
        [days("shop", (1, 0.5), (89, 1.0))],
        [series("shop", 0.9)],
        [series("shop", 1)],
        [series("shop", 1_800_000_000)],
    )
    assert len(shop.days) == DAYS
    assert [day.ratio for day in shop.days[-2:]] == [0.5, 0.9]
    assert shop.days[0].ratio == 1.0
    assert {day.ratio for day in shop.days[1:-2]} == {None}
    assert shop.days[-1].day == "2026-11-18"
    assert shop.ratio == 0.8
    assert (shop.state, shop.certificate_expires_at) == ("up", 1_800_000_000.0)


def test_a_service_that_is_probed_no_more_is_unknown_and_one_without_a_name_is_its_host() -> None:
    unnamed = {"metric": {"instance": "https://user:pw@shop.example:8443/path?q=1"}, "value": [0, "0"]}
    gone, host = assemble(MIDNIGHT, [days("gone", (3, 1.0))], [], [unnamed], [])
    assert (gone.name, gone.state) == ("gone", "unknown")
    assert (host.name, host.state, host.ratio) == ("shop.example:8443", "down", None)


def prometheus(received: Received) -> Reply:
    query = received.parameter("query")
    if received.path == "/api/v1/query_range":
        result = [days("shop", (1, 1.0)), days("api", (1, 0.25))]
    elif "expiry" in query:
        result = [series("shop", 1_800_000_000)]
    elif "avg_over_time" in query:
        result = [series("shop", 1), series("api", 0)]
    else:
        result = [series("shop", 1), series("api", 0)]
    return Reply(body={"status": "success", "data": {"resultType": "vector", "result": result}})


async def test_anybody_may_look_and_nothing_else_is_told(tmp_path: Path) -> None:
    with served(prometheus) as upstream:
        told = PublicStatus(title="Shop", probes=("shop", 'a.b"'))
        settings = some_settings(tmp_path, upstreams={"prometheus": upstream.url}, public_status=told)
        async with running(settings, tmp_path / "data") as console, console.browser() as visitor:
            answer = await visitor.get("/api/public/status")
            assert answer.status_code == 200
            body = answer.json()
            assert (body["title"], body["state"]) == ("Shop", "partly")
            assert [(one["name"], one["state"], one["ratio"]) for one in body["services"]] == [
                ("api", "down", 0.125),
                ("shop", "up", 1.0),
            ]
            assert "10.0.0.5" not in answer.text
            assert '{probe=~"shop|a\\\\.b\\""}' in upstream.received[0].parameter("query")
            asked = len(upstream.received)
            for _ in range(20):
                await visitor.get("/api/public/status")
            assert len(upstream.received) == asked
            console.wait(61)
            await visitor.get("/api/public/status")
            assert len(upstream.received) == asked + 3  # the days of the past are not asked for again
            assert (await visitor.get("/public/status", headers={"Accept": "text/html"})).status_code in {200, 503}
            assert (await visitor.get("/api/overview")).status_code == 401


async def test_it_does_not_exist_unless_switched_on(tmp_path: Path) -> None:
    async with running(some_settings(tmp_path), tmp_path / "data") as console, console.browser() as visitor:
        assert (await visitor.get("/api/public/status")).status_code == 404
        assert (await visitor.get("/public/status", headers={"Accept": "text/html"})).status_code == 404


async def test_a_failure_tells_no_address(tmp_path: Path) -> None:
    settings = some_settings(tmp_path, upstreams={"prometheus": "http://127.0.0.1:9"}, public_status=PublicStatus(title="Shop"))
    async with running(settings, tmp_path / "data") as console, console.browser() as visitor:
        answer = await visitor.get("/api/public/status")
    assert answer.status_code == 502
    assert "127.0.0.1" not in answer.text
