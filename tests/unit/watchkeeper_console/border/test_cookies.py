"""Cookie names and attributes."""

from __future__ import annotations

from pathlib import Path

from tests.unit.watchkeeper_console.console_stage import running, sign_in, some_settings, url

from watchkeeper_console.border.cookies import cookies_for


async def test_behind_https_cookies_are_secure_and_bound_to_the_host(tmp_path: Path) -> None:
    public = "https://watch.example.org"
    settings = some_settings(tmp_path, public_url=public)
    async with running(settings, tmp_path / "data") as console, console.browser(base=public) as browser:
        answer = await sign_in(browser, Origin=public)
        assert answer.status_code == 303
        for cookie in answer.headers.get_list("set-cookie"):
            assert cookie.startswith("__Host-watchkeeper_")
            assert cookie.endswith("; HttpOnly; SameSite=Lax; Secure")
            assert "Domain" not in cookie
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert (await browser.get("/api/session")).status_code == 200


def test_two_consoles_on_one_machine_do_not_share_cookies() -> None:
    first, second = (cookies_for(url("http://127.0.0.1:23000"), secret) for secret in (b"1" * 32, b"2" * 32))
    assert first.session != second.session
    assert not first.session.startswith("__Host-")
