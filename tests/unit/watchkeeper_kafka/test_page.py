"""What a snapshot looks like as metrics, under the names that kafka_exporter gives them."""

from watchkeeper_kafka.cluster import Group, Snapshot
from watchkeeper_kafka.page import page
from watchkeeper_kafka.protocol import Metadata, Partition


def lines(snapshot: Snapshot | None) -> list[str]:
    return [line for line in page(snapshot, took_s=0.5, failures=2).splitlines() if not line.startswith("#")]


def a_snapshot() -> Snapshot:
    partition = Partition(number=0, leader=1, replicas=(1, 2), in_sync=(1,))
    return Snapshot(
        metadata=Metadata(brokers={1: ("kafka", 9092)}, topics={"orders": (partition,)}),
        newest={("orders", 0): 9_007_199_254_740_993},
        oldest={("orders", 0): 3},
        groups=(
            Group(name="shop", members=2, committed={("orders", 0): 9_007_199_254_740_990}),
            Group(name='od"d', members=None, committed={}),
        ),
    )


def test_a_cluster_that_does_not_answer_has_no_broker() -> None:
    assert lines(None) == [
        "kafka_brokers 0",
        "watchkeeper_kafka_up 0",
        "watchkeeper_kafka_scrape_seconds 0.5",
        "watchkeeper_kafka_failures_total 2",
    ]


def test_lag_is_the_newest_offset_less_the_committed_one_without_rounding() -> None:
    found = lines(a_snapshot())
    assert 'kafka_consumergroup_lag{consumergroup="shop",partition="0",topic="orders"} 3' in found
    assert 'kafka_consumergroup_lag_sum{consumergroup="shop",topic="orders"} 3' in found
    assert 'kafka_topic_partition_current_offset{partition="0",topic="orders"} 9007199254740993' in found


def test_a_partition_with_a_missing_replica_is_under_replicated() -> None:
    found = lines(a_snapshot())
    assert 'kafka_topic_partition_under_replicated_partition{partition="0",topic="orders"} 1' in found
    assert 'kafka_topic_partition_leader_is_preferred{partition="0",topic="orders"} 1' in found


def test_a_group_whose_members_nobody_tells_has_no_count_of_them() -> None:
    assert [line for line in lines(a_snapshot()) if line.startswith("kafka_consumergroup_members")] == [
        'kafka_consumergroup_members{consumergroup="shop"} 2'
    ]
