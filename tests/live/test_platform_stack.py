"""The platform preset on bare processes: databases and queues that are watched, keep their data and run as nobody."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.live.core_stack import CoreStack, core_stack, is_free
from tests.live.kept_data import keep_in_kafka, keep_in_rabbit, kept_in_kafka, kept_in_rabbit, redis

pytestmark = [pytest.mark.live, pytest.mark.slow]

MIB = 2**20
BUILT_ON = ("postgres_server", "redis_server", "rabbitmq_server", "kafka_broker")
EXPORTERS = ("postgres_exporter", "redis_exporter", "kafka_exporter")
EXAMPLE = ("network_monitor_web", "network_monitor_worker", "network_monitor_notifier")
QUIET_CLAIMS = ("request_is_one_trace", "request_logs_carry_its_trace", "exemplar_leads_to_a_trace", "cached_report_is_faster")


@pytest.fixture(scope="module")
def stack() -> Iterator[CoreStack]:
    with core_stack() as made:
        # above the range from which the machine takes ports for outgoing connections: this stack makes many
        base = next(base for base in range(61_000, 65_000, 100) if all(is_free(base + offset) for offset in range(50)))
        made = replace(made, base=base)  # noqa: PLW2901 - the same stack elsewhere
        made.describe(preset="platform")
        programs = made.run("check", timeout_s=600)  # so that the start below has a warm cache
        assert programs.returncode == 0, programs.stdout + programs.stderr
        started = time.monotonic()
        result = made.run("up", timeout_s=300)
        assert result.returncode == 0, result.stdout + result.stderr
        assert time.monotonic() - started <= 60
        yield made


@functools.cache
def addresses(stack: CoreStack) -> dict[str, str]:
    """They follow from the description, so they stay the same over a restart."""
    found: dict[str, str] = stack.json("up")["addresses"]
    return found


def address(stack: CoreStack, workload: str, endpoint: str) -> tuple[str, int]:
    host, _, port = addresses(stack)[f"{workload}.{endpoint}"].rpartition(":")
    return host, int(port)


def secret(stack: CoreStack, name: str) -> str:
    return next(stack.state.rglob(f"secrets/{name}")).read_text()


def sql(stack: CoreStack, statement: str, *, user: str = "app", password: str = "postgres-app-password") -> str:
    pid = stack.pids()["postgres_server"]
    server = Path(f"/proc/{pid}/exe").readlink()
    environment = dict(pair.split("=", 1) for pair in Path(f"/proc/{pid}/environ").read_text().split("\0") if "=" in pair)
    host, port = address(stack, "postgres_server", "sql")
    done = subprocess.run(
        [server.with_name("psql"), "-X", "-A", "-t", "-h", host, "-p", str(port), "-U", user, "-d", "app", "-c", statement],
        env={**os.environ, "LD_LIBRARY_PATH": environment.get("LD_LIBRARY_PATH", ""), "PGPASSWORD": secret(stack, password)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return (done.stdout + done.stderr).strip()


def example(stack: CoreStack, method: str, path: str, body: Any = None, token: str = "") -> Any:
    host, port = address(stack, "network_monitor_web", "http")
    request = urllib.request.Request(
        f"http://{host}:{port}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
    with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310 - our own address
        return json.load(answer)


def query(stack: CoreStack, expression: str) -> list[Any]:
    host, port = address(stack, "prometheus", "http")
    with urllib.request.urlopen(f"http://{host}:{port}/api/v1/query?query={expression}", timeout=10) as answer:
        return list(json.load(answer)["data"]["result"])


def test_everything_is_healthy_and_what_it_is_built_on_takes_less_than_its_budget(stack: CoreStack) -> None:
    status = stack.json("status")
    memory = {component["name"]: component["memory_bytes"] for component in status["components"]}
    assert status["verdict"] == "healthy"
    assert {*BUILT_ON, *EXPORTERS, *EXAMPLE} <= set(memory)
    extra = sum(memory[name] for name in (*BUILT_ON, *EXPORTERS, *EXAMPLE))
    assert 0 < extra < 2_000 * MIB
    assert extra - memory["kafka_broker"] - memory["kafka_exporter"] < 700 * MIB


def test_real_exporters_take_the_place_of_the_mocks(stack: CoreStack) -> None:
    deadline = time.monotonic() + 75
    wanted = ("pg_up==1", "redis_up==1", "kafka_brokers==1", "rabbitmq_queues", "pg_stat_statements_calls_total")
    while missing := [name for name in wanted if not query(stack, name)]:
        assert time.monotonic() < deadline, missing
        time.sleep(1)
    for job, targets in {"postgres": 1, "redis": 1, "kafka": 1, "rabbitmq": 1, "application": 3}.items():
        sources = [series["metric"].get("source", "real") for series in query(stack, f'up{{job="{job}"}}')]
        assert sources == ["real"] * targets, job


def test_a_request_through_the_example_is_followed_from_metric_to_trace_to_log(stack: CoreStack, tmp_path: Path) -> None:
    report = stack.json("verify", "--claims", ",".join(QUIET_CLAIMS), "--output", str(tmp_path / "proofs"))
    assert report["proven"], [claim for claim in report["claims"] if not claim["proven"]]
    assert {claim["claim"]: claim["outcome"] for claim in report["claims"]} == dict.fromkeys(QUIET_CLAIMS, "passed")
    evidence = (tmp_path / "proofs/report.json").read_text()
    assert secret(stack, "network-monitor-key") not in evidence
    assert '"token"' not in evidence


def test_the_load_script_shows_what_the_cache_is_worth(stack: CoreStack) -> None:
    web = "http://{}:{}".format(*address(stack, "network_monitor_web", "http"))
    key = next(stack.state.rglob("secrets/network-monitor-key"))
    bounds = ("--rate", "20", "--duration", "6", "--most", "80")
    done = subprocess.run(
        [sys.executable, "-m", "network_monitor", "load", "--url", web, "--key-file", key, *bounds],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {line[:24].strip(): line[24:].split() for line in done.stdout.splitlines()[1:4]}
    assert sum(int(count) for count, _, _ in rows.values()) == 80
    assert all(int(count) >= 5 for count, _, _ in rows.values()), done.stdout
    assert float(rows["report, from the cache"][1]) < float(rows["report, worked out"][1])


def test_claims_about_the_example_fail_when_their_subject_is_broken(stack: CoreStack) -> None:
    claims = (*QUIET_CLAIMS, "lost_dependency_is_told")
    report = stack.json("verify", "--counter-tests", "--claims", ",".join(claims), timeout_s=500)
    assert {claim["claim"]: claim["outcome"] for claim in report["claims"]} == dict.fromkeys(claims, "failed")
    assert report["proven"]


def test_the_example_says_what_it_lost_and_gets_over_it(stack: CoreStack) -> None:
    report = stack.json("verify", "--claims", "lost_dependency_is_told", timeout_s=330)
    assert report["proven"], [claim for claim in report["claims"] if not claim["proven"]]


def test_nothing_runs_as_root_and_no_password_is_on_a_command_line(stack: CoreStack) -> None:
    passwords = [path.read_text() for path in next(stack.state.rglob("secrets")).iterdir() if path.stat().st_size < 100]
    for name, pid in stack.pids().items():
        uids = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("Uid:")).split()[
            1:
        ]
        assert os.geteuid() != 0 or "0" not in uids, name
        told = Path(f"/proc/{pid}/cmdline").read_text() + Path(f"/proc/{pid}/environ").read_text()
        assert not any(password in told for password in passwords), name


def test_the_monitoring_role_may_watch_and_nothing_else(stack: CoreStack) -> None:
    monitor = {"user": "watchkeeper_monitor", "password": "postgres-monitor-password"}
    assert sql(stack, "SELECT count(*) > 0 FROM pg_stat_statements", **monitor) == "t"
    assert "permission denied" in sql(stack, "CREATE TABLE public.mine (a int)", **monitor)
    assert "permission denied" in sql(stack, "CREATE DATABASE mine", **monitor)


def test_data_survives_a_restart_of_everything(stack: CoreStack) -> None:
    assert sql(stack, "CREATE TABLE kept AS SELECT 42 AS answer; SELECT answer FROM kept").endswith("42")
    redis_at, redis_password = address(stack, "redis_server", "redis"), secret(stack, "redis-password")
    rabbit_at, rabbit_password = address(stack, "rabbitmq_server", "management"), secret(stack, "rabbitmq-password")
    assert redis(redis_at, redis_password, "SET", "kept", "42") == b"+OK\r\n"
    keep_in_rabbit(rabbit_at, rabbit_password)
    keep_in_kafka(address(stack, "kafka_broker", "host"))
    session = example(stack, "POST", "/api/sessions", {"organisation": "south", "key": secret(stack, "network-monitor-key")})
    check = example(stack, "POST", "/api/devices/jobs/checks", {}, session["token"])
    assert (check["device"], check["reachable"]) == ("jobs", True)
    assert stack.run("down", timeout_s=120).returncode == 0
    up = stack.run("up", timeout_s=300)
    assert up.returncode == 0, up.stdout + up.stderr
    assert example(stack, "GET", f"/api/checks/{check['id']}") == check
    assert sql(stack, "SELECT answer FROM kept") == "42"
    assert redis(redis_at, redis_password, "GET", "kept") == b"$2\r\n42\r\n"
    assert kept_in_rabbit(rabbit_at, rabbit_password) == ["42"]
    assert kept_in_kafka(address(stack, "kafka_broker", "host")) == 3
