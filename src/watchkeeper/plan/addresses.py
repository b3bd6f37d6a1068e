"""The only place where a port is chosen.

The three that people type have fixed places relative to the base port (23000 unless the description says otherwise):
dashboards +0, Prometheus +1, log store +2. All others follow from +3 up, in the alphabet's order, around what the
description fixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watchkeeper.workload.workload import Workload

FIXED: Mapping[tuple[str, str], int] = {
    ("console", "http"): 0,
    ("prometheus", "http"): 1,
    ("store", "http"): 2,
    # in the place of ours, where they stand in for them; behind ours, where a plan has both
    ("grafana", "http"): 0,
    ("loki", "http"): 2,
}
FIRST_FREE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PortConflict:
    """Two endpoints that were given the same port, both ``workload.endpoint``; ``chosen`` names the description's own."""

    port: int
    first: str
    second: str
    chosen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownPortName:
    """The description sets a port for something that the plan does not have."""

    written: str
    known: tuple[str, ...]


def choose(
    workloads: Iterable[Workload], base: int, wanted: Mapping[str, int]
) -> tuple[dict[tuple[str, str], int], list[PortConflict | UnknownPortName]]:
    """Give every endpoint a port of its own; ``wanted`` maps ``workload`` or ``workload.endpoint`` to a port.

    A plain ``workload`` means its first endpoint. What cannot be granted is returned as well, in the order of ``wanted``.
    """
    endpoints = [(w.name, e.name) for w in sorted(workloads, key=lambda w: w.name) for e in w.endpoints]
    names = _names(endpoints)
    problems: list[PortConflict | UnknownPortName] = []
    ports: dict[tuple[str, str], int] = {}
    holder: dict[int, tuple[str, str]] = {}
    for written, port in wanted.items():
        endpoint = names.get(written)
        if endpoint is None:
            problems.append(UnknownPortName(written=written, known=tuple(sorted(names))))
            continue
        if port in holder and holder[port] != endpoint:
            problems.append(PortConflict(port=port, first=".".join(holder[port]), second=".".join(endpoint), chosen=written))
            continue
        ports[endpoint] = port
        holder.setdefault(port, endpoint)
    fixed = _places(endpoints)
    for endpoint in endpoints:
        if endpoint in ports or endpoint not in fixed:
            continue
        port = base + fixed[endpoint]
        if port in holder:
            first = ".".join(holder[port])
            problems.append(PortConflict(port=port, first=first, second=".".join(endpoint), chosen=_written(first, wanted)))
            continue
        ports[endpoint] = port
        holder[port] = endpoint
    free = (port for port in range(base + FIRST_FREE, 65_536) if port not in holder)
    for endpoint in endpoints:
        if endpoint not in ports and endpoint not in fixed:
            ports[endpoint] = next(free)
    return dict(sorted(ports.items())), problems


def _places(endpoints: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The endpoints with a fixed place; of two for the same place, the first in FIXED."""
    planned = set(endpoints)
    places: dict[int, tuple[str, str]] = {}
    for endpoint, place in FIXED.items():
        if endpoint in planned:
            places.setdefault(place, endpoint)
    return {endpoint: place for place, endpoint in places.items()}


def _names(endpoints: Iterable[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    names: dict[str, tuple[str, str]] = {}
    for workload, endpoint in endpoints:
        names.setdefault(workload, (workload, endpoint))
        names[f"{workload}.{endpoint}"] = (workload, endpoint)
    return names


def _written(endpoint: str, wanted: Mapping[str, int]) -> str:
    return endpoint if endpoint in wanted else endpoint.partition(".")[0]
