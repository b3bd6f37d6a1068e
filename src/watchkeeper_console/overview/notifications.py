"""What was notified, as far as anybody noted it.

The canary keeps a receipt of every notification that went through it: the platform's own proofs, the inbox of what no other
receiver gets, and what it relays. Of mails, pages and chat messages that Alertmanager sends by itself only its counters tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from watchkeeper_console.settings import HttpUrl
from watchkeeper_console.upstreams.client import Ask, Client, UpstreamFailed, parsed

_WITHIN_S = 3.5
_COUNTERS = 'sum by (__name__, integration) ({__name__=~"alertmanager_notifications_(failed_)?total"}) > 0'
_RECEIPTS = "/api/receipts"


@dataclass(frozen=True, slots=True)
class Receipts:
    """Where the canary tells its receipts. The token stays in its file, and is read anew each time."""

    url: HttpUrl
    token_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One that was delivered. ``at``: unix seconds; ``group``: the labels that its alerts have in common by the route."""

    at: float
    receiver: str
    integration: str
    status: Literal["sent", "failed"]
    alerts: int
    group: Mapping[str, str]
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """The newest first. ``complete``: nothing was sent that is not in ``shown``, as far as it can be known."""

    shown: tuple[Notification, ...]
    complete: bool
    note: str


async def read_notifications(
    client: Client, receipts: Receipts | None, prometheus: HttpUrl | None, limit: int
) -> Notifications:
    """What both sources know; where one fails, ``note`` says so."""
    kept, counters = await asyncio.gather(_receipts(client, receipts), _counters(client, prometheus))
    notes: list[str] = []
    if receipts is None:
        notes.append("No receiver of this stack keeps receipts.")
    shown: list[Notification] = []
    if isinstance(kept, UpstreamFailed):
        notes.append(f"The receipts could not be read: {kept}.")
    else:
        shown = sorted((_notification(receipt) for receipt in kept), key=lambda one: one.at, reverse=True)
    if isinstance(counters, UpstreamFailed):
        notes.append(f"Whether there were more is not known: {counters}.")
        complete = False
    else:
        others = {integration: counts for integration, counts in counters.items() if integration != "webhook"}
        failed = sum(counts[1] for counts in counters.values())
        complete = not others and not failed and not notes and len(shown) <= limit
        notes += _words(counters)
    return Notifications(shown=tuple(shown[:limit]), complete=complete, note=" ".join(notes))


def _words(counters: Mapping[str, tuple[float, float]]) -> list[str]:
    if not counters:
        return []
    told = ", ".join(
        f"{integration} {sent:g} sent" + (f" ({failed:g} failed)" if failed else "")
        for integration, (sent, failed) in sorted(counters.items())
    )
    return [f"Alertmanager's own counters since its start: {told}. Those that no receipt was kept of are not in this list."]


async def _receipts(client: Client, receipts: Receipts | None) -> list[Any] | UpstreamFailed:
    if receipts is None:
        return []
    try:
        token = receipts.token_file.read_text("utf-8").strip() if receipts.token_file is not None else ""
        ask = Ask(
            name="canary",
            base=receipts.url,
            target=_RECEIPTS.encode(),
            headers={"Authorization": f"Bearer {token}"} if token else {},
            within_s=_WITHIN_S,
        )
        return list(parsed("canary", await client.whole(ask))["receipts"])
    except UpstreamFailed as error:
        return error
    except (OSError, KeyError, TypeError, ValueError) as error:
        return UpstreamFailed("refused", f"cannot read the receipts: {type(error).__name__}")


async def _counters(client: Client, prometheus: HttpUrl | None) -> dict[str, tuple[float, float]] | UpstreamFailed:
    """Integration → notifications sent and failed."""
    if prometheus is None:
        return UpstreamFailed("unavailable", "there is no Prometheus to ask")
    try:
        answer = await client.get_json("prometheus", prometheus, "/api/v1/query", {"query": _COUNTERS}, within_s=_WITHIN_S)
        return parse_counters(answer["data"]["result"])
    except UpstreamFailed as error:
        return error
    except (KeyError, TypeError, ValueError) as error:
        return UpstreamFailed("refused", f"cannot read Prometheus' answer: {type(error).__name__}")


def parse_counters(result: Iterable[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    """From an instant vector of both counters. Alertmanager counts a failed notification in its total, too."""
    totals: dict[str, float] = {}
    failures: dict[str, float] = {}
    for series in result:
        labels, value = series["metric"], float(series["value"][1])
        kept = failures if labels["__name__"] == "alertmanager_notifications_failed_total" else totals
        kept[labels["integration"]] = kept.get(labels["integration"], 0.0) + value
    return {
        integration: (max(0.0, totals.get(integration, 0.0) - failures.get(integration, 0.0)), failures.get(integration, 0.0))
        for integration in {*totals, *failures}
    }


def _notification(receipt: Mapping[str, Any]) -> Notification:
    """From a receipt: Alertmanager's webhook body, and when and as whom the canary took it."""
    body = receipt["body"]
    alerts = body.get("alerts") or []
    resolved = sum(alert.get("status") == "resolved" for alert in alerts)
    firing = len(alerts) - resolved
    names = sorted({str((alert.get("labels") or {}).get("alertname", "")) for alert in alerts} - {""})
    parts = [f"{firing} firing"] if firing else []
    parts += [f"{resolved} resolved"] if resolved else []
    return Notification(
        at=float(receipt["received_at"]),
        receiver=str(body.get("receiver") or receipt["receiver"]),
        integration="webhook",
        status="sent",
        alerts=len(alerts),
        group={str(name): str(value) for name, value in (body.get("groupLabels") or {}).items()},
        detail=", ".join(parts) + (": " + ", ".join(names[:5]) if names else ""),
    )
