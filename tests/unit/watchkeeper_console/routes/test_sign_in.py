"""Signing in and out, as browsers and programs do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.watchkeeper_console.console_stage import (
    PAGE,
    PASSWORD,
    USER,
    Console,
    form_token,
    running,
    session_cookie,
    session_cookie_name,
    session_token,
    sign_in,
    some_settings,
)


async def test_the_right_password_opens_the_page_that_was_wanted(console: Console) -> None:
    async with console.browser() as browser:
        answer = await sign_in(browser, wanted="/explore?query=up")
        assert (answer.status_code, answer.headers["location"]) == (303, "/explore?query=up")
        page = await browser.get("/explore", headers=PAGE)
        assert page.status_code in {200, 503}  # 503: the app is not built here
        assert (await browser.get("/login?next=/explore", headers=PAGE)).headers["location"] == "/explore"


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_nobody_is_sent_to_another_server(console: Console, wanted: str) -> None:
    async with console.browser() as browser:
        page = await browser.get("/login", params={"next": wanted}, headers=PAGE)
        assert "evil" not in page.text
        assert "javascript:" not in page.text
        assert (await sign_in(browser, wanted=wanted)).headers["location"] == "/"
        assert (await browser.get("/login", params={"next": wanted})).headers["location"] == "/"


@pytest.mark.parametrize(
    ("user", "password"),
    [(USER, "wrong"), ("nobody", PASSWORD), ("", ""), (USER, ""), (USER, PASSWORD + " "), (USER.upper(), PASSWORD)],
)
async def test_a_wrong_password_and_an_unknown_user_look_the_same(console: Console, user: str, password: str) -> None:
    async with console.browser() as browser:
        answer = await sign_in(browser, user=user, password=password)
        assert answer.status_code == 401
        assert "That user and password do not belong together." in answer.text
        assert session_cookie(browser) == ""


async def test_what_was_typed_as_user_comes_back_only_as_text(console: Console) -> None:
    async with console.browser() as browser:
        answer = await sign_in(browser, user='"><script>alert(1)</script>', password="x")
        assert "<script>alert" not in answer.text
        assert "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text


async def test_a_program_signs_in_with_json(console: Console) -> None:
    async with console.browser() as browser:
        answer = await browser.post("/login", json={"user": USER, "password": PASSWORD})
        assert answer.status_code == 200
        assert (await browser.get("/api/session")).json()["user"] == USER
        assert (await browser.post("/login", json={"user": USER, "password": "wrong"})).status_code == 401


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"nonsense", b'{"user": 1, "password": 2}', b'{"user": "admin"}', b"[" * 100_000, b"\xff"]
)
async def test_a_body_that_is_no_sign_in_is_refused(console: Console, body: bytes) -> None:
    async with console.browser() as browser:
        assert (await browser.post("/login", content=body, headers={"Content-Type": "application/json"})).status_code == 400


async def test_text_that_cannot_be_encoded_is_just_wrong(console: Console) -> None:
    async with console.browser() as browser:
        body = b'{"user": "\\ud800", "password": "\\udfff\\u0000"}'
        assert (await browser.post("/login", content=body, headers={"Content-Type": "application/json"})).status_code == 401


async def test_the_id_of_before_signing_in_is_worth_nothing_after(console: Console) -> None:
    """Session fixation: an attacker plants an id in the victim's browser and waits for the sign-in."""
    async with console.signed_in() as attacker, console.browser() as victim:
        planted = session_cookie(attacker)
        victim.cookies.set(session_cookie_name(attacker), planted, domain="127.0.0.1")
        answer = await victim.post("/login", json={"user": USER, "password": PASSWORD})
        assert answer.status_code == 200
        assert planted not in answer.headers["set-cookie"]
        assert (await attacker.get("/api/session")).status_code == 401


async def test_a_made_up_id_is_no_session(console: Console) -> None:
    async with console.signed_in() as browser:
        name = session_cookie_name(browser)
        for made_up in ("x", "A" * 43, "' OR 1=1 --", ""):
            browser.cookies.clear()
            browser.cookies.set(name, made_up, domain="127.0.0.1")
            assert (await browser.get("/api/session")).status_code == 401


async def test_signing_out_ends_the_session_on_the_server(console: Console) -> None:
    async with console.signed_in() as browser, console.signed_in() as other:
        kept = session_cookie(browser)
        name = session_cookie_name(browser)
        answer = await browser.post("/api/logout", headers={"X-Watchkeeper-Token": await session_token(browser)})
        assert answer.status_code == 200
        assert session_cookie(browser) == ""
        browser.cookies.set(name, kept, domain="127.0.0.1")
        assert (await browser.get("/api/session")).status_code == 401
        assert (await other.get("/api/session")).status_code == 200


async def test_signing_out_everywhere_ends_every_session(console: Console) -> None:
    async with console.signed_in() as here, console.signed_in() as there:
        token = {"X-Watchkeeper-Token": await session_token(here)}
        assert (await here.post("/api/logout", json={"everywhere": True}, headers=token)).status_code == 200
        assert (await there.get("/api/session")).status_code == 401


async def test_a_session_ends_when_nobody_uses_it(console: Console) -> None:
    async with console.signed_in() as browser:
        console.wait(8 * 3600 - 1)
        assert (await browser.get("/api/session")).status_code == 200
        console.wait(8 * 3600)
        assert (await browser.get("/api/session")).status_code == 401


async def test_a_page_that_refreshes_itself_does_not_keep_its_session_alive(console: Console) -> None:
    async with console.signed_in() as browser:
        for _ in range(8):
            console.wait(3600)
            answer = await browser.get("/api/session", headers={"X-Watchkeeper-Background": "1"})
        assert answer.status_code == 401


async def test_a_session_ends_after_seven_days_however_much_it_is_used(console: Console) -> None:
    async with console.signed_in() as browser:
        for _ in range(7 * 24 - 1):
            console.wait(3600)
            assert (await browser.get("/api/session")).status_code == 200
        console.wait(3600)
        assert (await browser.get("/api/session")).status_code == 401


async def test_the_id_changes_while_the_session_lasts(console: Console) -> None:
    async with console.signed_in() as browser:
        token, before = await session_token(browser), session_cookie(browser)
        console.wait(601)
        assert (await browser.get("/api/session")).json()["token"] == token
        after = session_cookie(browser)
        assert after != before
        name = session_cookie_name(browser)
        assert (await browser.get("/api/session")).status_code == 200
        console.wait(31)
        browser.cookies.clear()
        browser.cookies.set(name, before, domain="127.0.0.1")
        assert (await browser.get("/api/session")).status_code == 401


async def test_signing_out_wins_over_the_change_of_the_id(console: Console) -> None:
    async with console.signed_in() as browser:
        token = await session_token(browser)
        console.wait(601)
        answer = await browser.post("/api/logout", headers={"X-Watchkeeper-Token": token})
        assert len(answer.headers.get_list("set-cookie")) == 1
        assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_a_changed_password_file_ends_all_sessions(tmp_path: Path) -> None:
    settings = some_settings(tmp_path)
    async with running(settings, tmp_path / "data") as console, console.signed_in() as browser:
        name, kept = session_cookie_name(browser), session_cookie(browser)
    settings.admin_password_file.write_text("another-long-password-of-the-admin")
    async with running(settings, tmp_path / "data") as console, console.browser() as browser:
        browser.cookies.set(name, kept, domain="127.0.0.1")
        assert (await browser.get("/api/session")).status_code == 401
        assert (await sign_in(browser)).status_code == 401
        assert (await sign_in(browser, password="another-long-password-of-the-admin")).status_code == 303


async def test_sessions_survive_a_restart(tmp_path: Path) -> None:
    settings = some_settings(tmp_path)
    async with running(settings, tmp_path / "data") as console, console.signed_in() as browser:
        name, kept = session_cookie_name(browser), session_cookie(browser)
    async with running(settings, tmp_path / "data") as console, console.browser() as browser:
        browser.cookies.set(name, kept, domain="127.0.0.1")
        assert (await browser.get("/api/session")).status_code == 200


async def test_no_session_id_and_no_password_is_kept_on_disk(tmp_path: Path) -> None:
    async with running(some_settings(tmp_path), tmp_path / "data") as console, console.signed_in() as browser:
        secrets = (session_cookie(browser).encode(), PASSWORD.encode())
        for file in (tmp_path / "data").iterdir():
            content = file.read_bytes()
            assert not any(secret in content for secret in secrets), file
            assert file.stat().st_mode & 0o077 == 0, file


class TestGuessing:
    """Brute force."""

    async def test_guesses_are_slowed_down_more_and_more(self, console: Console) -> None:
        async with console.browser(address="10.1.1.1") as browser:
            for _ in range(5):
                assert (await sign_in(browser, password="guess")).status_code == 401
            answer = await sign_in(browser, password="guess")
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
            assert "Try again in 1 second." in answer.text
            waits = []  # doubling from one second, but one failure is forgiven a minute
            for _ in range(8):
                answer = await sign_in(browser, password="guess")
                waits.append(int(answer.headers["retry-after"]))
                console.wait(waits[-1])
                assert (await sign_in(browser, password="guess")).status_code == 401
            assert waits == [1, 2, 4, 8, 14, 23, 36, 47]

    async def test_even_the_right_password_waits_so_that_a_guesser_learns_nothing(self, console: Console) -> None:
        async with console.browser(address="10.1.1.1") as browser:
            for _ in range(5):
                await sign_in(browser, password="guess")
            assert (await sign_in(browser)).status_code == 429
            console.wait(1)
            assert (await sign_in(browser)).status_code == 303

    async def test_guessing_from_many_addresses_does_not_lock_a_known_browser_out(self, console: Console) -> None:
        async with console.signed_in(address="10.9.9.9") as browser:
            await browser.post("/api/logout", headers={"X-Watchkeeper-Token": await session_token(browser)})
            for number in range(60):
                async with console.browser(address=f"10.0.0.{number}") as attacker:
                    await sign_in(attacker, password="guess")
            async with console.browser(address="10.9.9.8") as stranger:
                assert (await sign_in(stranger)).status_code == 429
            assert (await sign_in(browser)).status_code == 303

    async def test_an_attack_locks_nobody_out_for_longer_than_half_a_minute_after_it(self, console: Console) -> None:
        for number in range(60):
            async with console.browser(address=f"10.0.0.{number}") as attacker:
                await sign_in(attacker, password="guess")
        console.wait(30)
        async with console.browser(address="10.9.9.9") as stranger:
            assert (await sign_in(stranger)).status_code == 303

    async def test_a_made_up_device_mark_does_not_get_around_the_brake(self, console: Console) -> None:
        async with console.signed_in() as known, console.browser(address="10.1.1.1") as browser:
            name = next(cookie.name for cookie in known.cookies.jar if "_device_" in cookie.name)
            for number in range(6):
                browser.cookies.set(name, f"abc{number}.{'0' * 64}", domain="127.0.0.1")
                answer = await sign_in(browser, password="guess")
            assert answer.status_code == 429

    async def test_basic_credentials_are_under_the_same_brake(self, console: Console) -> None:
        async with console.browser(address="10.1.1.1") as browser:
            for _ in range(5):
                assert (await browser.get("/api/session", auth=(USER, "guess"))).status_code == 401
            answer = await browser.get("/api/session", auth=(USER, PASSWORD))
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
            assert (await sign_in(browser)).status_code == 429

    async def test_a_script_with_the_right_password_is_not_stopped_by_others_guessing(self, console: Console) -> None:
        async with console.browser(address="10.1.1.1") as browser:
            assert (await browser.get("/api/session", auth=(USER, PASSWORD))).status_code == 200
            for _ in range(7):
                await browser.get("/api/session", auth=(USER, "guess"))
            assert (await browser.get("/api/session", auth=(USER, PASSWORD))).status_code == 200

    async def test_the_metrics_count_attempts_but_name_nobody(self, console: Console) -> None:
        async with console.browser() as browser:
            await sign_in(browser, user="somebody-special", password="guess")
            await sign_in(browser)
            text = (await browser.get("/metrics")).text
        assert 'watchkeeper_console_sign_ins_total{outcome="rejected"} 1.0' in text
        assert 'watchkeeper_console_sign_ins_total{outcome="accepted"} 1.0' in text
        assert "watchkeeper_console_sessions 1.0" in text
        assert not re.search(r"admin|somebody|127\.0\.0\.1", text)


async def test_the_form_of_before_a_restart_still_works(tmp_path: Path) -> None:
    settings = some_settings(tmp_path)
    async with running(settings, tmp_path / "data") as console, console.browser() as browser:
        token = await form_token(browser)
        cookies = browser.cookies
    async with running(settings, tmp_path / "data") as console, console.browser() as browser:
        browser.cookies = cookies
        answer = await browser.post("/login", data={"user": USER, "password": PASSWORD, "token": token})
        assert answer.status_code == 303
