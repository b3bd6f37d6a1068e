"""RabbitMQ: do queues drain, are publishers blocked, do messages get lost."""

from __future__ import annotations

from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Dashboard, Row, Variable
from watchkeeper.dashboards.panels import figure, lines

_ALL = 'instance=~"$instance"'


_NOW = Row(
    title="Now",
    panels=(
        figure(
            "Messages ready",
            "How many messages wait for a consumer?",
            f"sum(rabbitmq_queue_messages_ready{{{_ALL}}})",
            steps=style.worse_above(1_000, 10_000),
        ),
        figure(
            "Consumers",
            "Is anybody reading?",
            f"sum(rabbitmq_queue_consumers{{{_ALL}}})",
            steps=style.bad_below(1),
        ),
        figure(
            "Short of memory",
            "Are publishers blocked because memory ran out?",
            f"max(rabbitmq_alarms_memory_used_watermark{{{_ALL}}})",
            style.PLAIN,
            words=style.YES_IS_BAD,
            steps=style.bad_above(1),
        ),
        figure(
            "Short of disk",
            "Are publishers blocked because the disk is full?",
            f"max(rabbitmq_alarms_free_disk_space_watermark{{{_ALL}}})",
            style.PLAIN,
            words=style.YES_IS_BAD,
            steps=style.bad_above(1),
        ),
        figure(
            "Memory in use",
            "How close is the point where publishers are blocked?",
            f"max(rabbitmq_process_resident_memory_bytes{{{_ALL}}} / rabbitmq_resident_memory_limit_bytes{{{_ALL}}})",
            style.SHARE,
            steps=style.worse_above(0.8, 0.95),
            decimals=1,
        ),
        figure(
            "Up for",
            "Has RabbitMQ been restarted?",
            f"min(rabbitmq_erlang_uptime_seconds{{{_ALL}}})",
            style.SECONDS,
            decimals=0,
        ),
    ),
)


_FLOW = Row(
    title="Flow",
    panels=(
        lines(
            "Messages",
            "Is as much taken away as comes in?",
            {
                "received": f"sum(rate(rabbitmq_global_messages_received_total{{{_ALL}}}[$__rate_interval]))",
                "delivered": f"sum(rate(rabbitmq_global_messages_delivered_total{{{_ALL}}}[$__rate_interval]))",
                "acknowledged": f"sum(rate(rabbitmq_global_messages_acknowledged_total{{{_ALL}}}[$__rate_interval]))",
            },
            style.MESSAGES_PER_SECOND,
        ),
        lines(
            "Waiting",
            "Do queues grow?",
            {
                "ready": f"sum(rabbitmq_queue_messages_ready{{{_ALL}}})",
                "with a consumer": f"sum(rabbitmq_queue_messages_unacked{{{_ALL}}})",
            },
            stacked=True,
        ),
        lines(
            "Messages going wrong",
            "Are messages lost or delivered again?",
            {
                "dropped": f"sum(rate(rabbitmq_global_messages_unroutable_dropped_total{{{_ALL}}}[$__rate_interval]))",
                "returned": f"sum(rate(rabbitmq_global_messages_unroutable_returned_total{{{_ALL}}}[$__rate_interval]))",
                "again": f"sum(rate(rabbitmq_global_messages_redelivered_total{{{_ALL}}}[$__rate_interval]))",
            },
            style.MESSAGES_PER_SECOND,
        ),
        lines(
            "Connections",
            "Do clients come and go too often?",
            {
                "open": f"sum(rabbitmq_connections{{{_ALL}}})",
                "opened per second": f"sum(rate(rabbitmq_connections_opened_total{{{_ALL}}}[$__rate_interval]))",
            },
        ),
        lines(
            "Room on disk",
            "When will publishers be blocked?",
            {
                "free": f"rabbitmq_disk_space_available_bytes{{{_ALL}}}",
                "needed": f"rabbitmq_disk_space_available_limit_bytes{{{_ALL}}}",
            },
            style.BYTES,
        ),
        lines(
            "File descriptors",
            "Will the next connection be refused?",
            {"in use": f"rabbitmq_process_open_fds{{{_ALL}}} / rabbitmq_process_max_fds{{{_ALL}}}"},
            style.SHARE,
            steps=style.worse_above(0.8, 0.95),
        ),
    ),
)


DASHBOARDS = (
    Dashboard(
        uid="watchkeeper-rabbitmq",
        title="RabbitMQ",
        question="Do queues drain, are publishers blocked, do messages get lost?",
        rows=(_NOW, _FLOW),
        variables=(Variable(name="instance", heading="Node", metric="rabbitmq_build_info", label="instance"),),
        tags=("messaging",),
    ),
)
