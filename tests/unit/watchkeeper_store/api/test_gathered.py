"""Large answers are the same JSON as small ones, and take no more memory."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from watchkeeper_store.api import gathered
from watchkeeper_store.api.gathered import GatheredLines
from watchkeeper_store.logql.errors import QueryError
from watchkeeper_store.logql.evaluation.results import Entry
from watchkeeper_store.query.scope import QueryTooHungry, Scope


def entry(number: int, app: str, line: str = "a line", metadata: tuple[tuple[str, str], ...] = ()) -> Entry:
    return Entry(timestamp_ns=number, line=line, stream=(("app", app),), metadata=metadata, parsed=())


def streams_of(lines: GatheredLines) -> object:
    return json.loads(b"[" + b"".join(lines.pieces()) + b"]")


def an_answer(folder: Path, *, categorize: bool = False) -> GatheredLines:
    lines = GatheredLines(folder, lambda octets: None, categorize=categorize)
    for one in (
        entry(5, "b", 'say "ä"'),
        entry(4, "a"),
        entry(3, "b"),
        entry(2, "a", metadata=(("user", "eve"),)),
        entry(1, "b"),
    ):
        lines.add(one)
    return lines


@pytest.mark.parametrize("most_bytes", [10**6, 1, 900])
def test_lines_stand_by_stream_whether_they_waited_in_a_file_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_bytes: int
) -> None:
    monkeypatch.setattr(gathered, "_MOST_HELD_BYTES", most_bytes)
    lines = an_answer(tmp_path)
    assert lines.is_large == (most_bytes < 10**6)
    assert streams_of(lines) == [
        {"stream": {"app": "b"}, "values": [["5", 'say "ä"'], ["3", "a line"], ["1", "a line"]]},
        {"stream": {"app": "a"}, "values": [["4", "a line"]]},
        {"stream": {"app": "a", "user": "eve"}, "values": [["2", "a line"]]},
    ]
    assert list(tmp_path.iterdir()) == []


def test_categories_stand_beside_each_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "_MOST_HELD_BYTES", 1)
    assert streams_of(an_answer(tmp_path, categorize=True)) == [
        {"stream": {"app": "b"}, "values": [["5", 'say "ä"', {}], ["3", "a line", {}], ["1", "a line", {}]]},
        {"stream": {"app": "a"}, "values": [["4", "a line", {}], ["2", "a line", {"structuredMetadata": {"user": "eve"}}]]},
    ]


def test_an_answer_without_lines_has_no_streams(tmp_path: Path) -> None:
    assert streams_of(GatheredLines(tmp_path, lambda octets: None, categorize=False)) == []


def test_a_large_answer_takes_little_memory(tmp_path: Path) -> None:
    lines = GatheredLines(tmp_path, lambda octets: None, categorize=False)
    tracemalloc.start()
    try:
        for number in range(60_000):
            lines.add(entry(number, f"app-{number % 3}", "x" * 1000))
        sent = sum(len(piece) for piece in lines.pieces())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent > 60_000_000
    assert peak < 16_000_000


def test_streams_without_end_are_too_much_for_one_query(tmp_path: Path) -> None:
    lines = GatheredLines(tmp_path, Scope(60.0, 100_000).hold, categorize=False)
    hungry = (lines.add(entry(number, f"app-{number}")) for number in range(1_000))
    message = r"more than 100000B of memory, max_query_memory.*raise limits.max_query_memory"
    with pytest.raises(QueryTooHungry, match=message) as failure:
        list(hungry)
    assert isinstance(failure.value, QueryError), "the client has to change the query"
