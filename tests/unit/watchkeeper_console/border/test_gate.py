"""Who passes the gate, and what is said to those who do not."""

from __future__ import annotations

import base64

import httpx
import pytest
from tests.unit.watchkeeper_console.console_stage import (
    PAGE,
    PASSWORD,
    USER,
    Console,
    session_cookie,
    session_cookie_name,
    session_token,
    sign_in,
)


async def test_a_page_sends_to_the_sign_in_and_back(console: Console) -> None:
    async with console.browser() as browser:
        answer = await browser.get("/explore?query=up%20%3E%200", headers=PAGE)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/login?next=/explore%3Fquery%3Dup%2520%253E%25200"
        page = await browser.get(answer.headers["location"], headers=PAGE)
        assert 'name="next" value="/explore?query=up%20%3E%200"' in page.text


async def test_a_path_that_does_not_exist_is_not_told_from_one_that_does(console: Console) -> None:
    async with console.browser() as browser:
        assert (await browser.get("/nothing")).status_code == 401
    async with console.signed_in() as browser:
        assert (await browser.get("/nothing")).status_code == 404


@pytest.mark.parametrize(
    "path", ["/login/../", "/-/healthy/x", "/static/../api/session", "/metrics/", "/LOGIN", "//login", "/api/health/"]
)
async def test_what_only_looks_like_an_open_path_is_closed(console: Console, path: str) -> None:
    async with console.browser() as browser:
        request = browser.build_request("GET", "/")
        request.url = httpx.URL(scheme="http", host="127.0.0.1", port=23000, raw_path=path.encode())
        answer = await browser.send(request)
    assert answer.status_code in {401, 404}
    assert "token" not in answer.text


async def test_basic_credentials_open_the_api_but_no_page(console: Console) -> None:
    async with console.browser() as browser:
        assert (await browser.get("/api/session", auth=(USER, PASSWORD))).json()["user"] == USER
        assert (await browser.get("/", auth=(USER, PASSWORD))).status_code == 401
        assert (await browser.get("/api/session", auth=(USER, "wrong"))).status_code == 401
        assert session_cookie(browser) == ""


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic " + base64.b64encode(b"nocolon").decode(), "Bearer x", "Basic /w=="]
)
async def test_credentials_that_cannot_be_read_are_refused(console: Console, header: str) -> None:
    async with console.browser() as browser:
        assert (await browser.get("/api/session", headers={"Authorization": header})).status_code == 401


async def test_a_program_is_told_how_to_authenticate_but_a_browser_opens_no_box(console: Console) -> None:
    async with console.browser() as browser:
        assert (await browser.get("/api/session")).headers["www-authenticate"].startswith("Basic ")
        assert "www-authenticate" not in (await browser.get("/api/session", headers={"Sec-Fetch-Mode": "cors"})).headers


async def test_wrong_credentials_are_not_saved_by_a_good_cookie(console: Console) -> None:
    async with console.signed_in() as browser:
        assert (await browser.get("/api/session", auth=(USER, "wrong"))).status_code == 401


class TestChangesNeedProof:
    """Cross-site request forgery."""

    async def test_a_cookie_alone_changes_nothing(self, console: Console) -> None:
        async with console.signed_in() as browser:
            assert (await browser.post("/api/logout")).status_code == 403
            assert (await browser.get("/api/session")).status_code == 200

    async def test_a_token_of_another_session_changes_nothing(self, console: Console) -> None:
        async with console.signed_in() as mine, console.signed_in() as theirs:
            stolen = await session_token(theirs)
            assert (await mine.post("/api/logout", headers={"X-Watchkeeper-Token": stolen})).status_code == 403
            odd = {b"X-Watchkeeper-Token": "ümlaut".encode()}
            assert (await mine.post("/api/logout", headers=odd)).status_code == 403

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "http://127.0.0.1:23001"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "http://127.0.0.1:23000", "Sec-Fetch-Site": "cross-site"},
        ],
    )
    async def test_another_origin_changes_nothing_even_with_the_token(self, console: Console, headers: dict[str, str]) -> None:
        async with console.signed_in() as browser:
            token = {"X-Watchkeeper-Token": await session_token(browser)}
            assert (await browser.post("/api/logout", headers=token | headers)).status_code == 403
            assert (await browser.post("/api/logout", auth=(USER, PASSWORD), headers=headers)).status_code == 403
            assert (await sign_in(console.browser(), **headers)).status_code == 403
            assert (await browser.get("/api/session")).status_code == 200

    async def test_our_own_page_may_change_things(self, console: Console) -> None:
        async with console.signed_in() as browser:
            own = {"Origin": "http://127.0.0.1:23000", "Sec-Fetch-Site": "same-origin"}
            token = {"X-Watchkeeper-Token": await session_token(browser)}
            assert (await browser.post("/api/logout", headers=own | token)).status_code == 200
            assert (await browser.get("/api/session")).status_code == 401

    async def test_the_sign_in_form_of_another_browser_is_refused(self, console: Console) -> None:
        async with console.browser() as mine, console.browser() as theirs:
            await mine.get("/login")
            page = await theirs.get("/login")
            token = page.text.split('name="token" value="')[1].split('"')[0]
            answer = await mine.post("/login", data={"user": USER, "password": PASSWORD, "token": token})
            assert answer.status_code == 403
            assert session_cookie(mine) == ""

    async def test_a_form_cannot_be_sent_in_the_disguise_of_plain_text(self, console: Console) -> None:
        async with console.browser() as browser:
            body = f'{{"user": "{USER}", "password": "{PASSWORD}"}}'
            assert (await browser.post("/login", content=body, headers={"Content-Type": "text/plain"})).status_code == 415


class TestEveryAnswer:
    """Headers that no answer may lack."""

    @pytest.mark.parametrize(
        "path", ["/", "/login", "/api/session", "/api/prometheus/api/v1/query", "/nothing", "/static/base.css", "/metrics"]
    )
    @pytest.mark.parametrize("is_signed_in", [False, True])
    async def test_carries_the_security_headers(self, console: Console, path: str, *, is_signed_in: bool) -> None:
        async with console.signed_in() if is_signed_in else console.browser() as browser:
            headers = (await browser.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert headers["cache-control"] == ("public, no-cache" if path.startswith("/static/") else "no-store")

    async def test_comes_soon_where_the_body_is_too_large(self, console: Console) -> None:
        async with console.browser() as browser:
            assert (await browser.post("/login", content=b"a" * (1 << 20) + b"b")).status_code == 413

            async def drops() -> object:
                for _ in range(40):
                    yield b"a" * 65536

            assert (await browser.post("/login", content=drops())).status_code == 413  # type: ignore[arg-type]


async def test_the_session_cookie_is_kept_from_scripts_and_other_sites(console: Console) -> None:
    async with console.browser() as browser:
        answer = await sign_in(browser)
        cookie = next(
            value for value in answer.headers.get_list("set-cookie") if value.startswith(session_cookie_name(browser))
        )
    assert cookie.endswith("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax")
