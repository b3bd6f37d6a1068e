"""Which segments may go: by age and by size, per selector and per tenant."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from watchkeeper_store.storage.retention import FOREVER_S, KeepRule, Retention, expired
from watchkeeper_store.storage.segment import Segment
from watchkeeper_wire.loki_labels import LabelPairs

SECOND = 10**9
LABELS: dict[int, LabelPairs] = {1: (("app", "audit"),), 2: (("app", "shop"),)}


def a_segment(
    name: str, *, tenant: str = "t", ends_s: int = 0, size: int = 10, keep_s: float = 0, streams: tuple[int, ...] = (2,)
) -> Segment:
    numbers = np.array(streams, dtype=np.int64)
    return Segment(
        path=Path(name),
        name=name,
        tenant=tenant,
        keep_s=keep_s,
        rows=1,
        size_bytes=size,
        min_ns=ends_s * SECOND,
        max_ns=ends_s * SECOND,
        fields={},
        compact=False,
        literal=False,
        words=None,
        streams=numbers,
        stream_rows=numbers,
        stream_bytes=numbers,
        stream_min_ns=numbers,
        stream_max_ns=numbers,
    )


def names(segments: list[Segment]) -> list[str]:
    return sorted(segment.name for segment in segments)


def test_a_segment_goes_when_its_newest_row_is_over_its_age() -> None:
    segments = [
        a_segment("old", ends_s=9, keep_s=10),
        a_segment("edge", ends_s=10, keep_s=10),
        a_segment("ever", keep_s=FOREVER_S),
    ]
    assert names(expired(segments, Retention(), 20 * SECOND)) == ["old"]


def test_a_tenant_has_room_of_its_own_and_loses_what_ends_earliest() -> None:
    segments = [
        a_segment("a1", tenant="a", ends_s=1),
        a_segment("a2", tenant="a", ends_s=2),
        a_segment("a3", tenant="a", ends_s=3),
        a_segment("b1", tenant="b", ends_s=1),
        a_segment("b2", tenant="b", ends_s=2),
    ]
    assert names(expired(segments, Retention(tenant_max_bytes={"a": 20}), 0)) == ["a1"]
    assert names(expired(segments, Retention(tenant_max_bytes={"a": 20}, max_bytes=30), 0)) == ["a1", "b1"]
    assert names(expired(segments, Retention(tenant_max_bytes={"a": 0}), 0)) == []


def test_after_a_restart_the_promises_of_now_count() -> None:
    rules = (
        KeepRule(matches=lambda _, labels: ("app", "audit") in labels, keep_s=900.0),
        KeepRule(matches=lambda tenant, _: tenant == "b", keep_s=5.0),
    )
    retention = Retention(default_s=100.0, rules=rules)

    def kept(segment: Segment) -> float:
        return retention.applied(segment, LABELS.__getitem__).keep_s

    assert kept(a_segment("x", keep_s=7)) == 100.0
    assert kept(a_segment("x", keep_s=7, streams=(1, 2))) == 900.0
    assert kept(a_segment("x", keep_s=7, tenant="b")) == 5.0
    forever = Retention(default_s=FOREVER_S, rules=rules)
    assert forever.applied(a_segment("x", keep_s=7, streams=(1, 2)), LABELS.__getitem__).keep_s == FOREVER_S
