"""Explore, alerts and silences in a real browser, with logs from a real store."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.live.console_browser import BrowserStage, a_browser
from tests.live.console_process import a_console
from tests.live.store_process import StoreProcess
from tests.unit.watchkeeper_console.upstream_fakes import PrometheusFake, Received, Reply, rfc3339, served

pytestmark = [pytest.mark.live, pytest.mark.browser]

TRACE = "0af7651916cd43dd8448eb211c80319c"
SILENCE = "0b2c9c5e-7c0a-4f6d-9f54-3f8f8b1f4c11"
RULE = {
    "name": "QueueLong",
    "query": "demo > 3",
    "duration": 60,
    "labels": {"severity": "critical"},
    "annotations": {"summary": "The queue of {{ $labels.job }} is long.", "runbook": "QueueLong"},
    "alerts": [],
    "health": "ok",
    "type": "alerting",
    "state": "inactive",
    "lastEvaluation": "2026-11-21T05:00:00Z",
    "evaluationTime": 0.001,
}


@dataclass(slots=True)
class Metrics:
    """Prometheus with rules, metadata and names beside the waves of ``PrometheusFake``."""

    waves: PrometheusFake = field(default_factory=PrometheusFake)

    def __call__(self, received: Received) -> Reply:
        data: Any
        match received.path:
            case "/api/v1/rules":
                data = {"groups": [{"name": "queues", "file": "q.yaml", "interval": 15, "rules": [RULE]}]}
            case "/api/v1/metadata":
                data = {"demo": [{"type": "gauge", "help": "A wave.", "unit": "metres"}]}
            case "/api/v1/label/__name__/values":
                data = ["demo", "requests_total"]
            case "/api/v1/labels":
                data = ["__name__", "job"]
            case "/api/v1/label/job/values":
                data = ["store", "shipper"]
            case "/api/v1/query" if received.parameter("query").startswith("demo"):
                result = [
                    {"metric": {"__name__": "demo", "job": job}, "value": [time.time(), "2"]} for job in ("store", "shipper")
                ]
                data = {"resultType": "vector", "result": result}
            case _:
                return self.waves(received)
        return Reply(body={"status": "success", "data": data})


@dataclass(slots=True)
class Alertmanager:
    """Two alerts, and silences that are kept until they are ended."""

    silences: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, received: Received) -> Reply:
        match received.method, received.path:
            case "GET", "/api/v2/alerts":
                return Reply(body=[self._alert("store"), self._alert("shipper")])
            case "GET", "/api/v2/alerts/groups":
                group = {"labels": {"alertname": "QueueLong"}, "receiver": {"name": "pager"}}
                return Reply(body=[group | {"alerts": [self._alert("store"), self._alert("shipper")]}])
            case "GET", "/api/v2/receivers":
                return Reply(body=[{"name": "pager"}])
            case "GET", "/api/v2/silences":
                return Reply(body=self.silences)
            case "POST", "/api/v2/silences":
                silence = json.loads(received.body)
                self.silences = [silence | {"id": SILENCE, "updatedAt": rfc3339(time.time()), "status": {"state": "active"}}]
                return Reply(body={"silenceID": SILENCE})
            case "DELETE", _:
                self.silences = [silence | {"status": {"state": "expired"}} for silence in self.silences]
                return Reply(body=b"")
            case _:
                return Reply(body={})

    def _alert(self, job: str) -> dict[str, Any]:
        now = time.time()
        return {
            "fingerprint": job,
            "labels": {"alertname": "QueueLong", "job": job, "severity": "critical"},
            "annotations": {"summary": f"The queue of {job} is long."},
            "startsAt": rfc3339(now - 60),
            "endsAt": rfc3339(now + 60),
            "updatedAt": rfc3339(now),
            "receivers": [{"name": "pager"}],
            "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
        }


@dataclass(slots=True, kw_only=True)
class Stage(BrowserStage):
    """With a real log store."""

    store: StoreProcess
    alertmanager: Alertmanager

    def log(self, *lines: str, age_s: float = 1.0, **labels: str) -> None:
        """Into the store, a millisecond apart."""
        now = time.time() - age_s
        values = [(int((now + number / 1000) * 1e9), line) for number, line in enumerate(lines)]
        assert self.store.push_lines(labels, *values).status == 204


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as started:
        yield started


@pytest.fixture
def stage(browser: Browser, tmp_path: Path) -> Iterator[Stage]:
    alertmanager = Alertmanager()
    with ExitStack() as running:
        store = StoreProcess(tmp_path / "store").start()
        running.callback(store.stop)
        upstreams = {
            "prometheus": running.enter_context(served(Metrics())).url,
            "alertmanager": running.enter_context(served(alertmanager)).url,
            "logs": f"http://127.0.0.1:{store.port}",
        }
        console = running.enter_context(a_console(tmp_path / "console", upstreams=upstreams))
        yield Stage(console=console, browser=browser, store=store, alertmanager=alertmanager)


def _write(page: Page, name: str, text: str) -> None:
    """Into an editor, as a person types; what it closes by itself is typed over. Escape ends the offers."""
    page.get_by_role("textbox", name=name).click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    page.keyboard.press("Escape")


def test_a_metric_query_becomes_a_graph_a_table_and_text(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page, "/explore")
        _write(page, "PromQL query", "demo")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".answer canvas")).to_be_visible()
        expect(page.get_by_role("group", name="Query A")).to_contain_text("gauge · metres · A wave.")
        assert "q=demo" in page.url
        page.get_by_role("radio", name="Table").click()
        table = page.get_by_role("region", name="Values of each series of A")
        expect(table.get_by_role("row")).to_have_count(3)
        table.get_by_role("button", name='Only job="store"').click()
        expect(page.get_by_role("textbox", name="PromQL query")).to_have_text('demo{job="store"}')
        page.get_by_role("radio", name="Raw").click()
        expect(page.locator(".raw")).to_contain_text('demo{job="store"}  2 @')
        page.go_back()
        page.go_back()
        page.go_back()
        expect(page.locator(".answer canvas")).to_be_visible()
    assert stage.complaints == []


def test_typing_fast_loses_no_letter(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page, "/explore")
        editor = page.get_by_role("textbox", name="PromQL query")
        editor.click()
        page.keyboard.type("sum by job rate demo offset 5m and some more words", delay=0)
        expect(editor).to_have_text("sum by job rate demo offset 5m and some more words")


def test_a_wrong_query_is_answered_in_the_upstreams_words(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page, "/explore?source=metrics&from=now-1h&to=now&q=sum%28up")
        expect(page.get_by_role("alert")).to_contain_text("parse error: unclosed left parenthesis")


def test_queries_are_added_left_out_and_improved(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page, "/explore?source=metrics&from=now-1h&to=now&q=requests_total")
        page.get_by_role("button", name=re.compile("^Use")).click()
        expect(page.get_by_role("textbox", name="PromQL query")).to_have_text("rate(requests_total[5m])")
        page.get_by_role("button", name="Add a query").click()
        _write(page, "PromQL query B", "demo")
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_role("button", name="Leave out query A").click()
        page.wait_for_url(re.compile(r"off=0"))
        page.get_by_role("button", name="Remove query A").click()
        expect(page.get_by_role("group", name=re.compile("^Query"))).to_have_count(1)
    assert stage.complaints == []


def test_the_browser_of_metrics_makes_a_query(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page, "/explore")
        page.get_by_role("button", name="Browse metrics").click()
        page.get_by_label("Search names and help").fill("wave")
        page.get_by_role("button", name=re.compile("demo.*gauge")).click()
        page.get_by_role("button", name="job", exact=True).click()
        page.get_by_role("button", name="shipper", exact=True).click()
        page.get_by_role("button", name='Use demo{job="shipper"}').click()
        expect(page.get_by_role("textbox", name="PromQL query")).to_have_text('demo{job="shipper"}')


def test_log_lines_are_counted_opened_filtered_and_seen_among_their_neighbours(stage: Stage) -> None:
    stage.log("before it", f"level=error msg=failed status=500 trace_id={TRACE}", "after it", app="pay", service_name="pay")
    stage.log("level=info msg=fine status=200", app="web", service_name="web")
    with stage.page() as page:
        stage.signed_in(page, "/explore?source=logs")
        _write(page, "LogQL query", '{service_name=~".+"} |= "level"')
        page.keyboard.press("Control+Enter")
        expect(page.locator(".entry")).to_have_count(2)
        expect(page.get_by_role("region", name="Lines by level")).to_contain_text("error 1")
        expect(page.locator(".volume canvas")).to_be_visible()
        page.get_by_text("msg=failed").click()
        expect(page.get_by_role("link", name="Trace 0af76519…")).to_have_attribute("href", f"/traces/{TRACE}")
        page.get_by_role("button", name="Lines around it").click()
        around = page.get_by_role("dialog").locator("li.entry .text")
        expect(around).to_have_text(["before it", re.compile("msg=failed"), "after it"])
        page.keyboard.press("Escape")
        page.get_by_role("button", name='Only status="500"').click()
        editor = page.get_by_role("textbox", name="LogQL query")
        expect(editor).to_have_text('{service_name=~".+"} |= "level" | logfmt | status="500"')
        expect(page.locator(".entry")).to_have_count(1)
    assert stage.complaints == []


def test_the_tail_shows_new_lines_and_keeps_them_while_it_is_paused(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page, "/explore?source=logs&from=now-1h&to=now&q=%7Bapp%3D%22pay%22%7D")
        page.get_by_role("button", name="Live tail").click()
        expect(page.get_by_role("heading", name="Live")).to_be_visible()
        stage.log("first", age_s=0, app="pay")
        expect(page.locator(".entry .text")).to_have_text(["first"])
        page.get_by_role("button", name="Pause").click()
        stage.log("second", age_s=0, app="pay")
        expect(page.get_by_role("heading", name="Paused, 1 line waiting")).to_be_visible()
        expect(page.locator(".entry .text")).to_have_text(["first"])
        page.get_by_role("button", name="Go on").click()
        expect(page.locator(".entry .text")).to_have_text(["second", "first"])
    assert stage.complaints == []


def test_a_rule_opens_to_its_graph_and_its_runbook(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page, "/alerts")
        page.get_by_text("QueueLong").click()
        expect(page.get_by_role("link", name="Runbook")).to_have_attribute("href", "/runbooks/QueueLong")
        expect(page.locator(".rule canvas").first).to_be_visible()
        page.get_by_label("Search rules").fill("nothing like it")
        expect(page.get_by_text("No rule is like that.")).to_be_visible()
    assert stage.complaints == []


def test_a_silence_shows_what_it_matches_is_made_and_ended(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page, "/alerts/groups")
        page.get_by_role("link", name="Silence this").first.click()
        preview = page.get_by_role("region", name="What it matches now")
        expect(preview).to_contain_text("Matches 1 alert now")
        matcher = page.locator(".matcher").nth(1)
        matcher.get_by_label("Operator").select_option("=~")
        matcher.get_by_label("Value").fill("s.*")
        expect(preview).to_contain_text("Matches 2 alerts now")
        matcher.get_by_label("Value").fill("(")
        expect(page.get_by_text("is not a valid regular expression")).to_be_visible()
        expect(page.get_by_role("button", name="Silence", exact=True)).to_be_disabled()
        matcher.get_by_label("Value").fill("store|shipper")
        page.get_by_role("button", name="8h").click()
        page.get_by_label("Comment: why").fill("moving the queue")
        page.get_by_role("button", name="Silence", exact=True).click()
        expect(page.get_by_role("region", name="Silence moving the queue")).to_contain_text("matches 2 alerts now")
        (made,) = stage.alertmanager.silences
        assert {(one["name"], one["value"], one["isRegex"]) for one in made["matchers"]} == {
            ("alertname", "QueueLong", False),
            ("job", "store|shipper", True),
            ("severity", "critical", False),
        }
        page.get_by_role("button", name="Expire", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Expire").click()
        expect(page.get_by_text("No silence in these states.")).to_be_visible()
        assert stage.alertmanager.silences[0]["status"] == {"state": "expired"}
    assert stage.complaints == []


def test_the_link_of_a_notification_opens_the_form_filled_in(stage: Stage) -> None:
    """The address is the one that Alertmanager's template makes; signing in comes in between."""
    address = "/alerts/silences?new=%7Balertname%3D%22QueueLong%22%2Cjob%3D%22store%22%7D"
    with stage.page() as page:
        page.goto(stage.console.url + address)
        stage.sign_in(page)
        preview = page.get_by_role("region", name="What it matches now")
        expect(preview).to_contain_text("Matches 1 alert now")
        expect(page.locator(".matcher").first.get_by_label("Value")).to_have_value("QueueLong")
        expect(page.locator(".matcher").nth(1).get_by_label("Label")).to_have_value("job")
        page.wait_for_url(stage.console.url + "/alerts/silences")  # going back does not open the form again
    assert stage.complaints == []


def test_without_a_trace_store_the_page_says_so(stage: Stage) -> None:
    with stage.page() as page:
        stage.signed_in(page, f"/traces/{TRACE}")
        expect(page.get_by_text("This stack has no trace store")).to_be_visible()
        page.goto(stage.console.url + "/traces")
        expect(page.get_by_text("This stack has no trace store")).to_be_visible()
    assert stage.complaints == []
