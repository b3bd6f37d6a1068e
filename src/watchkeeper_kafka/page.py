"""A snapshot in the Prometheus format, under kafka_exporter's names. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from watchkeeper_kafka.cluster import Snapshot

Sample: TypeAlias = tuple[Mapping[str, str], float]


def page(snapshot: Snapshot | None, *, took_s: float, failures: int) -> str:
    """The whole page; without a snapshot the cluster counts as having no broker."""
    lines = [
        *_family("kafka_brokers", "Brokers in the cluster.", [({}, len(snapshot.metadata.brokers) if snapshot else 0)]),
        *_family("watchkeeper_kafka_up", "Whether the cluster answered.", [({}, int(snapshot is not None))]),
        *_family("watchkeeper_kafka_scrape_seconds", "How long asking took.", [({}, took_s)]),
        *_family("watchkeeper_kafka_failures_total", "Times the cluster did not answer.", [({}, failures)], kind="counter"),
    ]
    if snapshot:
        lines += [*_brokers(snapshot), *_partitions(snapshot), *_groups(snapshot)]
    return "\n".join(lines) + "\n"


def _brokers(snapshot: Snapshot) -> Iterator[str]:
    brokers = sorted(snapshot.metadata.brokers.items())
    yield from _family(
        "kafka_broker_info",
        "Brokers as labels.",
        [({"address": f"{host}:{port}", "id": str(identity)}, 1) for identity, (host, port) in brokers],
    )


def _partitions(snapshot: Snapshot) -> Iterator[str]:
    topics = snapshot.metadata.topics
    yield from _family(
        "kafka_topic_partitions", "Partitions of the topic.", [({"topic": name}, len(found)) for name, found in topics.items()]
    )
    every = [({"partition": str(one.number), "topic": topic}, one) for topic, found in topics.items() for one in found]
    yield from _family("kafka_topic_partition_leader", "Broker that leads.", [(labels, one.leader) for labels, one in every])
    yield from _family(
        "kafka_topic_partition_leader_is_preferred",
        "Whether the preferred broker leads.",
        [(labels, int(one.replicas[:1] == (one.leader,))) for labels, one in every],
    )
    yield from _family("kafka_topic_partition_replicas", "Replicas.", [(labels, len(one.replicas)) for labels, one in every])
    yield from _family(
        "kafka_topic_partition_in_sync_replica", "Replicas in sync.", [(labels, len(one.in_sync)) for labels, one in every]
    )
    yield from _family(
        "kafka_topic_partition_under_replicated_partition",
        "Whether replicas are missing.",
        [(labels, int(len(one.in_sync) < len(one.replicas))) for labels, one in every],
    )
    for name, words, offsets in (
        ("kafka_topic_partition_current_offset", "Newest offset.", snapshot.newest),
        ("kafka_topic_partition_oldest_offset", "Oldest offset still kept.", snapshot.oldest),
    ):
        yield from _family(name, words, [(_place(place), offset) for place, offset in sorted(offsets.items())])


def _groups(snapshot: Snapshot) -> Iterator[str]:
    yield from _family(
        "kafka_consumergroup_members",
        "Members of the group.",
        [({"consumergroup": group.name}, group.members) for group in snapshot.groups if group.members is not None],
    )
    read = [
        ({"consumergroup": group.name, **_place(place)}, offset, place, group.name)
        for group in snapshot.groups
        for place, offset in sorted(group.committed.items())
    ]
    yield from _family(
        "kafka_consumergroup_current_offset",
        "Offset the group has read to.",
        [(labels, offset) for labels, offset, _, _ in read],
    )
    behind = [
        (labels, max(0, snapshot.newest[place] - offset), (group, place[0]))
        for labels, offset, place, group in read
        if place in snapshot.newest
    ]
    yield from _family(
        "kafka_consumergroup_lag", "Messages the group has not read yet.", [(labels, lag) for labels, lag, _ in behind]
    )
    offsets: dict[tuple[str, str], int] = {}
    lags: dict[tuple[str, str], int] = {}
    for _, offset, place, group in read:
        offsets[group, place[0]] = offsets.get((group, place[0]), 0) + offset
    for _, lag, key in behind:
        lags[key] = lags.get(key, 0) + lag
    for name, words, sums in (
        ("kafka_consumergroup_current_offset_sum", "Offsets read to, over all partitions.", offsets),
        ("kafka_consumergroup_lag_sum", "Messages not read yet, over all partitions.", lags),
    ):
        samples = [({"consumergroup": group, "topic": topic}, value) for (group, topic), value in sorted(sums.items())]
        yield from _family(name, words, samples)


def _place(place: tuple[str, int]) -> dict[str, str]:
    return {"partition": str(place[1]), "topic": place[0]}


def _family(name: str, words: str, samples: Iterable[Sample], *, kind: str = "gauge") -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        written = ",".join(f'{label}="{_escaped(text)}"' for label, text in sorted(labels.items()))
        # whole numbers as they are: a large offset must not be rounded
        shown = str(value) if isinstance(value, int) else f"{value:g}"
        yield f"{name}{{{written}}} {shown}" if written else f"{name} {shown}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
