"""Attacks from OWASP's lists that no single module answers for. Others: access (roles, CSRF), bound requests (organisations),
provider (OIDC), sign-in (open redirect, throttle), proxy (SSRF, types), app page (policy), tail (websocket origin).
"""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from tests.unit.watchkeeper_console.console_stage import (
    PAGE,
    PASSWORD,
    USER,
    Console,
    a_user,
    form_token,
    running,
    session_cookie,
    session_cookie_name,
    session_token,
    sign_in,
    some_settings,
)
from tests.unit.watchkeeper_console.upstream_fakes import PrometheusFake, Reply, served

SCRIPT = "<img src=x onerror=alert(1)>"


async def test_a_session_id_that_somebody_planted_is_worth_nothing(console: Console) -> None:
    async with console.browser() as victim, console.browser() as attacker:
        await sign_in(attacker)
        name, planted = session_cookie_name(attacker), session_cookie(attacker)
        for value in (planted, "A" * 43, "../../x"):
            victim.cookies.clear()
            victim.cookies.set(name, value, domain="127.0.0.1")
            await victim.post("/login", json={"user": USER, "password": PASSWORD})
            ids = {cookie.value for cookie in victim.cookies.jar if cookie.name == name}
            assert ids - {value}
            fresh = console.browser()
            fresh.cookies.set(name, value)
            assert (await fresh.get("/api/session")).status_code == 401
            await fresh.aclose()


async def test_an_id_from_before_signing_out_is_worth_nothing(console: Console) -> None:
    async with console.signed_in() as browser:
        name, old = session_cookie_name(browser), session_cookie(browser)
        await browser.post("/api/logout", headers={"X-Watchkeeper-Token": await session_token(browser)})
    async with console.browser(Cookie=f"{name}={old}") as thief:
        assert (await thief.get("/api/session")).status_code == 401


@pytest.mark.parametrize(("public_url", "secure"), [("http://127.0.0.1:23000", False), ("https://watch.example", True)])
async def test_every_cookie_is_kept_from_scripts_and_other_sites(tmp_path: Path, public_url: str, secure: bool) -> None:
    settings = some_settings(tmp_path, public_url=public_url)
    async with running(settings, tmp_path / "data") as console, console.browser(base=public_url) as browser:
        page = await browser.get("/login", headers=PAGE)
        entered = await sign_in(browser)
        cookies = page.headers.get_list("set-cookie") + entered.headers.get_list("set-cookie")
    assert len(cookies) >= 4
    for cookie in cookies:
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= attributes
        assert ("secure" in attributes) is secure
        assert cookie.startswith("__Host-") is secure
        assert not any(attribute.startswith("domain") for attribute in attributes)


async def test_what_is_stored_comes_back_as_data_that_no_browser_runs(tmp_path: Path) -> None:
    body = {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {"x": SCRIPT}, "value": [0, "1"]}]}}
    with served(lambda _: Reply(body=body)) as prometheus:
        settings = some_settings(tmp_path, upstreams={"prometheus": prometheus.url})
        async with running(settings, tmp_path / "data") as console, a_user(console, "editor") as browser:
            token = {"X-Watchkeeper-Token": browser.headers["X-Form-Token"]}
            dashboard = {"uid": "x", "title": SCRIPT, "panels": [{"type": "text", "options": {"content": SCRIPT}}]}
            await browser.post("/api/dashboards", json={"dashboard": dashboard}, headers=token)
            query = {"queries": [{"id": SCRIPT, "source": "prometheus", "kind": "instant", "expr": "x"}]}
            answers = [
                await browser.get("/api/prometheus/api/v1/query?query=x"),
                await browser.get("/api/dashboards"),
                await browser.get("/api/dashboards/x"),
                await browser.post("/api/query", json=query, headers=token),
                await browser.get(f"/api/dashboards/{SCRIPT}"),
                await browser.get(f"/api/audit?{SCRIPT}=1"),
                await browser.get(f"/{SCRIPT}", headers=PAGE),
            ]
    for answer in answers:
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in {"application/json", "application/x-ndjson", "text/plain"}
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_nothing_that_is_imported_is_fetched(tmp_path: Path) -> None:
    with served(lambda _: Reply()) as inner, served(PrometheusFake()) as prometheus:
        settings = some_settings(tmp_path, upstreams={"prometheus": prometheus.url})
        async with running(settings, tmp_path / "data") as console, a_user(console, "admin") as browser:
            token = {"X-Watchkeeper-Token": browser.headers["X-Form-Token"]}
            dashboard = {
                "title": "x",
                "uid": "x",
                "__inputs": [{"name": "DS", "type": "datasource", "value": inner.url}],
                "panels": [{"datasource": {"uid": inner.url}, "targets": [{"url": inner.url, "expr": "up"}]}],
                "links": [{"url": inner.url}],
            }
            assert (await browser.post("/api/dashboards", json={"dashboard": dashboard}, headers=token)).status_code == 200
            await browser.get("/api/dashboards/x")
            for path in (
                f"/api/{inner.url}/x",
                "/api/prometheus@127.0.0.1:9/api/v1/query",
                "/api/prometheus/http://127.0.0.1/",
                "/api/prometheus//evil.example/api/v1/query",
                f"/api/datasources/{inner.url.replace('/', '%2f')}/health",
            ):
                assert (await browser.get(path)).status_code == 404
            query = {"queries": [{"id": "x", "source": inner.url, "kind": "instant", "expr": "up"}]}
            assert (await browser.post("/api/query", json=query, headers=token)).status_code == 400
            refused = await browser.get("/api/prometheus/api/v1/query?query=up", headers={"Host": f"127.0.0.1:{inner.port}"})
            assert refused.status_code in {200, 421}  # another port of loopback is ours, and goes to the upstream all the same
        assert inner.received == []
        assert {received.headers["host"] for received in prometheus.received} <= {f"127.0.0.1:{prometheus.port}"}


@pytest.mark.parametrize(
    "wanted", ["/x\r\nSet-Cookie: a=b", "/x%0d%0aSet-Cookie:%20a=b", "/\tevil", "///evil.example", "/%5cevil.example"]
)
async def test_no_header_and_no_other_server_can_be_written_into_an_answer(console: Console, wanted: str) -> None:
    async with console.browser() as browser:
        answer = await sign_in(browser, wanted=wanted)
        assert answer.status_code == 303
        assert answer.headers["location"] in {"/", wanted}
        assert not any("a=b" in cookie for cookie in answer.headers.get_list("set-cookie"))
        assert httpx.URL("http://127.0.0.1:23000").join(answer.headers["location"]).host == "127.0.0.1"


async def test_guessing_is_braked_wherever_a_password_is_looked_at(console: Console) -> None:
    async def by_form(browser: httpx.AsyncClient) -> int:
        return (await sign_in(browser, password="guess")).status_code

    async def by_json(browser: httpx.AsyncClient) -> int:
        return (await browser.post("/login", json={"user": USER, "password": "guess"})).status_code

    async def by_header(browser: httpx.AsyncClient) -> int:
        return (await browser.get("/api/session", auth=(USER, "guess"))).status_code

    for number, way in enumerate((by_form, by_json, by_header)):
        async with console.browser(address=f"10.0.{number}.1") as browser:
            statuses = [await way(browser) for _ in range(7)]
        assert 429 in statuses, (way.__name__, statuses)
        assert set(statuses) <= {401, 429}
        console.wait(3600)
    async with console.browser(address="10.0.9.1") as browser:
        assert (await sign_in(browser)).status_code == 303


async def test_one_address_cannot_try_many_accounts(console: Console) -> None:
    async with console.browser(address="10.0.0.1") as browser:
        statuses = [
            (await browser.post("/login", json={"user": f"user{number}", "password": "guess"})).status_code
            for number in range(35)
        ]
    assert statuses[-1] == 429
    async with console.browser(address="10.0.0.2") as browser:
        assert (await sign_in(browser)).status_code == 303


async def test_a_token_in_the_address_or_a_cookie_opens_nothing(console: Console) -> None:
    async with a_user(console, "admin") as boss:
        headers = {"X-Watchkeeper-Token": boss.headers["X-Form-Token"]}
        token = (await boss.post("/api/tokens", json={"name": "x"}, headers=headers)).json()["token"]
    async with console.browser() as browser:
        assert (await browser.get(f"/api/session?token={token}&access_token={token}")).status_code == 401
        assert (await browser.get("/api/session", headers={"Cookie": f"token={token}"})).status_code == 401
        assert (await browser.get("/api/session", headers={"X-Api-Key": token})).status_code == 401
        for wrong in (token[:-1], token + "x", token.upper(), token.removeprefix("wkt_"), "wkt_", ""):
            assert (await browser.get("/api/session", headers={"Authorization": f"Bearer {wrong}"})).status_code == 401
        assert (await browser.get("/api/session", headers={"Authorization": f"bearer  {token}"})).status_code == 200


async def test_a_form_of_another_site_changes_nothing(console: Console) -> None:
    """Without scripts a page elsewhere can send forms and plain text, with cookies; none of it is taken for JSON."""
    async with console.signed_in() as browser:
        token = await session_token(browser)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            body = json.dumps({"name": "eve", "password": "a-long-password-1", "role": "admin"})
            plain = await browser.post("/api/users", content=body, headers={"Content-Type": kind})
            assert plain.status_code == 403
            known = {"Content-Type": kind, "X-Watchkeeper-Token": token}
            assert (await browser.post("/api/users", content=body, headers=known)).status_code == 400
        assert [one["name"] for one in (await browser.get("/api/users")).json()["users"]] == [USER]


async def test_signing_somebody_in_from_another_site_is_refused(console: Console) -> None:
    async with console.browser() as browser:
        token = await form_token(browser)
        form = {"user": USER, "password": PASSWORD, "token": token}
        for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
            assert (await browser.post("/login", data=form, headers=headers)).status_code == 403
        assert session_cookie(browser) == ""


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
async def test_a_method_cannot_be_smuggled(console: Console, header: str) -> None:
    async with a_user(console, "admin") as boss, a_user(console, "viewer", name="ada"):
        assert (await boss.get("/api/users", headers={header: "DELETE"})).status_code == 200
        assert (await boss.get("/api/users/ada?_method=DELETE", headers={header: "DELETE"})).status_code == 405
        assert console.application.people.accounts.find("ada") is not None
