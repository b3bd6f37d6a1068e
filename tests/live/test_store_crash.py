"""Whatever happens to the process or the disk, an acknowledged line is found afterwards."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import threading
import time
from http.client import HTTPException
from pathlib import Path

import pytest
from tests.live.store_process import StoreProcess

pytestmark = pytest.mark.live
SECOND = 10**9
KILLS = 8


class Sender(threading.Thread):
    """Pushes numbered lines for as long as the store answers, and remembers which were acknowledged."""

    def __init__(self, store: StoreProcess, name: str, first: int) -> None:
        super().__init__(daemon=True)
        self._store = store
        self._name = name
        self._first = first
        self.acknowledged: list[str] = []

    def run(self) -> None:
        number = self._first
        while True:
            lines = [f"{self._name} line={n} " + "x" * 200 for n in range(number, number + 50)]
            values = [(time.time_ns() + place, line) for place, line in enumerate(lines)]
            try:
                answer = self._store.push_lines({"app": "crash", "sender": self._name}, *values)
            except (OSError, HTTPException):
                return
            if answer.status == 204:
                self.acknowledged += lines
            number += 50


def count(store: StoreProcess, query: str) -> float:
    parameters = {"query": f"sum(count_over_time({query}[1h]))"}
    result = store.get("/loki/api/v1/query", parameters).json["data"]["result"]
    return float(result[0]["value"][1]) if result else 0.0


def test_no_acknowledged_line_is_lost_when_the_process_is_killed_again_and_again(tmp_path: Path) -> None:
    chance = random.Random()  # noqa: S311  when to kill is no secret
    store = StoreProcess(tmp_path / "data")
    acknowledged: dict[str, list[str]] = {"a": [], "b": []}
    for _ in range(KILLS):
        store.start()
        senders = [Sender(store, name, len(lines) * 10) for name, lines in acknowledged.items()]
        for sender in senders:
            sender.start()
        if chance.random() < 0.3:
            threading.Thread(target=_flush, args=(store,), daemon=True).start()
        time.sleep(chance.uniform(0.05, 0.6))
        store.kill()
        for sender in senders:
            sender.join(30)
            acknowledged[sender._name] += sender.acknowledged
    store.start()
    try:
        for name, lines in acknowledged.items():
            assert len(lines) > 0
            found: set[str] = set()
            start, end = time.time_ns() - 600 * SECOND, time.time_ns() + SECOND
            while True:
                parameters = {
                    "query": f'{{sender="{name}"}}', "start": start, "end": end, "limit": 5000, "direction": "forward",
                }  # fmt: skip
                answer = store.get("/loki/api/v1/query_range", parameters)
                values = [value for one in answer.json["data"]["result"] for value in one["values"]]
                found.update(value[1] for value in values)
                if len(values) < 5000:
                    break
                start = max(int(value[0]) for value in values)
            assert set(lines) <= found
            assert count(store, f'{{sender="{name}"}}') >= len(lines)
    finally:
        store.kill()


def _flush(store: StoreProcess) -> None:
    with contextlib.suppress(OSError, HTTPException):  # killed in the middle: that is the test
        store.request("POST", "/flush")


def test_a_full_disk_refuses_lines_loses_none_and_recovers(tmp_path: Path) -> None:
    store = StoreProcess(tmp_path / "data").start()
    try:
        now = time.time_ns()
        assert store.push_lines({"app": "disk"}, (now, "before")).status == 204
        # a limit on file sizes makes writes fail in the middle of a record, as a full disk does
        resource.prlimit(store.pid, resource.RLIMIT_FSIZE, (400, resource.RLIM_INFINITY))
        # random text, so that no compression makes it fit
        refused = store.push_lines({"app": "disk"}, (now + 1, os.urandom(4000).hex()))
        assert refused.status == 503
        assert "cannot write" in refused.text
        assert store.get("/ready").status == 503
        assert "cannot write" in store.get("/ready").text
        assert store.lines('{app="disk"}', now - SECOND, now + SECOND) == ["before"]
        resource.prlimit(store.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert store.push_lines({"app": "disk"}, (now + 2, "after")).status == 204
        assert store.get("/ready").status == 200
        store.kill()
        store.start()
        assert store.lines('{app="disk"}', now - SECOND, now + SECOND) == ["before", "after"]
    finally:
        store.kill()


def test_a_flush_that_fails_keeps_everything_and_is_tried_again(tmp_path: Path) -> None:
    store = StoreProcess(tmp_path / "data").start()
    try:
        now = time.time_ns()
        lines = [(now + place, os.urandom(100).hex()) for place in range(200)]
        assert store.push_lines({"app": "disk"}, *lines).status == 204
        resource.prlimit(store.pid, resource.RLIMIT_FSIZE, (8000, resource.RLIM_INFINITY))
        assert store.request("POST", "/flush").status == 500
        assert store.get("/ready").status == 503
        assert len(store.lines('{app="disk"}', now - SECOND, now + SECOND)) == 200
        resource.prlimit(store.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert store.request("POST", "/flush").status == 204
        assert store.get("/ready").status == 200
        assert len(store.lines('{app="disk"}', now - SECOND, now + SECOND)) == 200
        assert len(list((tmp_path / "data" / "segments").rglob("*.parquet"))) == 1
    finally:
        store.kill()
