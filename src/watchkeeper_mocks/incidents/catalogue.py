"""Every incident the mocks can play, and the metric families each one moves.

What an incident does to a rate is in `flows`; what it does to a gauge is in the exporter of that gauge. The families named
here are a promise: a test starts each incident and checks that these families change and no others do.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Moves = Mapping[str, tuple[str, ...]]
"""Exporter → names of metric families; a `*` stands for anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIncident:
    """One entry of the catalogue."""

    summary: str
    """What a person on call would see, in one sentence."""
    moves: Moves
    """What changes while the incident lasts."""
    ramp_share: float = 0.1
    """How much of the duration the rise takes, and the recovery again."""
    max_ramp_s: float = 60.0


SUDDEN_S = 5.0
"""The ramp of what is there one moment and gone the next."""

# Requests take longer, and end as before.
_SLOWER: Moves = {
    "application": ("http_request_duration_seconds", "http_requests_in_flight"),
    "traces": (
        "traces_service_graph_request_client_seconds",
        "traces_service_graph_request_server_seconds",
        "traces_spanmetrics_latency",
    ),
    "traefik": ("traefik_service_request_duration_seconds",),
}
_SLOWER_DATABASE: Moves = {
    **_SLOWER,
    "application": (*_SLOWER["application"], "db_query_duration_seconds"),
    "postgres": (
        "pg_locks_count",
        "pg_stat_activity_count",
        "pg_stat_database_active_time_seconds_total",
        "pg_stat_database_numbackends",
        "pg_stat_statements_block_*",
        "pg_stat_statements_seconds_total",
    ),
}
# Requests end otherwise, or there are more of them.
_OTHER_ENDS: Moves = {
    "application": ("http_request*",),
    "traces": (
        "traces_service_graph_request_client_seconds",
        "traces_service_graph_request_server_seconds",
        "traces_service_graph_request_total",
        "traces_spanmetrics_*",
    ),
    "traefik": ("traefik_entrypoint_requests_total", "traefik_service_request*"),
}
_FEWER_SALES = (
    "business_cancellations_total",
    "business_conversions_total",
    "business_recurring_revenue_dollars",
    "business_revenue_dollars_total",
    "business_subscriptions_active",
)
# Fewer or more messages are sent.
_MESSAGES: Moves = {
    "kafka": ("kafka_consumergroup_current_offset*", "kafka_consumergroup_lag*", "kafka_topic_partition_*_offset"),
    "rabbitmq": (
        "rabbitmq_global_messages_*",
        "rabbitmq_process_resident_memory_bytes",
        "rabbitmq_queue_messages*",
        "rabbitmq_detailed_queue_messages*",
        "rabbitmq_queue_process_memory_bytes",
    ),
}
# Requests fail: nothing is stored, sold or sent for them.
_FAILING: Moves = {
    **_OTHER_ENDS,
    **_MESSAGES,
    "application": ("auth_login_attempts_total", *_OTHER_ENDS["application"]),
    "business": ("business_metric", "business_transactions_total", *_FEWER_SALES),
    "traces": ("traces_*",),
}

KNOWN: Mapping[str, KnownIncident] = {
    "ai_cost_spike": KnownIncident(
        summary="A feature calls costly language models many times over, and fewer answers come from the cache.",
        moves={"ai": ("ai_cache_*", "ai_cost_dollars_total", "ai_request*", "ai_tokens_total")},
    ),
    "backup_overdue": KnownIncident(
        summary="No backup has gone well for two days.",
        moves={"backup": ("backup_last_status", "backup_last_success_timestamp_seconds")},
    ),
    "broker_degraded": KnownIncident(
        summary="One of three Kafka brokers is gone; each partition lacks a replica.",
        moves={
            "kafka": (
                "kafka_broker*",
                "kafka_topic_partition_in_sync_replica",
                "kafka_topic_partition_leader*",
                "kafka_topic_partition_under_replicated_partition",
            )
        },
        max_ramp_s=SUDDEN_S,
    ),
    "cache_cold": KnownIncident(
        summary="The cache was emptied: most look-ups miss, the database does the work, requests slow down.",
        moves={
            **_SLOWER,
            "application": (*_SLOWER["application"], "cache_*", "db_query_duration_seconds"),
            "postgres": (
                "pg_stat_bgwriter_buffers_*",
                "pg_stat_database_active_time_seconds_total",
                "pg_stat_database_bl*",
                "pg_stat_database_temp_*",
                "pg_stat_database_tup_fetched",
                "pg_stat_database_tup_returned",
                "pg_stat_database_xact_commit",
                "pg_stat_statements_*",
                "pg_stat_user_tables_*_scan",
            ),
            "redis": (
                "redis_commands_*",
                "redis_cpu_*",
                "redis_db_keys*",
                "redis_expired_keys_total",
                "redis_keyspace_*",
                "redis_memory_used_bytes",
                "redis_memory_used_rss_bytes",
                "redis_net_*",
            ),
        },
    ),
    "certificate_expiring": KnownIncident(
        summary="The TLS certificate was not renewed and ends within five days.",
        moves={"traefik": ("traefik_tls_certs_not_after",)},
    ),
    "connection_exhaustion": KnownIncident(
        summary="Transactions are left open until PostgreSQL has hardly a connection left.",
        moves={"postgres": ("pg_stat_activity_*", "pg_stat_database_numbackends")},
    ),
    "container_crash_loop": KnownIncident(
        summary="The worker container restarts each minute.",
        moves={"container": ("container_start_time_seconds",)},
    ),
    "conversion_drop": KnownIncident(
        summary="Visitors come as ever, but hardly anyone buys.",
        moves={"business": ("business_metric", *_FEWER_SALES)},
    ),
    "cpu_saturation": KnownIncident(
        summary="Something keeps all processors of the host busy.",
        moves={"node": ("node_cpu_seconds_total", "node_load*")},
    ),
    "database_down": KnownIncident(
        summary="PostgreSQL is gone: routes that need it answer 503, and its exporter says pg_up 0 and little else.",
        moves={
            **_FAILING,
            "application": (*_FAILING["application"], "db_query_duration_seconds"),
            "postgres": (
                "pg_database_*",
                "pg_exporter_last_scrape_error",
                "pg_l*",
                "pg_postmaster_*",
                "pg_re*",
                "pg_s*",
                "pg_up",
                "pg_wal_*",
            ),
        },
        max_ramp_s=SUDDEN_S,
    ),
    "disk_filling": KnownIncident(
        summary="The root disk fills up over most of the duration, down to 2 % free.",
        moves={
            "node": ("node_filesystem_avail_bytes", "node_filesystem_free_bytes"),
            "rabbitmq": ("rabbitmq_alarms_free_disk_space_watermark", "rabbitmq_disk_space_available_bytes"),
        },
        ramp_share=0.45,
        max_ramp_s=86400.0,
    ),
    "error_burst": KnownIncident(
        summary="A quarter of all requests fails with 500.",
        moves={**_FAILING, "postgres": ("pg_stat_database_deadlocks", "pg_stat_database_xact_rollback")},
    ),
    "latency_spike": KnownIncident(
        summary="More than half of all requests take many times as long, a fifth of the queries too.",
        moves=_SLOWER_DATABASE,
    ),
    "login_attack": KnownIncident(
        summary="Somebody tries passwords: failed sign-ins multiply.",
        moves={**_OTHER_ENDS, "application": ("auth_login_attempts_total", *_OTHER_ENDS["application"])},
    ),
    "memory_leak": KnownIncident(
        summary="The worker's memory grows up to its limit over much of the duration, and the host runs short.",
        moves={
            "container": ("container_memory_*",),
            "node": ("node_memory_Buffers_bytes", "node_memory_Cached_bytes", "node_memory_Mem*"),
        },
        ramp_share=0.45,
        max_ramp_s=86400.0,
    ),
    "payment_failures": KnownIncident(
        summary="The payment provider declines most payments.",
        moves={
            **_OTHER_ENDS,
            "business": ("business_metric", "business_transactions_total", *_FEWER_SALES),
        },
    ),
    "queue_backlog": KnownIncident(
        summary="Consumers all but stop: queues and consumer lag grow, and drain afterwards.",
        moves={
            "kafka": ("kafka_consumergroup_current_offset*", "kafka_consumergroup_lag*"),
            "rabbitmq": (
                "rabbitmq_global_messages_acknowledged_total",
                "rabbitmq_global_messages_delivered_*",
                "rabbitmq_process_resident_memory_bytes",
                "rabbitmq_*queue_messages",
                "rabbitmq_*queue_messages_ready",
                "rabbitmq_queue_messages_bytes",
                "rabbitmq_queue_process_memory_bytes",
            ),
        },
    ),
    "slow_queries": KnownIncident(
        summary="An index is missing: half of all queries take forty times as long, and requests with them.",
        moves={
            **_SLOWER_DATABASE,
            "postgres": (
                *_SLOWER_DATABASE["postgres"],
                "pg_long_running_transactions",
                "pg_stat_activity_max_tx_duration",
            ),
        },
    ),
    "traffic_surge": KnownIncident(
        summary="Three and a half times the usual traffic from everybody.",
        moves={
            **_MESSAGES,
            **_OTHER_ENDS,
            "ai": ("ai_cache_*", "ai_cost_dollars_total", "ai_request*", "ai_tokens_total"),
            "application": (
                "auth_login_attempts_total",
                "cache_*",
                "db_query_duration_seconds",
                "http_request*",
                "process_cpu_seconds_total",
                "process_open_fds",
                "process_resident_memory_bytes",
            ),
            "business": ("business_*", "user_activity_total"),
            "container": ("container_cpu_usage_seconds_total", "container_network_*"),
            "node": ("node_cpu_seconds_total", "node_disk_*", "node_load*", "node_network_*_bytes_total"),
            "postgres": ("pg_database_size_bytes", "pg_locks_count", "pg_stat_*"),
            "redis": (
                "redis_commands_*",
                "redis_connected_clients",
                "redis_connections_received_total",
                "redis_cpu_*",
                "redis_expired_keys_total",
                "redis_keyspace_*",
                "redis_net_*",
            ),
            "traces": ("traces_*",),
            "traefik": ("traefik_entrypoint_requests_total", "traefik_open_connections", "traefik_service_request*"),
        },
    ),
}
