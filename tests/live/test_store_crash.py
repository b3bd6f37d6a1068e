"""Whatever happens to the process or the disk, an acknowledged line is found afterwards."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import pytest
from tests.live.store_crashes import Crashes
from tests.live.store_process import StoreProcess

pytestmark = pytest.mark.live
SECOND = 10**9


def test_no_acknowledged_line_is_lost_when_the_process_is_killed_again_and_again(tmp_path: Path) -> None:
    """``WATCHKEEPER_STORE_KILLS=200`` makes it the long test; `benchmarks/store_crashes.py` does the same with a report."""
    kills = int(os.environ.get("WATCHKEEPER_STORE_KILLS", "10"))
    crashes = Crashes(tmp_path / "data", seed=time.time_ns())
    toll = crashes.run(kills)
    assert toll.acknowledged > 0, crashes
    assert toll.flushes > 0, "without a file none can be corrupt"
    assert (toll.lost, toll.doubled, toll.corrupt) == (0, 0, ()), f"{toll}, seed {crashes.seed}"


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
