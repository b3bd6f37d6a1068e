"""The whole overview in one answer: every part asked at once, and not again for each of several open pages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from watchkeeper_console.identity.database import Clock
from watchkeeper_console.overview.alerts import Alerts, read_alerts
from watchkeeper_console.overview.components import Components, read_components
from watchkeeper_console.overview.error_lines import ErrorLines, read_error_lines
from watchkeeper_console.overview.part import Part, read_part
from watchkeeper_console.overview.proof import Proof, read_proof
from watchkeeper_console.overview.targets import Targets, read_targets
from watchkeeper_console.overview.verdict import judge
from watchkeeper_console.settings import HttpUrl, Settings, UpstreamName
from watchkeeper_console.upstreams.client import Client

_FRESH_FOR_S = 1.5


class Overview:
    """Asks the upstreams; pages that ask within 1.5 s of each other share one answer."""

    def __init__(self, client: Client, settings: Settings, now: Clock) -> None:
        self._client = client
        self._settings = settings
        self._now = now
        self._turn = asyncio.Lock()
        self._latest: tuple[float, Mapping[str, Any]] | None = None

    async def read(self) -> Mapping[str, Any]:
        """The answer of ``GET /api/overview``, as JSON values."""
        async with self._turn:
            asked_at = asyncio.get_running_loop().time()
            if self._latest is None or asked_at - self._latest[0] >= _FRESH_FOR_S:
                self._latest = (asked_at, await self._ask())
            return self._latest[1]

    async def read_bound(self, organisation: str) -> Mapping[str, Any]:
        """The same for somebody who sees one organisation only: its alerts, and nothing about the stack itself."""
        upstreams, label = self._settings.upstreams, self._settings.organisation_label
        bound = (label, organisation)
        alerts = await read_part(
            self._now,
            lambda: read_alerts(self._client, upstreams.get("prometheus"), upstreams.get("alertmanager"), bound=bound),
        )
        nothing: Part[Any] = Part(at=self._now(), data=None)
        return self._told(nothing, nothing, alerts, nothing, nothing)

    async def _ask(self) -> Mapping[str, Any]:
        upstreams: Mapping[UpstreamName, HttpUrl] = self._settings.upstreams
        prometheus, alertmanager, logs = (upstreams.get("prometheus"), upstreams.get("alertmanager"), upstreams.get("logs"))
        client, stack, now = self._client, self._settings.stack, self._now()

        async def proof() -> Proof | None:
            return read_proof(self._settings.verify_report)

        components, targets, alerts, lines, proven = await asyncio.gather(
            read_part(self._now, lambda: read_components(client, stack, prometheus, now)),
            read_part(self._now, lambda: read_targets(client, prometheus)),
            read_part(self._now, lambda: read_alerts(client, prometheus, alertmanager)),
            read_part(self._now, lambda: read_error_lines(client, logs, now)),
            read_part(self._now, proof),
        )
        return self._told(components, targets, alerts, lines, proven)

    def _told(
        self,
        components: Part[Components],
        targets: Part[Targets],
        alerts: Part[Alerts],
        lines: Part[ErrorLines],
        proven: Part[Proof],
    ) -> Mapping[str, Any]:
        return {
            "stack": {"name": self._settings.stack.name},
            "at": self._now(),
            "verdict": asdict(judge(components, targets, alerts, lines, proven)),
            "components": asdict(components),
            "targets": asdict(targets),
            "alerts": asdict(alerts),
            "errors": asdict(lines),
            "proof": asdict(proven),
        }
