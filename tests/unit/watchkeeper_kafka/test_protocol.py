"""Kafka's wire format, written out by hand from the protocol's own description."""

import struct

import pytest

from watchkeeper_kafka.protocol import (
    METADATA,
    NEWEST,
    Malformed,
    Partition,
    Reader,
    array,
    list_offsets,
    read_committed,
    read_groups,
    read_members,
    read_metadata,
    read_offsets,
    request,
    string,
)


def test_a_request_names_its_length_key_version_correlation_and_client() -> None:
    assert request(METADATA, 7, b"\xff\xff\xff\xff") == (
        b"\x00\x00\x00\x19\x00\x03\x00\x01\x00\x00\x00\x07\x00\x0bwatchkeeper\xff\xff\xff\xff"
    )


def test_offsets_are_asked_for_by_topic_and_partition() -> None:
    assert list_offsets(NEWEST, {"a": [0]}) == (
        b"\xff\xff\xff\xff\x00\x00\x00\x01\x00\x01a\x00\x00\x00\x01\x00\x00\x00\x00" + b"\xff" * 8
    )


def test_metadata_tells_brokers_and_who_leads_each_partition() -> None:
    broker = struct.pack(">i", 1) + string("kafka") + struct.pack(">i", 9092) + b"\xff\xff"
    second = struct.pack(">hii", 0, 1, -1) + array([struct.pack(">i", 2)]) + array([])
    first = struct.pack(">hii", 0, 0, 1) + array([struct.pack(">i", 1)]) + array([struct.pack(">i", 1)])
    topic = struct.pack(">h", 0) + string("orders") + b"\x00" + array([second, first])
    found = read_metadata(Reader(array([broker]) + struct.pack(">i", 1) + array([topic])))
    assert found.brokers == {1: ("kafka", 9092)}
    assert found.topics == {
        "orders": (
            Partition(number=0, leader=1, replicas=(1,), in_sync=(1,)),
            Partition(number=1, leader=-1, replicas=(2,), in_sync=()),
        )
    }


def test_partitions_that_failed_have_no_offset() -> None:
    good, bad = struct.pack(">ihqq", 0, 0, -1, 12), struct.pack(">ihqq", 1, 6, -1, -1)
    assert read_offsets(Reader(array([string("orders") + array([good, bad])]))) == {("orders", 0): 12}


def test_groups_of_other_protocols_are_left_out() -> None:
    groups = array([string("shop") + string("consumer"), string("link") + string("connect"), string("idle") + string("")])
    assert read_groups(Reader(struct.pack(">h", 0) + groups)) == ["idle", "shop"]


def test_members_are_counted() -> None:
    member = string("id") + string("client") + string("/host") + struct.pack(">i", 2) + b"ab" + struct.pack(">i", -1)
    group = struct.pack(">h", 0) + string("shop") + string("Stable") + string("consumer") + string("range") + array([member])
    assert read_members(Reader(array([group]))) == {"shop": 1}


def test_offsets_that_were_never_committed_are_left_out() -> None:
    read = struct.pack(">iq", 0, 5) + b"\xff\xff" + struct.pack(">h", 0)
    never = struct.pack(">iq", 1, -1) + b"\xff\xff" + struct.pack(">h", 0)
    assert read_committed(Reader(array([string("orders") + array([read, never])]))) == {("orders", 0): 5}


@pytest.mark.parametrize("content", [b"", b"\x00\x00", b"\x7f\xff\xff\xff", struct.pack(">i", 1) + b"\x00\x09abc"])
def test_an_answer_that_ends_too_early_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed, match="cannot read the answer"):
        read_groups(Reader(b"\x00\x00" + content)) if content else Reader(content).int32()
