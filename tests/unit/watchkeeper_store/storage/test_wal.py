"""How logged pushes are put together again."""

from __future__ import annotations

import pytest

from watchkeeper_store.storage import wal
from watchkeeper_store.storage.wal import PROTOBUF_BLOCK, Record, by_tenant


def record(tenant: str, payload: bytes) -> Record:
    return Record(tenant=tenant, kind=PROTOBUF_BLOCK, received_ns=0, payload=payload)


def test_pushes_of_a_tenant_stay_in_order_and_are_given_before_they_are_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wal, "_TOGETHER_BYTES", 3)
    written = [record("t", b"1"), record("u", b"2"), record("t", b"34"), record("t", b"5"), record("u", b"6")]
    groups = [(one[0].tenant, [each.payload for each in one]) for one in by_tenant(written)]
    assert groups == [("t", [b"1", b"34"]), ("u", [b"2", b"6"]), ("t", [b"5"])]


def test_of_nothing_comes_nothing() -> None:
    assert list(by_tenant([])) == []
