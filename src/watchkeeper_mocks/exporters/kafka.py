"""Kafka as kafka_exporter 1.7 and later shows it: offsets and lag are gauges there, also where they only grow."""

import math

from watchkeeper_mocks.exposition import Page
from watchkeeper_mocks.flows.application import MESSAGES_PER_ARRIVAL
from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.snapshot import Snapshot

BROKERS = 3
PARTITIONS = 3
GROUPS = {"orders": "order-worker", "payments": "payment-worker", "notifications": "notifier", "audit": "audit-archiver"}
RETAINED_S = 7 * 86400.0
_HANDLING_S = 0.8
"""How long a message waits when consumers are well; also the lag of a healthy group in seconds."""


def write(page: Page, snapshot: Snapshot) -> None:
    """The page of `/exporters/kafka/metrics`."""
    degraded = snapshot.conditions.broker_degraded >= 0.5
    brokers = BROKERS - 1 if degraded else BROKERS
    page.one_gauge("kafka_brokers", "Brokers in the cluster.", brokers)
    page.gauge("kafka_broker_info", "Brokers as labels.")
    for broker in range(1, brokers + 1):
        page.add(1, address=f"kafka-{broker}:9092", id=str(broker))
    page.gauge("kafka_topic_partitions", "Partitions of the topic.")
    for topic in MESSAGES_PER_ARRIVAL:
        page.add(PARTITIONS, topic=topic)
    _replicas(page, degraded=degraded)
    _offsets(page, snapshot)
    page.gauge("kafka_consumergroup_members", "Members of the consumer group.")
    for group in GROUPS.values():
        page.add(PARTITIONS, consumergroup=group)


def _replicas(page: Page, *, degraded: bool) -> None:
    """Partition n of each topic is led by broker n + 1; the last broker is the one that leaves."""
    places = [(topic, partition) for topic in MESSAGES_PER_ARRIVAL for partition in range(PARTITIONS)]
    page.gauge("kafka_topic_partition_leader", "Broker that leads the partition.")
    for topic, partition in places:
        leader = 1 if degraded and partition + 1 == BROKERS else partition + 1
        page.add(leader, partition=str(partition), topic=topic)
    page.gauge("kafka_topic_partition_leader_is_preferred", "Whether the preferred broker leads.")
    for topic, partition in places:
        page.add(int(not (degraded and partition + 1 == BROKERS)), partition=str(partition), topic=topic)
    page.gauge("kafka_topic_partition_replicas", "Replicas of the partition.")
    for topic, partition in places:
        page.add(BROKERS, partition=str(partition), topic=topic)
    page.gauge("kafka_topic_partition_in_sync_replica", "Replicas that are in sync.")
    for topic, partition in places:
        page.add(BROKERS - 1 if degraded else BROKERS, partition=str(partition), topic=topic)
    page.gauge("kafka_topic_partition_under_replicated_partition", "Whether the partition lacks replicas.")
    for topic, partition in places:
        page.add(int(degraded), partition=str(partition), topic=topic)


def _offsets(page: Page, snapshot: Snapshot) -> None:
    current: dict[str, list[int]] = {}
    lag: dict[str, list[int]] = {}
    for topic, per_arrival in MESSAGES_PER_ARRIVAL.items():
        produced = per_arrival * snapshot.total(Flow.MESSAGES) / PARTITIONS
        # The backlog is counted like the messages flow: in arrivals that each bring `per_arrival` messages.
        waiting = per_arrival * (snapshot.rate(Flow.MESSAGES) * _HANDLING_S + snapshot.totals.backlog)
        consumed = max(0, math.floor(produced - waiting / PARTITIONS))
        current[topic] = [math.floor(produced)] * PARTITIONS
        lag[topic] = [math.floor(produced) - consumed] * PARTITIONS
    page.gauge("kafka_topic_partition_current_offset", "Newest offset of the partition.")
    for topic, offsets in current.items():
        for partition, offset in enumerate(offsets):
            page.add(offset, partition=str(partition), topic=topic)
    page.gauge("kafka_topic_partition_oldest_offset", "Oldest offset still kept.")
    for topic, offsets in current.items():
        for partition, offset in enumerate(offsets):
            kept = offset * min(1.0, RETAINED_S / max(snapshot.age_s, RETAINED_S))
            page.add(math.floor(offset - kept), partition=str(partition), topic=topic)
    page.gauge("kafka_consumergroup_current_offset", "Offset the group has read to.")
    for topic, group in GROUPS.items():
        for partition, offset in enumerate(current[topic]):
            page.add(offset - lag[topic][partition], consumergroup=group, partition=str(partition), topic=topic)
    page.gauge("kafka_consumergroup_current_offset_sum", "Offsets the group has read to, over all partitions.")
    for topic, group in GROUPS.items():
        page.add(sum(current[topic]) - sum(lag[topic]), consumergroup=group, topic=topic)
    page.gauge("kafka_consumergroup_lag", "Messages the group has not read yet.")
    for topic, group in GROUPS.items():
        for partition, messages in enumerate(lag[topic]):
            page.add(messages, consumergroup=group, partition=str(partition), topic=topic)
    page.gauge("kafka_consumergroup_lag_sum", "Messages the group has not read yet, over all partitions.")
    for topic, group in GROUPS.items():
        page.add(sum(lag[topic]), consumergroup=group, topic=topic)
