"""Alertmanager's API v2: what is firing, and whom it would tell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import httpx

from watchkeeper.observe.answer import Asker, NoAnswer

Labels: TypeAlias = Mapping[str, str]

_SAMPLE = re.compile(r"^(alertmanager_notification_requests(?:_failed)?_total)\{([^}]*)\} (\S+)$", re.MULTILINE)
_INTEGRATION = re.compile(r'integration="([^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert that Alertmanager holds. ``state`` is ``active``, ``suppressed`` or ``unprocessed``."""

    labels: Mapping[str, str]
    state: str
    receivers: tuple[str, ...]


class Alertmanager:
    """A client of one server."""

    def __init__(self, url: str, asker: Asker) -> None:
        self.url = url.rstrip("/")
        self._asker = asker

    async def alerts(self) -> tuple[Alert, ...]:
        """Every alert that has not been resolved. Raises NoAnswer."""
        url = f"{self.url}/api/v2/alerts"
        body = await self._asker.json(url)
        try:
            return tuple(
                Alert(
                    labels=alert["labels"],
                    state=alert["status"]["state"],
                    receivers=tuple(receiver["name"] for receiver in alert["receivers"]),
                )
                for alert in body
            )
        except (KeyError, TypeError) as error:
            raise NoAnswer(f"cannot use the answer of {url}: {str(body)[:200]}") from error

    async def post(self, alerts: Sequence[Labels], *, ends_at: datetime | None = None) -> None:
        """Hand alerts over as Prometheus does; with ``ends_at`` in the past they are resolved. Raises NoAnswer."""
        starts = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        ending = {"endsAt": ends_at.isoformat()} if ends_at else {}
        body = [{"labels": dict(a), "annotations": {"summary": a.get("alertname", "")}, "startsAt": starts, **ending}
                for a in alerts]  # fmt: skip
        response = await self._asker.request("POST", f"{self.url}/api/v2/alerts", json=body, timeout_s=30.0)
        if response.status_code != httpx.codes.OK:
            raise NoAnswer(f"cannot post alerts to {self.url}: status {response.status_code}: {response.text[:200]}")

    async def silence(self, alertname: str, *, lasts: timedelta, reason: str) -> str:
        """Hold every alert of that name back; gives the silence's id. Raises NoAnswer."""
        now = datetime.now(UTC)
        body = {
            "matchers": [{"name": "alertname", "value": alertname, "isRegex": False, "isEqual": True}],
            "startsAt": now.isoformat(),
            "endsAt": (now + lasts).isoformat(),
            "createdBy": "watchkeeper verify",
            "comment": reason,
        }
        response = await self._asker.request("POST", f"{self.url}/api/v2/silences", json=body)
        if response.status_code != httpx.codes.OK:
            raise NoAnswer(f"cannot silence at {self.url}: status {response.status_code}: {response.text[:200]}")
        return str(response.json()["silenceID"])

    async def end_silence(self, silence_id: str) -> None:
        """Let the alerts through again. Raises NoAnswer."""
        response = await self._asker.request("DELETE", f"{self.url}/api/v2/silence/{silence_id}")
        if response.status_code != httpx.codes.OK:
            raise NoAnswer(f"cannot end a silence at {self.url}: status {response.status_code}: {response.text[:200]}")

    async def notifications(self) -> dict[str, tuple[int, int]]:
        """Channel (``slack``, ``email``, …) → how many requests succeeded and how many failed since the start.

        Not ``alertmanager_notifications_total``: that counts what was begun, delivered or not. Raises NoAnswer.
        """
        response = await self._asker.request("GET", f"{self.url}/metrics")
        sent: dict[str, list[int]] = {}
        for name, labels, value in _SAMPLE.findall(response.text):
            found = _INTEGRATION.search(labels)
            if found:
                sent.setdefault(found[1], [0, 0])[name == "alertmanager_notification_requests_failed_total"] += int(
                    float(value)
                )
        return {channel: (total - failures, failures) for channel, (total, failures) in sent.items()}

    async def version(self) -> str:
        """The server's version. Raises NoAnswer."""
        body = await self._asker.json(f"{self.url}/api/v2/status")
        return str(body.get("versionInfo", {}).get("version", ""))
