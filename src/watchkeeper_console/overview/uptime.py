"""What the public status page tells: how the probed services did in the last 90 days, and when their certificates expire.

Names and ratios only: no address, no reason, nothing of the stack itself.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from watchkeeper_console.identity.database import Clock
from watchkeeper_console.settings import PublicStatus, Settings
from watchkeeper_console.upstreams.client import Client, UpstreamFailed

DAYS = 90
_DAY_S = 86_400
_FRESH_FOR_S = 60.0
_PAST_FRESH_FOR_S = 1800.0
_WITHIN_S = 20.0
State: TypeAlias = Literal["up", "down", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """``day`` as 2026-11-21 in UTC; ``ratio`` of successful probes, None where there were none."""

    day: str
    ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """``days`` from the oldest to today; ``ratio`` over all days that have probes."""

    name: str
    state: State
    ratio: float | None
    days: tuple[Day, ...]
    certificate_expires_at: float | None


class NotPublic(Exception):
    """The page is not switched on."""


class Uptime:
    """Asks Prometheus, and no more often than once a minute however many ask: anybody may."""

    def __init__(self, client: Client, settings: Settings, now: Clock) -> None:
        self._client = client
        self._settings = settings
        self._now = now
        self._turn = asyncio.Lock()
        self._latest: tuple[float, Mapping[str, Any]] | None = None
        self._past: tuple[float, int, Any] | None = None

    async def read(self) -> Mapping[str, Any]:
        """The answer of ``GET /api/public/status``. Raises NotPublic and UpstreamFailed."""
        told = self._settings.public_status
        if told is None:
            raise NotPublic
        async with self._turn:
            now = self._now()
            if self._latest is None or not 0 <= now - self._latest[0] < _FRESH_FOR_S:
                self._latest = (now, await self._ask(told, now))
            return self._latest[1]

    async def _ask(self, told: PublicStatus, now: float) -> Mapping[str, Any]:
        chosen = _selector(told.probes)
        midnight = int(now // _DAY_S) * _DAY_S
        past, today, state, certificates = await asyncio.gather(
            self._past_days(chosen, midnight, now),
            self._instant(
                f"avg by (probe, instance) (avg_over_time(probe_success{chosen}[{max(60, int(now) - midnight)}s]))", now
            ),
            self._instant(f"min by (probe, instance) (probe_success{chosen})", now),
            self._instant(f"min by (probe, instance) (probe_ssl_earliest_cert_expiry{chosen})", now),
        )
        services = assemble(midnight, past, today, state, certificates)
        return {
            "title": told.title,
            "at": now,
            "state": _sum([service.state for service in services]),
            "services": [asdict(service) for service in services],
        }

    async def _past_days(self, chosen: str, midnight: int, now: float) -> Any:
        """One value for each of the 89 days before today, stamped with the day's end. It changes slowly and costs most."""
        kept = self._past
        if kept is None or kept[1] != midnight or now - kept[0] >= _PAST_FRESH_FOR_S:
            query = {
                "query": f"avg by (probe, instance) (avg_over_time(probe_success{chosen}[1d]))",
                "start": str(midnight - (DAYS - 2) * _DAY_S),
                "end": str(midnight),
                "step": str(_DAY_S),
            }
            kept = self._past = (now, midnight, await self._get("/api/v1/query_range", query))
        return kept[2]

    async def _instant(self, expression: str, now: float) -> Any:
        return await self._get("/api/v1/query", {"query": expression, "time": f"{now:.3f}"})

    async def _get(self, path: str, query: Mapping[str, str]) -> Any:
        prometheus = self._settings.upstreams.get("prometheus")
        if prometheus is None:
            raise UpstreamFailed("unavailable", "cannot tell: there is no Prometheus in this stack")
        answer = await self._client.get_json("prometheus", prometheus, path, query, within_s=_WITHIN_S)
        try:
            return answer["data"]["result"]
        except (KeyError, TypeError) as error:
            raise UpstreamFailed("refused", "cannot use the answer of prometheus: it has another shape") from error


def _selector(probes: Sequence[str]) -> str:
    if not probes:
        return ""
    words = "|".join(re.escape(probe) for probe in probes).replace("\\", "\\\\").replace('"', '\\"')
    return '{probe=~"' + words + '"}'


def assemble(
    midnight: int, past: Iterable[Any], today: Iterable[Any], state: Iterable[Any], certificates: Iterable[Any]
) -> list[Service]:
    """From a range vector with a value per day, and three instant vectors; by name."""
    ratios: dict[str, dict[int, float]] = {}
    for series in past:
        days = ratios.setdefault(_name(series), {})
        for at, value in series["values"]:
            days[int(at) - _DAY_S] = float(value)
    for series in today:
        ratios.setdefault(_name(series), {})[midnight] = float(series["value"][1])
    states = {_name(series): float(series["value"][1]) for series in state}
    expiries = {_name(series): float(series["value"][1]) for series in certificates}
    starts = [midnight - (DAYS - 1 - number) * _DAY_S for number in range(DAYS)]
    services = []
    for name in sorted({*ratios, *states}):
        shown = tuple(Day(day=_date(start), ratio=_rounded(ratios.get(name, {}).get(start))) for start in starts)
        known = [day.ratio for day in shown if day.ratio is not None]
        services.append(
            Service(
                name=name,
                state="unknown" if name not in states else "up" if states[name] == 1 else "down",
                ratio=_rounded(sum(known) / len(known)) if known else None,
                days=shown,
                certificate_expires_at=expiries.get(name) or None,
            )
        )
    return services


def _name(series: Mapping[str, Any]) -> str:
    """The probe's own name; without one the host of what was probed, without path or credentials."""
    labels = series["metric"]
    if labels.get("probe"):
        return str(labels["probe"])
    return re.sub(r"^\w+://(?:[^/@]*@)?([^/?#]*).*$", r"\1", str(labels.get("instance", ""))) or "service"


def _date(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 5)


def _sum(states: Sequence[State]) -> str:
    known = [state for state in states if state != "unknown"]
    if not known:
        return "unknown"
    if all(state == "up" for state in known):
        return "up"
    return "down" if all(state == "down" for state in known) else "partly"
