"""The engine's words in ours."""

from __future__ import annotations

from typing import Any

import pytest

from watchkeeper.targets.compose.states import cpu_s, engine_health, memory_bytes, process_state, timestamp_s


def inspected(status: str, **state: Any) -> dict[str, Any]:
    usual = {
        "Status": status, "Pid": 0, "Error": "", "ExitCode": 0, "OOMKilled": False, "FinishedAt": "0001-01-01T00:00:00Z",
        "StartedAt": "0001-01-01T00:00:00Z",
    }  # fmt: skip
    return {"State": {**usual, **state}}


@pytest.mark.parametrize(
    ("status", "lifecycle"),
    [("running", "running"), ("restarting", "retrying"), ("exited", "stopped"), ("created", "stopped"), ("dead", "failed")],
)
def test_every_status_has_a_word(status: str, lifecycle: str) -> None:
    assert process_state("alpha", inspected(status, Pid=7)).lifecycle == lifecycle


def test_only_what_runs_has_a_process() -> None:
    assert process_state("alpha", inspected("running", Pid=7)).pid == 7
    assert process_state("alpha", inspected("restarting", Pid=7)).pid == 0


def test_what_could_not_be_started_has_failed_with_the_engines_reason() -> None:
    state = process_state("alpha", inspected("created", Error="no such file"))
    assert (state.lifecycle, state.detail) == ("failed", "no such file")


def test_a_program_that_used_too_much_memory_is_said_to_have() -> None:
    state = process_state("alpha", inspected("restarting", OOMKilled=True, ExitCode=137))
    assert "memory" in state.detail


def test_health_carries_the_words_of_the_last_failure() -> None:
    log = [{"ExitCode": 0, "Output": ""}, {"ExitCode": 1, "Output": "wget: can't connect\n"}]
    assert engine_health(inspected("running", Health={"Status": "unhealthy", "Log": log})) == (
        "unhealthy",
        "wget: can't connect",
    )
    assert engine_health(inspected("running", Health={"Status": "healthy", "Log": log})) == ("healthy", "")
    assert engine_health(inspected("running")) == ("unknown", "")


@pytest.mark.parametrize(
    ("status", "health", "output", "hangs"),
    [
        ("running", "unhealthy", "wget: timed out\n", "wget: timed out"),
        ("running", "unhealthy", "", "its health check fails"),
        ("running", "healthy", "wget: timed out\n", ""),
        ("running", "starting", "wget: timed out\n", ""),
        ("exited", "unhealthy", "wget: timed out\n", ""),
    ],
)
def test_what_runs_and_fails_its_check_hangs(status: str, health: str, output: str, hangs: str) -> None:
    log = [{"ExitCode": 1, "Output": output}]
    assert process_state("alpha", inspected(status, Pid=7, Health={"Status": health, "Log": log})).hangs == hangs


def test_times_have_nanoseconds_and_never_is_zero() -> None:
    assert timestamp_s("2026-11-21T04:00:00.123456789Z") == pytest.approx(1795233600.123456)
    assert timestamp_s("0001-01-01T00:00:00Z") == 0.0


@pytest.mark.parametrize("key", ["total_inactive_file", "inactive_file"])
def test_memory_leaves_out_what_the_kernel_would_drop(key: str) -> None:
    assert memory_bytes({"memory_stats": {"usage": 100, "stats": {key: 30}}}) == 70
    assert memory_bytes({}) == 0


def test_cpu_time_is_in_seconds() -> None:
    assert cpu_s({"cpu_stats": {"cpu_usage": {"total_usage": 2_500_000_000}}}) == 2.5
