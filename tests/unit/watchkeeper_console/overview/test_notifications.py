"""The history of notifications: what receipts and counters say, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.unit.watchkeeper_console.console_stage import a_user, running, some_settings, url
from tests.unit.watchkeeper_console.upstream_fakes import Received, Reply, served, vector

from watchkeeper_console.overview.notifications import parse_counters

RECEIPT = {
    "sequence": 2,
    "receiver": "inbox",
    "received_at": 1_795_000_100.5,
    "body": {
        "receiver": "inbox",
        "status": "firing",
        "groupLabels": {"alertname": "HostDown"},
        "alerts": [
            {"status": "firing", "labels": {"alertname": "HostDown"}},
            {"status": "resolved", "labels": {"alertname": "HostDown"}},
        ],
    },
}
TOTAL, FAILED = "alertmanager_notifications_total", "alertmanager_notifications_failed_total"


async def ask(tmp_path: Path, counters: Mapping[tuple[str, str], float], receipts: list[Any] | None, limit: int = 100) -> Any:
    seen: list[Received] = []

    def canary(received: Received) -> Reply:
        seen.append(received)
        if received.headers.get("authorization") != "Bearer the-token":
            return Reply(status=401)
        return Reply(body={"latest": 2, "receipts": receipts})

    def prometheus(_: Received) -> Reply:
        return vector(*(({"__name__": name, "integration": kind}, value) for (name, kind), value in counters.items()))

    token = tmp_path / "token"
    token.write_text("the-token\n")
    with served(canary) as kept, served(prometheus) as metrics:
        more: dict[str, Any] = {"receipts": url(kept.url), "receipts_token_file": token} if receipts is not None else {}
        settings = some_settings(tmp_path, upstreams={"prometheus": metrics.url}, **more)
        async with running(settings, tmp_path / "data") as console, a_user(console, "viewer") as browser:
            answer = await browser.get(f"/api/notifications?limit={limit}")
            assert answer.status_code == 200
            return answer.json()


async def test_a_receipt_is_told_as_it_was_kept(tmp_path: Path) -> None:
    older = {**RECEIPT, "sequence": 1, "received_at": 1_795_000_000.0}
    told = await ask(tmp_path, {(TOTAL, "webhook"): 2}, [older, RECEIPT])
    assert told["complete"] is True
    assert [one["at"] for one in told["notifications"]] == [1_795_000_100.5, 1_795_000_000.0]
    assert told["notifications"][0] == {
        "at": 1_795_000_100.5,
        "receiver": "inbox",
        "integration": "webhook",
        "status": "sent",
        "alerts": 2,
        "group": {"alertname": "HostDown"},
        "detail": "1 firing, 1 resolved: HostDown",
    }


async def test_mails_that_nobody_keeps_receipts_of_are_said_to_be_missing(tmp_path: Path) -> None:
    told = await ask(tmp_path, {(TOTAL, "webhook"): 1, (TOTAL, "email"): 3, (FAILED, "email"): 1}, [RECEIPT])
    assert told["complete"] is False
    assert len(told["notifications"]) == 1
    assert "email 2 sent (1 failed), webhook 1 sent" in told["note"]


async def test_a_failed_notification_makes_it_incomplete(tmp_path: Path) -> None:
    told = await ask(tmp_path, {(TOTAL, "webhook"): 1, (FAILED, "webhook"): 1}, [])
    assert told["complete"] is False


async def test_the_newest_count_when_there_are_too_many(tmp_path: Path) -> None:
    told = await ask(tmp_path, {}, [{**RECEIPT, "received_at": float(number)} for number in range(5)], limit=2)
    assert [one["at"] for one in told["notifications"]] == [4.0, 3.0]
    assert told["complete"] is False


async def test_without_receipts_nothing_is_made_up(tmp_path: Path) -> None:
    told = await ask(tmp_path, {(TOTAL, "webhook"): 7}, None)
    assert told["notifications"] == []
    assert told["complete"] is False
    assert told["note"].startswith("No receiver of this stack keeps receipts.")


def test_failures_are_taken_off_the_total() -> None:
    result = [
        {"metric": {"__name__": TOTAL, "integration": "slack"}, "value": [0, "5"]},
        {"metric": {"__name__": FAILED, "integration": "slack"}, "value": [0, "2"]},
    ]
    assert parse_counters(result) == {"slack": (3.0, 2.0)}
