"""The processes of the stack: are they well, for how long, and what do they use.

Three sources, the better one first: the babysitter's status, each component's own health address, and Prometheus
(cAdvisor's metric names by ``name``, a process' own metrics by scrape job).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from watchkeeper_console.settings import HttpUrl, Stack, WatchedComponent
from watchkeeper_console.upstreams.client import Client, UpstreamFailed

Health: TypeAlias = Literal["healthy", "unhealthy", "starting", "stopped", "unknown"]
_WITHIN_S = 2.5
_AT_MOST = 500

_CONTAINERS = '{__name__=~"container_(memory_working_set_bytes|spec_memory_limit_bytes|start_time_seconds)",name!=""}'
_PROCESSES = '{__name__=~"process_(resident_memory_bytes|start_time_seconds)|up"}'
_CPU = 'rate(container_cpu_usage_seconds_total{name!=""}[2m]) or rate(process_cpu_seconds_total[2m])'


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """Bytes, seconds and CPU cores; None where nobody knows."""

    name: str
    health: Health = "unknown"
    detail: str = ""
    uptime_s: float | None = None
    restarts: int | None = None
    last_restart_reason: str = ""
    memory_bytes: float | None = None
    memory_budget_bytes: float | None = None
    cpu_cores: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """In the configuration's order, then by name. ``memory_budget_bytes`` is the whole stack's, where it is told."""

    shown: tuple[Component, ...]
    memory_budget_bytes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What Prometheus knows of one component. ``is_up``: its last scrape succeeded."""

    uptime_s: float | None = None
    memory_bytes: float | None = None
    memory_budget_bytes: float | None = None
    cpu_cores: float | None = None
    is_up: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usages:
    """By container name, and by scrape job."""

    by_name: Mapping[str, Usage]
    by_job: Mapping[str, Usage]


async def read_components(client: Client, stack: Stack, prometheus: HttpUrl | None, now: float) -> Components | None:
    """Everything known about the stack's processes. None: nothing to ask.

    Raises UpstreamFailed only where no source is left.
    """
    if not stack.components and stack.status_url is None and prometheus is None:
        return None
    told, usages, asked = await asyncio.gather(
        _told(client, stack.status_url),
        _usages(client, prometheus, now),
        asyncio.gather(*(_asked(client, component) for component in stack.components)),
    )
    merged = merge(
        stack.components,
        asked,
        told.shown if isinstance(told, Components) else (),
        usages if isinstance(usages, Usages) else Usages(by_name={}, by_job={}),
    )
    failures = [source for source in (told, usages) if isinstance(source, UpstreamFailed)]
    if failures and not merged:
        raise failures[0]
    budget_bytes = told.memory_budget_bytes if isinstance(told, Components) else None
    return Components(shown=tuple(merged), memory_budget_bytes=budget_bytes)


async def _told(client: Client, url: HttpUrl | None) -> Components | UpstreamFailed:
    if url is None:
        return Components(shown=())
    base = replace(url, path="")
    try:
        return parse_status(await client.get_json("babysitter", base, url.path or "/", within_s=_WITHIN_S))
    except UpstreamFailed as error:
        return error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return UpstreamFailed("refused", f"cannot read the babysitter's status: {type(error).__name__} {error}")


async def _asked(client: Client, component: WatchedComponent) -> tuple[Health, str] | None:
    """What the component's own health address says; None where it has none."""
    if component.health_url is None:
        return None
    base = replace(component.health_url, path="")
    try:
        answer = await client.get(
            "component", base, component.health_url.path or "/", within_s=_WITHIN_S, largest_bytes=1 << 20
        )
    except UpstreamFailed as error:
        return "unhealthy", str(error).replace("component at", f"{component.name} at")
    if 200 <= answer.status < 300:
        return "healthy", ""
    reason = " ".join(answer.body[:200].decode("utf-8", "replace").split())
    return "unhealthy", f"HTTP {answer.status} {reason}".rstrip()


async def _usages(client: Client, prometheus: HttpUrl | None, now: float) -> Usages | UpstreamFailed:
    if prometheus is None:
        return Usages(by_name={}, by_job={})
    queries = (_CONTAINERS, _PROCESSES, _CPU)
    try:
        answers = await asyncio.gather(
            *(
                client.get_json("prometheus", prometheus, "/api/v1/query", {"query": query}, within_s=_WITHIN_S)
                for query in queries
            )
        )
        return parse_usages(
            [series for answer in answers[:2] for series in answer["data"]["result"]], answers[2]["data"]["result"], now
        )
    except UpstreamFailed as error:
        return error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return UpstreamFailed("refused", f"cannot read Prometheus' answer: {type(error).__name__} {error}")


def parse_status(answer: Any) -> Components:
    """The babysitter's status: processes under ``components`` and the plan's ``memory_budget_bytes``; 0 means unknown there."""
    return Components(
        shown=tuple(_told_component(entry) for entry in answer["components"][:_AT_MOST]),
        memory_budget_bytes=_positive(answer.get("memory_budget_bytes")),
    )


def _told_component(entry: Mapping[str, Any]) -> Component:
    reason = str(entry.get("last_restart_reason") or "")
    return Component(
        name=str(entry["name"]),
        health=_told_health(str(entry.get("health", "unknown")), str(entry.get("state", ""))),
        detail=str(entry.get("detail") or ""),
        uptime_s=_positive(entry.get("uptime_s")),
        restarts=int(entry["restarts"]) if entry.get("restarts") is not None else None,
        last_restart_reason=reason,
        memory_bytes=_positive(entry.get("memory_bytes")),
        memory_budget_bytes=_positive(entry.get("memory_limit_bytes")),
        cpu_cores=float(entry["cpu_cores"]) if entry.get("cpu_cores") is not None else None,
    )


def _told_health(health: str, state: str) -> Health:
    if state in {"stopped", "absent", "stopping"}:
        return "stopped"
    if state in {"failed", "retrying"}:
        return "unhealthy"
    match health:
        case "healthy" | "unhealthy" | "starting":
            return health
        case _:
            return "starting" if state == "starting" else "unknown"


def _positive(value: Any) -> float | None:
    return float(value) if value is not None and float(value) > 0 else None


def parse_usages(instant: Iterable[Mapping[str, Any]], cpu: Iterable[Mapping[str, Any]], now: float) -> Usages:
    """From instant vectors. Where a name or job has several series, uses add up and the longest uptime counts."""
    sums: dict[tuple[str, str], dict[str, float]] = {}

    def note(labels: Mapping[str, str], quantity: str, value: float) -> None:
        owner = ("name", labels["name"]) if quantity.startswith("container_") else ("job", labels.get("job", ""))
        known = sums.setdefault(owner, {})
        if quantity.endswith(("start_time_seconds", "up")):
            known[quantity] = min(known.get(quantity, value), value)
        else:
            known[quantity] = known.get(quantity, 0.0) + value

    for series in instant:
        note(series["metric"], series["metric"]["__name__"], float(series["value"][1]))
    for series in cpu:
        note(series["metric"], "container_cpu" if series["metric"].get("name") else "process_cpu", float(series["value"][1]))

    def usage(known: Mapping[str, float]) -> Usage:
        started_at = known.get("container_start_time_seconds", known.get("process_start_time_seconds"))
        limit = known.get("container_spec_memory_limit_bytes", 0.0)
        return Usage(
            uptime_s=max(0.0, now - started_at) if started_at else None,
            memory_bytes=known.get("container_memory_working_set_bytes", known.get("process_resident_memory_bytes")),
            memory_budget_bytes=limit if 0 < limit < 1 << 60 else None,  # cgroups write "no limit" as a huge number
            cpu_cores=known.get("container_cpu", known.get("process_cpu")),
            is_up=known["up"] == 1 if "up" in known else None,
        )

    return Usages(
        by_name={name: usage(known) for (kind, name), known in sums.items() if kind == "name"},
        by_job={name: usage(known) for (kind, name), known in sums.items() if kind == "job"},
    )


def merge(
    described: Iterable[WatchedComponent],
    asked: Iterable[tuple[Health, str] | None],
    told: Iterable[Component],
    usages: Usages,
) -> list[Component]:
    """One Component per name known to any source; a component's own answer about its health beats the others."""
    described = tuple(described)
    answers = dict(zip((component.name for component in described), asked, strict=True))
    descriptions = {component.name: component for component in described}
    statuses = {component.name: component for component in told}
    # A babysitter knows every process of its stack: containers beside them are somebody else's, or those of a mock exporter.
    others = sorted((set(statuses) or set(usages.by_name)) - set(descriptions))
    merged: list[Component] = []
    for name in (*descriptions, *others):
        description = descriptions.get(name, WatchedComponent(name=name))
        component = _with_usage(
            statuses.get(name, Component(name=name)),
            usages.by_name.get(name, Usage()),
            usages.by_job.get(description.metrics_job or name, Usage()),
            description,
        )
        answer = answers.get(name)
        merged.append(
            component if answer is None else replace(component, health=answer[0], detail=answer[1] or component.detail)
        )
    return merged


def _with_usage(told: Component, container: Usage, process: Usage, description: WatchedComponent) -> Component:
    def first(*values: float | None) -> float | None:
        return next((value for value in values if value is not None), None)

    health, detail = told.health, told.detail
    if health == "unknown" and process.is_up is not None:
        health, detail = ("healthy", detail) if process.is_up else ("unhealthy", "its metrics cannot be scraped")
    return replace(
        told,
        health=health,
        detail=detail,
        uptime_s=first(told.uptime_s, container.uptime_s, process.uptime_s),
        memory_bytes=first(told.memory_bytes, container.memory_bytes, process.memory_bytes),
        memory_budget_bytes=first(told.memory_budget_bytes, description.memory_budget_bytes, container.memory_budget_bytes),
        cpu_cores=first(told.cpu_cores, container.cpu_cores, process.cpu_cores),
    )
