"""The newest rows stay in memory beside their segments, bounded, and are let go when rows are taken out of these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.unit.watchkeeper_store.storage.store_driver import NOON, Clock, Driver

from watchkeeper_store.model.rows import RowBatch, texts_of
from watchkeeper_store.storage import recent
from watchkeeper_store.storage.recent import Recent, RecentRows, nothing_since

NOTHING = Recent(since_ns=0)


def rows(times: Sequence[int], line: str = "line") -> RowBatch:
    return RowBatch(
        numbers=np.array([1], dtype=np.int64),
        streams=np.full(len(times), 1, dtype=np.int64),
        timestamps_ns=np.array(times, dtype=np.int64),
        lines=texts_of([f"{line} {at}".encode() for at in times]),
        levels=np.full(len(times), -1, dtype=np.int32),
    )


def held(known: Recent | None) -> list[int]:
    return [] if known is None or known.rows is None else known.rows.timestamps_ns.tolist()


def recent_of(driver: Driver) -> Recent:
    with driver.store.snapshot("t") as seen:
        return seen.recent or nothing_since(seen.segments)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST_ROWS", 3)


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    driver = Driver(tmp_path / "d", Clock())
    yield driver
    driver.store.close()


@pytest.mark.usefixtures("few")
def test_the_newest_are_held_in_their_order_and_all_of_a_time_or_none() -> None:
    known = NOTHING.with_flushed(rows([5, 9, 1, 7, 3]))
    assert (known.since_ns, held(known)) == (4, [5, 9, 7])
    known = known.with_flushed(rows([2, 8, 9]))
    assert (known.since_ns, held(known)) == (8, [9, 8, 9])
    known = known.with_flushed(rows([9, 9]))
    assert (known.since_ns, held(known)) == (10, [])
    assert held(known.with_flushed(rows([9, 10]))) == [10]


def test_all_that_fits_is_held_without_a_new_limit() -> None:
    known = NOTHING.with_flushed(rows([5, 2]))
    assert (known.since_ns, held(known)) == (0, [5, 2])
    assert known.rows is not None
    assert known.rows.lines.octets(1) == b"line 2"


def test_long_lines_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "_MOST_BYTES", 2 * (64 + 100) + 10)
    known = NOTHING.with_flushed(rows([1, 2, 3], "x" * 98))
    assert (known.since_ns, held(known)) == (2, [2, 3])


def test_only_the_tenants_written_to_last_have_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "_MOST_TENANTS", 2)
    known = RecentRows()
    known.put({"a": NOTHING, "b": NOTHING})
    known.put({"a": NOTHING})
    known.put({"c": NOTHING})
    assert [known.of(tenant) is not None for tenant in ("a", "b", "c")] == [True, False, True]


def test_a_flush_makes_its_rows_recent_and_a_start_begins_behind_all_files(tmp_path: Path) -> None:
    first = Driver(tmp_path / "d", Clock())
    first.write("shop", "one", "two")
    assert recent_of(first) == Recent(since_ns=-(1 << 63) + 1)
    first.store.flush()
    assert held(recent_of(first)) == [NOON, NOON + 1]
    first.store.close()
    second = Driver(tmp_path / "d", Clock())
    assert recent_of(second) == Recent(since_ns=NOON + 2)
    second.write("shop", "late", "new", at_ns=NOON + 1)
    second.store.flush()
    assert held(recent_of(second)) == [NOON + 2]
    second.store.close()


def test_rows_that_are_merged_stay_and_rows_taken_out_go(driver: Driver) -> None:
    for at in range(2):
        driver.write("shop", "line", at_ns=NOON + at)
        driver.store.flush()
    one, two = driver.store.segments
    merged = driver.store.write_part("t", one.name.split("/")[1], one.keep_s, driver.rows(driver.record("shop", "a", "b")))
    assert driver.store.replace_merged([one, two], merged)
    assert held(recent_of(driver)) == [NOON, NOON + 1]
    driver.store.replace_segments([merged], ())
    assert held(recent_of(driver)) == []


def test_rows_of_a_damaged_segment_go(driver: Driver) -> None:
    driver.write("shop", "line")
    driver.store.flush()
    driver.store.set_aside(driver.store.segments[0], "broken")
    assert held(recent_of(driver)) == []


def test_nothing_is_recent_of_a_flush_that_failed(driver: Driver) -> None:
    driver.write("shop", "line")
    (driver.folder / "segments" / "t").write_text("a file where a folder belongs")
    with pytest.raises(OSError, match="cannot move rows to segments"):
        driver.store.flush()
    assert held(recent_of(driver)) == []


def test_rows_are_wanted_back_only_while_there_is_room_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "_MOST_TENANTS", 2)
    known = RecentRows()
    known.put({"a": NOTHING})
    known.want("b")
    assert known.wanted == {"b"}
    known.put({"b": NOTHING})
    known.want("c")
    assert known.wanted == {"b"}
    known.forget({"a"})
    known.want("a")
    assert known.wanted == {"a", "b"}
