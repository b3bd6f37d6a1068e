"""The platform preset on bare processes: databases and queues that are watched, keep their data and run as nobody."""

from __future__ import annotations

import json
import os
import subprocess
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


def address(stack: CoreStack, workload: str, endpoint: str) -> tuple[str, int]:
    found = stack.json("up")["addresses"][f"{workload}.{endpoint}"]
    host, _, port = found.rpartition(":")
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


def query(stack: CoreStack, expression: str) -> list[Any]:
    host, port = address(stack, "prometheus", "http")
    with urllib.request.urlopen(f"http://{host}:{port}/api/v1/query?query={expression}", timeout=10) as answer:
        return list(json.load(answer)["data"]["result"])


def test_everything_is_healthy_and_what_it_is_built_on_takes_less_than_its_budget(stack: CoreStack) -> None:
    status = stack.json("status")
    memory = {component["name"]: component["memory_bytes"] for component in status["components"]}
    assert status["verdict"] == "healthy"
    assert {*BUILT_ON, *EXPORTERS} <= set(memory)
    extra = sum(memory[name] for name in (*BUILT_ON, *EXPORTERS))
    assert 0 < extra < 2_000 * MIB
    assert extra - memory["kafka_broker"] - memory["kafka_exporter"] < 700 * MIB


def test_real_exporters_take_the_place_of_the_mocks(stack: CoreStack) -> None:
    deadline = time.monotonic() + 75
    wanted = ("pg_up==1", "redis_up==1", "kafka_brokers==1", "rabbitmq_queues", "pg_stat_statements_calls_total")
    while missing := [name for name in wanted if not query(stack, name)]:
        assert time.monotonic() < deadline, missing
        time.sleep(1)
    for job in ("postgres", "redis", "kafka", "rabbitmq"):
        assert [series["metric"].get("source", "real") for series in query(stack, f'up{{job="{job}"}}')] == ["real"]


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
    assert stack.run("down", timeout_s=120).returncode == 0
    up = stack.run("up", timeout_s=300)
    assert up.returncode == 0, up.stdout + up.stderr
    assert sql(stack, "SELECT answer FROM kept") == "42"
    assert redis(redis_at, redis_password, "GET", "kept") == b"$2\r\n42\r\n"
    assert kept_in_rabbit(rabbit_at, rabbit_password) == ["42"]
    assert kept_in_kafka(address(stack, "kafka_broker", "host")) == 3
