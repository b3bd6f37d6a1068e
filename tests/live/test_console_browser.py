"""The console in a real browser: what a person sees, does and cannot be made to do."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.live.console_process import PASSWORD, ConsoleProcess, a_console
from tests.unit.watchkeeper_console.upstream_fakes import (
    AlertmanagerFake,
    LogStoreFake,
    PrometheusFake,
    Reply,
    Upstream,
    a_target,
    an_alert,
    served,
)

pytestmark = [pytest.mark.live, pytest.mark.browser]

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
ATTACK = """<img src=x onerror="window.attacked=1"><script>window.attacked=1</script>"""
WAIT_MS = 6000
REFRESHED_MS = 9000


@dataclass(slots=True)
class Stage:
    """A console, the upstreams behind it, and everything that its pages complained about."""

    console: ConsoleProcess
    browser: Browser
    prometheus: Upstream
    logs: Upstream
    metrics: PrometheusFake
    complaints: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    @contextmanager
    def page(self, *, width: int = 1280, height: int = 900, scheme: str = "light", javascript: bool = True) -> Iterator[Page]:
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=javascript,
        )
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.on(
            "console", lambda message: self.complaints.append(message.text) if message.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: self.requested.append(request.url))
        try:
            yield page
        finally:
            context.close()

    def signed_in(self, page: Page, path: str = "/") -> None:
        page.goto(self.console.url + path)
        page.get_by_label("User", exact=True).fill("admin")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(self.console.url + path)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is not installed; apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def stage(browser: Browser, tmp_path: Path) -> Iterator[Stage]:
    metrics = PrometheusFake(
        targets=[a_target("app", "a:1"), a_target("app", "b:1"), a_target("store", "c:1")],
        alerts=[an_alert("Watchdog", severity="none")],
    )
    store = {"name": "store", "state": "running", "health": "healthy", "uptime_s": 90, "restarts": 0}
    usage = {"memory_bytes": 50 << 20, "memory_limit_bytes": 100 << 20, "cpu_cores": 0.02}
    with ExitStack() as running:
        prometheus = running.enter_context(served(metrics))
        alertmanager = running.enter_context(served(AlertmanagerFake()))
        logs = running.enter_context(served(LogStoreFake()))
        babysitter = running.enter_context(served(lambda _: Reply(body={"components": [store | usage]})))
        upstreams = {"prometheus": prometheus.url, "alertmanager": alertmanager.url, "logs": logs.url}
        console = running.enter_context(a_console(tmp_path, upstreams=upstreams, status_url=f"{babysitter.url}/api/status"))
        made = Stage(console, browser, prometheus, logs, metrics)
        yield made
        assert [url for url in made.requested if not url.startswith(console.url)] == []


def test_a_person_signs_in_and_sees_that_all_is_well(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page)
        expect(page.get_by_role("heading", name="Everything is well")).to_be_visible()
        expect(page.locator("#components")).to_contain_text("50 MB of 100 MB")
        expect(page.locator("#targets .sum")).to_have_text("all 3 up")
        expect(page.locator("#alerts")).to_contain_text("the watchdog is heard")
        expect(page.locator("#errors")).to_contain_text("No error was logged")
        expect(page.locator("#pulse")).to_have_text("Live")
    assert stage.complaints == []


def test_the_sign_in_works_without_scripts_too(stage: Stage) -> None:
    with stage.page(javascript=False) as page:
        page.goto(stage.console.url)
        page.locator("[name=user]").fill("admin")
        page.locator("[name=password]").fill("wrong")
        page.locator("#enter").click()
        expect(page.locator("#message")).to_contain_text("do not belong together")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("#enter").click()
        expect(page.locator("#headline")).to_be_visible()


def test_what_labels_and_log_lines_hold_is_shown_and_never_run(stage: Stage) -> None:
    stage.metrics.targets = [a_target(ATTACK, ATTACK, error=ATTACK)]
    stage.metrics.alerts = [an_alert(ATTACK, severity=ATTACK, summary=ATTACK, team=ATTACK, onclick=ATTACK)]
    stage.logs.answering = LogStoreFake(lines=[(time.time(), {"service_name": ATTACK, "on": ATTACK}, ATTACK)])
    with stage.page() as page:
        stage.signed_in(page)
        for part in ("#alerts", "#targets", "#errors", "#reasons"):
            expect(page.locator(part)).to_contain_text(ATTACK)
        query = "/explore?" + "source=logs&range=3600&query=%7Ba%3D%22b%22%7D"
        page.goto(stage.console.url + query)
        page.locator(".entry summary").click()
        expect(page.locator(".entry dl")).to_contain_text(ATTACK)
        assert page.evaluate("window.attacked") is None
        assert page.locator("main img, main script").count() == 0
    assert stage.complaints == []


def test_the_page_refreshes_itself_and_leaves_alone_what_a_person_opened(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page)
        group = page.locator("details.job", has_text="app")
        group.locator("summary").click()
        page.evaluate("document.querySelector('details.job[open]').marked = true")
        stage.metrics.alerts = [an_alert("DiskFull", severity="critical", summary="The disk is full.")]
        stage.metrics.targets = [a_target("aaa", "z:1"), *stage.metrics.targets]
        expect(page.get_by_role("heading", name="Something is broken")).to_be_visible(timeout=REFRESHED_MS)
        expect(page.locator("#alerts")).to_contain_text("The disk is full.")
        expect(page.locator("details.job")).to_have_count(3)
        assert page.evaluate("document.querySelector('details.job[open]').marked") is True
    assert stage.complaints == []


def test_an_upstream_that_goes_away_is_named_and_what_was_known_stays(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page)
        expect(page.locator("#targets .sum")).to_have_text("all 3 up")
        stage.prometheus.answering = lambda _: Reply(status=503, body=b"starting up")
        notice = page.locator("#targets .notice")
        expect(notice).to_contain_text("Cannot use the answer of prometheus: HTTP 503 starting up", timeout=REFRESHED_MS)
        expect(notice).to_contain_text("Below is what was known at")
        expect(page.locator("details.job")).to_have_count(2)
        expect(page.get_by_role("heading", name="Something is broken")).to_be_visible()
        stage.prometheus.answering = stage.metrics
        expect(notice).to_have_count(0, timeout=REFRESHED_MS)


def test_a_console_that_goes_away_is_said_so(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page)
        expect(page.locator("#targets .sum")).to_have_text("all 3 up")
        stage.console.stop()
        expect(page.locator("#away")).to_contain_text("The console cannot be reached. What you see is of", timeout=REFRESHED_MS)
        expect(page.locator("#pulse")).to_contain_text("As of")
        expect(page.locator("details.job")).to_have_count(2)


def test_signing_out_leaves_nothing_to_go_back_to(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page)
        page.get_by_label("Signed in as admin").click()
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.wait_for_url(re.compile(r"/login$"))
        page.go_back()
        page.wait_for_url(re.compile(r"/login"))
        expect(page.get_by_label("Password", exact=True)).to_be_visible()


def test_a_session_that_has_ended_leads_to_the_sign_in_and_back(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page, "/explore?source=metrics&range=900&query=up")
        expect(page.locator(".chart path.line")).to_have_count(4)
        page.context.clear_cookies()
        page.get_by_role("button", name="Run").click()
        page.wait_for_url(re.compile(r"/login\?next="))
        page.get_by_label("User", exact=True).fill("admin")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(stage.console.url + "/explore?source=metrics&range=900&query=up")
        expect(page.locator(".chart path.line")).to_have_count(4)


def test_a_metric_query_becomes_lines_and_a_table(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page, "/explore")
        page.get_by_label("PromQL query").fill("rate(demo[5m])")
        page.keyboard.press("Enter")
        expect(page.locator(".chart path.line")).to_have_count(4)
        expect(page.get_by_role("region", name="Values of each series").get_by_role("row")).to_have_count(5)
        assert "query=rate" in page.url
        page.locator(".chart svg").hover()
        expect(page.locator(".tip")).to_contain_text('demo{job="store"}')
        page.reload()
        expect(page.locator(".chart path.line")).to_have_count(4)
    assert stage.complaints == []


def test_a_wrong_query_is_answered_in_the_upstreams_words(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page, "/explore")
        page.get_by_label("PromQL query").fill("sum(up")
        page.get_by_role("button", name="Run").click()
        expect(page.get_by_role("alert")).to_contain_text("parse error: unclosed left parenthesis")


def test_log_lines_open_to_their_labels(stage: Stage) -> None:
    labels = {"service_name": "checkout", "detected_level": "error", "pod": "p-1"}
    stage.logs.answering = LogStoreFake(lines=[(time.time() - 5, labels, "payment failed"), (time.time(), labels, "and again")])
    with stage.page() as page:
        stage.signed_in(page, "/explore")
        page.get_by_text("Logs", exact=True).click()
        page.get_by_label("LogQL query").fill('{service_name="checkout"}')
        page.keyboard.press("Enter")
        expect(page.locator(".entry .text")).to_have_text(["and again", "payment failed"])
        page.get_by_text("payment failed").click()
        expect(page.locator(".entry dl").nth(1)).to_contain_text("p-1")
    assert stage.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_fits_on_a_narrow_screen(stage: Stage, scheme: str) -> None:
    stage.metrics.alerts = [an_alert("A" * 70, severity="critical", summary="b" * 300, long_label="c" * 200)]
    stage.metrics.targets = [a_target("job" * 30, "http://" + "host" * 40, error="refused " * 40)]
    stage.logs.answering = LogStoreFake(lines=[(time.time(), {"service_name": "s" * 80}, "x" * 900)])
    with stage.page(width=340, height=700, scheme=scheme) as page:
        for path in ("/login", "/", "/explore?source=logs&range=3600&query=%7Ba%3D%22b%22%7D"):
            if path == "/":
                stage.signed_in(page)
                expect(page.locator("#errors .lines li")).to_have_count(1)
            else:
                page.goto(stage.console.url + path)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= 340, f"{path} is {width} wide"


def test_a_keyboard_is_enough(stage: Stage) -> None:
    with stage.page() as page:
        page.goto(stage.console.url)
        page.keyboard.type("admin")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("#targets .sum")).to_have_text("all 3 up")
        seen: list[tuple[str, str]] = []
        for _ in range(6):
            page.keyboard.press("Tab")
            seen.append(
                page.evaluate(
                    "() => { const it = document.activeElement;"
                    " return [it.textContent.trim().slice(0, 20), getComputedStyle(it).outlineStyle] }"
                )
            )
        names = [name for name, _ in seen]
        assert names[:5] == ["Skip to the content", "Watchkeeperdemo", "Status", "Explore", "a"]
        assert names[5].startswith("app")
        assert {outline for _, outline in seen} == {"solid"}
        page.locator("details.job summary").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator("details.job").first).to_have_attribute("open", "")


def test_nothing_moves_for_those_who_asked_for_it(stage: Stage) -> None:
    with stage.page() as page:
        page.emulate_media(reduced_motion="reduce")
        stage.signed_in(page)
        assert page.evaluate("getComputedStyle(document.getElementById('sign')).transitionDuration") == "0s"
