"""What runs, for a person: the warden's view where it answers, supervisor's where it does not."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping
from typing import Any

from watchkeeper.targets.native.logs import last_lines
from watchkeeper.targets.native.warden.watchlist import Watchlist, read
from watchkeeper.targets.native.warden_workload import WARDEN, WATCHLIST_FILE
from watchkeeper.targets.target import ComponentStatus, Paths, ProcessState, Step

_TIMEOUT_S = 10.0  # the warden looks at everything before it answers, and what hangs makes it wait
_FALLEN = frozenset({"retrying", "failed"})
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy of the environment is not for loopback


def read_status(paths: Paths, applied: Mapping[str, Step], states: Mapping[str, ProcessState]) -> tuple[ComponentStatus, ...]:
    """Sorted by name. Health is ``unknown`` where the warden cannot be asked."""
    try:
        watchlist = read(paths.config / WARDEN / WATCHLIST_FILE)
    except (OSError, ValueError, KeyError, TypeError):
        watchlist = None
    told = _told_by_warden(watchlist) if watchlist else {}
    return tuple(_joined(paths, name, watchlist, told.get(name, {}), states.get(name)) for name in sorted({*applied, *states}))


def _why_without_process(paths: Paths, state: ProcessState | None) -> str:
    """For one that ended by itself: supervisor's words and its own last ones."""
    if state is None or state.lifecycle not in _FALLEN:
        return ""
    said = last_lines(paths.log / f"{state.workload}.log", 1)
    return f"{state.detail}; it last said: {said[0]}" if said else state.detail


def _joined(
    paths: Paths, name: str, watchlist: Watchlist | None, told: Mapping[str, Any], state: ProcessState | None
) -> ComponentStatus:
    """Supervisor knows best whether there is a process; the warden knows how it fares."""
    watched = next((entry for entry in watchlist.watched if entry.name == name), None) if watchlist else None
    same_process = bool(state and state.pid and told.get("pid") == state.pid)
    facts = told if same_process else {}
    return ComponentStatus(
        name=name,
        component=watched.component if watched else name,
        state=state.lifecycle if state else "absent",
        health=facts.get("health", "unhealthy" if state and state.lifecycle in _FALLEN else "unknown"),
        detail=facts.get("detail", "") or _why_without_process(paths, state),
        pid=state.pid if state else 0,
        uptime_s=max(0.0, time.time() - state.started_at_s) if state and state.pid else 0.0,
        restarts=int(told.get("restarts", 0)),
        last_restart_reason=str(told.get("last_restart_reason", "")),
        memory_bytes=int(facts.get("memory_bytes", 0)),
        memory_limit_bytes=watched.memory_limit_bytes if watched else 0,
        cpu_cores=float(facts.get("cpu_cores", 0.0)),
        addresses=dict(watched.addresses) if watched else {},
    )


def _told_by_warden(watchlist: Watchlist) -> dict[str, Mapping[str, Any]]:
    warden = next((entry for entry in watchlist.watched if entry.name == WARDEN), None)
    if warden is None:
        return {}
    url = f"http://{warden.addresses['http']}/api/status"
    try:
        with _DIRECT.open(url, timeout=_TIMEOUT_S) as answer:
            told = json.load(answer)
    except (OSError, ValueError):
        return {}
    return {entry["name"]: entry for entry in told["components"]}
