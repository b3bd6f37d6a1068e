"""A notification as Microsoft Teams shows it: an Adaptive Card in the message that a workflow's webhook takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

MOST_ALERTS = 10
_COLOURS = {"critical": "Attention", "warning": "Warning"}


def card(notification: Mapping[str, Any], console_url: str = "") -> dict[str, Any]:
    """The message for one notification in Alertmanager's webhook format. Text wraps: cards cut it off otherwise.

    Its buttons lead to the console, where there is one; to Alertmanager otherwise.
    """
    alerts: Sequence[Mapping[str, Any]] = notification.get("alerts", ())
    firing = [alert for alert in alerts if alert.get("status") == "firing"]
    labels = notification.get("commonLabels", {})
    severity = str(labels.get("severity") or "firing")
    word, count = (severity.upper(), len(firing)) if firing else ("RESOLVED", len(alerts))
    title = f"{word}{f' ×{count}' if count > 1 else ''} {labels.get('alertname') or 'alerts'}"
    colour = _COLOURS.get(severity, "Accent") if firing else "Good"
    body = [
        {"type": "TextBlock", "text": title, "weight": "Bolder", "size": "Medium", "color": colour, "wrap": True},
        *({"type": "TextBlock", "text": f"- {_line(alert)}", "wrap": True} for alert in alerts[:MOST_ALERTS]),
    ]
    if len(alerts) > MOST_ALERTS:
        body.append({"type": "TextBlock", "text": f"and {len(alerts) - MOST_ALERTS} more", "wrap": True})
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
    }
    if actions := list(_actions(notification, console_url)):
        content["actions"] = [{"type": "Action.OpenUrl", "title": title, "url": url} for title, url in actions]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [attachment]}


def _actions(notification: Mapping[str, Any], console_url: str) -> Iterator[tuple[str, str]]:
    """Title and address of each button."""
    annotations, labels = notification.get("commonAnnotations", {}), notification.get("commonLabels", {})
    if console_url and (runbook := annotations.get("runbook")):
        yield "Runbook", f"{console_url}/runbooks/{quote(runbook)}"
    if console_url and (dashboard := annotations.get("dashboard")):
        yield "Dashboard", f"{console_url}/d/{quote(dashboard)}"
    # JSON writes strings as matchers have them: quotes, backslashes and line breaks behind a backslash
    matchers = ",".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in sorted(labels.items()))
    selector = quote("{" + matchers + "}", safe="")
    if console_url:
        yield "Silence", f"{console_url}/alerts/silences?new={selector}"
    elif link := notification.get("externalURL"):
        yield "Silence", f"{link}/#/silences/new?filter={selector}"


def _line(alert: Mapping[str, Any]) -> str:
    labels, annotations = alert.get("labels", {}), alert.get("annotations", {})
    subject = annotations.get("summary") or labels.get("alertname") or "alert"
    where = f" ({labels['instance']})" if labels.get("instance") else ""
    return f"{'resolved: ' if alert.get('status') == 'resolved' else ''}{subject}{where}"
