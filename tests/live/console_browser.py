"""A real browser in front of a real console, for tests of what people see."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from tests.live.console_process import PASSWORD, ConsoleProcess

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
ATTACK = """<img src=x onerror="window.attacked=1"><script>window.attacked=1</script>"""
WAIT_MS = 10_000
REFRESHED_MS = 12_000
CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(slots=True, kw_only=True)
class BrowserStage:
    """A console and everything that its pages complained about."""

    console: ConsoleProcess
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    @contextmanager
    def page(self, *, width: int = 1280, height: int = 900, scheme: str = "light", javascript: bool = True) -> Iterator[Page]:
        """A page of a fresh profile; what it complains about is kept."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=javascript,
        )
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: self.requested.append(request.url))
        try:
            yield page
        finally:
            context.close()

    def _note(self, kind: str, words: str) -> None:
        # the browser's own word for a network interface that came or went on this machine, as container engines cause it
        if kind in {"error", "warning"} and "ERR_NETWORK_CHANGED" not in words:
            self.complaints.append(words)

    def sign_in(self, page: Page, user: str = "admin", password: str = PASSWORD) -> None:
        """On the page for it."""
        page.get_by_label("User", exact=True).fill(user)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()

    def signed_in(self, page: Page, path: str = "/", *, user: str = "admin", password: str = PASSWORD) -> None:
        """At ``path``, by way of the sign-in."""
        page.goto(self.console.url + path)
        self.sign_in(page, user, password)
        page.wait_for_url(self.console.url + path)


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Headless Chromium, and pages built from the sources that are here."""
    assert CHROMIUM.exists(), f"{CHROMIUM} is not installed; apt-get install chromium"
    subprocess.run([CHECKOUT / "scripts" / "web"], check=True, timeout=300)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield started
        finally:
            started.close()
