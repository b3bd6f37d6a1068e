"""The store keeps what it took: across restarts, torn tails, flushes, retention and full disks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.unit.watchkeeper_store.storage.store_driver import DAY_NS, NOON, Clock, Driver, crash

from watchkeeper_store.storage.folder_lock import FolderInUse
from watchkeeper_store.storage.retention import KeepRule, Retention


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def driver(tmp_path: Path, clock: Clock) -> Iterator[Driver]:
    driver = Driver(tmp_path / "data", clock)
    yield driver
    driver.store.close()


def test_an_acknowledged_line_is_found_after_a_crash(tmp_path: Path, clock: Clock) -> None:
    first = Driver(tmp_path / "d", clock)
    first.write("shop", "one", "two")
    crash(first)
    second = Driver(tmp_path / "d", clock)
    assert second.recovered == 2
    assert second.lines() == ["one", "two"]
    second.store.close()


def test_flushed_lines_are_in_segments_once_and_leave_the_log(driver: Driver) -> None:
    driver.write("shop", "one", "a line that is longer than twelve bytes")
    driver.write("cart", "two")
    driver.store.flush()
    assert driver.lines() == ["a line that is longer than twelve bytes", "one", "two"]
    assert [segment.rows for segment in driver.store.segments] == [3]
    assert driver.store.held_bytes == 0
    assert len(list((driver.folder / "wal").iterdir())) == 1


def test_flushed_lines_survive_a_restart_with_their_labels(tmp_path: Path, clock: Clock) -> None:
    first = Driver(tmp_path / "d", clock)
    first.write("shop", "one")
    first.store.flush()
    first.write("shop", "two")
    crash(first)
    second = Driver(tmp_path / "d", clock)
    assert second.lines() == ["one", "two"]
    assert [labels for _, labels in second.store.registry("t").items()] == [(("app", "shop"),)]
    second.store.close()


def test_a_torn_tail_costs_only_what_was_torn(tmp_path: Path, clock: Clock) -> None:
    first = Driver(tmp_path / "d", clock)
    first.write("shop", "kept")
    size = next((tmp_path / "d" / "wal").iterdir()).stat().st_size
    first.write("shop", "torn")
    crash(first)
    log = next((tmp_path / "d" / "wal").iterdir())
    for cut in range(size, log.stat().st_size):
        copy = tmp_path / f"cut{cut}"
        (copy / "wal").mkdir(parents=True)
        (copy / "wal" / log.name).write_bytes(log.read_bytes()[:cut])
        again = Driver(copy, clock)
        assert again.lines() == ["kept"]
        again.store.close()


def test_a_damaged_record_does_not_hide_the_one_behind_it(tmp_path: Path, clock: Clock) -> None:
    first = Driver(tmp_path / "d", clock)
    for line in ("one", "two", "three"):
        first.write("shop", line)
    crash(first)
    log = next((tmp_path / "d" / "wal").iterdir())
    log.write_bytes(log.read_bytes().replace(b"two", b"tw0"))
    second = Driver(tmp_path / "d", clock)
    assert second.lines() == ["one", "three"]
    second.store.close()


def test_a_crash_between_segment_and_manifest_repeats_nothing(tmp_path: Path, clock: Clock) -> None:
    first = Driver(tmp_path / "d", clock)
    first.write("shop", "one")
    manifest = tmp_path / "d" / "MANIFEST.json"
    before = {path.name: path.read_bytes() for path in (tmp_path / "d" / "wal").iterdir()}
    first.store.flush()
    manifest.unlink()
    for path in (tmp_path / "d" / "wal").iterdir():
        path.unlink()
    for name, content in before.items():
        (tmp_path / "d" / "wal" / name).write_bytes(content)
    crash(first)
    second = Driver(tmp_path / "d", clock)
    assert second.lines() == ["one"]
    assert not list((tmp_path / "d" / "segments").rglob("*.parquet"))
    second.store.close()


def test_tenants_are_apart(driver: Driver) -> None:
    driver.write("shop", "mine", tenant="a/../b")
    driver.write("shop", "yours", tenant="..")
    driver.store.flush()
    assert driver.lines("a/../b") == ["mine"]
    assert driver.lines("..") == ["yours"]
    assert driver.lines("c") == []
    assert {path.parent.parent.parent for path in driver.folder.rglob("*.parquet")} == {driver.folder / "segments"}


def test_a_segment_never_spans_two_days(driver: Driver) -> None:
    driver.write("shop", "late", at_ns=NOON + DAY_NS // 2 - 1)
    driver.write("shop", "early", at_ns=NOON + DAY_NS // 2)
    driver.store.flush()
    assert sorted(segment.rows for segment in driver.store.segments) == [1, 1]


def test_retention_drops_whole_files_once_their_newest_row_is_over_its_age(tmp_path: Path, clock: Clock) -> None:
    rules = (KeepRule(matches=lambda tenant, labels: ("app", "audit") in labels, keep_s=90 * 86400.0),)
    driver = Driver(tmp_path / "d", clock, retention=Retention(default_s=30 * 86400.0, rules=rules))
    driver.write("shop", "old")
    driver.write("audit", "kept for ninety days")
    driver.write("shop", "a day younger", at_ns=NOON + DAY_NS)
    driver.store.flush()
    clock.now_ns = NOON + 30 * DAY_NS
    driver.store.maintain()
    assert driver.lines() == ["a day younger", "kept for ninety days", "old"]
    clock.now_ns += 10**9
    driver.store.maintain()
    assert driver.lines() == ["a day younger", "kept for ninety days"]
    clock.now_ns = NOON + 32 * DAY_NS
    driver.store.maintain()
    assert driver.lines() == ["kept for ninety days"]
    assert len(list(driver.folder.rglob("*.parquet"))) == 1
    driver.store.close()


def test_retention_by_size_drops_what_ends_earliest(tmp_path: Path, clock: Clock) -> None:
    driver = Driver(tmp_path / "d", clock, retention=Retention(max_bytes=1))
    driver.write("shop", "first")
    driver.store.flush()
    driver.store.maintain()
    assert driver.lines() == []
    driver.store.close()


def test_a_snapshot_keeps_its_files_until_it_ends(driver: Driver) -> None:
    driver.write("shop", "one")
    driver.store.flush()
    with driver.store.snapshot("t") as seen:
        driver.store.replace_segments(seen.segments, ())
        assert seen.segments[0].path.exists()
        assert driver.lines() == []
    assert not seen.segments[0].path.exists()


def test_a_second_process_is_refused(driver: Driver, clock: Clock) -> None:
    with pytest.raises(FolderInUse, match="cannot use"):
        Driver(driver.folder, clock)


def test_an_unreadable_segment_is_named_and_the_rest_is_served(tmp_path: Path, clock: Clock) -> None:
    first = Driver(tmp_path / "d", clock)
    first.write("shop", "lost")
    first.store.flush()
    first.write("shop", "served")
    crash(first)
    broken = next((tmp_path / "d").rglob("segments/**/*.json"))
    broken.write_text("{")
    second = Driver(tmp_path / "d", clock)
    assert second.lines() == ["served"]
    assert len(second.store.unreadable) == 1
    assert broken.with_suffix(".parquet").exists()
    second.store.close()


def test_files_are_private(driver: Driver) -> None:
    driver.write("shop", "one")
    driver.store.flush()
    modes = {oct(path.stat().st_mode & 0o777) for path in driver.folder.rglob("*")}
    assert modes == {"0o600", "0o700"}


def test_many_small_pushes_are_joined(driver: Driver) -> None:
    for number in range(100):
        driver.write("shop", f"line {number} of a hundred")
    with driver.store.snapshot("t") as seen:
        assert len(seen.batches) < 10
    assert len(driver.lines()) == 100


def test_a_batch_that_is_sent_twice_counts_once(driver: Driver) -> None:
    driver.write("shop", "one", "two")
    driver.write("shop", "one", "two")
    driver.write("shop", "three", at_ns=NOON + 1)
    driver.write("cart", "one")
    assert driver.lines() == ["one", "one", "three", "two"]


def test_a_repetition_inside_one_push_counts_once(driver: Driver) -> None:
    driver.write("shop", "same\tsame")
    assert driver.lines() == ["same\tsame"]
    record_rows = driver.rows(driver.record("shop", "x", "y"))
    twice = record_rows.take(np.array([0, 1, 0]))
    driver.store.append(driver.record("shop", "x", "y"), twice).result(10)
    assert driver.lines() == ["same\tsame", "x", "y"]


def test_a_repetition_found_at_recovery_counts_once(tmp_path: Path, clock: Clock) -> None:
    first = Driver(tmp_path / "d", clock)
    first.write("shop", "one")
    first.write("shop", "one")
    crash(first)
    second = Driver(tmp_path / "d", clock)
    assert second.recovered == 1
    assert second.lines() == ["one"]
    second.store.close()


def test_lines_out_of_order_are_all_kept(driver: Driver) -> None:
    for at in (5, 3, 4, 1, 2):
        driver.write("shop", f"line {at}", at_ns=NOON + at)
    assert driver.lines() == [f"line {at}" for at in range(1, 6)]
