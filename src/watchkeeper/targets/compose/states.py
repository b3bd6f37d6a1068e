"""What the engine tells of a container, in the words that every target shares. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from watchkeeper.targets.target import HealthWord, Lifecycle, ProcessState

_LIFECYCLES: Mapping[str, Lifecycle] = {
    "created": "stopped",
    "running": "running",
    "paused": "running",
    "restarting": "retrying",
    "removing": "stopping",
    "exited": "stopped",
    "dead": "failed",
}
_HEALTH: Mapping[str, HealthWord] = {"healthy": "healthy", "unhealthy": "unhealthy", "starting": "starting"}
_NEVER = "0001-01-01"


def process_state(workload: str, inspected: Mapping[str, Any]) -> ProcessState:
    """``inspected`` is one container as the engine's ``inspect`` tells it."""
    state = inspected["State"]
    lifecycle = _LIFECYCLES.get(state["Status"], "failed")
    if lifecycle == "stopped" and state["Error"]:
        lifecycle = "failed"
    health, complaint = engine_health(inspected)
    return ProcessState(
        workload=workload,
        lifecycle=lifecycle,
        pid=int(state["Pid"]) if lifecycle == "running" else 0,
        started_at_s=timestamp_s(state["StartedAt"]),
        detail=ending(state) if lifecycle != "running" else "",
        hangs=(complaint or "its health check fails") if lifecycle == "running" and health == "unhealthy" else "",
    )


def ending(state: Mapping[str, Any]) -> str:
    """How its last process ended, for people; empty where it has not run yet."""
    if state["Error"]:
        return str(state["Error"])
    if state.get("OOMKilled"):
        return "it was killed because it used more memory than its limit"
    if str(state["FinishedAt"]).startswith(_NEVER):
        return ""
    return f"exit status {state['ExitCode']}"


def engine_health(inspected: Mapping[str, Any]) -> tuple[HealthWord, str]:
    """What the container's own check said last, and the words of its last failure; unknown where it has none."""
    health = inspected["State"].get("Health")
    if not health:
        return "unknown", ""
    word = _HEALTH.get(health["Status"], "unknown")
    failures = [entry for entry in health.get("Log") or () if entry["ExitCode"]]
    said = str(failures[-1]["Output"]).strip().splitlines() if failures and word != "healthy" else []
    return word, said[-1][:200] if said else ""


def timestamp_s(text: str) -> float:
    """Unix seconds of the engine's RFC 3339; 0 for its word for never."""
    if text.startswith(_NEVER):
        return 0.0
    head, _, rest = text.rstrip("Z").partition(".")
    fraction = rest[:6].ljust(6, "0") if rest else "000000"
    return datetime.fromisoformat(f"{head}.{fraction}+00:00").timestamp()


def memory_bytes(stats: Mapping[str, Any]) -> int:
    """What counts towards the limit and cannot be dropped: without the page cache of files that nobody has used lately."""
    memory = stats.get("memory_stats") or {}
    details = memory.get("stats") or {}
    inactive = details.get("total_inactive_file", details.get("inactive_file", 0))
    return max(0, int(memory.get("usage", 0)) - int(inactive))


def cpu_s(stats: Mapping[str, Any]) -> float:
    """CPU seconds used since the container started."""
    return int(((stats.get("cpu_stats") or {}).get("cpu_usage") or {}).get("total_usage", 0)) / 1e9
