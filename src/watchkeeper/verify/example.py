"""What the claims about the example application share: its services, its operator, and the trace store that has their spans."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from watchkeeper.catalogue.network_monitor.recipe import KEY, NAME, SERVICES, WEB, workload_of
from watchkeeper.observe.network_monitor import NetworkMonitor
from watchkeeper.observe.tempo import Tempo
from watchkeeper.verify.stage import Stage

COMPONENT = NAME
WEB_SERVICE = WEB
ALL_SERVICES = tuple(sorted(workload_of(service) for service in SERVICES))
SYSTEMS: Mapping[str, str] = {
    "postgres_server": "postgresql",
    "redis_server": "redis",
    "rabbitmq_server": "rabbitmq",
    "kafka_broker": "kafka",
}
"""Workload → its name in spans."""
CHECKS: Mapping[str, str] = {
    "postgres_server": "database",
    "redis_server": "cache",
    "rabbitmq_server": "jobs",
    "kafka_broker": "events",
}
"""Workload → what the services call it on their health pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceIds:
    """A trace of our own making, and the span that the request is sent from."""

    trace_id: str
    span_id: str


def new_trace() -> TraceIds:
    return TraceIds(trace_id=secrets.token_hex(16), span_id=secrets.token_hex(8))


def operator(stage: Stage) -> NetworkMonitor:
    return NetworkMonitor(stage.url(WEB_SERVICE), stage.asker, stage.secrets[KEY.name])


def traces(stage: Stage) -> Tempo:
    return Tempo(stage.url("store"), stage.url("store"), stage.asker)
