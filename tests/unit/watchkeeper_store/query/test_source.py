"""The last lines are answered from memory; what is older is read from files, and nothing is missing or twice at the border."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from watchkeeper_store.deletes.purge import purge
from watchkeeper_store.deletes.requests import DeleteRequest
from watchkeeper_store.ingest.intake import Intake
from watchkeeper_store.logql.source import Direction, ReadRequest
from watchkeeper_store.process import open_store, remember, running
from watchkeeper_store.query import source
from watchkeeper_store.query.scope import NotInMemory, Scope
from watchkeeper_store.query.source import StoreSource
from watchkeeper_store.settings import settings_of
from watchkeeper_store.storage import recent
from watchkeeper_store.storage.recent import Recent
from watchkeeper_store.storage.store import LogStore
from watchkeeper_wire.loki_push import JSON_CONTENT_TYPE, Entry, Stream, encode_push_json

START = 1_796_000_000_000_000_000


def written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> LogStore:
    """Lines 0 to 7 in two files, of which the newest four are recent, and lines 8 and 9 in memory only."""
    monkeypatch.setattr(recent, "MOST_ROWS", 4)
    store, intake = opened(folder)
    for numbers in (range(4), range(4, 8)):
        push(intake, *numbers)
        store.flush()
    push(intake, 8, 9)
    return store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LogStore]:
    store = written(tmp_path, monkeypatch)
    yield store
    store.close()


@pytest.fixture
def reopened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LogStore]:
    """The same after a start: nothing is recent."""
    written(tmp_path, monkeypatch).close()
    again, _ = opened(tmp_path)
    yield again
    again.close()


def opened(folder: Path) -> tuple[LogStore, Intake]:
    return open_store(settings_of(["--data-dir", str(folder)]), clock=lambda: START / 1e9)


def no_file_is_read(*_: object) -> None:
    raise AssertionError("a file is read")


def push(intake: Intake, *numbers: int) -> None:
    entries = [Entry(START + number, f"line {number}", {}) for number in numbers]
    taken = intake.take("t", encode_push_json([Stream({"app": "shop"}, entries)]), JSON_CONTENT_TYPE, "")
    assert taken.done is not None
    taken.done.result(10)


def newest(store: LogStore, limit: int, *, end: int = 100, start: int = 0, memory_only: bool = False) -> list[int]:
    request = ReadRequest(
        tenant="t", matchers=(), start_ns=START + start, end_ns=START + end, direction=Direction.BACKWARD, limit=limit
    )
    source = StoreSource(store, Scope(60, memory_only=memory_only))
    return [int(line.split()[1]) for rows in source.read(request) for line in rows.lines]


@pytest.mark.parametrize("limit", range(1, 12))
def test_no_line_is_missing_or_twice_whatever_the_limit(store: LogStore, limit: int) -> None:
    assert newest(store, limit) == list(range(9, -1, -1))[:limit]


def test_the_time_asked_for_may_begin_and_end_anywhere(store: LogStore) -> None:
    for start in range(11):
        for end in range(start + 1, 12):
            assert newest(store, 5, start=start, end=end) == list(range(min(end, 10) - 1, start - 1, -1))[:5], (start, end)


def test_only_what_is_not_recent_is_read_from_a_file(store: LogStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "relation", no_file_is_read)
    assert newest(store, 6) == [9, 8, 7, 6, 5, 4]
    with pytest.raises(AssertionError, match="a file is read"):
        newest(store, 7)
    assert store.recent.wanted == set()


def test_who_looks_in_memory_only_has_all_or_is_told(store: LogStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert newest(store, 6, memory_only=True) == [9, 8, 7, 6, 5, 4]
    assert newest(store, 9, start=4, memory_only=True) == [9, 8, 7, 6, 5, 4]
    assert newest(store, 9, start=20, memory_only=True) == []
    for limit, start in ((7, 0), (9, 3)):
        with pytest.raises(NotInMemory):
            newest(store, limit, start=start, memory_only=True)
    monkeypatch.setattr(source, "_MOST_AT_HAND_BYTES", 20)
    assert newest(store, 2, memory_only=True) == [9, 8]
    with pytest.raises(NotInMemory):
        newest(store, 4, memory_only=True)


def test_what_was_read_from_files_after_a_start_is_remembered(reopened: LogStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reopened.recent.wanted == set()
    assert newest(reopened, 6) == [9, 8, 7, 6, 5, 4]
    assert reopened.recent.wanted == {"t"}
    StoreSource(reopened, Scope(60)).remember_recent("t")
    for limit in range(1, 12):
        assert newest(reopened, limit) == list(range(9, -1, -1))[:limit]
    monkeypatch.setattr(source, "relation", no_file_is_read)
    assert newest(reopened, 6) == [9, 8, 7, 6, 5, 4]
    with pytest.raises(AssertionError, match="a file is read"):
        newest(reopened, 7)


def test_remembered_rows_are_those_that_were_written(tmp_path: Path) -> None:
    store, intake = opened(tmp_path)
    entries = [
        Entry(START + 1, "level=warn an older line", {}),
        Entry(START + 2, "größer", {"trace": "1"}),
        Entry(START + 2, "of the same time", {}),
        Entry(START + 3, "", {"level": "error"}),
    ]
    request = ReadRequest(tenant="t", matchers=(), start_ns=START, end_ns=START + 9, direction=Direction.BACKWARD, limit=9)
    taken = intake.take("t", encode_push_json([Stream({"app": "shop"}, entries)]), JSON_CONTENT_TYPE, "")
    assert taken.done is not None
    taken.done.result(10)
    store.flush()
    before = list(StoreSource(store, Scope(60)).read(request))
    store.close()
    again, _ = opened(tmp_path)
    StoreSource(again, Scope(60)).remember_recent("t")
    with again.snapshot("t") as seen:
        assert seen.recent is not None
        assert seen.recent.rows is not None
        assert len(seen.recent.rows) == 4
    assert list(StoreSource(again, Scope(60)).read(request)) == before
    again.close()


def test_rows_of_files_that_have_changed_meanwhile_are_not_remembered(reopened: LogStore) -> None:
    with reopened.snapshot("t") as seen:
        before = seen.segments
    reopened.remember("t", before[:1], Recent(since_ns=0))
    reopened.flush()
    with reopened.snapshot("t") as seen:
        known = seen.recent
    reopened.remember("t", before, Recent(since_ns=0))
    with reopened.snapshot("t") as seen:
        assert seen.recent is known
        assert known is not None
        assert known.since_ns > START


def test_a_damaged_file_is_set_aside_where_its_newest_lines_are_wanted(reopened: LogStore) -> None:
    newest(reopened, 6)
    with reopened.snapshot("t") as seen:
        seen.segments[-1].path.write_bytes(b"no parquet")
    remember(reopened)
    assert reopened.recent.wanted == set()
    assert len(reopened.unreadable) == 1
    assert newest(reopened, 9) == [9, 8, 3, 2, 1, 0]


async def test_a_running_store_remembers_what_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "data", monkeypatch).close()
    (tmp_path / "store.yaml").write_text("retention: {check_every: 20ms}")
    settings = settings_of(["--data-dir", str(tmp_path / "data"), "--config", str(tmp_path / "store.yaml"), "--retention", "0"])

    def is_remembered(store: LogStore) -> bool:
        with store.snapshot("t") as seen:
            return seen.recent is not None

    async with running(settings) as service:
        await asyncio.sleep(0.2)
        assert not is_remembered(service.store)  # nobody asked
        newest(service.store, 6)
        for _ in range(500):
            if is_remembered(service.store):
                return
            await asyncio.sleep(0.02)
    raise AssertionError("cannot wait any longer for the newest lines")


def test_of_a_tenant_without_files_nothing_is_remembered(reopened: LogStore) -> None:
    StoreSource(reopened, Scope(60)).remember_recent("other")
    with reopened.snapshot("other") as seen:
        assert seen.recent is None


def test_lines_that_were_taken_out_of_the_files_are_no_longer_recent(store: LogStore) -> None:
    request = DeleteRequest(
        request_id="1", tenant="t", query='{app="shop"} |= "line 6"', start_ns=START, end_ns=START + 100, created_ns=START
    )
    assert purge(store, request) == 1
    assert newest(store, 5) == [9, 8, 7, 5, 4]
