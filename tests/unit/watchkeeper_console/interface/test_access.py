"""Who may ask what: one literal table, and a test that nothing is missing from it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.unit.watchkeeper_console.console_stage import Console, a_user, running, session_token, some_settings
from tests.unit.watchkeeper_console.upstream_fakes import AlertmanagerFake, LogStoreFake, PrometheusFake, Reply, served

UUID = "0b2c9c5e-7c0a-4f6d-9f54-3f8f8b1f4c11"

# nobody, viewer, editor, admin: o passes the border, x is refused (401 for nobody, 403 for the others)
TABLE = """
GET    /                                       x o o o
GET    /dashboards                             x o o o
GET    /d/{uid}                                x o o o
GET    /d/{uid}/{slug}                         x o o o
GET    /import                                 x o o o
GET    /explore                                x o o o
GET    /alerts                                 x o o o
GET    /alerts/silences                        x o o o
GET    /alerts/groups                          x o o o
GET    /alerts/notifications                   x o o o
GET    /traces                                 x o o o
GET    /traces/{id}                            x o o o
GET    /people                                 x o o o
GET    /account                                x o o o
GET    /audit                                  x o o o
GET    /runbooks                               x o o o
GET    /runbooks/{name}                        x o o o
GET    /login                                  o o o o
POST   /login                                  o o o o
GET    /login/provider                         o o o o
GET    /login/callback                         o o o o
GET    /public/status                          o o o o
GET    /static/{name:path}                     o o o o
GET    /-/healthy                              o o o o
GET    /-/ready                                o o o o
GET    /metrics                                o o o o
GET    /robots.txt                             o o o o
GET    /api/health                             o o o o
GET    /api/public/status                      o o o o
GET    /api/openapi.json                       x o o o
GET    /api/overview                           x o o o
GET    /api/datasources/health                 x o o o
GET    /api/datasources/{name}/health          x o o o
POST   /api/query                              x o o o
GET    /api/proof                              x o o o
GET    /api/notifications                      x o o o
GET    /api/runbooks                           x o o o
GET    /api/runbooks/{name}                    x o o o
GET    /api/dashboards                         x o o o
POST   /api/dashboards                         x x o o
GET    /api/dashboards/{uid}                   x o o o
GET    /api/dashboards/{uid}/versions          x o o o
DELETE /api/dashboards/{uid}                   x x o o
GET    /api/session                            x o o o
POST   /api/logout                             x o o o
POST   /api/password                           x o o o
GET    /api/users                              x x x o
POST   /api/users                              x x x o
PATCH  /api/users/{name}                       x x x o
DELETE /api/users/{name}                       x x x o
GET    /api/tokens                             x o o o
POST   /api/tokens                             x o o o
DELETE /api/tokens/{id}                        x o o o
GET    /api/audit                              x x x o
GET    /api/prometheus/{rest:path}             x o o o
POST   /api/prometheus/{rest:path}             x o o o
GET    /api/logs/{rest:path}                   x o o o
POST   /api/logs/{rest:path}                   x o o o
GET    /api/alertmanager/{rest:path}           x o o o
POST   /api/alertmanager/{rest:path}           x x o o
DELETE /api/alertmanager/{rest:path}           x x o o
GET    /api/tempo/{rest:path}                  x o o o
WEBSOCKET /api/logs/loki/api/v1/tail           x o o o
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
PLACES = {
    "{uid}": "some",
    "{slug}": "title",
    "{id}": "0123456789abcdef",
    "{name:path}": "base.css",
    "{name}": "prometheus",
}
RESTS = {
    ("GET", "prometheus"): "api/v1/query?query=up",
    ("POST", "prometheus"): "api/v1/query",
    ("GET", "logs"): "loki/api/v1/labels",
    ("POST", "logs"): "loki/api/v1/labels",
    ("GET", "alertmanager"): "api/v2/silences",
    ("POST", "alertmanager"): "api/v2/silences",
    ("DELETE", "alertmanager"): f"api/v2/silence/{UUID}",
    ("GET", "tempo"): "api/echo",
}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Console]:
    with (
        served(PrometheusFake()) as prometheus,
        served(AlertmanagerFake()) as alertmanager,
        served(LogStoreFake()) as logs,
        served(lambda _: Reply(body=b"echo", headers={"Content-Type": "text/plain"})) as traces,
    ):
        upstreams = {"prometheus": prometheus.url, "alertmanager": alertmanager.url, "logs": logs.url, "traces": traces.url}
        async with running(some_settings(tmp_path, upstreams=upstreams), tmp_path / "data") as console:  # type: ignore[arg-type]
            yield console


def _path(method: str, pattern: str) -> str:
    for place, value in PLACES.items():
        pattern = pattern.replace(place, value)
    if "{rest:path}" in pattern:
        pattern = pattern.replace("{rest:path}", RESTS[method, pattern.split("/")[2]])
    return pattern


def test_the_table_holds_every_endpoint_and_no_other(stage: Console) -> None:
    told = {(endpoint.method, endpoint.path) for endpoint in stage.application.endpoints}
    assert {(method, path) for method, path, *_ in ROWS} == told


def test_what_the_table_says_is_what_the_endpoints_say(stage: Console) -> None:
    letters = {"open": "oooo", "viewer": "xooo", "editor": "xxoo", "admin": "xxxo"}
    said = {(endpoint.method, endpoint.path): letters[endpoint.access] for endpoint in stage.application.endpoints}
    assert {(method, path): "".join(may) for method, path, *may in ROWS} == said


@pytest.mark.parametrize("position", range(4), ids=["nobody", "viewer", "editor", "admin"])
async def test_every_endpoint_lets_in_whom_it_should(stage: Console, position: int) -> None:
    wrong: list[str] = []
    for method, pattern, *may in ROWS:
        if method == "WEBSOCKET":
            continue  # see the tests of the tail
        async with _as(stage, position) as browser:
            answer = await _ask(browser, method, _path(method, pattern))
        expected = may[position]
        refusal = 401 if position == 0 else 403
        if (answer.status_code == refusal) != (expected == "x"):
            wrong.append(f"{method} {pattern}: {answer.status_code} {answer.text[:80]}")
    assert wrong == []


@pytest.mark.parametrize("role", ["viewer", "editor", "admin"])
async def test_a_token_may_no_more_than_it_says(stage: Console, role: str) -> None:
    async with stage.signed_in() as browser:
        headers = {"X-Watchkeeper-Token": await session_token(browser)}
        made = await browser.post("/api/tokens", json={"name": "t", "role": role}, headers=headers)
    position = ["viewer", "editor", "admin"].index(role) + 1
    wrong: list[str] = []
    async with stage.browser(Authorization=f"Bearer {made.json()['token']}") as program:
        assert (await program.get("/api/session")).json()["role"] == role
        for method, pattern, *may in ROWS:
            if not pattern.startswith("/api/") or method == "WEBSOCKET" or pattern in {"/api/password", "/api/tokens"}:
                continue
            answer = await program.request(method, _path(method, pattern), json={})
            if (answer.status_code == 403) != (may[position] == "x"):
                wrong.append(f"{method} {pattern}: {answer.status_code} {answer.text[:80]}")
    assert wrong == []


async def test_a_change_needs_the_sessions_token_and_our_origin(stage: Console) -> None:
    wrong: list[str] = []
    async with stage.signed_in() as browser:
        token = {"X-Watchkeeper-Token": await session_token(browser)}
        for method, pattern, *_ in ROWS:
            if method in {"GET", "WEBSOCKET"} or pattern == "/login":
                continue
            path = _path(method, pattern)
            for headers in (
                {},
                {"X-Watchkeeper-Token": "0" * 64},
                {**token, "Origin": "http://evil.example"},
                {**token, "Origin": "null"},
                {**token, "Sec-Fetch-Site": "same-site"},
                {**token, "Sec-Fetch-Site": "cross-site"},
            ):
                answer = await browser.request(method, path, json={}, headers=headers)
                if answer.status_code != 403:
                    wrong.append(f"{method} {path} {headers}: {answer.status_code}")
    assert wrong == []


async def test_another_method_is_refused_with_those_that_are_known(stage: Console) -> None:
    async with stage.signed_in() as browser:
        token = {"X-Watchkeeper-Token": await session_token(browser)}
        answer = await browser.put("/api/dashboards", json={}, headers=token)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
        assert (await browser.request("TRACE", "/api/session", headers=token)).status_code == 405
        assert (await browser.head("/api/session")).status_code == 200


def _as(stage: Console, position: int) -> httpx.AsyncClient:
    """A browser of nobody, or a program with the rights of that role."""
    if position == 0:
        return stage.browser()
    role = ["viewer", "editor", "admin"][position - 1]
    return a_user(stage, role)


async def _ask(browser: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
    if method == "GET":
        return await browser.get(path)
    headers = {"X-Watchkeeper-Token": browser.headers.get("X-Form-Token", "")}
    return await browser.request(method, path, headers=headers, json={})
