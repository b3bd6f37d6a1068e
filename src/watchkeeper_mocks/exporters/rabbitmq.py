"""RabbitMQ as its own Prometheus plugin shows it (3.13 and later), aggregated over queues as `/metrics` is there."""

from watchkeeper_mocks.exposition import Page
from watchkeeper_mocks.flows.application import MESSAGES_PER_ARRIVAL
from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.snapshot import Snapshot

DISK_BYTES = 40e9
DISK_LIMIT_BYTES = 2e9
MEMORY_LIMIT_BYTES = 1.6e9
_HANDLING_S = 0.3
_PROTOCOL = {"protocol": "amqp091"}
_QUEUE_TYPE = {"protocol": "amqp091", "queue_type": "rabbit_classic_queue"}


def write(page: Page, snapshot: Snapshot) -> None:
    """The page of `/exporters/rabbitmq/metrics`."""
    page.one_gauge(
        "rabbitmq_build_info",
        "Versions as labels.",
        1,
        rabbitmq_version="4.1.4",
        prometheus_plugin_version="5.1.1",
        prometheus_client_version="4.11.0",
        erlang_version="27.3",
    )
    page.one_gauge(
        "rabbitmq_identity_info",
        "The node and its cluster as labels.",
        1,
        rabbitmq_node="rabbit@rabbitmq",
        rabbitmq_cluster="shop",
        rabbitmq_cluster_permanent_id="rabbitmq-cluster-id-5b1d0a6e",
        rabbitmq_endpoint="metrics",
    )
    ready, unacked = queue_depths(snapshot)
    _queues(page, snapshot, sum(ready.values()), sum(unacked.values()))
    _messages(page, snapshot)
    _node(page, snapshot, sum(ready.values()))


def write_per_object(page: Page, snapshot: Snapshot) -> None:
    """The page of `/exporters/rabbitmq/metrics/per-object`: the same depths, queue by queue."""
    _depths(page, snapshot, "rabbitmq_queue")


def write_detailed(page: Page, snapshot: Snapshot) -> None:
    """The page of `/exporters/rabbitmq/metrics/detailed`, whatever families are asked for."""
    _depths(page, snapshot, "rabbitmq_detailed_queue")


def _depths(page: Page, snapshot: Snapshot, prefix: str) -> None:
    ready, unacked = queue_depths(snapshot)
    for name, help_text, depths in (
        ("ready", "Messages ready to be delivered.", ready),
        ("unacked", "Messages delivered and not acknowledged.", unacked),
    ):
        page.gauge(f"{prefix}_messages_{name}", help_text)
        for queue, depth in depths.items():
            page.add(depth, vhost="/", queue=queue)
    page.gauge(f"{prefix}_messages", "Messages ready or not acknowledged.")
    for queue, depth in ready.items():
        page.add(depth + unacked[queue], vhost="/", queue=queue)
    page.gauge(f"{prefix}_consumers", "Consumers of the queue.")
    for queue in ready:
        page.add(2, vhost="/", queue=queue)


def queue_depths(snapshot: Snapshot) -> tuple[dict[str, int], dict[str, int]]:
    """Messages ready, and delivered but not acknowledged, per queue."""
    flow = snapshot.rate(Flow.MESSAGES)
    ready = {}
    unacked = {}
    for queue, per_arrival in MESSAGES_PER_ARRIVAL.items():
        ready[queue] = int(per_arrival * (flow * _HANDLING_S + snapshot.totals.backlog))
        unacked[queue] = int(per_arrival * flow * 0.5)
    return ready, unacked


def _queues(page: Page, snapshot: Snapshot, ready: int, unacked: int) -> None:
    queues = len(MESSAGES_PER_ARRIVAL)
    for name, help_text, value in (
        ("queues", "Queues.", queues),
        ("consumers", "Consumers.", 2 * queues),
        ("connections", "Open connections.", 6),
        ("channels", "Open channels.", 6 + 2 * queues),
        ("queue_messages", "Messages ready or not acknowledged.", ready + unacked),
        ("queue_messages_ready", "Messages ready to be delivered.", ready),
        ("queue_messages_unacked", "Messages delivered and not acknowledged.", unacked),
        ("queue_messages_bytes", "Bytes of messages in queues.", (ready + unacked) * 850),
        ("queue_consumers", "Consumers of queues.", 2 * queues),
        ("queue_process_memory_bytes", "Memory of queue processes.", 90_000 * queues + ready * 120),
    ):
        page.one_gauge(f"rabbitmq_{name}", help_text, value)
    page.one_counter("rabbitmq_connections_opened_total", "Connections opened.", snapshot.age_s / 3600)
    page.one_counter("rabbitmq_connections_closed_total", "Connections closed.", max(0.0, snapshot.age_s / 3600 - 6))


def _messages(page: Page, snapshot: Snapshot) -> None:
    per_arrival = sum(MESSAGES_PER_ARRIVAL.values())
    received = per_arrival * snapshot.total(Flow.MESSAGES)
    # Only what the consumers fall behind with is missing, not what is being handled now: that follows the rate of the
    # moment, and a counter less a rate could fall.
    delivered = per_arrival * max(0.0, snapshot.total(Flow.MESSAGES) - snapshot.totals.backlog)
    for name, help_text, value, labels in (
        ("received_total", "Messages received from publishers.", received, _PROTOCOL),
        ("received_confirm_total", "Messages received that want a confirmation.", received, _PROTOCOL),
        ("confirmed_total", "Messages confirmed to publishers.", received, _PROTOCOL),
        ("routed_total", "Messages routed to queues.", received, _PROTOCOL),
        ("unroutable_dropped_total", "Messages dropped for want of a queue.", 0, _PROTOCOL),
        ("unroutable_returned_total", "Messages returned for want of a queue.", 0, _PROTOCOL),
        ("delivered_total", "Messages delivered to consumers.", delivered, _QUEUE_TYPE),
        ("delivered_consume_manual_ack_total", "Messages delivered that want an acknowledgement.", delivered, _QUEUE_TYPE),
        ("acknowledged_total", "Messages acknowledged by consumers.", delivered, _QUEUE_TYPE),
        ("redelivered_total", "Messages delivered again.", received * 0.0004, _QUEUE_TYPE),
    ):
        page.counter(f"rabbitmq_global_messages_{name}", help_text)
        page.add_count(value, **labels)
    page.one_gauge("rabbitmq_global_publishers", "Connected publishers.", 4, **_PROTOCOL)
    page.one_gauge("rabbitmq_global_consumers", "Connected consumers.", 2 * len(MESSAGES_PER_ARRIVAL), **_PROTOCOL)


def _node(page: Page, snapshot: Snapshot, ready: int) -> None:
    free = DISK_BYTES * (0.62 - 0.6 * min(1.0, snapshot.conditions.disk_filling))
    memory = snapshot.wobbled(210e6, share=0.05, phase_s=120.0) + ready * 1200
    for name, help_text, value in (
        ("disk_space_available_bytes", "Free disk space.", round(free)),
        ("disk_space_available_limit_bytes", "Free disk space below which publishers are blocked.", round(DISK_LIMIT_BYTES)),
        ("process_resident_memory_bytes", "Resident memory of the node.", round(memory)),
        ("resident_memory_limit_bytes", "Memory above which publishers are blocked.", round(MEMORY_LIMIT_BYTES)),
        ("process_open_fds", "Open file descriptors.", 64),
        ("process_max_fds", "Most open file descriptors.", 65536),
        ("process_open_tcp_sockets", "Open TCP sockets.", 8),
        ("process_max_tcp_sockets", "Most open TCP sockets.", 58890),
        ("erlang_processes_used", "Erlang processes.", 430),
        ("erlang_processes_limit", "Most Erlang processes.", 1048576),
        ("erlang_uptime_seconds", "Seconds since the node started.", int(snapshot.age_s)),
        ("alarms_memory_used_watermark", "Whether the memory alarm is raised.", int(memory > MEMORY_LIMIT_BYTES)),
        ("alarms_free_disk_space_watermark", "Whether the disk alarm is raised.", int(free < DISK_LIMIT_BYTES)),
        ("alarms_file_descriptor_limit", "Whether file descriptors ran out.", 0),
    ):
        page.one_gauge(f"rabbitmq_{name}", help_text, value)
