"""The core preset as a new user meets it: up, status, changes, proof, disaster, down."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.live.core_stack import ABOUT_THE_EXAMPLE, CoreStack, core_stack, is_free

pytestmark = pytest.mark.live

MIB = 2**20


@pytest.fixture(scope="module")
def stack() -> Iterator[CoreStack]:
    with core_stack() as made:
        result = made.run("up", timeout_s=300)
        assert result.returncode == 0, result.stdout + result.stderr
        yield made


def test_every_component_is_healthy_within_four_hundred_megabytes(stack: CoreStack) -> None:
    status = stack.json("status")
    assert status["verdict"] == "healthy"
    assert status["healthy"] == len(status["components"]) >= 8
    assert 0 < status["memory_bytes"] <= 400 * MIB
    assert all(component["memory_bytes"] > 0 for component in status["components"])


def test_a_second_up_changes_nothing(stack: CoreStack) -> None:
    before = stack.pids()
    outcome = stack.json("up")
    assert {change["action"] for change in outcome["changes"]} == {"unchanged"}
    assert outcome["took_s"] < 3
    assert stack.pids() == before


def test_only_what_a_changed_description_concerns_is_touched(stack: CoreStack) -> None:
    before = stack.pids()
    stack.describe(scrape={"jobs": [{"name": "extra", "targets": [f"127.0.0.1:{stack.base + 1}"]}]})
    try:
        outcome = stack.json("up")
        changed = {change["workload"]: change["action"] for change in outcome["changes"] if change["action"] != "unchanged"}
        assert changed == {"prometheus": "reload"}
        assert stack.pids() == before
    finally:
        stack.describe()
        stack.json("up")


def test_check_lets_the_upstream_tools_judge(stack: CoreStack) -> None:
    assert stack.json("check")["validated_by"] == ["amtool", "promtool"]


def test_the_password_is_long_private_and_signs_in(stack: CoreStack) -> None:
    place = Path(stack.json("up")["sign_in"]["password_file"])
    assert len(place.read_text()) >= 20
    assert place.stat().st_mode & 0o777 == 0o600


def left_out(report: Any) -> set[str]:
    return {claim["claim"] for claim in report["claims"] if claim["outcome"] == "left out"}


def test_every_claim_is_proven(stack: CoreStack, tmp_path: Path) -> None:
    report = stack.json("verify", "--output", str(tmp_path / "proofs"), timeout_s=240)
    assert report["proven"], [claim for claim in report["claims"] if not claim["proven"]]
    assert left_out(report) == ABOUT_THE_EXAMPLE
    assert {claim["outcome"] for claim in report["claims"]} == {"passed", "left out"}
    assert report["took_s"] < 180
    assert {path.name for path in (tmp_path / "proofs").iterdir()} == {"report.json", "junit.xml", "report.html"}


def test_every_claim_fails_when_its_subject_is_broken(stack: CoreStack) -> None:
    before = stack.pids()
    report = stack.json("verify", "--counter-tests", timeout_s=400)
    assert left_out(report) == ABOUT_THE_EXAMPLE
    assert {claim["outcome"] for claim in report["claims"]} <= {"failed", "inconclusive", "left out"}
    assert report["proven"]
    assert stack.pids() == before, "the counter-tests must not touch the stack itself"


def test_nothing_outlives_a_killed_supervisor_and_up_recovers_with_all_data(stack: CoreStack) -> None:
    supervisor = [pid for pid, workload in stack.processes().items() if not workload]
    assert supervisor, "the supervisor must bear the stack's mark"
    secret = (stack.state / "secrets" / "console-admin-password").read_text()
    data = {path.relative_to(stack.state) for path in (stack.state / "data" / "store").rglob("*") if path.is_file()}
    ports = [int(address.rpartition(":")[2]) for address in stack.json("up")["addresses"].values()]
    for pid in supervisor:
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while stack.processes() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert stack.processes() == {}
    assert all(is_free(port) for port in ports)
    assert json.loads(stack.run("status", "--json").stdout)["verdict"] == "down"
    assert stack.json("up")["healthy"]
    assert (stack.state / "secrets" / "console-admin-password").read_text() == secret
    assert data, "there must have been data to lose"
    assert stack.json("verify", "--claims", "log_line_is_searchable", "--claims", "every_component_is_healthy")["proven"]


def test_down_and_up_again_take_less_than_fifteen_seconds(stack: CoreStack) -> None:
    start = time.monotonic()
    stack.json("down")
    assert stack.processes() == {}
    stack.json("up")
    assert time.monotonic() - start < 15
    assert stack.json("status")["verdict"] == "healthy"


def test_a_port_that_somebody_else_holds_is_a_located_mistake_and_nothing_is_started() -> None:
    with core_stack() as other, socket.create_server(("127.0.0.1", 0)) as squatter:
        port = squatter.getsockname()[1]
        (other.folder / "watchkeeper.yaml").write_text(f"name: live\nports:\n  base: {other.base}\n  store: {port}\n")
        result = other.run("up", timeout_s=300)
        assert result.returncode == 1
        assert f"watchkeeper.yaml:4:10: cannot use port {port} for store.http" in result.stderr
        assert other.processes() == {}
        assert not (other.state / "config").exists()


def test_down_is_idempotent_and_deletes_data_only_when_told() -> None:
    with core_stack() as other:
        assert other.json("down") == {"stopped": 0, "took_s": pytest.approx(0, abs=5), "data_deleted": False}
        refused = other.run("down", "--delete-data")
        assert refused.returncode == 1
        assert "add --yes" in refused.stderr
