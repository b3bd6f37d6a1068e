"""The API while everything that it is built on is away: it refuses what is wrong, and says of the rest that it cannot."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry
from tests.unit.network_monitor.surroundings import KEY, an_environment

from network_monitor.serving import with_alive
from network_monitor.surroundings import read_surroundings
from network_monitor.web import make_app
from watchkeeper_instrument import Instrument
from watchkeeper_instrument.settings import read_settings

CHECKS = "/api/devices/cache/checks"


@pytest.fixture
def client(tmp_path: Path) -> httpx.AsyncClient:
    watch = Instrument(read_settings({"service": "api"}, {}), registry=CollectorRegistry())
    app = with_alive(make_app(read_surroundings(an_environment(tmp_path)), watch))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://api")


async def test_it_is_alive_and_unhealthy_and_names_all_that_is_away(client: httpx.AsyncClient) -> None:
    assert (await client.get("/-/healthy")).status_code == 200
    health = await client.get("/api/health")
    assert health.status_code == 503
    assert health.json()["checks"] == {"database": "error", "cache": "error", "jobs": "error"}


async def test_being_asked_whether_it_is_alive_is_no_request(client: httpx.AsyncClient) -> None:
    await client.get("/-/healthy")
    await client.get("/")
    metrics = (await client.get("/api/metrics")).text
    assert 'http_requests_total{method="GET",organisation="",route="/",status_code="200"} 1.0' in metrics
    assert "/-/healthy" not in metrics


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"organisation": "east", "key": "x"}', b'{"organisation": ["north"]}'])
async def test_a_sign_in_that_says_nothing_is_422(client: httpx.AsyncClient, body: bytes) -> None:
    refused = await client.post("/api/sessions", content=body)
    assert refused.status_code == 422
    assert refused.json()["error"].startswith("cannot ")


@pytest.mark.parametrize("key", ["wrong", "", None, 5, "schlüssel"])
async def test_a_wrong_key_is_401_and_counted(client: httpx.AsyncClient, key: object) -> None:
    refused = await client.post("/api/sessions", json={"organisation": "north", "key": key})
    assert refused.status_code == 401
    metrics = (await client.get("/api/metrics")).text
    assert 'auth_login_attempts_total{organisation="north",result="failure"} 1.0' in metrics
    assert 'auth_login_attempts_total{organisation="north",result="success"} 0.0' in metrics


async def test_with_the_right_key_it_says_that_something_is_away(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/sessions", json={"organisation": "north", "key": KEY})
    assert answer.status_code == 503
    assert answer.json() == {"error": "cannot answer now; /api/health tells what is away"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Basic eDp5"}])
async def test_nobody_may_ask_for_a_check_without_a_session(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    refused = await client.post(CHECKS, headers=headers)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("hours", ["0", "169", "nan", "many", "-1"])
async def test_a_report_of_no_possible_time_is_422(client: httpx.AsyncClient, hours: str) -> None:
    refused = await client.get("/api/report", params={"hours": hours})
    assert refused.status_code == 422
    assert refused.json() == {"error": f"cannot use hours={hours}; it is a number from 1 to 168"}


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/api/checks/no-uuid", 404), ("/api/sessions", 405)])
async def test_what_is_not_there_is_told_as_json(client: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await client.get(path)
    assert answer.status_code == status
    assert "error" in answer.json()
