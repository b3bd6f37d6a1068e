"""The console in a real browser: signing in, the status page, people and what they may not do."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.live.console_browser import ATTACK, REFRESHED_MS, BrowserStage, a_browser
from tests.live.console_process import PASSWORD, a_console
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

OTHER_PASSWORD = "another-long-and-well-kept-password"
NAMELESS = """() => [...document.querySelectorAll("button, a[href], input, select, textarea, [contenteditable=true]")]
  .filter((it) => !(it.textContent.trim() || it.getAttribute("aria-label") || it.labels?.length))
  .map((it) => it.outerHTML.slice(0, 90))"""
PAGES = (
    *("/", "/explore", "/explore?source=logs", "/alerts", "/alerts/groups", "/alerts/silences", "/alerts/notifications"),
    *("/traces", "/people", "/account", "/audit", "/runbooks"),
)


@dataclass(slots=True, kw_only=True)
class Stage(BrowserStage):
    """With upstreams that can be changed while they run."""

    prometheus: Upstream
    metrics: PrometheusFake
    logs: Upstream


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as started:
        yield started


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
        made = Stage(console=console, browser=browser, prometheus=prometheus, metrics=metrics, logs=logs)
        yield made
        elsewhere = [url for url in made.requested if not url.startswith((console.url, "blob:"))]
        assert elsewhere == []


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


@pytest.mark.parametrize(("off_s", "words"), [(7200, "120 min ahead of"), (-600, "10 min behind")])
def test_a_clock_that_is_off_is_told_for_now_means_another_time_then(stage: Stage, off_s: float, words: str) -> None:
    with stage.page() as page:
        page.clock.set_system_time(time.time() + off_s)
        stage.signed_in(page)
        expect(page.get_by_role("status").get_by_text(words)).to_be_visible()


def test_the_sign_in_works_without_scripts_too(stage: Stage) -> None:
    with stage.page(javascript=False) as page:
        page.goto(stage.console.url)
        page.locator("[name=user]").fill("admin")
        page.locator("[name=password]").fill("wrong")
        page.locator("#enter").click()
        expect(page.locator("#message")).to_contain_text("do not belong together")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("#enter").click()
        page.wait_for_url(stage.console.url + "/")


def test_what_labels_and_log_lines_hold_is_shown_and_never_run(stage: Stage) -> None:
    stage.metrics.targets = [a_target(ATTACK, ATTACK, error=ATTACK)]
    stage.metrics.alerts = [an_alert(ATTACK, severity=ATTACK, summary=ATTACK, team=ATTACK, onclick=ATTACK)]
    stage.logs.answering = LogStoreFake(lines=[(time.time(), {"service_name": ATTACK, "on": ATTACK}, ATTACK)])
    with stage.page() as page:
        stage.signed_in(page)
        for part in ("#alerts", "#targets", "#errors", "#reasons"):
            expect(page.locator(part)).to_contain_text(ATTACK)
        page.goto(stage.console.url + "/explore?source=logs&q=%7Ba%3D%22b%22%7D")
        page.locator(".entry summary").first.click()
        expect(page.locator(".entry dl").first).to_contain_text(ATTACK)
        assert page.evaluate("window.attacked") is None
        assert page.locator("main img, main script").count() == 0
    assert stage.complaints == []


def test_the_page_refreshes_itself_and_leaves_alone_what_a_person_opened(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page)
        page.locator("details.job", has_text="app").locator("summary").click()
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
    asked = "/explore?source=metrics&from=now-15m&to=now&q=up"
    with stage.page() as page:
        stage.signed_in(page, asked)
        expect(page.locator(".answer canvas")).to_be_visible()
        page.context.clear_cookies()
        page.get_by_role("button", name="Run", exact=True).click()
        page.wait_for_url(re.compile(r"/login\?next="))
        stage.sign_in(page)
        page.wait_for_url(stage.console.url + asked)
        expect(page.locator(".answer canvas")).to_be_visible()


def _add_person(page: Page, name: str, role: str) -> None:
    page.get_by_role("button", name="Add a person").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill(name)
    form.get_by_label("New password, to hand over").fill(OTHER_PASSWORD)
    form.get_by_label("Role").select_option(role)
    form.get_by_role("button", name="Add").click()
    expect(page.get_by_role("row", name=re.compile(rf"^{name} {role}"))).to_be_visible()


def test_an_administrator_manages_people_and_reads_who_did_what(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page, "/people")
        _add_person(page, "vera", "viewer")
        page.get_by_role("button", name="Change vera").click()
        page.get_by_role("dialog").get_by_label("Role").select_option("editor")
        page.get_by_role("dialog").get_by_role("button", name="Save").click()
        expect(page.get_by_role("row", name=re.compile("^vera editor"))).to_be_visible()
        page.get_by_role("button", name="Disable vera").click()
        expect(page.get_by_role("row", name=re.compile("^vera"))).to_contain_text("disabled")
        page.get_by_role("button", name="Delete vera").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_role("row", name=re.compile("^vera"))).to_have_count(0)
        page.goto(stage.console.url + "/audit")
        for action in ("user.create", "user.change", "user.delete"):
            expect(page.get_by_role("cell", name=action).first).to_be_visible()
    assert stage.complaints == []


def test_a_viewer_sees_and_may_change_nothing(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page, "/people")
        _add_person(page, "vera", "viewer")
    with stage.page() as page:
        stage.signed_in(page, "/people", user="vera", password=OTHER_PASSWORD)
        expect(page.get_by_text("Only administrators manage people. Your role is viewer.")).to_be_visible()
        page.goto(stage.console.url + "/audit")
        expect(page.get_by_text("Only administrators read the audit log.")).to_be_visible()
        page.goto(stage.console.url + "/alerts/silences")
        expect(page.get_by_text("making and ending them takes the role editor")).to_be_visible()
        expect(page.get_by_role("button", name="New silence")).to_have_count(0)
        token = page.evaluate("fetch('/api/session').then((answer) => answer.json()).then(({ token }) => token)")
        attempts = [
            ("POST", "/api/users", {"name": "eve", "password": OTHER_PASSWORD, "role": "admin"}),
            ("PATCH", "/api/users/vera", {"role": "admin"}),
            ("POST", "/api/dashboards", {"dashboard": {"title": "x", "panels": []}}),
            ("POST", "/api/alertmanager/api/v2/silences", {}),
        ]
        for method, path, body in attempts:
            status = page.evaluate(
                "([method, path, body, token]) => fetch(path, { method, body: JSON.stringify(body), headers:"
                " { 'Content-Type': 'application/json', 'X-Watchkeeper-Token': token } }).then((answer) => answer.status)",
                [method, path, body, token],
            )
            assert status == 403, f"{method} {path} answered {status}"


def test_a_token_is_shown_once_works_and_can_be_revoked(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page, "/account")
        page.get_by_role("button", name="New token").click()
        page.get_by_label("What it is for").fill("nightly report")
        page.get_by_role("button", name="Make it").click()
        secret = page.get_by_label("Token", exact=True).inner_text()
        page.get_by_role("button", name="I have it").click()
        expect(page.get_by_text(secret)).to_have_count(0)
        bearer = {"Authorization": f"Bearer {secret}"}
        asking = page.request.get(stage.console.url + "/api/overview", headers=bearer)
        assert asking.status == 200
        page.get_by_role("button", name="Revoke nightly report").click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(page.get_by_text("No token yet.")).to_be_visible()
    with stage.page() as page:
        assert page.request.get(stage.console.url + "/api/overview", headers=bearer).status == 401
    assert stage.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_fits_on_a_narrow_screen(stage: Stage, scheme: str) -> None:
    stage.metrics.alerts = [an_alert("A" * 70, severity="critical", summary="b" * 300, long_label="c" * 200)]
    stage.metrics.targets = [a_target("job" * 30, "http://" + "host" * 40, error="refused " * 40)]
    stage.logs.answering = LogStoreFake(lines=[(time.time(), {"service_name": "s" * 80}, "x" * 900)])
    with stage.page(width=340, height=700, scheme=scheme) as page:
        page.goto(stage.console.url + "/login")
        assert page.evaluate("document.documentElement.scrollWidth") <= 340
        stage.signed_in(page)
        expect(page.locator("#errors .lines li")).to_have_count(1)
        for path in (*PAGES, "/explore?source=logs&q=%7Ba%3D%22b%22%7D", "/explore?source=metrics&q=up"):
            page.goto(stage.console.url + path)
            expect(page.locator("main .page")).to_be_visible()
            page.wait_for_load_state("networkidle")
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= 340, f"{path} is {width} wide"


def test_a_keyboard_is_enough(stage: Stage) -> None:
    with stage.page() as page:
        page.goto(stage.console.url)
        expect(page.get_by_label("User", exact=True)).to_be_focused()
        page.keyboard.type("admin")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("#targets .sum")).to_have_text("all 3 up")
        outlines: set[str] = set()
        for _ in range(12):
            page.keyboard.press("Tab")
            outlines.add(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
            if page.evaluate("document.activeElement.closest('details.job') !== null"):
                break
        assert page.evaluate("document.activeElement.closest('details.job') !== null")
        assert outlines == {"solid"}
        page.keyboard.press("Enter")
        expect(page.locator("details.job").first).to_have_attribute("open", "")
        page.keyboard.press("e")
        page.wait_for_url(re.compile("/explore"))


def test_every_button_and_field_has_a_name(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page)
        for path in PAGES:
            page.goto(stage.console.url + path)
            expect(page.locator("main .page")).to_be_visible()
            page.wait_for_load_state("networkidle")
            nameless = page.evaluate(NAMELESS)
            assert nameless == [], f"{path}: {nameless}"


def test_nothing_moves_for_those_who_asked_for_it(stage: Stage) -> None:
    with stage.page() as page:
        page.emulate_media(reduced_motion="reduce")
        stage.signed_in(page)
        expect(page.locator("#sign")).to_be_visible()
        assert page.evaluate("getComputedStyle(document.getElementById('sign')).transitionDuration") == "0s"
