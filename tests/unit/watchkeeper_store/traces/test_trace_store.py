"""The store of spans: nothing acknowledged is lost, whatever happens to the process, and what is old goes as promised."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.unit.watchkeeper_store.traces.shop import NOON_NS, SHOP, A, found, request

from watchkeeper_store.storage.committer import WriteRefused
from watchkeeper_store.traces.requests import read_request
from watchkeeper_store.traces.store import TraceOptions, TraceStore

DAY_S = 86400.0


class Bench:
    """A store on a folder and a clock of its own, which can be reopened as after a crash."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder, self.options = folder, TraceOptions(**options)
        self.now_s = NOON_NS / 1e9
        self.said: list[str] = []
        self.store = self.opened()

    def opened(self) -> TraceStore:
        store = TraceStore(self.folder, self.options, lambda level, text, **more: self.said.append(text), lambda: self.now_s)
        store.recover()
        store.start()
        return store

    def crash(self) -> None:
        """Go on with what is on disk at this moment, as after SIGKILL."""
        copy = self.folder.with_name(f"{self.folder.name}+")
        shutil.copytree(self.folder, copy)
        self.store.stop()
        self.folder = copy
        self.store = self.opened()

    def push(self, spans: Sequence[A], tenant: str = "fake") -> None:
        message = request(spans)
        self.store.submit(tenant, *read_request(message.SerializeToString(), is_json=False)).result(10)

    def found(self, query: str = "{ }", tenant: str = "fake") -> dict[int, list[int]]:
        with self.store.tables(tenant) as tables:
            return found(tables, query)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "traces")
    yield made
    made.store.stop()


ALL = {1: [1, 2, 3, 4, 5], 2: [6], 3: [7]}


def test_an_acknowledged_span_is_found_at_once(bench: Bench) -> None:
    bench.push(SHOP[:3])
    assert bench.found() == {1: [1, 2, 3]}
    bench.push(SHOP[3:])
    assert bench.found() == ALL


def test_a_crash_loses_nothing_before_and_after_a_flush(bench: Bench) -> None:
    bench.push(SHOP[:3])
    bench.crash()
    assert bench.found() == {1: [1, 2, 3]}
    bench.store.flush()
    bench.push(SHOP[3:])
    bench.crash()
    assert bench.found() == ALL
    assert bench.store.sizes()["segments"] == 1


def test_numbers_that_mean_nothing_do_no_harm(bench: Bench) -> None:
    message = request([A(trace=1, span=1), A(trace=1, span=2, parent=1)])
    first, second = message.resource_spans[0].scope_spans[0].spans
    first.start_time_unix_nano, first.end_time_unix_nano = 2**64 - 1, 2**64 - 1
    second.start_time_unix_nano, second.end_time_unix_nano = 10, 5
    for span in (first, second):
        span.MergeFromString(b"\x30\xff\xff\xff\xff\x07")  # kind 2147483647
        span.status.MergeFromString(b"\x18\xb7\x02")  # code 311
    bench.store.submit("fake", *read_request(message.SerializeToString(), is_json=False)).result(10)
    everything = "{ kind = unspecified && status = unset && duration = 0 }"
    assert bench.found(everything) == {1: [1, 2]}
    bench.crash()
    assert bench.found(everything) == {1: [1, 2]}
    bench.store.flush()
    bench.crash()
    assert bench.found(everything) == {1: [1, 2]}


def test_a_log_torn_in_the_middle_of_a_record_gives_the_rest(bench: Bench) -> None:
    bench.push(SHOP[:3])
    bench.push(SHOP[3:])
    (log,) = (bench.folder / "wal").glob("*.wal")
    log.write_bytes(log.read_bytes()[:-5])
    bench.crash()
    assert bench.found() == {1: [1, 2, 3]}
    assert "stepped over damage in the log of spans" in bench.said


def test_a_flush_moves_everything_to_files_and_forgets_the_log(bench: Bench) -> None:
    bench.push(SHOP)
    bench.store.flush()
    assert bench.store.sizes() | {"bytes": 0} == {"held": 0, "segments": 1, "bytes": 0}
    assert sum(file.stat().st_size for file in (bench.folder / "wal").glob("*.wal")) == 0
    assert bench.found() == ALL
    files = [file for file in bench.folder.rglob("*") if file.is_file()]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_tenants_see_only_their_own_also_with_names_that_look_like_paths(bench: Bench) -> None:
    bench.push(SHOP[:5], tenant="a")
    bench.push(SHOP[5:6], tenant="../a")
    for _ in range(2):
        assert bench.found(tenant="a") == {1: [1, 2, 3, 4, 5]}
        assert bench.found(tenant="../a") == {2: [6]}
        assert bench.found() == {}
        bench.store.flush()
    outside = [path for path in bench.folder.parent.iterdir() if path != bench.folder]
    assert outside == []


def test_small_segments_are_merged_and_answer_as_before(bench: Bench) -> None:
    for span in (*SHOP, A(trace=9, span=90)):
        bench.push([span])
        bench.store.flush()
    assert bench.store.sizes()["segments"] == 8
    with bench.store.tables("fake") as tables:
        bench.store.maintain()
        assert bench.store.sizes()["segments"] == 1
        # Who was reading before still can: the files go when the last reader has left.
        assert found(tables, "{ status = error }") == {1: [1, 3, 4]}
    assert bench.found() == {**ALL, 9: [90]}
    assert len(list((bench.folder / "segments").glob("*/*"))) == 1
    bench.crash()
    assert bench.found() == {**ALL, 9: [90]}


def test_what_is_older_than_promised_is_dropped(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "traces", keep_s=DAY_S)
    bench.push(SHOP)
    bench.store.flush()
    bench.now_s += DAY_S + 2
    bench.store.maintain()
    assert bench.found() == ALL, "the last span ended 2.05 s after noon"
    bench.now_s += 1
    bench.store.maintain()
    assert bench.found() == {}
    assert not list((bench.folder / "segments").glob("*/*"))
    bench.store.stop()


def test_above_the_size_allowed_the_oldest_go_first(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "traces")
    for span in (SHOP[0], SHOP[5], SHOP[6]):
        bench.push([span])
        bench.store.flush()
    sizes = bench.store.sizes()["bytes"]
    bench.store.stop()
    bench.options = TraceOptions(max_bytes=sizes - 1)
    bench.store = bench.opened()
    bench.store.maintain()
    assert bench.found() == {2: [6], 3: [7]}
    bench.store.stop()


def test_spans_that_cannot_be_logged_are_refused_and_taken_again_later(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, records: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("watchkeeper_store.storage.wal.WalWriter.append", full)
        with pytest.raises(WriteRefused, match="No space left on device"):
            bench.push(SHOP)
        assert bench.store.trouble is not None
    assert bench.found() == {}
    bench.push(SHOP)
    assert bench.store.trouble is None
    assert bench.found() == ALL


def test_a_segment_that_cannot_be_read_is_left_out_named_and_kept(bench: Bench) -> None:
    bench.push(SHOP[:5])
    bench.store.flush()
    bench.push(SHOP[5:])
    bench.store.flush()
    description = sorted((bench.folder / "segments").glob("*/*/segment.json"))[0]
    description.write_text("{")
    bench.crash()
    assert bench.found() == {2: [6], 3: [7]}
    assert len(bench.store.unreadable) == 1
    bench.push([A(trace=9, span=90)])
    bench.store.flush()
    assert (bench.folder / "segments" / bench.store.unreadable[0]).exists()
