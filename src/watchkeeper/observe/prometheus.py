"""Prometheus' HTTP API (also spoken by others): queries, targets, rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from watchkeeper.observe.answer import Asker, NoAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One element of an instant vector. ``at_s`` in Unix seconds."""

    labels: Mapping[str, str]
    at_s: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrapeTarget:
    """One active target as Prometheus sees it."""

    job: str
    instance: str
    url: str
    health: str
    last_error: str
    last_scrape: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule and how its last evaluation went. ``kind`` is ``alerting`` or ``recording``."""

    kind: str
    group: str
    name: str
    query: str
    health: str
    state: str
    last_error: str
    duration_s: float
    interval_s: float
    alerts: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemplar:
    """One request that stands for others in a bucket. ``labels`` are its own, such as ``trace_id``."""

    labels: Mapping[str, str]
    at_s: float
    value: float


class Prometheus:
    """A client of one server."""

    def __init__(self, url: str, asker: Asker) -> None:
        self.url = url.rstrip("/")
        self._asker = asker

    async def query(self, expression: str, *, at_s: float | None = None) -> tuple[Sample, ...]:
        """An instant query, now unless ``at_s`` says when; a scalar becomes one sample without labels. Raises NoAnswer."""
        when = {} if at_s is None else {"time": f"{at_s:.3f}"}
        data = await self._data("query", {"query": expression, **when})
        if data.get("resultType") == "scalar":
            at_s, value = data["result"]
            return (Sample(labels={}, at_s=float(at_s), value=float(value)),)
        return tuple(
            Sample(labels=entry["metric"], at_s=float(entry["value"][0]), value=float(entry["value"][1]))
            for entry in data.get("result", ())
        )

    async def targets(self) -> tuple[ScrapeTarget, ...]:
        """Every active target, sorted by job and instance. Raises NoAnswer."""
        data = await self._data("targets", {"state": "active"})
        return tuple(
            sorted(
                (
                    ScrapeTarget(
                        job=target["labels"].get("job", ""),
                        instance=target["labels"].get("instance", ""),
                        url=target.get("scrapeUrl", ""),
                        health=target.get("health", "unknown"),
                        last_error=target.get("lastError", ""),
                        last_scrape=target.get("lastScrape", ""),
                    )
                    for target in data.get("activeTargets", ())
                ),
                key=lambda target: (target.job, target.instance),
            )
        )

    async def rules(self) -> tuple[Rule, ...]:
        """Every loaded rule in file order. Raises NoAnswer."""
        data = await self._data("rules", {})
        return tuple(
            Rule(
                kind=rule["type"],
                group=group["name"],
                name=rule["name"],
                query=rule["query"],
                health=rule.get("health", "unknown"),
                state=rule.get("state", ""),
                last_error=rule.get("lastError", ""),
                duration_s=float(rule.get("duration", 0)),
                interval_s=float(group.get("interval", 0)),
                alerts=tuple(rule.get("alerts", ())),
            )
            for group in data.get("groups", ())
            for rule in group.get("rules", ())
        )

    async def series(self, selector: str, *, start_s: float) -> tuple[Mapping[str, str], ...]:
        """Labels of every series that matches and has had a sample since ``start_s``. Raises NoAnswer."""
        found = await self._answer("series", {"match[]": selector, "start": f"{start_s:.3f}"})
        if not isinstance(found, list):
            raise NoAnswer(f"cannot use the answer of {self.url}/api/v1/series: {str(found)[:200]}")
        return tuple(found)

    async def exemplars(self, selector: str, *, start_s: float, end_s: float) -> tuple[Exemplar, ...]:
        """Every exemplar of matching series in that time, oldest first. Raises NoAnswer."""
        parameters = {"query": selector, "start": f"{start_s:.3f}", "end": f"{end_s:.3f}"}
        found = await self._answer("query_exemplars", parameters)
        try:
            exemplars = [
                Exemplar(labels=one["labels"], at_s=float(one["timestamp"]), value=float(one["value"]))
                for series in found
                for one in series["exemplars"]
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise NoAnswer(f"cannot use the answer of {self.url}/api/v1/query_exemplars: {str(found)[:200]}") from error
        return tuple(sorted(exemplars, key=lambda one: one.at_s))

    async def version(self) -> str:
        """The server's version. Raises NoAnswer."""
        return str((await self._data("status/buildinfo", {})).get("version", ""))

    async def _data(self, path: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        data = await self._answer(path, parameters)
        if not isinstance(data, dict):
            raise NoAnswer(f"cannot use the answer of {self.url}/api/v1/{path}: {str(data)[:200]}")
        return data

    async def _answer(self, path: str, parameters: Mapping[str, str]) -> Any:
        body = await self._asker.json(f"{self.url}/api/v1/{path}", parameters=parameters)
        if not isinstance(body, dict) or body.get("status") != "success" or "data" not in body:
            raise NoAnswer(f"cannot use the answer of {self.url}/api/v1/{path}: {str(body)[:200]}")
        return body["data"]
