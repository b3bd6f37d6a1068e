"""The console as a process: what a supervisor, Prometheus and a person at the keyboard see of it."""

from __future__ import annotations

import concurrent.futures
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.live.console_process import PASSWORD, ConsoleProcess, a_console, eventually, write_configuration
from tests.unit.watchkeeper_console.upstream_fakes import PrometheusFake, Reply, served

pytestmark = pytest.mark.live

MB = 1024 * 1024


def _refused(folder: Path, *flags: str) -> str:
    console = ConsoleProcess(folder, *flags)
    assert console.process.wait(timeout=15) == 1
    return console.log()


def test_it_starts_answers_and_stops_when_told_to(tmp_path: Path) -> None:
    with a_console(tmp_path) as console:
        assert httpx.get(f"{console.url}/-/healthy", trust_env=False).text == "alive\n"
        assert httpx.get(f"{console.url}/api/health", trust_env=False).json() == {"database": "ok"}
        assert httpx.get(f"{console.url}/api/session", trust_env=False).status_code == 401
        with console.client() as client:
            assert client.get("/api/session").json()["user"] == "admin"
        began_at = time.monotonic()
        assert console.stop() == 0
        assert time.monotonic() - began_at < 5
        assert "msg=stopped" in console.log()


def test_it_stops_on_interrupt_even_while_an_upstream_stalls(tmp_path: Path) -> None:
    with (
        served(lambda _: Reply(stall_s=60)) as prometheus,
        a_console(tmp_path, upstreams={"prometheus": prometheus.url}) as console,
        concurrent.futures.ThreadPoolExecutor() as pool,
    ):

        def ask() -> int:
            with console.client() as client:
                try:
                    return client.get("/api/prometheus/api/v1/query?query=up", timeout=30).status_code
                except httpx.TransportError:
                    return 0

        asked = pool.submit(ask)
        eventually(lambda: prometheus.received)
        began_at = time.monotonic()
        assert console.stop(signal.SIGINT) == 0
        assert time.monotonic() - began_at < 5
        assert asked.result() in {0, 500, 502}


def test_a_client_that_leaves_does_not_keep_the_upstream_busy(tmp_path: Path) -> None:
    with (
        served(lambda _: Reply(stall_s=60)) as prometheus,
        a_console(tmp_path, upstreams={"prometheus": prometheus.url}) as console,
    ):
        with console.client() as client, pytest.raises(httpx.ReadTimeout):
            client.get("/api/prometheus/api/v1/query?query=up", timeout=1)

        def has_let_go() -> bool:
            text = httpx.get(f"{console.url}/metrics", trust_env=False).text
            return 'upstream_requests_total{outcome="failed",upstream="prometheus"} 1.0' in text

        eventually(has_let_go, within_s=5)


def test_its_metrics_are_what_prometheus_reads(tmp_path: Path) -> None:
    with a_console(tmp_path) as console:
        text = httpx.get(f"{console.url}/metrics", trust_env=False).text
    names = {family.name for family in text_string_to_metric_families(text)}
    assert {"process_resident_memory_bytes", "watchkeeper_console_http_requests", "watchkeeper_console_sessions"} <= names


def test_it_stays_small_even_after_many_sign_ins(tmp_path: Path) -> None:
    with served(PrometheusFake()) as prometheus, a_console(tmp_path, upstreams={"prometheus": prometheus.url}) as console:
        idle = console.memory_bytes()
        assert idle < 45 * MB, f"{idle / MB:.1f} MB"
        with console.client() as client:
            for _ in range(20):
                assert client.post("/login", json={"user": "admin", "password": PASSWORD}).status_code == 200
                assert client.get("/api/overview").status_code == 200
        used = console.memory_bytes()
        assert used < 50 * MB, f"{used / MB:.1f} MB"
        before = console.cpu_s()
        time.sleep(2)
        assert console.cpu_s() - before < 0.05


def test_a_large_answer_streams_through_without_being_held(tmp_path: Path) -> None:
    megabyte = b"[" + b"1," * (MB // 2) + b"1]"
    with (
        served(lambda _: Reply(body=megabyte * 30)) as prometheus,
        a_console(tmp_path, upstreams={"prometheus": prometheus.url}) as console,
        console.client() as client,
    ):
        before = console.memory_bytes()
        with client.stream("GET", "/api/prometheus/api/v1/query_range?query=up") as answer:
            received = sum(len(part) for part in answer.iter_raw())
        assert received == len(megabyte) * 30
        assert console.memory_bytes() - before < 15 * MB


def test_the_password_may_change_while_it_runs(tmp_path: Path) -> None:
    with a_console(tmp_path) as console, console.client() as client:
        assert client.get("/api/session").status_code == 200
        (tmp_path / "password").write_text("another-long-password-of-the-admin")
        eventually(lambda: client.get("/api/session").status_code == 401)
        with httpx.Client(base_url=console.url, trust_env=False) as other:
            assert other.get("/api/session", auth=("admin", "another-long-password-of-the-admin")).status_code == 200
        assert "another-long" not in console.log()


def test_a_second_console_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with a_console(tmp_path) as console:
        log = _refused(tmp_path)
        assert "cannot use the data folder" in log
        assert "another console uses it" in log
        assert httpx.get(f"{console.url}/-/healthy", trust_env=False).status_code == 200


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    write_configuration(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        log = _refused(tmp_path, "--listen-address", address)
    assert log == f"cannot listen on {address}: Address already in use; stop what uses it, or choose another address\n"


@pytest.mark.parametrize("address", ["23000", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:99999", ":23000", "a b:1", "h/x:1"])
def test_an_address_that_is_none_is_told(tmp_path: Path, address: str) -> None:
    write_configuration(tmp_path)
    assert _refused(tmp_path, "--listen-address", address).startswith(
        f"cannot use --listen-address {address!r}; write HOST:PORT"
    )


def test_a_bad_configuration_is_told_with_its_line_and_leaves_nothing_behind(tmp_path: Path) -> None:
    write_configuration(tmp_path, more="verify_reprot: x")
    log = _refused(tmp_path)
    assert log == f"{tmp_path}/console.yaml:5:1: cannot use the unknown key verify_reprot; did you mean verify_report?\n"
    assert not (tmp_path / "data").exists()


def test_a_missing_password_is_told(tmp_path: Path) -> None:
    write_configuration(tmp_path)
    (tmp_path / "password").unlink()
    assert "cannot take the administrator's password from" in _refused(tmp_path)


def test_its_help_names_every_flag() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "watchkeeper_console", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert set(re.findall(r"--[a-z-]+", told)) == {"--help", "--listen-address", "--data-dir", "--config"}


def test_a_head_without_end_is_cut_off(tmp_path: Path) -> None:
    with a_console(tmp_path) as console:
        host, _, port = console.url.removeprefix("http://").rpartition(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
            try:
                for _ in range(200):
                    connection.sendall(b"X-Filler: " + b"a" * 4096 + b"\r\n")
                answer = connection.recv(4096)
            except ConnectionError:
                answer = b""
        assert answer == b"" or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))
        assert httpx.get(f"{console.url}/-/healthy", trust_env=False).status_code == 200
