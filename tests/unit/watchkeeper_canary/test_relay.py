"""Relays, against a real server that answers what it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from watchkeeper.verify.receivers.formats import teams_faults
from watchkeeper_canary.relay import Relay, Undelivered, read_relays
from watchkeeper_canary.teams import card

NOTIFICATION = {
    "status": "firing",
    "externalURL": "http://127.0.0.1:9093",
    "commonLabels": {"alertname": "HostDiskFull", "severity": "critical"},
    "alerts": [
        {"status": "firing", "labels": {"alertname": "HostDiskFull", "instance": f"db{n}"}, "annotations": {"summary": "Full."}}
        for n in range(12)
    ],
}


class Outside(ThreadingHTTPServer):
    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[Any] = []
        super().__init__(("127.0.0.1", 0), Answer)


class Answer(BaseHTTPRequestHandler):
    server: Outside

    def do_POST(self) -> None:
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        pass


@pytest.fixture
def outside() -> Iterator[Outside]:
    server = Outside()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def a_relay(tmp_path: Path, address: str, kind: str = "webhook") -> Relay:
    (tmp_path / "address").write_text(address + "\n")
    return Relay(kind=kind, url_file=tmp_path / "address")


def test_a_notification_arrives_as_it_was_sent(outside: Outside, tmp_path: Path) -> None:
    a_relay(tmp_path, f"http://127.0.0.1:{outside.server_port}/x").deliver(NOTIFICATION)
    assert outside.bodies == [NOTIFICATION]


@pytest.mark.parametrize(("status", "again"), [(500, True), (503, True), (429, True), (404, False), (401, False)])
def test_the_sender_learns_whether_to_try_again(outside: Outside, tmp_path: Path, status: int, again: bool) -> None:
    outside.status = status
    with pytest.raises(Undelivered) as failure:
        a_relay(tmp_path, f"http://127.0.0.1:{outside.server_port}/secret-path").deliver(NOTIFICATION)
    assert failure.value.again is again
    assert "secret-path" not in str(failure.value)


def test_a_server_that_is_away_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(Undelivered) as failure:
        a_relay(tmp_path, "http://127.0.0.1:9/secret-path").deliver(NOTIFICATION)
    assert failure.value.again
    assert "secret-path" not in str(failure.value)


def test_a_local_file_is_never_read_through_a_relay(tmp_path: Path) -> None:
    with pytest.raises(Undelivered, match="no http or https address"):
        a_relay(tmp_path, "file:///etc/passwd").deliver(NOTIFICATION)


def test_teams_get_a_card_that_names_ten_alerts_and_counts_the_rest(outside: Outside, tmp_path: Path) -> None:
    a_relay(tmp_path, f"http://127.0.0.1:{outside.server_port}/x", kind="teams").deliver(NOTIFICATION)
    assert teams_faults(outside.bodies[0]) == []
    blocks = [block["text"] for block in outside.bodies[0]["attachments"][0]["content"]["body"]]
    assert blocks[0] == "CRITICAL ×12 HostDiskFull"
    assert blocks[1] == "- Full. (db0)"
    assert blocks[-1] == "and 2 more"
    assert len(blocks) == 12


def test_a_resolved_card_says_so() -> None:
    resolved = {**NOTIFICATION, "alerts": [{"status": "resolved", "labels": {"alertname": "A"}, "annotations": {}}]}
    blocks = card(resolved)["attachments"][0]["content"]["body"]
    assert [block["text"] for block in blocks] == ["RESOLVED HostDiskFull", "- resolved: A"]


def buttons(notification: dict[str, Any], console_url: str) -> dict[str, str]:
    actions = card(notification, console_url)["attachments"][0]["content"].get("actions", [])
    return {action["title"]: action["url"] for action in actions}


def test_the_buttons_of_a_card_lead_to_the_console_with_matchers_for_its_silence() -> None:
    labels = {"alertname": "HostDiskFull", "path": 'C:\\a "b"'}
    told = {**NOTIFICATION, "commonLabels": labels, "commonAnnotations": {"runbook": "HostDiskFull", "dashboard": "host"}}
    links = buttons(told, "http://w:1")
    assert links["Runbook"] == "http://w:1/runbooks/HostDiskFull"
    assert links["Dashboard"] == "http://w:1/d/host"
    address, _, matchers = links["Silence"].partition("?new=")
    assert address == "http://w:1/alerts/silences"
    assert unquote(matchers) == r'{alertname="HostDiskFull",path="C:\\a \"b\""}'


def test_without_a_console_a_card_leads_to_alertmanager() -> None:
    told = {**NOTIFICATION, "commonAnnotations": {"runbook": "HostDiskFull"}}
    assert list(buttons(told, "")) == ["Silence"]
    assert buttons(told, "")["Silence"].startswith(
        "http://127.0.0.1:9093/#/silences/new?filter=%7Balertname%3D%22HostDiskFull%22"
    )
    assert buttons({**told, "externalURL": ""}, "") == {}


def test_a_relay_without_its_file_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "relays.json").write_text('{"ops-webhook": {"kind": "webhook"}}')
    with pytest.raises(ValueError, match="url_file"):
        read_relays(tmp_path / "relays.json")
