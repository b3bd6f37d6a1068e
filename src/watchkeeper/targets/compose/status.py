"""What runs, for a person: the engine's view of each container, with what it uses."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from watchkeeper.targets.compose.engine import Engine, EngineAway, EngineRefused
from watchkeeper.targets.compose.states import cpu_s, engine_health, memory_bytes, process_state
from watchkeeper.targets.target import Answer, ComponentStatus, HealthWord, Step

_AT_ONCE = 32
"""An engine takes a second or two to measure what one container uses, whatever else it does meanwhile."""


def read_status(
    engine: Engine, applied: Mapping[str, Step], containers: Mapping[str, Mapping[str, Any]], ask: Callable[[str], Answer]
) -> tuple[ComponentStatus, ...]:
    """Sorted by name. ``ask`` is for running containers whose image has no check of its own."""
    names = sorted({*applied, *containers})
    with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="look") as pool:
        return tuple(pool.map(lambda name: _one(engine, name, containers.get(name), ask), names))


def published(inspected: Mapping[str, Any]) -> dict[str, str]:
    """Container port → address on this machine."""
    ports: Mapping[str, Any] = inspected["NetworkSettings"]["Ports"] or inspected["HostConfig"]["PortBindings"] or {}
    return {
        port.partition("/")[0]: f"{binding['HostIp'] or '0.0.0.0'}:{binding['HostPort']}"  # noqa: S104 - what it means
        for port, bindings in sorted(ports.items())
        for binding in bindings or ()
    }


def _one(engine: Engine, name: str, inspected: Mapping[str, Any] | None, ask: Callable[[str], Answer]) -> ComponentStatus:
    if inspected is None:
        return ComponentStatus(name=name, component=name, state="absent", health="unknown")
    state = process_state(name, inspected)
    health, detail = _health(name, inspected, ask) if state.pid else _without_process(state.lifecycle, state.detail)
    stats = _stats(engine, inspected["Id"]) if state.pid else {}
    uptime_s = max(0.0, time.time() - state.started_at_s) if state.pid else 0.0
    restarts = int(inspected.get("RestartCount", 0))
    return ComponentStatus(
        name=name,
        component=inspected["Config"]["Labels"].get("watchkeeper.component", name),
        state=state.lifecycle,
        health=health,
        detail=detail,
        pid=state.pid,
        uptime_s=uptime_s,
        restarts=restarts,
        last_restart_reason=_last_ending(inspected) if restarts else "",
        memory_bytes=memory_bytes(stats),
        memory_limit_bytes=int(inspected["HostConfig"]["Memory"]),
        cpu_cores=round(cpu_s(stats) / uptime_s, 4) if uptime_s > 1 else 0.0,
        addresses=published(inspected),
    )


def _without_process(lifecycle: str, detail: str) -> tuple[HealthWord, str]:
    return ("unhealthy" if lifecycle in {"retrying", "failed"} else "unknown"), detail


def _health(name: str, inspected: Mapping[str, Any], ask: Callable[[str], Answer]) -> tuple[HealthWord, str]:
    word, said = engine_health(inspected)
    if word == "unknown":
        answer = ask(name)
        return ("healthy" if answer.passed else "unhealthy"), answer.detail
    if word == "starting":
        # the engine asks for the first time only after a whole interval
        answer = ask(name)
        return ("healthy", "") if answer.passed else ("starting", answer.detail)
    return word, said


def _last_ending(inspected: Mapping[str, Any]) -> str:
    state = inspected["State"]
    return "it used more memory than its limit" if state.get("OOMKilled") else f"it ended with status {state['ExitCode']}"


def _stats(engine: Engine, identifier: str) -> Mapping[str, Any]:
    try:
        told = engine.get(f"/containers/{identifier}/stats", **{"stream": "false", "one-shot": "true"})
    except (EngineAway, EngineRefused):
        return {}
    return told if isinstance(told, dict) else {}
