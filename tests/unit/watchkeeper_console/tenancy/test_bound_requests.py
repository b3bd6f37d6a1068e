"""A person of one organisation against the whole console: what reaches the upstreams, and what comes back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.unit.watchkeeper_console.console_stage import Console, a_user, running, some_settings
from tests.unit.watchkeeper_console.upstream_fakes import Received, Reply, Upstream, an_alert, served

from watchkeeper_console.tenancy.confine import TREATMENTS
from watchkeeper_console.upstreams.allowed import lines

OWN = 'organisation="acme"'
SILENCE = "0b2c9c5e-7c0a-4f6d-9f54-3f8f8b1f4c11"
OTHER = "1b2c9c5e-7c0a-4f6d-9f54-3f8f8b1f4c11"
OWN_MATCHER = {"name": "organisation", "value": "acme", "isRegex": False, "isEqual": True}


def a_silence(id_: str, *matchers: dict[str, Any]) -> dict[str, Any]:
    return {"id": id_, "matchers": list(matchers), "status": {"state": "active"}, "comment": "", "createdBy": "x"}


@dataclass(slots=True)
class Bound:
    console: Console
    browser: httpx.AsyncClient
    upstream: Upstream

    @property
    def token(self) -> dict[str, str]:
        return {"X-Watchkeeper-Token": self.browser.headers["X-Form-Token"]}

    @property
    def last(self) -> Received:
        return self.upstream.received[-1]


def answers(received: Received) -> Reply:
    """Everything any upstream is asked here, by path."""
    rule = {"type": "alerting", "name": "R", "query": 'up{organisation="globex"}', "state": "firing", "labels": {}}
    match received.method, received.path:
        case "GET", "/api/v1/alerts":
            alerts = [an_alert("A", organisation="acme"), an_alert("B", organisation="globex"), an_alert("C")]
            return Reply(body={"status": "success", "data": {"alerts": alerts}})
        case "GET", "/api/v1/rules":
            rules = [
                {**rule, "alerts": [an_alert("R", state="pending", organisation="acme"), an_alert("R", organisation="globex")]},
                {**rule, "name": "S", "alerts": [an_alert("S", organisation="globex")]},
                {"type": "recording", "name": "globex:secret", "query": "x"},
            ]
            return Reply(body={"status": "success", "data": {"groups": [{"name": "g", "file": "/secret", "rules": rules}]}})
        case "GET", "/api/v2/alerts":
            return Reply(body=[{"labels": {"organisation": "acme"}}, {"labels": {"organisation": "globex"}}, {"labels": {}}])
        case "GET", "/api/v2/alerts/groups":
            own, other = {"labels": {"organisation": "acme"}}, {"labels": {"organisation": "globex"}}
            groups = [{"labels": {}, "receiver": {"name": "r"}, "alerts": each} for each in ([own, other], [other])]
            return Reply(body=groups)
        case "GET", "/api/v2/silences":
            regex = {**OWN_MATCHER, "isRegex": True}
            negative = {**OWN_MATCHER, "isEqual": False}
            return Reply(body=[a_silence("1", OWN_MATCHER), a_silence("2", regex), a_silence("3", negative), a_silence("4")])
        case "GET", path if path.startswith("/api/v2/silence/"):
            return Reply(body=a_silence(SILENCE, OWN_MATCHER) if path.endswith(SILENCE) else a_silence(OTHER))
        case "POST", "/api/v2/silences":
            return Reply(body={"silenceID": SILENCE})
        case _:
            return Reply(body={"status": "success", "data": []})


@pytest.fixture
async def bound(tmp_path: Path) -> AsyncIterator[Bound]:
    with served(answers) as upstream:
        settings = some_settings(
            tmp_path, upstreams=dict.fromkeys(("prometheus", "alertmanager", "logs", "traces"), upstream.url)
        )
        async with (
            running(settings, tmp_path / "data") as console,
            a_user(console, "editor", organisation="acme") as browser,
        ):
            yield Bound(console, browser, upstream)


def test_every_path_that_is_open_has_a_treatment_or_is_refused_on_purpose() -> None:
    paths = {(upstream, pattern) for upstream, _, pattern, _ in lines()}
    refused = {
        *((("prometheus", name)) for name in ("metadata", "targets", "targets/metadata", "alertmanagers", "scrape_pools")),
        *((("prometheus", f"status/{name}")) for name in ("config", "flags", "runtimeinfo", "tsdb")),
        ("alertmanager", "status"),
        ("alertmanager", "receivers"),
        *((("traces", pattern)) for upstream, pattern in paths if upstream == "traces"),
    }
    assert paths - set(TREATMENTS) == refused
    assert set(TREATMENTS) - paths == {("logs", "tail")}


@pytest.mark.parametrize(
    ("path", "parameters", "wanted"),
    [
        ("prometheus/api/v1/query", {"query": "up"}, {"query": "up{" + OWN + "}"}),
        (
            "prometheus/api/v1/query_range",
            {"query": "up", "start": "1", "end": "2", "step": "1"},
            {"query": "up{" + OWN + "}", "start": "1"},
        ),
        ("prometheus/api/v1/query_exemplars", {"query": "up"}, {"query": "up{" + OWN + "}"}),
        ("prometheus/api/v1/labels", {}, {"match[]": "{" + OWN + "}"}),
        ("prometheus/api/v1/labels", {"match[]": "up"}, {"match[]": "up{" + OWN + "}"}),
        ("prometheus/api/v1/label/job/values", {}, {"match[]": "{" + OWN + "}"}),
        ("prometheus/api/v1/series", {"match[]": '{a="b"}'}, {"match[]": '{a="b",' + OWN + "}"}),
        ("logs/loki/api/v1/query", {"query": "vector(1)"}, {"query": "vector(1)"}),
        ("logs/loki/api/v1/query_range", {"query": '{a="b"} |= "x"'}, {"query": "{" + OWN + ',a="b"} |= "x"'}),
        ("logs/loki/api/v1/labels", {}, {"query": "{" + OWN + "}"}),
        ("logs/loki/api/v1/label/a/values", {"query": '{b="c"}'}, {"query": "{" + OWN + ',b="c"}'}),
        ("logs/loki/api/v1/series", {}, {"match[]": "{" + OWN + "}"}),
        ("logs/loki/api/v1/series", {"match": '{b="c"}'}, {"match[]": "{" + OWN + ',b="c"}'}),
        ("logs/loki/api/v1/index/stats", {"query": '{b="c"}'}, {"query": "{" + OWN + ',b="c"}'}),
        ("logs/loki/api/v1/index/volume", {"query": "{}"}, {"query": "{" + OWN + "}"}),
        ("logs/loki/api/v1/patterns", {"query": '{b="c"}'}, {"query": "{" + OWN + ',b="c"}'}),
        ("logs/loki/api/v1/detected_fields", {"query": '{b="c"} | json'}, {"query": "{" + OWN + ',b="c"} | json'}),
        ("alertmanager/api/v2/alerts", {"filter": "a=b"}, {"filter": OWN}),
    ],
)
async def test_what_reaches_the_upstream_is_confined(
    bound: Bound, path: str, parameters: dict[str, str], wanted: dict[str, str]
) -> None:
    headers = {"X-Scope-OrgID": "globex", "X-Prometheus-Tenant": "globex"}
    answer = await bound.browser.get(f"/api/{path}", params=parameters, headers=headers)
    assert answer.status_code == 200, answer.text
    assert {name: bound.last.parameter(name) for name in wanted} == wanted
    assert not {"x-scope-orgid", "x-prometheus-tenant"} & set(bound.last.headers)


async def test_a_form_is_confined_too_and_the_address_is_no_way_around_it(bound: Bound) -> None:
    url = "/api/prometheus/api/v1/query"
    answer = await bound.browser.post(url, data={"query": "up"}, headers=bound.token)
    assert answer.status_code == 200
    assert (bound.last.target, bound.last.body) == ("/api/v1/query", b"query=up%7Borganisation%3D%22acme%22%7D")
    count = len(bound.upstream.received)
    for attempt in (
        bound.browser.post(url + "?query=down", data={"query": "up"}, headers=bound.token),
        bound.browser.post(
            url, content=b"query=up&query=down", headers={**bound.token, "Content-Type": "application/x-www-form-urlencoded"}
        ),
        bound.browser.get(url + "?query=up&query=down"),
        bound.browser.get(url + "?query=up;query=down"),
        bound.browser.get(url + "?Query=up"),
        bound.browser.get(url + "?query=up&tenant=globex"),
        bound.browser.get(url + "?query"),
        bound.browser.get(url),
        bound.browser.get(url + "?query=%FF"),
        bound.browser.post(url, json={"query": "up"}, headers=bound.token),
        bound.browser.post(url, content=b"x", headers={**bound.token, "Content-Type": "multipart/form-data; boundary=x"}),
    ):
        assert (await attempt).status_code == 403
    assert len(bound.upstream.received) == count


@pytest.mark.parametrize(
    "path",
    [
        "prometheus/federate?match[]=up",
        "prometheus/api/v1/federate",
        "prometheus/api/v1/targets",
        "prometheus/api/v1/metadata",
        "prometheus/api/v1/status/config",
        "prometheus/api/v1/status/tsdb",
        "prometheus/api/v1/read",
        "alertmanager/api/v2/status",
        "alertmanager/api/v2/receivers",
        "tempo/api/search?q={}",
        "tempo/api/traces/0af7651916cd43dd",
        "prometheus/api/v1/label/%2e%2e/values",
        "logs/loki/api/v1/delete",
        "logs/config",
    ],
)
async def test_what_cannot_be_confined_never_reaches_the_upstream(bound: Bound, path: str) -> None:
    assert (await bound.browser.get(f"/api/{path}")).status_code in {403, 404}
    assert bound.upstream.received == []


async def test_alerts_and_rules_are_cut_down(bound: Bound) -> None:
    alerts = (await bound.browser.get("/api/prometheus/api/v1/alerts")).json()["data"]["alerts"]
    assert [alert["labels"]["alertname"] for alert in alerts] == ["A"]
    rules = await bound.browser.get("/api/prometheus/api/v1/rules")
    (group,) = rules.json()["data"]["groups"]
    assert [(rule["name"], rule["state"], len(rule["alerts"])) for rule in group["rules"]] == [("R", "pending", 1)]
    assert "globex" not in rules.text
    assert "/secret" not in rules.text
    assert (await bound.browser.get("/api/alertmanager/api/v2/alerts")).json() == [{"labels": {"organisation": "acme"}}]
    groups = await bound.browser.get("/api/alertmanager/api/v2/alerts/groups")
    assert "globex" not in groups.text
    assert len(groups.json()) == 1
    overview = await bound.browser.get("/api/overview")
    assert [alert["name"] for alert in overview.json()["alerts"]["data"]["shown"]] == ["A"]
    assert overview.json()["targets"]["data"] is None
    assert "globex" not in overview.text


async def test_an_answer_of_another_shape_shows_nothing(bound: Bound) -> None:
    bound.upstream.answering = lambda _: Reply(body={"status": "success", "data": {"secret": "globex"}})
    answer = await bound.browser.get("/api/prometheus/api/v1/alerts")
    assert answer.status_code == 502
    assert "globex" not in answer.text


async def test_silences_mute_ones_own_alerts_only(bound: Bound) -> None:
    assert [one["id"] for one in (await bound.browser.get("/api/alertmanager/api/v2/silences")).json()] == ["1"]
    assert (await bound.browser.get(f"/api/alertmanager/api/v2/silence/{SILENCE}")).status_code == 200
    assert (await bound.browser.get(f"/api/alertmanager/api/v2/silence/{OTHER}")).status_code == 403
    matcher = {"name": "alertname", "value": ".*", "isRegex": True, "isEqual": True}
    url = "/api/alertmanager/api/v2/silences"
    made = await bound.browser.post(url, json={"matchers": [matcher], "comment": "c"}, headers=bound.token)
    assert made.json() == {"silenceID": SILENCE}
    assert json.loads(bound.last.body)["matchers"] == [matcher, OWN_MATCHER]
    sneaky = {**OWN_MATCHER, "isEqual": False}
    await bound.browser.post(url, json={"matchers": [sneaky]}, headers=bound.token)
    assert OWN_MATCHER in json.loads(bound.last.body)["matchers"]
    wrong: tuple[Any, ...] = (
        {"id": OTHER, "matchers": [OWN_MATCHER]},
        {"id": "../status", "matchers": []},
        {"matchers": "x"},
        [],
        {"id": 5, "matchers": []},
    )
    for body in wrong:
        assert (await bound.browser.post(url, json=body, headers=bound.token)).status_code == 403, body
    url = "/api/alertmanager/api/v2/silence/"
    assert (await bound.browser.delete(url + OTHER, headers=bound.token)).status_code == 403
    assert bound.last.method == "GET"
    assert (await bound.browser.delete(url + SILENCE, headers=bound.token)).status_code == 200
    assert bound.last.method == "DELETE"


async def test_a_batch_is_confined_query_by_query(bound: Bound) -> None:
    queries = [
        {"id": "m", "source": "prometheus", "kind": "instant", "expr": "up or down"},
        {"id": "l", "source": "logs", "kind": "instant", "expr": 'rate({a="b"}[1m])'},
        {"id": "x", "source": "prometheus", "kind": "instant", "expr": "info(up)"},
        {"id": "y", "source": "logs", "kind": "instant", "expr": "{a='b'}"},
    ]
    answer = await bound.browser.post("/api/query", json={"queries": queries}, headers=bound.token)
    found = {line["id"]: line["status"] for line in map(json.loads, answer.text.splitlines())}
    assert found == {"m": 200, "l": 200, "x": 403, "y": 403}
    assert {received.parameter("query") for received in bound.upstream.received} == {
        "up{" + OWN + "} or down{" + OWN + "}",
        "rate({" + OWN + ',a="b"}[1m])',
    }


async def test_what_is_about_the_whole_stack_is_not_for_them(bound: Bound) -> None:
    for path in ("/api/notifications", "/api/proof"):
        assert (await bound.browser.get(path)).status_code == 403
    body = {"dashboard": {"title": "t", "panels": []}}
    assert (await bound.browser.post("/api/dashboards", json=body, headers=bound.token)).status_code == 403
    assert (await bound.browser.get("/api/session")).json()["organisation"] == "acme"


async def test_whoever_is_bound_anew_has_to_sign_in_anew(bound: Bound) -> None:
    name = (await bound.browser.get("/api/session")).json()["user"]
    bound.console.application.people.accounts.change(name, role="viewer", organisation="globex", is_disabled=False)
    assert (await bound.browser.get("/api/session")).status_code == 401
