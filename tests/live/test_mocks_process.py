"""The mocks as a process: what a supervisor, Prometheus and a person at the keyboard see of it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.live.upstream_tools import tool

pytestmark = pytest.mark.live


class Mocks:
    """One running process; `log` is everything it said so far."""

    def __init__(self, folder: Path, *more: str, port: int = 0) -> None:
        self._output = (folder.parent / f"{folder.name}.out").open("ab")
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "watchkeeper_mocks", "--listen-address", f"127.0.0.1:{port}"),
                *("--data-dir", str(folder), *more),
            ],
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        self.folder = folder
        self.port = port

    def log(self) -> str:
        return Path(self._output.name).read_text(encoding="utf-8")

    def wait_until_serving(self) -> Mocks:
        def serving() -> bool:
            assert self.process.poll() is None, self.log()
            # The log goes on over restarts in the same folder: the last one counts.
            found = re.findall(rf"msg=serving pid={self.process.pid} address=127\.0\.0\.1:(\d+)", self.log())
            self.port = int(found[-1]) if found else 0
            return bool(found)

        eventually(serving)
        return self

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, str, str]:
        """(status, content type, body)"""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={} if body is None else {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
                return answer.status, answer.headers["Content-Type"], answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Content-Type"], error.read().decode()

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=8)
        self._output.close()
        return code


def eventually(condition: Callable[[], Any], within_s: float = 15.0) -> Any:
    deadline = time.monotonic() + within_s
    while True:
        if found := condition():
            return found
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Mocks]]:
    running: list[Mocks] = []

    def start(*more: str, folder: str = "data", port: int = 0) -> Mocks:
        running.append(Mocks(tmp_path / folder, *more, port=port))
        return running[-1]

    yield start
    for mocks in running:
        if mocks.process.poll() is None:
            mocks.process.kill()
            mocks.process.wait(timeout=5)


def counters(text: str) -> dict[tuple[str, str], float]:
    return {
        (sample.name, json.dumps(sample.labels, sort_keys=True)): sample.value
        for family in text_string_to_metric_families(text)
        if family.type in {"counter", "histogram"}
        for sample in family.samples
    }


def test_it_serves_every_page_it_lists_and_stops_when_told(start: Callable[..., Mocks]) -> None:
    mocks = start().wait_until_serving()
    assert mocks.ask("GET", "/-/healthy")[0] == 200
    assert mocks.ask("GET", "/-/ready")[0] == 200
    pages = [path for path in mocks.ask("GET", "/")[2].splitlines() if path.startswith("/exporters/")]
    assert len(pages) >= 12
    for path in [*pages, "/metrics"]:
        status, content_type, text = mocks.ask("GET", path)
        assert (status, content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
        assert list(text_string_to_metric_families(text))
    started_s = time.monotonic()
    assert mocks.stop() == 0
    assert time.monotonic() - started_s < 5.0
    assert "msg=stopped" in mocks.log()


def test_it_is_private_small_and_quick(start: Callable[..., Mocks]) -> None:
    mocks = start().wait_until_serving()
    for _ in range(20):
        mocks.ask("GET", "/exporters/application/metrics")
    status = Path(f"/proc/{mocks.process.pid}/status").read_text(encoding="ascii")
    resident_kib = int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index] # /proc always has the line
    assert resident_kib <= 28 * 1024
    text = mocks.ask("GET", "/metrics")[2]
    spent_s = re.search(r'watchkeeper_mocks_scrape_cpu_seconds_total\{exporter="application"\} (\S+)', text)
    assert spent_s is not None
    assert float(spent_s[1]) / 20 < 0.02
    eventually((mocks.folder / "logs" / "web.log").exists)
    for path in mocks.folder.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_restart_and_a_kill_keep_incidents_and_counters(start: Callable[..., Mocks]) -> None:
    mocks = start().wait_until_serving()
    status, _, body = mocks.ask("POST", "/api/incidents", {"name": "database_down", "duration_s": 600})
    assert status == 201
    assert mocks.ask("POST", "/api/incidents", {"name": "no_such_thing"})[0] == 404
    before = counters(mocks.ask("GET", "/exporters/application/metrics")[2])
    assert mocks.stop(signal.SIGKILL) == -signal.SIGKILL
    again = start().wait_until_serving()
    after = counters(again.ask("GET", "/exporters/application/metrics")[2])
    assert before.keys() == after.keys()
    assert all(after[sample] >= number for sample, number in before.items())
    (kept,) = json.loads(again.ask("GET", "/api/incidents")[2])["incidents"]
    assert {key: kept[key] for key in ("name", "starts_s", "ends_s")} == {
        key: json.loads(body)[key] for key in ("name", "starts_s", "ends_s")
    }
    # The next step of five seconds, and half a ramp of five.
    eventually(lambda: "pg_up 0\n" in again.ask("GET", "/exporters/postgres/metrics")[2])
    assert again.ask("DELETE", "/api/incidents/database_down")[0] == 200


def test_two_processes_with_the_same_seed_agree_on_a_moment(start: Callable[..., Mocks]) -> None:
    one, two = start(folder="one").wait_until_serving(), start(folder="two").wait_until_serving()
    for path in ("/exporters/application/metrics", "/exporters/ai/metrics", "/exporters/node/metrics"):
        asked = f"{path}?at={int(time.time()) - 100}.5"
        assert one.ask("GET", asked)[2] == two.ask("GET", asked)[2]


def test_log_files_are_written_as_requests_go_by(start: Callable[..., Mocks], tmp_path: Path) -> None:
    config = tmp_path / "mocks.yaml"
    config.write_text("logs:\n  lines_per_second: 100\n  format: json\n", encoding="utf-8")
    mocks = start("--config", str(config)).wait_until_serving()
    path = mocks.folder / "logs" / "web.log"
    eventually(lambda: path.exists() and len(path.read_text(encoding="utf-8").splitlines()) > 20)
    line = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    assert line["service"] == "web"
    assert re.fullmatch(r"[0-9a-f]{32}", line["trace_id"])
    assert abs(time.time() - path.stat().st_mtime) < 5.0


@pytest.mark.parametrize(
    ("config", "message"),
    [("load:\n  shape: round\n", "mocks.yaml:2:10: cannot use 'round' as shape"), ("seed: [", "mocks.yaml:1:8: cannot read")],
)
def test_a_bad_configuration_is_refused_before_anything_is_made(
    start: Callable[..., Mocks], tmp_path: Path, config: str, message: str
) -> None:
    (tmp_path / "mocks.yaml").write_text(config, encoding="utf-8")
    mocks = start("--config", str(tmp_path / "mocks.yaml"))
    assert mocks.process.wait(timeout=10) == 1
    assert message in mocks.log()
    assert not mocks.folder.exists()


def test_a_second_process_on_the_same_folder_is_refused(start: Callable[..., Mocks]) -> None:
    first = start().wait_until_serving()
    second = start()
    assert second.process.wait(timeout=10) == 1
    assert f"process {first.process.pid} is using it" in second.log()
    assert first.ask("GET", "/-/ready")[0] == 200


def test_a_port_that_is_taken_is_named(start: Callable[..., Mocks]) -> None:
    first = start(folder="one").wait_until_serving()
    second = start(folder="two", port=first.port)
    assert second.process.wait(timeout=10) == 1
    assert f"cannot listen on 127.0.0.1:{first.port}: Address already in use" in second.log()


def test_a_damaged_memory_stops_the_start(start: Callable[..., Mocks], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "incidents.json").write_text("{", encoding="utf-8")
    mocks = start()
    assert mocks.process.wait(timeout=10) == 1
    assert "cannot read" in mocks.log()


@pytest.mark.parametrize("arguments", [(), ("--listen-address", "nowhere", "--data-dir", "x"), ("--colour",)])
def test_wrong_flags_end_with_an_exit_code_and_usage(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "watchkeeper_mocks", *arguments], capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 1
    assert "usage:" in done.stderr


def test_the_last_incident_of_the_configuration_starts_with_the_process(start: Callable[..., Mocks], tmp_path: Path) -> None:
    config = tmp_path / "mocks.yaml"
    config.write_text("incidents:\n  - name: error_burst\n    duration_s: 600\n", encoding="utf-8")
    first = start("--config", str(config)).wait_until_serving()
    assert first.stop() == 0
    again = start("--config", str(config)).wait_until_serving()
    assert len(json.loads(again.ask("GET", "/api/incidents")[2])["incidents"]) == 1


def test_promtool_reads_every_page(start: Callable[..., Mocks]) -> None:
    mocks = start().wait_until_serving()
    for path in [path for path in mocks.ask("GET", "/")[2].splitlines() if path.endswith("metrics")]:
        text = mocks.ask("GET", path)[2]
        done = subprocess.run(
            [tool("promtool"), "check", "metrics"], input=text, capture_output=True, text=True, timeout=20, check=False
        )
        # 0: fine; 3: opinions about names, which belong to the exporters that are imitated; 1: not the format.
        assert done.returncode in {0, 3}, (path, done.stderr)
        if path.startswith(("/metrics", "/exporters/application", "/exporters/business", "/exporters/ai", "/exporters/backup")):
            assert done.returncode == 0, (path, done.stderr + done.stdout)
