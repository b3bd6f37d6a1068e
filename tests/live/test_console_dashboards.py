"""Dashboards in a real browser, on a real stack: every shipped one is drawn, and everything a person does with one works."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect, sync_playwright
from tests.live.core_stack import core_stack

pytestmark = [pytest.mark.live, pytest.mark.browser, pytest.mark.slow]

CHROMIUM = Path("/usr/bin/chromium")
BUILT = Path(__file__).parents[2] / "src" / "watchkeeper_console" / "static" / "app" / "index.html"
SHOTS = Path(__file__).parents[2] / "test-results"
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
WAIT_MS = 15_000
FIRST_SCRAPES_MS = 90_000
DATA_WITHIN_S = 150
SHIPPED = [
    *("ai-cost", "application", "business", "containers", "executive", "host", "kafka", "logs", "organisations"),
    *("overview", "postgres", "probes", "rabbitmq", "redis", "self", "slo", "traces", "traefik"),
]
SETTLED = """() => {
  const panels = [...document.querySelectorAll('.panel')];
  return panels.length > 0 && panels.every((panel) =>
    panel.getAttribute('aria-busy') === 'false' && panel.querySelector('.inside').firstElementChild);
}"""
STATES = """() => [...document.querySelectorAll('.panel')].map((panel) => ({
  title: panel.getAttribute('aria-label'),
  marks: [...panel.querySelectorAll('.mark:not(.about) summary')].map((mark) => mark.getAttribute('aria-label')),
  failed: panel.querySelector('.inside [role=alert]')?.textContent ?? '',
  empty: panel.querySelector('.wk-empty')?.textContent === 'No data',
  drawn: panel.querySelector('.inside :is(canvas, svg, [role=table], [role=img], p, pre, .wk-empty)') !== null
    || panel.querySelector('.inside').textContent.trim() !== '',
}))"""


@dataclass(slots=True)
class Stage:
    """A running stack's console, a browser, and what its pages complained about."""

    url: str
    password: str
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """A complaint, unless another program changed the machine's network, which Chromium tells every page."""
        if "ERR_NETWORK_CHANGED" not in text:
            self.complaints.append(text)

    @contextmanager
    def page(self, *, width: int = 1440, height: int = 1000, scheme: str = "dark") -> Iterator[Page]:
        """A page of a signed-in person. Whatever the browser's console says, and each refused resource, is a complaint."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="light" if scheme == "light" else "dark"
        )
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.on("console", lambda told: self.note(told.text) if told.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.add_init_script("addEventListener('securitypolicyviolation', (event) => console.error('CSP', event.blockedURI))")
        page.goto(self.url + "/login")
        page.get_by_label("User", exact=True).fill("admin")
        page.get_by_label("Password", exact=True).fill(self.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(self.url + "/")
        expect(page.locator("header.bar")).to_be_visible()  # a person types when something is there
        try:
            yield page
        finally:
            context.close()

    def open(self, page: Page, path: str) -> None:
        """Go there and wait until all panels in view have their answers."""
        page.goto(self.url + path)
        page.wait_for_function(SETTLED)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is not installed; apt-get install chromium")
    if not BUILT.exists():
        pytest.fail("the console's page is not built; scripts/web")
    SHOTS.mkdir(exist_ok=True)
    with core_stack() as stack, sync_playwright() as playwright:
        described = stack.json("up", timeout_s=300)
        password = next(stack.state.rglob("console-admin-password")).read_text().strip()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield Stage(url=f"http://127.0.0.1:{stack.base}", password=password, browser=browser)
        finally:
            browser.close()
        assert described


@pytest.fixture
def quiet(stage: Stage) -> Iterator[Stage]:
    """The stage; afterwards nothing may have been complained about."""
    stage.complaints.clear()
    yield stage
    assert stage.complaints == []


def first_query(request: Request) -> str:
    """The expression of the first query that the page asks with it."""
    return str(json.loads(request.post_data or "")["queries"][0]["expr"])


def states(page: Page) -> list[dict[str, Any]]:
    """What each panel shows."""
    found: list[dict[str, Any]] = page.evaluate(STATES)
    return found


@pytest.mark.parametrize("name", SHIPPED)
def test_every_panel_of_a_shipped_dashboard_is_drawn(quiet: Stage, name: str) -> None:
    deadline = time.monotonic() + DATA_WITHIN_S
    with quiet.page(height=3600) as page:
        quiet.open(page, f"/d/watchkeeper-{name}?from=now-5m&to=now&refresh=off")
        # rates need two looks at their targets, which a stack that just began has not had yet
        while any(state["empty"] for state in states(page)) and time.monotonic() < deadline:
            page.keyboard.press("r")
            page.wait_for_timeout(2000)
            page.wait_for_function(SETTLED)
        found = states(page)
        page.screenshot(path=SHOTS / f"dashboard-{name}-dark.png", full_page=True)
    assert len(found) >= 3
    assert [state["title"] for state in found if state["marks"] or state["failed"]] == [], found
    assert [state["title"] for state in found if not state["drawn"]] == []
    assert [state["title"] for state in found if state["empty"]] == []


def test_light_and_dark_are_both_drawn(quiet: Stage) -> None:
    grounds = {}
    for scheme in ("dark", "light"):
        with quiet.page(scheme=scheme, height=2200) as page:
            quiet.open(page, "/d/watchkeeper-host?from=now-5m&to=now")
            grounds[scheme] = page.evaluate("getComputedStyle(document.querySelector('.panel')).backgroundColor")
            page.screenshot(path=SHOTS / f"dashboard-host-{scheme}.png", full_page=True)
    assert grounds["dark"] != grounds["light"]


def test_all_queries_of_a_screen_travel_in_one_request(quiet: Stage) -> None:
    asked: list[int] = []

    def note(route: Route) -> None:
        asked.append(len(json.loads(route.request.post_data or "{}")["queries"]))
        route.continue_()

    with quiet.page() as page:
        page.route("**/api/query", note)
        quiet.open(page, "/d/watchkeeper-host?refresh=off")
        first = list(asked)
        page.keyboard.press("r")
        page.wait_for_function(SETTLED)
    assert len(first) == 1
    assert first[0] >= 8


def test_a_variable_changes_the_queries_and_the_address(quiet: Stage) -> None:
    with quiet.page() as page:
        quiet.open(page, "/d/watchkeeper-probes?refresh=5s")
        # a stack that just began has probed nothing yet; the list is asked for again with each minute
        page.locator("#variable-probe").click()
        options = page.get_by_role("listbox").get_by_role("option")
        expect(options.first).to_have_text("All")
        expect(options.nth(1)).to_be_visible(timeout=FIRST_SCRAPES_MS)
        chosen = options.nth(1).inner_text()
        wanted = chosen.replace(".", "\\\\.")
        # the page refreshes itself: not every request is the choice's
        with page.expect_request(lambda request: request.url.endswith("/api/query") and wanted in first_query(request)):
            options.nth(1).click()
        page.keyboard.press("Escape")
        page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("var-probe") == [chosen])
        page.reload()
        expect(page.locator("#variable-probe")).to_contain_text(chosen)


def test_the_address_holds_what_is_shown(quiet: Stage) -> None:
    with quiet.page() as page:
        quiet.open(page, "/d/watchkeeper-host?from=now-15m&to=now&timezone=utc&refresh=5m")
        expect(page.locator(".time summary")).to_contain_text("Last 15 minutes")
        expect(page.locator(".time summary")).to_contain_text("UTC")
        expect(page.get_by_label("Refresh every")).to_have_value("5m")
        page.locator(".time summary").click()
        page.get_by_role("button", name="Last 30 minutes").click()
        page.wait_for_url("**from=now-30m**")
        page.go_back()
        expect(page.locator(".time summary")).to_contain_text("Last 15 minutes")
        page.locator(".time summary").click()
        page.get_by_label("From", exact=True).fill("2026-01-02 03:04:05")
        page.get_by_label("To", exact=True).fill("2026-01-02 04:04:05")
        page.get_by_role("button", name="Apply").click()
        page.wait_for_url("**from=1767323045000&to=1767326645000**")


def test_dragging_over_a_graph_zooms_the_time_and_t_z_zooms_out(quiet: Stage) -> None:
    with quiet.page() as page:
        quiet.open(page, "/d/watchkeeper-host?from=now-5m&to=now&refresh=off")
        box = page.locator(".panel[data-type=timeseries] .u-over").first.bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] * 0.25, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.75, middle, steps=5)
        page.mouse.up()
        page.wait_for_url(lambda url: "now" not in urlsplit(url).query)
        first, last = (int(parse_qs(urlsplit(page.url).query)[name][0]) for name in ("from", "to"))
        assert 120_000 < last - first < 180_000  # the middle half of five minutes
        page.mouse.move(5, 5)
        page.keyboard.type("tz")
        page.wait_for_url(lambda url: f"from={first}" not in url)
        wider = [int(parse_qs(urlsplit(page.url).query)[name][0]) for name in ("from", "to")]
        assert wider[1] - wider[0] == pytest.approx(2 * (last - first), abs=2)


def test_a_panel_fills_the_screen_and_the_way_back(quiet: Stage) -> None:
    with quiet.page() as page:
        quiet.open(page, "/d/watchkeeper-host?refresh=off")
        panel = page.get_by_role("region", name="Memory", exact=True)
        panel.hover()
        page.keyboard.press("v")
        page.wait_for_url("**viewPanel=**")
        expect(page.locator(".panel")).to_have_count(1)
        page.reload()
        page.wait_for_function(SETTLED)
        expect(page.locator(".panel")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(page.locator(".panel").nth(3)).to_be_visible()


def test_looking_into_a_panel_shows_data_query_and_json_and_gives_a_file(quiet: Stage) -> None:
    with quiet.page() as page:
        quiet.open(page, "/d/watchkeeper-host?from=now-5m&to=now&refresh=off")
        panel = page.get_by_role("region", name="Memory", exact=True)
        panel.hover()
        panel.get_by_label("Menu of Memory").click()
        panel.get_by_role("button", name="Inspect").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.locator("table tbody tr").first).to_be_visible()
        with page.expect_download() as download:
            dialog.get_by_role("button", name="Download CSV").click()
        lines = Path(download.value.path()).read_text().splitlines()
        assert lines[0].startswith("Time,")
        assert len(lines) > 5
        dialog.get_by_role("tab", name="Query").click()
        expect(dialog).to_contain_text("node_memory_MemTotal_bytes")
        dialog.get_by_role("tab", name="JSON").click()
        expect(dialog).to_contain_text('"type": "timeseries"')


def test_escape_closes_a_dialog_first_and_what_lies_behind_it_afterwards(quiet: Stage) -> None:
    with quiet.page() as page:
        quiet.open(page, "/d/watchkeeper-host?from=now-5m&to=now&refresh=off")
        page.get_by_role("region", name="Memory", exact=True).hover()
        page.keyboard.press("v")
        page.wait_for_url("**viewPanel=**")
        for key in ("i", "?"):
            page.get_by_role("region", name="Memory", exact=True).hover()
            page.keyboard.press(key)
            expect(page.get_by_role("dialog")).to_be_visible()
            page.keyboard.press("k")  # what a dialog covers does not listen
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_have_count(0)
            assert "viewPanel=" in page.url
            assert "kiosk=" not in page.url
        page.keyboard.press("Escape")
        page.wait_for_url(lambda url: "viewPanel=" not in url)


PASTED = {
    "title": "Pasted board",
    "uid": "pasted-board",
    "schemaVersion": 16,
    "time": {"from": "now-5m", "to": "now"},
    "templating": {
        "list": [
            {"name": "job", "type": "query", "query": "label_values(up, job)", "multi": True, "includeAll": True, "refresh": 1},
            {"name": "filter", "type": "adhoc", "datasource": "Prometheus"},
        ]
    },
    "rows": [
        {
            "title": "Old <b>row</b>",
            "showTitle": True,
            "panels": [
                {"id": 1, "type": "graph", "span": 6, "title": "Up of $job", "targets": [{"expr": 'up{job=~"$job"}'}]},
                {"id": 2, "type": "singlestat", "span": 6, "title": "Targets", "targets": [{"expr": "count(up)"}]},
            ],
        },
        {"title": "$job", "repeat": "job", "panels": [{"id": 3, "type": "graph", "targets": [{"expr": 'up{job="$job"}'}]}]},
    ],
}


def test_an_old_dashboard_is_imported_by_paste_and_drawn(quiet: Stage) -> None:
    with quiet.page(height=2600) as page:
        page.goto(quiet.url + "/import")
        page.get_by_label("JSON", exact=True).fill("{")
        expect(page.get_by_text("This is no JSON")).to_be_visible()
        page.get_by_label("JSON", exact=True).fill(json.dumps(PASTED))
        expect(page.get_by_text("Everything in it can be drawn.")).to_be_visible()
        page.get_by_role("button", name="Import", exact=True).click()
        page.wait_for_url("**/d/pasted-board")
        page.wait_for_function(SETTLED)
        expect(page.get_by_role("heading", name="Old <b>row</b>")).to_be_visible()
        jobs = page.locator(".row-heading").count() - 1
        assert jobs >= 4
        assert page.locator(".panel").count() > 4
        assert not [state for state in states(page) if state["marks"] or state["failed"] or state["empty"]]
        page.get_by_role("button", name="Add a filter").click()
        page.get_by_label("Label", exact=True).fill("job")
        page.get_by_label("Value", exact=True).fill("prometheus")
        with page.expect_request("**/api/query") as sent:
            page.get_by_role("button", name="Add", exact=True).click()
        assert any('job="prometheus"' in query["expr"] for query in json.loads(sent.value.post_data or "")["queries"])
        page.screenshot(path=SHOTS / "dashboard-imported.png", full_page=True)
        page.goto(quiet.url + "/dashboards?search=pasted")
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_label("Delete Pasted board").click()
        expect(page.get_by_text("No dashboard fits.")).to_be_visible()


def test_what_cannot_be_drawn_is_named_before_the_import_and_on_the_panel(quiet: Stage) -> None:
    strange = {"id": 1, "type": "some-plugin-panel", "title": "Strange", "gridPos": {"x": 0, "y": 0, "w": 12, "h": 6}}
    flux = strange | {"id": 2, "type": "timeseries", "title": "Flux", "datasource": {"type": "influxdb", "uid": "i"}}
    board = {"title": "Losing", "uid": "losing", "panels": [strange, flux | {"targets": [{"refId": "A", "query": "from()"}]}]}
    with quiet.page() as page:
        page.goto(quiet.url + "/import")
        page.get_by_label("JSON", exact=True).fill(json.dumps(board))
        expect(page.locator(".losses li")).to_have_count(2)
        page.get_by_role("button", name="Import", exact=True).click()
        page.wait_for_url("**/d/losing")
        expect(page.locator("[data-mark=loss]")).to_have_count(2)
        words = page.locator("[data-mark=loss] summary").first.get_attribute("aria-label")
        assert words == "Not as its author meant it: the panel type “some-plugin-panel” is not drawn here"
        with httpx.Client(base_url=quiet.url, auth=("admin", quiet.password), trust_env=False) as client:
            client.delete("/api/dashboards/losing").raise_for_status()


def test_the_list_is_searched_by_words_and_tags(quiet: Stage) -> None:
    with quiet.page() as page:
        page.goto(quiet.url + "/dashboards")
        expect(page.locator(".board-list li")).to_have_count(len(SHIPPED))
        page.keyboard.press("/")
        page.keyboard.type("rabbit")
        expect(page.locator(".board-list li")).to_have_count(1)
        page.locator(".board-list a").click()
        page.wait_for_url("**/d/watchkeeper-rabbitmq")


def test_a_keyboard_is_enough_to_get_around(quiet: Stage) -> None:
    with quiet.page() as page:
        page.keyboard.press("d")
        page.wait_for_url("**/dashboards")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_contain_text("Go to Explore")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        quiet.open(page, "/d/watchkeeper-host?refresh=off")
        page.keyboard.press("k")
        page.wait_for_url("**kiosk=1**")
        expect(page.locator("header.bar")).to_have_count(0)
        page.keyboard.press("Escape")
        expect(page.locator("header.bar")).to_be_visible()
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.closest('.panel') !== null"):
                break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert page.evaluate("document.activeElement.closest('.panel') !== null")
        assert outline == "solid"


def test_a_narrow_screen_has_one_column_and_nothing_sticks_out(quiet: Stage) -> None:
    with quiet.page(width=390, height=844) as page:
        quiet.open(page, "/d/watchkeeper-host?from=now-5m&to=now&refresh=off")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        lefts = page.evaluate(
            "[...new Set([...document.querySelectorAll('.panel')].map((it) => it.getBoundingClientRect().left))]"
        )
        assert len(lefts) == 1
        page.get_by_role("button", name="Navigation").click()
        expect(page.get_by_role("link", name="Explore")).to_be_visible()
        page.screenshot(path=SHOTS / "dashboard-narrow.png")


def test_those_who_want_nothing_to_move_see_nothing_move(quiet: Stage) -> None:
    with quiet.page() as page:
        page.emulate_media(reduced_motion="reduce")
        quiet.open(page, "/d/watchkeeper-host")
        assert page.evaluate("document.getAnimations().filter((one) => one.effect.getTiming().duration > 0).length") == 0
