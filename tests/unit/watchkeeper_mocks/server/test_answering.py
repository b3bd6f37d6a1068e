import json
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.unit.watchkeeper_mocks.stage import FLAT, Clock, a_world, value

from watchkeeper_mocks.configuration import Configuration, LogSettings
from watchkeeper_mocks.load.profile import MONDAY_S
from watchkeeper_mocks.logs.generator import LogGenerator
from watchkeeper_mocks.own_metrics import OwnMetrics
from watchkeeper_mocks.server.answering import Answer, Answering, Request

LOOPBACK = {"host": "127.0.0.1:23010", "content-type": "application/json"}


class Stage:
    """An Answering with everything it needs; `reason` is why it is not ready."""

    def __init__(self, folder: Path, configuration: Configuration = FLAT) -> None:
        self.clock = Clock(MONDAY_S + 1010.0)
        self.world, _ = a_world(configuration, folder=folder, clock=self.clock)
        self.reason: str | None = None
        metrics = OwnMetrics(self.world, LogGenerator(self.world, LogSettings(), seed="s", folder=folder / "logs"))
        self.answering = Answering(self.world, metrics, not_ready=lambda: self.reason)

    def ask(self, method: str, target: str, body: object = None, **more: Any) -> Answer:
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        headers = more.get("headers", LOOPBACK)
        return self.answering.answer(
            Request(method=method, target=target, headers=headers, client=more.get("client", "127.0.0.1"), body=content)
        )


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_a_scrape_says_which_format_it_is_in(stage: Stage) -> None:
    answer = stage.ask("GET", "/exporters/application/metrics")
    assert answer.status == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert value(answer.body, "cache_hits_total", cache_name="products") == 4038


def test_a_scrape_can_ask_for_another_moment(stage: Stage) -> None:
    now = stage.ask("GET", "/exporters/application/metrics").body
    stage.clock.now_s += 100.0
    assert stage.ask("GET", f"/exporters/application/metrics?at={MONDAY_S + 1010.0}").body == now
    assert stage.ask("GET", "/exporters/application/metrics").body != now


@pytest.mark.parametrize("at", ["yesterday", "0", "nan", "inf", "1e300"])
def test_an_odd_moment_is_refused(stage: Stage, at: str) -> None:
    assert stage.ask("GET", f"/exporters/application/metrics?at={at}").status == 400


@pytest.mark.parametrize(
    "target", ["/exporters/mysql/metrics", "/exporters/redis", "/exporters/redis/metrics/", "/exporters/", "/nothing", "/api"]
)
def test_what_is_not_there_is_not_found(stage: Stage, target: str) -> None:
    answer = stage.ask("GET", target)
    assert answer.status == 404
    assert "cannot find" in json.loads(answer.body)["error"]


def test_the_root_lists_every_path(stage: Stage) -> None:
    paths = stage.ask("GET", "/").body.splitlines()
    assert {"/metrics", "/api/incidents", "/exporters/rabbitmq/metrics/per-object"} <= set(paths)
    for path in paths:
        assert stage.ask("GET", path).status == 200


def test_alive_and_ready_are_two_things(stage: Stage) -> None:
    assert stage.ask("GET", "/-/ready").status == 200
    stage.reason = "cannot write web.log: disk full"
    assert stage.ask("GET", "/-/healthy").status == 200
    answer = stage.ask("GET", "/-/ready")
    assert (answer.status, answer.body) == (503, "cannot write web.log: disk full\n")


def test_an_incident_starts_and_is_listed(stage: Stage) -> None:
    answer = stage.ask("POST", "/api/incidents", {"name": "error_burst", "duration_s": 100, "intensity": 0.5})
    assert answer.status == HTTPStatus.CREATED
    started = json.loads(answer.body)
    assert started["name"] == "error_burst"
    assert (started["starts_s"], started["ends_s"]) == (MONDAY_S + 1010.0, MONDAY_S + 1110.0)
    stage.clock.now_s += 50.0
    listing = json.loads(stage.ask("GET", "/api/incidents").body)
    assert [(one["name"], one["state"], one["strength"]) for one in listing["incidents"]] == [("error_burst", "full", 0.5)]
    assert {"name", "summary", "moves", "served", "not_served"} == set(listing["known"][0])


def test_an_incident_tells_which_of_the_exporters_it_moves_are_not_served(tmp_path: Path) -> None:
    stage = Stage(tmp_path, replace(FLAT, exporters=frozenset({"application", "rabbitmq"})))
    started = json.loads(stage.ask("POST", "/api/incidents", {"name": "disk_filling"}).body)
    assert (started["served"], started["not_served"]) == (["rabbitmq"], ["node"])
    known = {one["name"]: one for one in json.loads(stage.ask("GET", "/api/incidents").body)["known"]}
    assert (known["cpu_saturation"]["served"], known["cpu_saturation"]["not_served"]) == ([], ["node"])


@pytest.mark.parametrize(
    ("after_s", "state"),
    [(0.0, "rising"), (9.9, "rising"), (10.0, "full"), (90.0, "full"), (91.0, "recovering"), (100.0, "over")],
)
def test_an_incident_says_how_far_it_is(stage: Stage, after_s: float, state: str) -> None:
    stage.ask("POST", "/api/incidents", {"name": "error_burst", "duration_s": 100})
    stage.clock.now_s += after_s
    assert json.loads(stage.ask("GET", "/api/incidents").body)["incidents"][0]["state"] == state


def test_defaults_are_five_minutes_at_full_intensity(stage: Stage) -> None:
    started = json.loads(stage.ask("POST", "/api/incidents", {"name": "error_burst"}).body)
    assert (started["ends_s"] - started["starts_s"], started["intensity"]) == (300.0, 1.0)


def test_an_unknown_incident_is_not_found_and_the_known_ones_are_told(stage: Stage) -> None:
    for answer in (stage.ask("POST", "/api/incidents", {"name": "fire"}), stage.ask("DELETE", "/api/incidents/fire")):
        assert answer.status == 404
        assert "traffic_surge" in json.loads(answer.body)["known"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"error_burst"',
        b"{}",
        b'{"name": 5}',
        b'{"name": "error_burst", "duration": 60}',
        b'{"name": "error_burst", "duration_s": "long"}',
        b'{"name": "error_burst", "duration_s": 1}',
        b'{"name": "error_burst", "intensity": 99}',
        b'{"name": "error_burst", "intensity": NaN}',
        b'{"name": "error_burst", "duration_s": [60]}',
        b"\xff",
    ],
)
def test_an_odd_body_is_refused(stage: Stage, body: bytes) -> None:
    answer = stage.ask("POST", "/api/incidents", body)
    assert answer.status == 400
    assert json.loads(answer.body)["error"].startswith("cannot ")
    assert json.loads(stage.ask("GET", "/api/incidents").body)["incidents"] == []


def test_deleting_lets_an_incident_recover_and_only_once_it_is_under_way(stage: Stage) -> None:
    assert stage.ask("DELETE", "/api/incidents/error_burst").status == 404
    stage.ask("POST", "/api/incidents", {"name": "error_burst", "duration_s": 100})
    stage.clock.now_s += 50.0
    (stopped,) = json.loads(stage.ask("DELETE", "/api/incidents/error_burst").body)["incidents"]
    assert stopped["ends_s"] == MONDAY_S + 1070.0


@pytest.mark.parametrize(
    ("client", "host"),
    [("192.0.2.7", "127.0.0.1:23010"), ("127.0.0.1", "evil.example"), ("127.0.0.1", ""), ("2001:db8::1", "[::1]:23010")],
)
def test_only_this_machine_controls_incidents(stage: Stage, client: str, host: str) -> None:
    for method, target in (("GET", "/api/incidents"), ("POST", "/api/incidents"), ("DELETE", "/api/incidents/error_burst")):
        answer = stage.ask(method, target, {"name": "error_burst"}, client=client, headers={**LOOPBACK, "host": host})
        assert answer.status == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:23010", "127.0.0.1", "[::1]:23010", "[::1]"])
def test_loopback_has_several_names(stage: Stage, host: str) -> None:
    assert stage.ask("GET", "/api/incidents", client="::1", headers={"host": host}).status == 200


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/x-www-form-urlencoded"])
def test_a_web_page_cannot_start_an_incident(stage: Stage, content_type: str) -> None:
    headers = {"host": "127.0.0.1:23010", "content-type": content_type}
    assert stage.ask("POST", "/api/incidents", {"name": "error_burst"}, headers=headers).status == 415


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        ("POST", "/metrics", "GET"),
        ("DELETE", "/exporters/redis/metrics", "GET"),
        ("DELETE", "/api/incidents", "GET, POST"),
        ("GET", "/api/incidents/error_burst", "DELETE"),
    ],
)
def test_other_methods_are_told_what_is_allowed(stage: Stage, method: str, target: str, allow: str) -> None:
    answer = stage.ask(method, target)
    assert (answer.status, answer.allow) == (405, allow)


def test_its_own_metrics_count_scrapes_and_tell_of_incidents(stage: Stage) -> None:
    stage.ask("GET", "/exporters/redis/metrics")
    stage.ask("POST", "/api/incidents", {"name": "error_burst", "duration_s": 100, "intensity": 0.5})
    stage.clock.now_s += 50.0
    text = stage.ask("GET", "/metrics").body
    assert value(text, "watchkeeper_mocks_scrapes_total", exporter="redis") == 1
    assert value(text, "watchkeeper_mocks_scrapes_total", exporter="kafka") == 0
    assert value(text, "watchkeeper_mocks_incident_strength", incident="error_burst") == 0.5
    assert value(text, "process_resident_memory_bytes") > 1e6
    names = [family.name for family in text_string_to_metric_families(text)]
    assert len(names) == len(set(names))


def test_an_incident_that_cannot_be_kept_is_not_started(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "incidents.new").mkdir()  # in the way of the file that is written first
    answer = stage.ask("POST", "/api/incidents", {"name": "error_burst"})
    assert answer.status == 503
    assert "cannot keep incidents in" in json.loads(answer.body)["error"]
    assert json.loads(stage.ask("GET", "/api/incidents").body)["incidents"] == []
