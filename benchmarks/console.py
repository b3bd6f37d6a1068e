"""The console's dashboards in a real Chromium: how much script, work and memory a dashboard of thirty panels costs the browser.

The console is the real process; Prometheus is a fake that answers like it, so that the figures are of the page alone. Work of
the main thread is Chromium's own count (``TaskDuration``), from the navigation until all panels on the screen are drawn.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, ViewportSize, sync_playwright
from tests.live.console_process import PASSWORD, ConsoleProcess, a_console
from tests.unit.watchkeeper_console.upstream_fakes import LogStoreFake, PrometheusFake, served

from benchmarks.figure import Figure

ROUNDS = 5
MIB = 2**20
CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
BUILT = Path(__file__).parents[1] / "src" / "watchkeeper_console" / "static"
SCREEN: ViewportSize = {"width": 1440, "height": 900}
UID = "benchmark-thirty"

# a panel is drawn when its answer is there and its inside holds something
DRAWN = """() => {
  const panels = [...document.querySelectorAll('.panel')].filter((panel) => panel.getBoundingClientRect().top < innerHeight);
  return panels.length > 0 && panels.every((panel) =>
    panel.getAttribute('aria-busy') === 'false'
    && panel.querySelector('.inside').firstElementChild?.getBoundingClientRect().height > 0);
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one opening: seconds of main thread and of script in it, bytes of heap and of gzipped scripts, wall time, requests."""

    main_thread_s: float
    script_s: float
    heap_bytes: float
    script_bytes: int
    wall_s: float
    queries: int


def measure() -> list[Figure]:
    """Every figure of the console's page; takes about twenty seconds. Needs Chromium and the built page (``make web``)."""
    with (
        tempfile.TemporaryDirectory() as folder,
        served(PrometheusFake()) as prometheus,
        served(LogStoreFake()) as logs,
        a_console(Path(folder), upstreams={"prometheus": prometheus.url, "logs": logs.url}) as console,
        sync_playwright() as playwright,
    ):
        _import(console, thirty_panels())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            return list(_figures(browser, console))
        finally:
            browser.close()


def thirty_panels() -> dict[str, Any]:
    """A dashboard as people write them: big values on top, graphs below, a few of everything else."""
    kinds = ["stat"] * 6 + ["timeseries"] * 20 + ["gauge", "bargauge", "table", "text"]
    panels: list[dict[str, Any]] = []
    x = y = 0
    for number, kind in enumerate(kinds, start=1):
        width, height = (4, 4) if kind == "stat" else (8, 8)
        if x + width > 24:
            x, y = 0, y + panels[-1]["gridPos"]["h"]
        targets = [
            {"refId": "A", "expr": f'rate(demo_{number}_total{{job=~"$job"}}[$__rate_interval])', "legendFormat": "{{job}}"}
        ]
        panel: dict[str, Any] = {
            "id": number,
            "type": kind,
            "title": f"{kind} {number}",
            "targets": [] if kind == "text" else targets,
        }
        panel |= {"gridPos": {"x": x, "y": y, "w": width, "h": height}, "options": {"content": "Some **words**"}}
        panel |= {"fieldConfig": {"defaults": {"unit": "short", "custom": {"fillOpacity": 10}}, "overrides": []}}
        panels.append(panel)
        x += width
    return {
        "uid": UID,
        "title": "Thirty panels",
        "schemaVersion": 39,
        "time": {"from": "now-6h", "to": "now"},
        "panels": panels,
    }


def _import(console: ConsoleProcess, board: dict[str, Any]) -> None:
    with console.client() as client:
        body = {"dashboard": board, "folder": "", "overwrite": True}
        answer = client.post("/api/dashboards", json=body, headers={"Origin": console.url})
        answer.raise_for_status()


def _figures(browser: Browser, console: ConsoleProcess) -> Iterator[Figure]:
    context = _signed_in(browser, console)
    costs = [_opened(context, console, scroll=False) for _ in range(ROUNDS)]
    whole = [_opened(context, console, scroll=True) for _ in range(ROUNDS)]

    def of(found: list[Cost], name: str) -> float:
        return float(statistics.median(getattr(cost, name) for cost in found))

    yield Figure(name="first screen: script, gzipped", value=of(costs, "script_bytes") / 1000, unit="kB", at_most=90)
    yield Figure(name="first screen: main thread", value=of(costs, "main_thread_s"), unit="s", at_most=0.35)
    yield Figure(name="first screen: of that script", value=of(costs, "script_s"), unit="s")
    yield Figure(name="first screen: heap", value=of(costs, "heap_bytes") / MIB, unit="MiB", at_most=10)
    yield Figure(name="first screen: wall time", value=of(costs, "wall_s"), unit="s", at_most=3)
    yield Figure(name="first screen: requests for queries", value=of(costs, "queries"), unit="", at_most=2)
    yield Figure(name="all thirty panels: main thread", value=of(whole, "main_thread_s"), unit="s")
    yield Figure(name="all thirty panels: heap", value=of(whole, "heap_bytes") / MIB, unit="MiB")


def _signed_in(browser: Browser, console: ConsoleProcess) -> BrowserContext:
    context = browser.new_context(viewport=SCREEN)
    page = context.new_page()
    page.goto(console.url + "/login")
    page.get_by_label("User", exact=True).fill("admin")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(console.url + "/")
    page.close()
    return context


def _opened(context: BrowserContext, console: ConsoleProcess, *, scroll: bool) -> Cost:
    page = context.new_page()
    queries: list[str] = []
    page.on("request", lambda request: queries.append(request.url) if "query" in urlsplit(request.url).path else None)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    # the thread's own time: other programs of a busy machine do not count
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _metrics(session)
    page.goto(f"{console.url}/d/{UID}", wait_until="commit")
    page.wait_for_function(DRAWN, timeout=20_000)
    wall_s = page.evaluate("performance.now()") / 1000
    if scroll:
        page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
        page.wait_for_function(DRAWN)
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_function("() => document.querySelectorAll('.panel').length === 30")
        page.wait_for_function(DRAWN)
    after = _metrics(session)
    session.send("HeapProfiler.collectGarbage")
    heap = _metrics(session)["JSHeapUsedSize"]
    cost = Cost(
        main_thread_s=after["TaskDuration"] - before["TaskDuration"],
        script_s=after["ScriptDuration"] - before["ScriptDuration"],
        heap_bytes=heap,
        script_bytes=_script_bytes(page),
        wall_s=wall_s,
        queries=len(queries),
    )
    page.close()
    return cost


def _metrics(session: CDPSession) -> dict[str, float]:
    return {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}


def _script_bytes(page: Page) -> int:
    """What the loaded scripts weigh when gzipped, whatever encoding this browser was served."""
    names = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    paths = {urlsplit(name).path for name in names if urlsplit(name).path.endswith(".js")}
    files = [BUILT / path.removeprefix("/static/") for path in paths]
    assert files, "the page loaded no script"
    return sum(
        (file.with_name(file.name + ".gz") if file.with_name(file.name + ".gz").exists() else file).stat().st_size
        for file in files
    )
