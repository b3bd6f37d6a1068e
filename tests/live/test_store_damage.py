"""A file that is damaged inside costs its own lines and nothing else, and everybody is told."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.live.store_process import StoreProcess

pytestmark = pytest.mark.live
SECOND = 10**9


def damage(parquet: Path) -> None:
    """Overwrite the middle of a file; its head and its foot, which say what is in it, stay as they are."""
    content = bytearray(parquet.read_bytes())
    middle = range(len(content) // 10, len(content) // 2)
    content[middle.start : middle.stop] = bytes(len(middle))
    parquet.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ('{app="shop"}', "streams"),
        ('{app="shop"} |= "line"', "streams"),
        ('sum(count_over_time({app="shop"} |= "line" [1h]))', "matrix"),
    ],
)
def test_a_damaged_file_is_left_out_of_answers_that_say_so(tmp_path: Path, query: str, kind: str) -> None:
    store = StoreProcess(tmp_path / "data").start()
    try:
        now = time.time_ns() // SECOND * SECOND
        for first in (0, 6000):
            values = [(now - 100 * SECOND + number, f"line {number} {number**5:x}") for number in range(first, first + 6000)]
            assert store.push_lines({"app": "shop"}, *values).status == 204
            assert store.request("POST", "/flush").status == 204
        damaged, _ = sorted((tmp_path / "data" / "segments").rglob("*.parquet"))
        damage(damaged)
        parameters = {
            "query": query,
            "start": now - 200 * SECOND,
            "end": now,
            "step": 100,
            "limit": 5000,
            "direction": "forward",
        }
        for _ in range(2):
            answer = store.get("/loki/api/v1/query_range", parameters)
            assert answer.status == 200, answer.text
            assert answer.json["warnings"] == ["the answer may be incomplete: 1 damaged file was left out"]
        assert answer.json["data"]["resultType"] == kind
        if kind == "streams":
            (stream,) = answer.json["data"]["result"]
            assert len(stream["values"]) == 5000
            assert all(int(line.split()[1]) >= 6000 for _, line in stream["values"])
        ready = store.get("/ready")
        assert (ready.status, ready.text.splitlines()[0]) == (200, "ready")
        assert damaged.name in ready.text
        assert "watchkeeper_store_unreadable_segments 1.0" in store.get("/metrics").text
        assert "cannot read" in store.output.read_text()
        other = store.get("/loki/api/v1/query_range", parameters, X_Scope_OrgID="other")
        assert "warnings" not in other.json
        assert store.push_lines({"app": "shop"}, (now, "after")).status == 204
        assert store.stop() == 0
        assert damaged.exists()
    finally:
        store.kill()
