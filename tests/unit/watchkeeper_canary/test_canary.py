"""The canary over its real socket: conditions, receipts, the token, and what it refuses."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from watchkeeper_canary.condition import ConditionRefused, Conditions
from watchkeeper_canary.receipts import Receipts
from watchkeeper_canary.server import Canary, CanaryServer


@dataclass
class Clock:
    now_s: float = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Running:
    """A canary that serves, and what it was told to log."""

    port: int
    clock: Clock
    logged: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, body: Any = None, token: str | None = "secret") -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        connection.request(method, path, body=raw, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, json.loads(text) if "json" in answer.headers["Content-Type"] else text


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Running]:
    clock = Clock()
    running = Running(port=0, clock=clock)
    receipts = Receipts(tmp_path, clock)
    server = CanaryServer(
        ("127.0.0.1", 0),
        Canary(conditions=Conditions(clock), receipts=receipts, token="secret", log_line=running.logged.append),
    )
    running.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    server.shutdown()
    server.server_close()
    thread.join()
    receipts.close()


def conditions(canary: Running) -> list[dict[str, str]]:
    _, text = canary.ask("GET", "/metrics", token=None)
    families = {family.name: family for family in text_string_to_metric_families(text)}
    return [sample.labels for sample in families["watchkeeper_canary_condition"].samples if sample.value == 1]


def test_a_condition_is_on_until_its_time_is_up(canary: Running) -> None:
    assert canary.ask("POST", "/api/conditions", {"labels": {"severity": "critical"}, "duration_s": 60})[0] == 201
    assert conditions(canary) == [{"severity": "critical", "switched": "on"}]
    canary.clock.now_s += 61
    assert conditions(canary) == []


def test_a_condition_can_be_switched_off_and_others_stay(canary: Running) -> None:
    for name in ("a", "b"):
        canary.ask("POST", "/api/conditions", {"labels": {"proof": name}})
    assert canary.ask("DELETE", "/api/conditions", {"labels": {"proof": "a"}}) == (200, {"switched_off": 1})
    assert [labels["proof"] for labels in conditions(canary)] == ["b"]
    assert canary.ask("DELETE", "/api/conditions")[1] == {"switched_off": 1}


@pytest.mark.parametrize(
    "body",
    [
        {"labels": {"bad-name": "x"}},
        {"labels": {"__name__": "x"}},
        {"duration_s": 0},
        {"duration_s": 4000},
        {"duration_s": "soon"},
        {"labels": "none"},
        b"not json",
        b"[1]",
    ],
)
def test_a_bad_request_is_refused_and_changes_nothing(canary: Running, body: Any) -> None:
    status, answer = canary.ask("POST", "/api/conditions", body)
    assert status == 400
    assert answer["error"]
    assert conditions(canary) == []


def test_a_label_value_with_quotes_and_line_breaks_is_escaped(canary: Running) -> None:
    canary.ask("POST", "/api/conditions", {"labels": {"proof": 'a"b\\c\nd'}})
    assert conditions(canary) == [{"proof": 'a"b\\c\nd', "switched": "on"}]


def test_a_notification_gets_a_receipt_in_order_with_its_time(canary: Running) -> None:
    canary.ask("POST", "/receivers/inbox", {"alerts": [1]})
    canary.clock.now_s = 2_000.0
    canary.ask("POST", "/receivers/canary", {"alerts": [2]})
    status, answer = canary.ask("GET", "/api/receipts?since=1")
    assert (status, answer["latest"]) == (200, 2)
    assert answer["receipts"] == [{"sequence": 2, "receiver": "canary", "received_at": 2_000.0, "body": {"alerts": [2]}}]


def test_waiting_for_a_receipt_ends_when_it_arrives(canary: Running) -> None:
    answers: list[Any] = []
    waiting = threading.Thread(target=lambda: answers.append(canary.ask("GET", "/api/receipts?since=0&wait=5")))
    waiting.start()
    canary.ask("POST", "/receivers/inbox", {})
    waiting.join(timeout=4)
    assert len(answers[0][1]["receipts"]) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/conditions"),
        ("DELETE", "/api/conditions"),
        ("POST", "/receivers/inbox"),
        ("GET", "/api/receipts"),
        ("POST", "/api/lines"),
    ],
)
def test_nothing_is_done_without_the_token(canary: Running, method: str, path: str) -> None:
    for token in (None, "wrong"):
        assert canary.ask(method, path, {} if method != "GET" else None, token=token)[0] == 401
    assert canary.ask("GET", "/api/receipts")[1]["latest"] == 0


def test_a_line_is_logged_as_it_was_asked(canary: Running) -> None:
    assert canary.ask("POST", "/api/lines", {"text": "proof-1"})[0] == 201
    assert canary.logged == ["proof-1"]


def test_an_unknown_path_says_what_there_is(canary: Running) -> None:
    status, answer = canary.ask("GET", "/nowhere")
    assert status == 404
    assert "/api/receipts" in answer["error"]


def test_receipts_survive_a_restart_and_a_torn_last_line_does_not_spoil_them(tmp_path: Path) -> None:
    first = Receipts(tmp_path, Clock())
    first.add("inbox", {"n": 1})
    first.add("inbox", {"n": 2})
    first.close()
    with (tmp_path / "receipts.jsonl").open("a") as file:
        file.write('{"sequence": 3, "recei')
    second = Receipts(tmp_path, Clock())
    assert [receipt["body"]["n"] for receipt in second.since(0)] == [1, 2]
    assert second.add("inbox", {"n": 3}) == 3
    second.close()


def test_there_is_a_limit_to_conditions() -> None:
    conditions = Conditions(Clock())
    for number in range(2000):
        conditions.switch_on({"n": str(number)}, 60)
    with pytest.raises(ConditionRefused, match="more than 2000"):
        conditions.switch_on({"n": "one too many"}, 60)
