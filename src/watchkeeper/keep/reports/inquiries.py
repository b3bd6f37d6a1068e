"""What each report asks. The metric names are those of node_exporter, postgres_exporter, Prometheus and our own components."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from watchkeeper.keep.reports.model import Inquiry, Question, Section

_REAL = 'fstype!~"tmpfs|ramfs|overlay|squashfs|iso9660"'
_USED = f"1 - node_filesystem_avail_bytes{{{_REAL}}} / node_filesystem_size_bytes{{{_REAL}}}"
_FILLING = f"deriv(node_filesystem_avail_bytes{{{_REAL}}}[6h])"
_WATCHED = f"node_filesystem_avail_bytes{{{_REAL}}} offset 3h"
_DAYS_LEFT = (
    f"min by (instance, mountpoint) (node_filesystem_avail_bytes{{{_REAL}}} / -({_FILLING} < 0) and {_WATCHED}) / 86400"
)
_NOT_LONG_ENOUGH = "it does not fill, or was not watched for long enough"


def _share(part: str, rest: str) -> str:
    """What share one counter has of two, by instance, within an hour."""
    one, other = (f"sum by (instance) (rate({name}[1h]))" for name in (part, rest))
    return f"{one} / ({one} + {other})"


_HOST = Inquiry(
    name="host",
    title="The machine",
    sections=(
        Section(
            title="Now",
            questions=(
                Question(
                    name="CPU in use, last 5 minutes",
                    expression='1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))',
                    unit="share",
                    by=("instance",),
                    look=0.8,
                    act=0.95,
                    trend_over="1d",
                ),
                Question(
                    name="memory in use",
                    expression="1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes",
                    unit="share",
                    by=("instance",),
                    look=0.85,
                    act=0.95,
                    trend_over="1d",
                ),
                Question(
                    name="load per CPU",
                    expression='node_load5 / on (instance) count by (instance) (node_cpu_seconds_total{mode="idle"})',
                    unit="count",
                    by=("instance",),
                    look=1.5,
                    act=4,
                    trend_over="1d",
                ),
                Question(name="up for", expression="time() - node_boot_time_seconds", unit="seconds", by=("instance",)),
            ),
        ),
        Section(
            title="Disks",
            questions=(
                Question(
                    name="in use",
                    expression=f"max by (instance, mountpoint) ({_USED})",
                    unit="share",
                    by=("instance", "mountpoint"),
                    look=0.8,
                    act=0.9,
                    trend_over="1d",
                ),
                Question(
                    name="days until full, at the pace of six hours",
                    expression=_DAYS_LEFT,
                    unit="days",
                    by=("instance", "mountpoint"),
                    look=30,
                    act=7,
                    less_is_worse=True,
                    missing=_NOT_LONG_ENOUGH,
                ),
                Question(
                    name="inodes in use",
                    expression=f"max by (instance, mountpoint) (1 - node_filesystem_files_free{{{_REAL}}}"
                    f" / (node_filesystem_files{{{_REAL}}} > 0))",
                    unit="share",
                    by=("instance", "mountpoint"),
                    look=0.8,
                    act=0.9,
                ),
            ),
        ),
        Section(
            title="Largest users of memory",
            questions=(
                Question(
                    name="memory",
                    expression='topk(10, max by (name) (container_memory_working_set_bytes{name!=""}))',
                    unit="bytes",
                    by=("name",),
                    trend_over="1d",
                ),
            ),
        ),
    ),
)

_POSTGRES = Inquiry(
    name="postgres",
    title="PostgreSQL",
    sections=(
        Section(
            title="Now",
            questions=(
                Question(name="answers", expression="pg_up", unit="count", by=("instance",), act=0.5, less_is_worse=True),
                Question(
                    name="connections in use",
                    expression="sum by (instance) (pg_stat_activity_count)"
                    " / on (instance) max by (instance) (pg_settings_max_connections)",
                    unit="share",
                    by=("instance",),
                    look=0.7,
                    act=0.9,
                    trend_over="1d",
                ),
                Question(
                    name="blocks found in memory, last hour",
                    expression=_share("pg_stat_database_blks_hit", "pg_stat_database_blks_read"),
                    unit="share",
                    by=("instance",),
                    look=0.95,
                    act=0.8,
                    less_is_worse=True,
                    trend_over="1d",
                ),
                Question(
                    name="transactions rolled back, last hour",
                    expression=_share("pg_stat_database_xact_rollback", "pg_stat_database_xact_commit"),
                    unit="share",
                    by=("instance",),
                    look=0.05,
                    act=0.2,
                ),
                Question(
                    name="deadlocks, last day",
                    expression="sum by (instance) (increase(pg_stat_database_deadlocks[1d]))",
                    unit="count",
                    by=("instance",),
                    look=1,
                    act=50,
                ),
                Question(
                    name="oldest transaction",
                    expression="max by (instance) (pg_stat_activity_max_tx_duration)",
                    unit="seconds",
                    by=("instance",),
                    look=300,
                    act=3600,
                ),
            ),
        ),
        Section(
            title="Databases",
            questions=(
                Question(
                    name="size",
                    expression='max by (instance, datname) (pg_database_size_bytes{datname!~"template.*"})',
                    unit="bytes",
                    by=("datname",),
                    trend_over="1d",
                ),
            ),
        ),
        Section(
            title="Slowest statements, last hour",
            questions=(
                Question(
                    name="mean time",
                    expression="topk(10, sum by (datname, queryid) (rate(pg_stat_statements_seconds_total[1h]))"
                    " / sum by (datname, queryid) (rate(pg_stat_statements_calls_total[1h]) > 0))",
                    unit="seconds",
                    by=("datname", "queryid"),
                    look=0.1,
                    act=1,
                    missing="pg_stat_statements is not measured, or was not for an hour",
                ),
            ),
        ),
    ),
)

_CAPACITY = Inquiry(
    name="capacity",
    title="Capacity",
    sections=(
        Section(
            title="What runs out",
            questions=(
                Question(
                    name="days until a disk is full",
                    expression=_DAYS_LEFT,
                    unit="days",
                    by=("instance", "mountpoint"),
                    look=30,
                    act=7,
                    less_is_worse=True,
                    missing=_NOT_LONG_ENOUGH,
                ),
                Question(
                    name="days until a certificate ends",
                    expression="min by (instance) (probe_ssl_earliest_cert_expiry - time()) / 86400",
                    unit="days",
                    by=("instance",),
                    look=21,
                    act=7,
                    less_is_worse=True,
                    missing="no certificate is probed",
                ),
                Question(
                    name="AI budget used at this pace",
                    expression="sum by (organisation) (rate(ai_cost_dollars_total[6h])) * 30 * 86400"
                    " / on (organisation) ai_budget_dollars",
                    unit="share",
                    by=("organisation",),
                    look=0.8,
                    act=1,
                ),
            ),
        ),
        Section(
            title="The platform itself",
            questions=(
                Question(
                    name="memory of a component, against its limit",
                    expression='max by (name) (container_memory_working_set_bytes{name!=""}'
                    " / (container_spec_memory_limit_bytes > 0))",
                    unit="share",
                    by=("name",),
                    look=0.8,
                    act=0.95,
                ),
                Question(name="series", expression="prometheus_tsdb_head_series", unit="count", trend_over="1d"),
                Question(
                    name="samples taken",
                    expression="sum(rate(prometheus_tsdb_head_samples_appended_total[5m]))",
                    unit="per_second",
                ),
                Question(
                    name="metrics on disk, without the newest two hours",
                    expression="prometheus_tsdb_storage_blocks_bytes",
                    unit="bytes",
                    trend_over="1d",
                ),
                Question(name="logs on disk", expression="watchkeeper_store_segment_bytes", unit="bytes", trend_over="1d"),
                Question(
                    name="log lines taken",
                    expression="sum(rate(watchkeeper_store_ingested_lines_total[5m]))",
                    unit="per_second",
                    trend_over="1d",
                ),
            ),
        ),
        Section(
            title="Queues",
            questions=(
                Question(
                    name="Kafka: messages not yet read",
                    expression="sum by (consumergroup) (kafka_consumergroup_lag)",
                    unit="count",
                    by=("consumergroup",),
                    trend_over="1d",
                ),
                Question(
                    name="RabbitMQ: messages waiting",
                    expression="sum by (queue) (rabbitmq_queue_messages_ready)",
                    unit="count",
                    by=("queue",),
                    trend_over="1d",
                ),
            ),
        ),
    ),
)

INQUIRIES: Mapping[str, Inquiry] = MappingProxyType({one.name: one for one in (_HOST, _POSTGRES, _CAPACITY)})
