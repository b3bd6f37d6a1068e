"""What is firing or about to: Prometheus' alerts, with what Alertmanager does about them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from watchkeeper_console.settings import HttpUrl
from watchkeeper_console.upstreams.client import Client, UpstreamFailed

AlertState: TypeAlias = Literal["firing", "pending"]
_WITHIN_S = 3.5
_AT_MOST = 500
_WATCHDOG = "Watchdog"
_SEVERITIES = {"critical": 0, "page": 0, "error": 1, "high": 1, "warning": 2, "info": 3, "none": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """``since`` is RFC 3339. ``muted`` says why nobody is notified: ``silenced``, ``inhibited`` or empty.

    ``is_watchdog``: it fires always, to show that alerting works, and is no trouble.
    """

    name: str
    state: AlertState
    severity: str
    summary: str
    description: str
    since: str
    labels: Mapping[str, str]
    value: str
    muted: str
    receivers: tuple[str, ...]
    is_watchdog: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Firing before pending, the worst first. ``notes`` say what could not be asked."""

    shown: tuple[Alert, ...]
    firing: int
    pending: int
    notes: tuple[str, ...] = ()


async def read_alerts(
    client: Client, prometheus: HttpUrl | None, alertmanager: HttpUrl | None, *, bound: tuple[str, str] | None = None
) -> Alerts | None:
    """Only alerts with the label ``bound`` (name, value), if given. Without Alertmanager they lack mutes and receivers.

    Raises UpstreamFailed where Prometheus fails.
    """
    if prometheus is None:
        return None

    async def routed() -> Any:
        if alertmanager is None:
            return []
        try:
            return await client.get_json("alertmanager", alertmanager, "/api/v2/alerts", within_s=_WITHIN_S)
        except UpstreamFailed as error:
            return error

    active, known = await asyncio.gather(
        client.get_json("prometheus", prometheus, "/api/v1/alerts", within_s=_WITHIN_S), routed()
    )
    if bound is not None:
        name, value = bound
        active = {"data": {"alerts": [entry for entry in active["data"]["alerts"] if entry["labels"].get(name) == value]}}
    if isinstance(known, UpstreamFailed):
        return parse_alerts(active, [], (f"{known}; whether alerts are silenced is not known",))
    return parse_alerts(active, known, ())


def parse_alerts(active: Any, routed: Any, notes: tuple[str, ...]) -> Alerts:
    """From Prometheus' ``/api/v1/alerts`` and Alertmanager's ``/api/v2/alerts``."""
    found = [_alert(entry, routed) for entry in active["data"]["alerts"] if entry.get("state") in {"firing", "pending"}]
    found.sort(
        key=lambda alert: (
            alert.is_watchdog,
            alert.state == "pending",
            _SEVERITIES.get(alert.severity, 2),
            alert.since,
            alert.name,
        )
    )
    troubles = [alert for alert in found if not alert.is_watchdog]
    return Alerts(
        shown=tuple(found[:_AT_MOST]),
        firing=sum(alert.state == "firing" for alert in troubles),
        pending=sum(alert.state == "pending" for alert in troubles),
        notes=notes,
    )


def _alert(entry: Mapping[str, Any], routed: Iterable[Mapping[str, Any]]) -> Alert:
    labels = {str(name): str(value) for name, value in entry["labels"].items()}
    annotations = {str(name): str(value) for name, value in (entry.get("annotations") or {}).items()}
    match = next((other for other in routed if labels.items() <= other["labels"].items()), None)
    status = (match or {}).get("status") or {}
    muted = "silenced" if status.get("silencedBy") else "inhibited" if status.get("inhibitedBy") else ""
    name, severity = labels.pop("alertname", ""), labels.pop("severity", "")
    return Alert(
        name=name,
        state="firing" if entry["state"] == "firing" else "pending",
        severity=severity.lower(),
        summary=annotations.get("summary") or annotations.get("message", ""),
        description=annotations.get("description", ""),
        since=str(entry.get("activeAt") or ""),
        labels=labels,
        value=str(entry.get("value") or ""),
        muted=muted,
        receivers=tuple(str(receiver["name"]) for receiver in (match or {}).get("receivers") or ()),
        is_watchdog=name == _WATCHDOG,
    )
