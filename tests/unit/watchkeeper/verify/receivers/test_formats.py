from __future__ import annotations

from typing import Any

import pytest

from watchkeeper.verify.receivers.formats import pagerduty_faults, slack_fault, teams_faults


def an_event(**changes: Any) -> dict[str, Any]:
    payload = {"summary": "disk full", "source": "db1", "severity": "critical"}
    return {"routing_key": "0" * 32, "event_action": "trigger", "dedup_key": "k", "payload": payload, **changes}


def test_a_trigger_and_its_resolve_are_taken() -> None:
    assert pagerduty_faults(an_event()) == []
    assert pagerduty_faults({"routing_key": "0" * 32, "event_action": "resolve", "dedup_key": "k"}) == []


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"routing_key": "short"}, "routing_key"),
        ({"event_action": "fire"}, "event_action"),
        ({"event_action": "resolve", "dedup_key": ""}, "dedup_key"),
        ({"dedup_key": "k" * 256}, "dedup_key"),
        ({"payload": None}, "payload"),
        ({"payload": {"source": "a", "severity": "info"}}, "payload.summary"),
        ({"payload": {"summary": "a", "severity": "info"}}, "payload.source"),
        ({"payload": {"summary": "a", "source": "a", "severity": "fatal"}}, "payload.severity"),
        ({"payload": {"summary": "a" * 1025, "source": "a", "severity": "info"}}, "payload.summary"),
        ({"payload": {"summary": "a", "source": "a", "severity": "info", "custom_details": "x" * 600_000}}, "larger"),
    ],
)
def test_an_event_that_pagerduty_would_refuse_is_refused(changes: dict[str, Any], word: str) -> None:
    faults = pagerduty_faults(an_event(**changes))
    assert len(faults) == 1
    assert word in faults[0]


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ({"text": "hello"}, ""),
        ({"attachments": [{"fallback": "hello"}]}, ""),
        ({"blocks": [{"type": "section"}]}, ""),
        ({}, "no_text"),
        ({"attachments": [{"color": "good"}]}, "no_text"),
        ({"attachments": [{"text": "a"}] * 101}, "too_many_attachments"),
        ({"blocks": [{}]}, "invalid_blocks"),
        ({"blocks": "x"}, "invalid_payload"),
        (None, "invalid_payload"),
    ],
)
def test_a_slack_webhook_answers_with_its_own_words(message: Any, answer: str) -> None:
    assert slack_fault(message) == answer


def test_a_message_without_a_card_is_refused_for_teams() -> None:
    assert teams_faults({"text": "old style"}) == ["'type' must be message"]
    assert teams_faults({"type": "message"}) == ["there must be one adaptive card"]
