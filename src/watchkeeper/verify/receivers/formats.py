"""What PagerDuty, Slack and Teams accept, as far as they document it. Pure: a body in, reasons for refusing it out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

PAGERDUTY_SEVERITIES = ("critical", "error", "warning", "info")
LARGEST_EVENT_BYTES = 512 * 1024
LONGEST_SUMMARY, LONGEST_DEDUP_KEY, ROUTING_KEY_LENGTH = 1024, 255, 32
MOST_ATTACHMENTS, MOST_BLOCKS = 100, 50


def pagerduty_faults(event: Mapping[str, Any]) -> list[str]:
    """Why Events API v2 answers 400; empty for an event that it takes."""
    faults = []
    key = event.get("routing_key")
    if not isinstance(key, str) or len(key) != ROUTING_KEY_LENGTH:
        faults.append(f"'routing_key' must have {ROUTING_KEY_LENGTH} characters")
    action = event.get("event_action")
    if action not in ("trigger", "acknowledge", "resolve"):
        faults.append("'event_action' must be trigger, acknowledge or resolve")
    dedup_key = event.get("dedup_key", "")
    if not isinstance(dedup_key, str) or len(dedup_key) > LONGEST_DEDUP_KEY:
        faults.append(f"'dedup_key' must be text of at most {LONGEST_DEDUP_KEY} characters")
    if action in ("acknowledge", "resolve") and not dedup_key:
        faults.append(f"'dedup_key' is missing or blank, and needed to {action}")
    if action == "trigger":
        faults += _payload_faults(event.get("payload"))
    if len(json.dumps(event)) > LARGEST_EVENT_BYTES:
        faults.append(f"the event is larger than {LARGEST_EVENT_BYTES} bytes")
    return faults


def _payload_faults(payload: object) -> list[str]:
    if not isinstance(payload, Mapping):
        return ["'payload' is missing"]
    faults = [f"'payload.{key}' is missing or blank" for key in ("summary", "source", "severity") if not payload.get(key)]
    if payload.get("severity") and payload["severity"] not in PAGERDUTY_SEVERITIES:
        faults.append(f"'payload.severity' must be one of {', '.join(PAGERDUTY_SEVERITIES)}")
    if len(str(payload.get("summary", ""))) > LONGEST_SUMMARY:
        faults.append(f"'payload.summary' is longer than {LONGEST_SUMMARY} characters")
    return faults


def slack_fault(message: object) -> str:
    """The word with which an incoming webhook answers 400; empty for a message that it takes."""
    if not isinstance(message, Mapping):
        return "invalid_payload"
    attachments, blocks = message.get("attachments") or [], message.get("blocks") or []
    if not isinstance(attachments, list) or not isinstance(blocks, list):
        return "invalid_payload"
    if not message.get("text") and not attachments and not blocks:
        return "no_text"
    if len(attachments) > MOST_ATTACHMENTS:
        return "too_many_attachments"
    if len(blocks) > MOST_BLOCKS or any(not isinstance(b, Mapping) or "type" not in b for b in blocks):
        return "invalid_blocks"
    if any(not isinstance(a, Mapping) or not (a.get("text") or a.get("fallback") or a.get("blocks")) for a in attachments):
        return "no_text"
    return ""


def teams_faults(message: Mapping[str, Any]) -> list[str]:
    """Why a workflow could not post this as a card; empty for one that it can."""
    if message.get("type") != "message":
        return ["'type' must be message"]
    attachments = message.get("attachments") or []
    contents = [a.get("content") for a in attachments if a.get("contentType") == "application/vnd.microsoft.card.adaptive"]
    if len(contents) != 1 or not isinstance(contents[0], Mapping):
        return ["there must be one adaptive card"]
    card = contents[0]
    faults = [f"the card has no {key}" for key in ("type", "version", "body") if not card.get(key)]
    faults += ["the card's type must be AdaptiveCard"] if card.get("type") != "AdaptiveCard" else []
    return faults + [
        "a TextBlock has no text" for b in card.get("body", ()) if b.get("type") == "TextBlock" and not b.get("text")
    ]
