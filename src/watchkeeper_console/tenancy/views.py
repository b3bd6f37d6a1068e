"""Answers about alerts and silences, cut down to what one organisation may see. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchkeeper_console.tenancy.confine import Treatment

_UNKNOWN = (KeyError, TypeError, ValueError, AttributeError)


class Unreadable(Exception):
    """The answer has another shape, so nothing of it can be shown."""


def cut(treatment: Treatment, answer: Any, label: str, organisation: str) -> Any:
    """The part of ``answer`` that is the organisation's own. Raises Unreadable."""
    try:
        match treatment:
            case "metrics' alerts":
                alerts = [alert for alert in answer["data"]["alerts"] if alert["labels"].get(label) == organisation]
                return {"status": "success", "data": {"alerts": alerts}}
            case "metrics' rules":
                groups = [_group(group, label, organisation) for group in answer["data"]["groups"]]
                return {"status": "success", "data": {"groups": [group for group in groups if group["rules"]]}}
            case "alerts":
                return [alert for alert in answer if alert["labels"].get(label) == organisation]
            case "alert groups":
                found = [
                    {**group, "alerts": [alert for alert in group["alerts"] if alert["labels"].get(label) == organisation]}
                    for group in answer
                ]
                return [group for group in found if group["alerts"]]
            case "silences":
                return [silence for silence in answer if is_own(silence, label, organisation)]
            case _:
                raise Unreadable(treatment)
    except _UNKNOWN as error:
        raise Unreadable(type(error).__name__) from error


def _group(group: Mapping[str, Any], label: str, organisation: str) -> dict[str, Any]:
    """Only alerting rules with alerts of the organisation, and without their queries: those may name others."""
    rules = []
    for rule in group["rules"]:
        if rule.get("type") != "alerting":
            continue
        alerts = [alert for alert in rule.get("alerts") or [] if alert["labels"].get(label) == organisation]
        if alerts:
            state = "firing" if any(alert.get("state") == "firing" for alert in alerts) else "pending"
            rules.append({**rule, "alerts": alerts, "state": state, "query": "", "lastError": ""})
    return {"name": group["name"], "file": "", "interval": group.get("interval", 0), "rules": rules}


def is_own(silence: Mapping[str, Any], label: str, organisation: str) -> bool:
    """Whether a silence holds the exact matcher for the organisation, so that it can mute nobody else's alerts."""
    return any(
        matcher.get("name") == label
        and matcher.get("value") == organisation
        and matcher.get("isRegex") is False
        and matcher.get("isEqual", True) is True
        for matcher in silence["matchers"]
    )


def with_own(silence: Any, label: str, organisation: str) -> dict[str, Any]:
    """The silence with that matcher. Raises Unreadable."""
    try:
        if is_own(silence, label, organisation):
            return dict(silence)
        own = {"name": label, "value": organisation, "isRegex": False, "isEqual": True}
        return {**silence, "matchers": [*silence["matchers"], own]}
    except _UNKNOWN as error:
        raise Unreadable(type(error).__name__) from error
