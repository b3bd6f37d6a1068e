"""Receivers as Alertmanager writes them. Only keys that every version from 0.25 on knows; secrets only as files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchkeeper.catalogue.routing import (
    OWN_RECEIVERS,
    Channel,
    EmailChannel,
    PagerDutyChannel,
    RelayChannel,
    RouteReceiver,
    SlackChannel,
    WebhookChannel,
)
from watchkeeper.workload.reference import ConnectUrl, SecretPath, Structure

_RELAYS = "/relays/"
CANARY_TOKEN = "canary-token"  # noqa: S105 - the secret's name, not its value


def receiver(told: RouteReceiver) -> Structure:
    """One receiver with all its channels, those of one kind in one list."""
    kinds: dict[str, list[Structure]] = {}
    for channel in told.channels:
        kind, settings = _channel(channel)
        kinds.setdefault(kind, []).append(settings)
    return {"name": told.name, **kinds}


def through_canary(name: str, path: str) -> Structure:
    """A receiver whose notifications the canary takes at ``path``."""
    return {"name": name, "webhook_configs": [_canary(path)]}


def counted_channels(config: Mapping[str, Any]) -> dict[str, list[str]]:
    """Receiver → its channels as Alertmanager counts them; ``relay:NAME`` and ``inbox`` where the canary keeps receipts."""
    found: dict[str, list[str]] = {}
    for told in config["receivers"]:
        channels = [key.removesuffix("_configs") for key in told if key.endswith("_configs") for _ in told[key]]
        webhooks = [settings["url"] for settings in told.get("webhook_configs", ())]
        relayed = [
            f"relay:{url.path.removeprefix(_RELAYS)}"
            for url in webhooks
            if isinstance(url, ConnectUrl) and url.path.startswith(_RELAYS)
        ]
        plain = [channel for channel in channels if channel != "webhook"]
        outside = ["webhook" for url in webhooks if not isinstance(url, ConnectUrl)]
        found[told["name"]] = ["inbox"] if told["name"] in OWN_RECEIVERS else plain + relayed + outside
    return found


def _canary(path: str) -> dict[str, Structure]:
    return {
        "url": ConnectUrl(workload="canary", endpoint="http", path=path),
        "send_resolved": True,
        "http_config": {"authorization": {"type": "Bearer", "credentials_file": SecretPath(secret=CANARY_TOKEN)}},
    }


def _channel(channel: Channel) -> tuple[str, Structure]:
    match channel:
        case EmailChannel():
            return "email_configs", _email(channel)
        case SlackChannel():
            return "slack_configs", _slack(channel)
        case PagerDutyChannel():
            return "pagerduty_configs", _pagerduty(channel)
        case WebhookChannel():
            return "webhook_configs", {"url": channel.url, "send_resolved": True}
        case RelayChannel():
            return "webhook_configs", _canary(f"{_RELAYS}{channel.name}")


def _email(channel: EmailChannel) -> Structure:
    settings: dict[str, Structure] = {
        "to": ", ".join(channel.to),
        "from": channel.sender,
        "smarthost": channel.smarthost,
        "require_tls": channel.tls,
        "send_resolved": True,
        "headers": {"Subject": '{{ template "watchkeeper.title" . }}'},
        "text": '{{ template "watchkeeper.text" . }}',
        "html": '{{ template "watchkeeper.html" . }}',
    }
    if channel.user:
        # the identity stays empty: servers refuse one that differs from the user
        settings |= {"auth_username": channel.user, "auth_password_file": SecretPath(secret=channel.password)}
    if channel.ca:
        settings["tls_config"] = {"ca_file": SecretPath(secret=channel.ca)}
    return settings


def _slack(channel: SlackChannel) -> Structure:
    return {
        "api_url_file": SecretPath(secret=channel.url),
        **({"channel": channel.channel} if channel.channel else {}),
        "send_resolved": True,
        "username": "Watchkeeper",
        "color": '{{ template "watchkeeper.colour" . }}',
        "title": '{{ template "watchkeeper.title" . }}',
        "title_link": '{{ template "watchkeeper.link" . }}',
        "fallback": '{{ template "watchkeeper.title" . }}',
        "text": '{{ template "watchkeeper.slack" . }}',
    }


def _pagerduty(channel: PagerDutyChannel) -> Structure:
    return {
        "routing_key_file": SecretPath(secret=channel.routing_key),
        **({"url": channel.url} if channel.url else {}),
        "send_resolved": True,
        "client": "Watchkeeper",
        "client_url": '{{ template "watchkeeper.link" . }}',
        "description": '{{ template "watchkeeper.title" . }}',
        "severity": '{{ template "watchkeeper.pagerduty.severity" . }}',
        "class": "{{ .CommonLabels.alertname }}",
        "component": "{{ .CommonLabels.team }}",
        "group": "{{ .CommonLabels.job }}",
        "details": {
            "firing": '{{ template "watchkeeper.lines" .Alerts.Firing }}',
            "resolved": '{{ template "watchkeeper.lines" .Alerts.Resolved }}',
            "runbook": '{{ template "watchkeeper.runbook" . }}',
            "dashboard": '{{ template "watchkeeper.dashboard" . }}',
            "silence": '{{ template "watchkeeper.silence" . }}',
        },
    }
