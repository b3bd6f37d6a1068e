"""What Prometheus scrapes, and what went wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from watchkeeper_console.settings import HttpUrl
from watchkeeper_console.upstreams.client import Client

TargetHealth: TypeAlias = Literal["up", "down", "unknown"]
_WITHIN_S = 3.5
_AT_MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrapeTarget:
    """``scraped_at`` is RFC 3339 as Prometheus writes it; empty: not yet scraped."""

    job: str
    instance: str
    url: str
    health: TargetHealth
    error: str
    scraped_at: str
    took_s: float
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Those that are down first. ``shown`` holds the first thousand; the counts are of all."""

    up: int
    down: int
    unknown: int
    shown: tuple[ScrapeTarget, ...]


async def read_targets(client: Client, prometheus: HttpUrl | None) -> Targets | None:
    """Raises UpstreamFailed. None: no Prometheus in this stack."""
    if prometheus is None:
        return None
    answer = await client.get_json("prometheus", prometheus, "/api/v1/targets", {"state": "active"}, within_s=_WITHIN_S)
    return parse_targets(answer)


def parse_targets(answer: Any) -> Targets:
    """From ``/api/v1/targets``."""
    found = [_target(entry) for entry in answer["data"]["activeTargets"]]
    order: dict[TargetHealth, int] = {"down": 0, "unknown": 1, "up": 2}
    found.sort(key=lambda target: (order[target.health], target.job, target.instance))
    counts = {health: sum(target.health == health for target in found) for health in order}
    return Targets(up=counts["up"], down=counts["down"], unknown=counts["unknown"], shown=tuple(found[:_AT_MOST]))


def _target(entry: Mapping[str, Any]) -> ScrapeTarget:
    labels = {str(name): str(value) for name, value in entry["labels"].items()}
    health: TargetHealth
    match entry.get("health"):
        case "up":
            health = "up"
        case "down":
            health = "down"
        case _:
            health = "unknown"
    scraped_at = str(entry.get("lastScrape") or "")
    return ScrapeTarget(
        job=labels.pop("job", ""),
        instance=labels.pop("instance", ""),
        url=str(entry.get("scrapeUrl") or ""),
        health=health,
        error=str(entry.get("lastError") or ""),
        scraped_at="" if scraped_at.startswith("0001-") else scraped_at,  # Go's zero time: never
        took_s=float(entry.get("lastScrapeDuration") or 0.0),
        labels=labels,
    )
