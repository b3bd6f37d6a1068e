"""Every incident the mocks can play, and the metric families each one moves.

What an incident does to a rate is in `flows`; what it does to a gauge is in the exporter of that gauge. The families named
here are a promise: a test starts each incident and checks that these families change and no others do.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIncident:
    """One entry of the catalogue."""

    summary: str
    """What a person on call would see, in one sentence."""
    ramp_share: float = 0.1
    """How much of the duration the rise takes, and the recovery again."""
    max_ramp_s: float = 60.0
    moves: dict[str, tuple[str, ...]]
    """Exporter → the metric families that change while the incident lasts."""


# Shared by every incident that changes how requests end or how long they take.
_REQUESTS = ("http_request_duration_seconds", "http_requests_in_flight", "http_requests_total")
_QUERIES = ("db_query_duration_seconds",)
_SPANS = (
    "traces_service_graph_request_client_seconds",
    "traces_service_graph_request_failed_total",
    "traces_service_graph_request_server_seconds",
    "traces_service_graph_request_total",
    "traces_spanmetrics_calls_total",
    "traces_spanmetrics_latency",
)

KNOWN: dict[str, KnownIncident] = {
    "ai_cost_spike": KnownIncident(
        summary="A feature calls costly language models many times over and caches fewer answers.", moves={}
    ),
    "backup_overdue": KnownIncident(summary="No backup has gone well for two days.", moves={}),
    "broker_degraded": KnownIncident(summary="One of three Kafka brokers is gone; its partitions lack a replica.", moves={}),
    "cache_cold": KnownIncident(
        summary="The cache was emptied: most look-ups miss, the database does the work, requests slow down.", moves={}
    ),
    "certificate_expiring": KnownIncident(summary="The TLS certificate was not renewed and ends within five days.", moves={}),
    "connection_exhaustion": KnownIncident(
        summary="Transactions are left open until PostgreSQL has hardly a connection left.", moves={}
    ),
    "container_crash_loop": KnownIncident(summary="The worker container restarts each minute.", moves={}),
    "conversion_drop": KnownIncident(summary="Visitors come as ever, but hardly anyone buys.", moves={}),
    "cpu_saturation": KnownIncident(summary="Something keeps all processors of the host busy.", moves={}),
    "database_down": KnownIncident(
        summary="PostgreSQL is gone: routes that need it answer 503, its exporter says pg_up 0.", moves={}
    ),
    "disk_filling": KnownIncident(
        summary="The root disk fills up over most of the duration, down to 2 % free.",
        ramp_share=0.8,
        max_ramp_s=86400.0,
        moves={},
    ),
    "error_burst": KnownIncident(summary="A quarter of all requests fails with 500.", moves={}),
    "latency_spike": KnownIncident(summary="More than half of all requests take many times as long.", moves={}),
    "login_attack": KnownIncident(summary="Somebody tries passwords: failed sign-ins multiply.", moves={}),
    "memory_leak": KnownIncident(
        summary="The worker's memory grows over most of the duration, up to its limit, and the host's shrinks.",
        ramp_share=0.8,
        max_ramp_s=86400.0,
        moves={},
    ),
    "payment_failures": KnownIncident(summary="The payment provider declines most payments.", moves={}),
    "queue_backlog": KnownIncident(
        summary="Consumers all but stop: queues and consumer lag grow, and drain afterwards.", moves={}
    ),
    "slow_queries": KnownIncident(
        summary="A missing index: half of all queries take forty times as long, and requests with them.", moves={}
    ),
    "traffic_surge": KnownIncident(summary="Three and a half times the usual traffic from everybody.", moves={}),
}
