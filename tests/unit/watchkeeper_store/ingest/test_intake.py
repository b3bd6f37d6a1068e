"""A push becomes rows: completed, checked against the limits, logged as accepted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from watchkeeper_store.ingest.intake import Intake, Taken
from watchkeeper_store.ingest.verdict import PushRefused
from watchkeeper_store.model.limits import Limits, TenantLimits
from watchkeeper_store.storage.duck import Duck
from watchkeeper_store.storage.options import StoreOptions
from watchkeeper_store.storage.store import LogStore
from watchkeeper_wire.loki_push import JSON_CONTENT_TYPE, Entry, Stream, compress_block, encode_push, encode_push_json

NOW_S = 1_800_000_000
NOW = NOW_S * 10**9
HOUR = 3600 * 10**9


class Desk:
    """An intake over a store of its own, and what it stored."""

    def __init__(self, folder: Path, **limits: Any) -> None:
        duck = Duck(folder / "scratch", memory_limit_bytes=64 << 20, threads=1)
        self.store = LogStore(folder, duck, StoreOptions(), clock=lambda: NOW_S, log=lambda *_, **__: None)
        self.intake = Intake(self.store, TenantLimits(default=Limits(**limits)), lambda: NOW_S)
        self.store.recover(self.intake.rows_of)
        self.store.start()

    def push(self, *streams: Stream, tenant: str = "t", as_json: bool = False) -> Taken:
        if as_json:
            taken = self.intake.take(tenant, encode_push_json(streams), JSON_CONTENT_TYPE, "")
        else:
            taken = self.intake.take(tenant, compress_block(encode_push(streams)), "application/x-protobuf", "")
        if taken.done is not None:
            taken.done.result(10)
        return taken

    def rows(self, tenant: str = "t") -> list[tuple[dict[str, str], int, str, str, dict[str, str]]]:
        """(labels, time, line, level, metadata) of all rows, by time."""
        found = []
        with self.store.snapshot(tenant) as seen:
            for batch in seen.batches:
                for row in range(len(batch)):
                    text = b"" if batch.metadata is None else batch.metadata.octets(row)
                    level = int(batch.levels[row])
                    found.append(
                        (
                            dict(seen.registry.labels(int(batch.streams[row]))),
                            int(batch.timestamps_ns[row]),
                            batch.lines.octets(row).decode(),
                            "" if level < 0 else self.store.level_names.names[level],
                            json.loads(text) if text else {},
                        )
                    )
        return sorted(found, key=lambda one: one[1])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "data")
    yield desk
    desk.store.close()


@pytest.mark.parametrize("as_json", [False, True])
def test_rows_are_completed_with_service_and_level(desk: Desk, as_json: bool) -> None:
    entries = [
        Entry(NOW, "level=warn", {"trace.id": "7", "b": "x"}),
        Entry(NOW + 1, "plain", {"severity_text": "ERROR"}),
        Entry(NOW + 2, "plain", {"detected_level": "INFO"}),
        Entry(NOW + 3, "plain", {"severity_number": "17"}),
    ]
    assert desk.push(Stream({"app": "shop", "gone": ""}, entries), as_json=as_json).lines == 4
    labels = {"app": "shop", "service_name": "shop"}
    assert desk.rows() == [
        (labels, NOW, "level=warn", "warn", {"b": "x", "trace_id": "7"}),
        (labels, NOW + 1, "plain", "error", {"severity_text": "ERROR"}),
        (labels, NOW + 2, "plain", "info", {}),
        (labels, NOW + 3, "plain", "error", {"severity_number": "17"}),
    ]


def test_a_level_label_decides_for_all_its_lines(desk: Desk) -> None:
    desk.push(Stream({"job": "a", "level": "WARNING"}, [Entry(NOW, "level=error")]))
    assert desk.rows() == [({"job": "a", "level": "WARNING", "service_name": "a"}, NOW, "level=error", "warn", {})]


def test_a_stream_without_a_known_name_is_an_unknown_service(desk: Desk) -> None:
    desk.push(Stream({"pod": "a"}, [Entry(NOW, "x")]), Stream({"service_name": "mine", "app": "other"}, [Entry(NOW + 1, "y")]))
    assert [labels["service_name"] for labels, *_ in desk.rows()] == ["unknown_service", "mine"]


@pytest.mark.parametrize(
    ("entry", "reason", "text"),
    [
        (Entry(NOW - 7 * 24 * HOUR - 1, "x"), "greater_than_max_sample_age", "has timestamp too old: 2027-01-08T07:59:59Z"),
        (Entry(NOW + 600 * 10**9 + 1, "x"), "too_far_in_future", "has timestamp too new: 2027-01-15T08:10:00Z"),
        (Entry(NOW, "x" * 262_145), "line_too_long", "while adding an entry with length '262145' bytes"),
        (Entry(NOW, "x", {"k": "v" * 65536}), "structured_metadata_too_large", "structured metadata too large: '65537' bytes"),
        (Entry(NOW, "x", {f"k{n}": "v" for n in range(129)}), "structured_metadata_too_many", "labels: '129', limit: '128'"),
    ],
)
def test_a_line_beyond_a_limit_is_left_out_and_named(desk: Desk, entry: Entry, reason: str, text: str) -> None:
    taken = desk.push(Stream({"app": "a"}, [Entry(NOW, "kept"), entry]))
    assert (taken.lines, taken.status, dict(taken.discarded.lines)) == (1, 400, {reason: 1})
    assert text in taken.discarded.text()
    assert [line for _, _, line, _, _ in desk.rows()] == ["kept"]


def test_lines_at_the_limits_are_taken(desk: Desk) -> None:
    entries = [Entry(NOW - 7 * 24 * HOUR, "oldest"), Entry(NOW, "x" * 262_144), Entry(NOW + 600 * 10**9, "newest")]
    assert desk.push(Stream({f"l{n:02}": "v" for n in range(15)}, entries)).lines == 3


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ({f"l{n:02}": "v" for n in range(16)}, "max_label_names_per_series"),
        ({"l" * 1025: "v"}, "label_name_too_long"),
        ({"l": "v" * 2049}, "label_value_too_long"),
        ({}, "missing_labels"),
        ({"not a name": "v"}, "invalid_labels"),
    ],
)
def test_a_stream_beyond_a_limit_is_left_out_and_the_others_are_kept(desk: Desk, labels: dict[str, str], reason: str) -> None:
    taken = desk.push(Stream(labels, [Entry(NOW, "x"), Entry(NOW, "y")]), Stream({"app": "good"}, [Entry(NOW, "kept")]))
    assert (taken.lines, dict(taken.discarded.lines)) == (1, {reason: 2})
    assert [line for _, _, line, _, _ in desk.rows()] == ["kept"]


def test_too_many_streams_are_told_with_429(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data", max_global_streams_per_user=2)
    taken = desk.push(*(Stream({"app": name}, [Entry(NOW, "x")]) for name in "abc"))
    assert (taken.lines, taken.status) == (2, 429)
    assert "Maximum active stream limit exceeded" in taken.discarded.text()
    assert desk.push(Stream({"app": "c"}, [Entry(NOW, "x")]), tenant="other").lines == 1
    desk.store.close()


def test_long_lines_are_cut_at_a_character_where_that_is_wished(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data", max_line_size=4, max_line_size_truncate=True)
    desk.push(Stream({"app": "a"}, [Entry(NOW, "abcdef"), Entry(NOW + 1, "abcä"), Entry(NOW + 2, "abcd")]))
    assert [line for _, _, line, _, _ in desk.rows()] == ["abcd", "abc", "abcd"]
    desk.store.close()


def test_what_was_accepted_is_logged_and_found_again(tmp_path: Path) -> None:
    first = Desk(tmp_path / "data")
    first.push(
        Stream({"app": "a"}, [Entry(NOW, "kept", {"k": "v"}), Entry(NOW - 8 * 24 * HOUR, "too old"), Entry(NOW, "ä" * 9)])
    )
    first.push(Stream({"app": "b"}, [Entry(NOW + 5, "level=error whole push kept")]))
    before = first.rows()
    first.store._folder_lock.release()
    second = Desk(tmp_path / "data")
    assert sorted(second.rows(), key=str) == sorted(before, key=str)
    assert len(before) == 3
    second.store.close()


def test_many_pushes_are_read_again_as_if_each_were_read_alone(tmp_path: Path) -> None:
    first = Desk(tmp_path / "data")
    for number in range(5):
        entries = [Entry(NOW + number, f"level=warn {number}", {"trace": str(number)} if number % 2 else {})]
        # the labels that came before, some of another tenant, out of order, with letters beyond ASCII, and one push twice
        first.push(Stream({"app": "shop"}, entries), Stream({"app": "cart"}, [Entry(NOW - number, f"ärger {number}")]))
        first.push(Stream({"app": "shop"}, entries), tenant="u")
    first.push(Stream({"app": "shop"}, [Entry(NOW, "level=warn 0")]))
    kept = {tenant: sorted(first.rows(tenant), key=str) for tenant in ("t", "u")}
    assert [len(rows) for rows in kept.values()] == [10, 5]
    first.store.close()
    again = Desk(tmp_path / "data")
    assert {tenant: sorted(again.rows(tenant), key=str) for tenant in ("t", "u")} == kept
    again.store.close()


@pytest.mark.parametrize(
    ("body", "content_type", "encoding", "status"),
    [
        (b"", "application/x-protobuf", "", 400),
        (b"{", "application/json", "", 400),
        (b'{"streams":[]}', "application/json", "", 422),
        (b"x", "application/json", "gzip", 400),
        (b"x", "application/json", "br", 415),
        (compress_block(bytes(200)), "", "", 400),
        (compress_block(bytes(101 * 1024 * 1024)), "", "", 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(
    desk: Desk, body: bytes, content_type: str, encoding: str, status: int
) -> None:
    with pytest.raises(PushRefused) as refused:
        desk.intake.take("t", body, content_type, encoding)
    assert refused.value.status == status
    assert desk.rows() == []
