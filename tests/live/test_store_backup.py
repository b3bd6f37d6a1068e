"""A backup taken while lines arrive holds every line acknowledged before it, and a store on the copy gives the same answers."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.live.store_process import StoreProcess

pytestmark = pytest.mark.live
SECOND = 10**9


def back_up(data: Path, to: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "watchkeeper_store", "backup", "--data-dir", str(data), "--to", str(to)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_a_backup_under_load_restores_to_the_same_answers(tmp_path: Path) -> None:
    base = time.time_ns() - 60 * SECOND
    store = StoreProcess(tmp_path / "data").start()
    for batch in range(20):
        rows = [(base + (batch * 500 + n) * 1000, f"level=info n={batch * 500 + n}") for n in range(500)]
        assert store.push_lines({"app": "old"}, *rows).status == 204
    assert store.push_lines({"app": "other"}, (base, "of another tenant"), X_Scope_OrgID="b").status == 204
    assert (
        store.request(
            "POST", f"/loki/api/v1/delete?query=%7Bapp%3D%22old%22%7D%7C%3D%22n%3D77%22&start={base // SECOND}"
        ).status
        == 204
    )
    acknowledged: list[int] = []
    ending = threading.Event()

    def write() -> None:
        n = 0
        while not ending.is_set():
            if store.push_lines({"app": "new"}, (base + n, f"new {n}")).status == 204:
                acknowledged.append(n)
            n += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        before = len(acknowledged)
        done = back_up(tmp_path / "data", tmp_path / "copy")
    finally:
        ending.set()
        writer.join()
    assert done.returncode == 0, done.stderr
    span = (base, base + 60 * SECOND)
    count = {"query": 'sum by (app) (count_over_time({app="old"} | logfmt | n > 100 [5m]))', "time": base + 59 * SECOND}
    answers = [store.lines('{app="old"}', *span), store.get("/loki/api/v1/query", count).json["data"]["result"]]
    store.kill()
    shutil.rmtree(tmp_path / "data")
    shutil.copytree(tmp_path / "copy", tmp_path / "data")

    restored = StoreProcess(tmp_path / "data").start()
    try:
        assert [
            restored.lines('{app="old"}', *span),
            restored.get("/loki/api/v1/query", count).json["data"]["result"],
        ] == answers
        assert len(answers[0]) == 5000
        assert "level=info n=77" not in answers[0]
        assert restored.lines('{app="other"}', *span, X_Scope_OrgID="b") == ["of another tenant"]
        new = restored.lines('{app="new"}', *span)
        assert new == [f"new {n}" for n in range(len(new))]
        assert len(new) >= before
        assert restored.push_lines({"app": "new"}, (base + 30 * SECOND, "after")).status == 204
    finally:
        restored.kill()


def test_a_backup_is_private_and_complete_or_not_there(tmp_path: Path) -> None:
    store = StoreProcess(tmp_path / "data").start()
    try:
        store.push_lines({"app": "a"}, (time.time_ns(), "x"))
        assert back_up(tmp_path / "data", tmp_path / "copy").returncode == 0
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "copy").rglob("*") if path.is_file()}
        assert modes == {0o600}
        again = back_up(tmp_path / "data", tmp_path / "copy")
        assert (again.returncode, "exists already" in again.stderr) == (1, True)
        nowhere = back_up(tmp_path / "none", tmp_path / "copy2")
        assert (nowhere.returncode, "is no data folder" in nowhere.stderr) == (1, True)
        assert sorted(path.name for path in tmp_path.iterdir() if "copy" in path.name) == ["copy"]
    finally:
        store.kill()


def test_a_store_that_does_not_run_is_backed_up_with_its_write_ahead_log(tmp_path: Path) -> None:
    now = time.time_ns()
    store = StoreProcess(tmp_path / "data").start()
    store.push_lines({"app": "a"}, (now, "only in the log"))
    store.kill()
    assert back_up(tmp_path / "data", tmp_path / "copy").returncode == 0
    restored = StoreProcess(tmp_path / "copy").start()
    try:
        assert restored.lines('{app="a"}', now - SECOND, now + SECOND) == ["only in the log"]
    finally:
        restored.kill()


def test_plain_duckdb_reads_the_files_as_the_reference_page_says(tmp_path: Path) -> None:
    import duckdb

    page = (Path(__file__).parents[2] / "docs" / "reference" / "store.md").read_text()
    (statement,) = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    base = time.time_ns() - 60 * SECOND
    store = StoreProcess(tmp_path / "data").start()
    try:
        for part in range(2):
            store.push_lines({"app": "a", "part": str(part)}, *[(base + 2 * n + part, f"line {part} {n}") for n in range(3)])
            assert store.request("POST", "/flush").status == 204
    finally:
        store.kill()
    with duckdb.connect() as connection:
        found = connection.execute(statement.replace("segments/", f"{tmp_path}/data/segments/")).fetchall()
    assert [line for _, _, line in found] == ["line 0 0", "line 1 0", "line 0 1", "line 1 1", "line 0 2", "line 1 2"]
    labels = found[1][1]
    labels = dict(labels) if isinstance(labels, dict) else labels
    assert labels["app"] == "a"
    assert labels["part"] == "1"


def test_spans_are_backed_up_too(tmp_path: Path) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    now = time.time_ns()
    span = {
        "traceId": trace,
        "spanId": "b7ad6b7169203331",
        "name": "s",
        "startTimeUnixNano": str(now),
        "endTimeUnixNano": str(now + 5),
    }
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
    store = StoreProcess(tmp_path / "data").start()
    assert store.request("POST", "/v1/traces", body, {"Content-Type": "application/json"}).status == 200
    done = back_up(tmp_path / "data", tmp_path / "copy")
    store.kill()
    assert done.returncode == 0, done.stderr
    restored = StoreProcess(tmp_path / "copy").start()
    try:
        assert restored.get(f"/api/traces/{trace}", Accept="application/json").status == 200
        assert restored.get(f"/api/traces/{trace[::-1]}", Accept="application/json").status == 404
    finally:
        restored.kill()


def test_a_backup_that_nobody_takes_is_given_up(tmp_path: Path) -> None:
    now = time.time_ns()
    store = StoreProcess(tmp_path / "data").start()
    try:
        for part in range(12):  # more than fits between the two
            rows = [(now - part * SECOND + n, os.urandom(500).hex()) for n in range(1000)]
            assert store.push_lines({"app": "a"}, *rows).status == 204
        connection = http.client.HTTPConnection("127.0.0.1", store.port)
        connection.request("POST", "/-/backup")
        assert connection.getresponse().read(1000)
        connection.close()
        began = time.monotonic()
        while "backed up" not in store.output.read_text() and time.monotonic() - began < 1.0:
            time.sleep(0.05)
        assert "backed up" not in store.output.read_text()
        assert back_up(tmp_path / "data", tmp_path / "copy").returncode == 0
        assert "level=error" not in store.output.read_text()
    finally:
        store.kill()
