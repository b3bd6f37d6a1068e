"""When a process is restarted, and why. Pure: the clock and everything seen are arguments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from watchkeeper.targets.native.warden.watchlist import Watched
from watchkeeper.targets.target import Answer, HealthWord, Lifecycle

MEMORY_CHECKS = 3
START_AGAIN_AFTER_S = 60.0
_LONGEST_GRACE_S = 5.0
_EARLY = 0.9  # a round comes at its period give or take a little; one that is slightly early still counts

Cause: TypeAlias = Literal["ended", "hung", "memory", "start-over"]
Act: TypeAlias = Literal["none", "terminate", "kill", "start"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One look at one process. ``alive`` and ``ready`` are None where nothing was asked. ``start_mark`` is another one after
    every start that somebody wanted, and the same after one that only replaces what ended.
    """

    now_s: float
    lifecycle: Lifecycle
    pid: int = 0
    started_at_s: float = 0.0
    frozen: bool = False
    alive: Answer | None = None
    ready: Answer | None = None
    memory_bytes: int = 0
    start_mark: float = 0.0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is remembered of one process between two looks."""

    pid: int = 0
    start_mark: float = 0.0
    answered: bool = False
    misses: int = 0
    counted_at_s: float = 0.0
    over_limit: int = 0
    weighed_at_s: float = 0.0
    ending_since_s: float = 0.0
    ending_cause: Cause | None = None
    ending_reason: str = ""
    failed_since_s: float = 0.0
    health: HealthWord = "unknown"
    detail: str = ""
    restarts: int = 0
    last_restart_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``act`` is what to do now; ``restarted`` tells that a new process was seen, and for which cause."""

    standing: Standing
    act: Act = "none"
    reason: str = ""
    restarted: Cause | None = None


def judge(watched: Watched, standing: Standing, seen: Seen) -> Verdict:
    """The next standing, and at most one act."""
    if not seen.pid or seen.lifecycle not in {"starting", "running"}:
        return _without_process(standing, seen)
    restarted: Cause | None = None
    if seen.pid != standing.pid:
        standing, restarted = _new_process(standing, seen)
    standing = _with_health(watched, standing, seen)
    verdict = _ending(watched, standing, seen) if standing.ending_since_s else _living(watched, standing, seen)
    return replace(verdict, restarted=restarted)


def _without_process(standing: Standing, seen: Seen) -> Verdict:
    wanted = seen.lifecycle in {"absent", "stopped", "stopping"}
    standing = replace(
        standing,
        health="unknown" if wanted else "unhealthy",
        detail=seen.detail,
        failed_since_s=(standing.failed_since_s or seen.now_s) if seen.lifecycle == "failed" else 0.0,
    )
    if standing.failed_since_s and seen.now_s - standing.failed_since_s >= START_AGAIN_AFTER_S:
        reason = f"it was left alone {START_AGAIN_AFTER_S:g} s ago after ending too often"
        return Verdict(
            standing=replace(standing, failed_since_s=0.0, ending_cause="start-over", ending_reason=reason),
            act="start",
            reason=reason,
        )
    return Verdict(standing=standing)


def _new_process(standing: Standing, seen: Seen) -> tuple[Standing, Cause | None]:
    fresh = Standing(
        pid=seen.pid,
        start_mark=seen.start_mark,
        restarts=standing.restarts,
        last_restart_reason=standing.last_restart_reason,
    )
    if not standing.pid or seen.start_mark != standing.start_mark:
        return fresh, None
    cause = standing.ending_cause or "ended"
    reason = standing.ending_reason or "it ended by itself"
    return replace(fresh, restarts=standing.restarts + 1, last_restart_reason=reason), cause


def _with_health(watched: Watched, standing: Standing, seen: Seen) -> Standing:
    answer = seen.ready or seen.alive
    if answer is None:
        return standing
    answered = standing.answered or answer.passed
    starting = not answered and seen.now_s - seen.started_at_s < watched.start_deadline_s
    health: HealthWord = "healthy" if answer.passed else "starting" if starting else "unhealthy"
    return replace(standing, answered=answered, health=health, detail=answer.detail)


def _ending(watched: Watched, standing: Standing, seen: Seen) -> Verdict:
    """It was asked to end; after its grace it is made to."""
    grace_s = min(watched.stop_grace_s, _LONGEST_GRACE_S)
    if seen.frozen or seen.now_s - standing.ending_since_s >= grace_s:
        return Verdict(standing=standing, act="kill", reason=standing.ending_reason)
    return Verdict(standing=standing)


def _living(watched: Watched, standing: Standing, seen: Seen) -> Verdict:
    standing = _count_misses(watched, standing, seen)
    standing = _count_weight(watched, standing, seen)
    cause: Cause
    if standing.misses >= watched.failures:
        why = seen.alive.detail if seen.alive else ""
        cause, reason = "hung", f"it did not answer {standing.misses} times in a row: {why}"
    elif standing.over_limit >= MEMORY_CHECKS:
        cause = "memory"
        reason = f"it used {seen.memory_bytes} bytes of memory, more than its limit of {watched.memory_limit_bytes}"
    else:
        return Verdict(standing=standing)
    standing = replace(standing, ending_since_s=seen.now_s, ending_cause=cause, ending_reason=reason)
    # A frozen process gets no signal but KILL before somebody wakes it.
    return Verdict(standing=standing, act="kill" if seen.frozen else "terminate", reason=reason)


def _count_misses(watched: Watched, standing: Standing, seen: Seen) -> Standing:
    if seen.alive is None:
        return standing
    if seen.alive.passed:
        return replace(standing, misses=0, counted_at_s=seen.now_s, answered=True)
    still_starting = not standing.answered and seen.now_s - seen.started_at_s < watched.start_deadline_s
    too_soon = seen.now_s - standing.counted_at_s < watched.period_s * _EARLY
    if still_starting or too_soon:
        return standing
    return replace(standing, misses=standing.misses + 1, counted_at_s=seen.now_s)


def _count_weight(watched: Watched, standing: Standing, seen: Seen) -> Standing:
    if (
        not watched.memory_limit_bytes
        or not seen.memory_bytes
        or seen.now_s - standing.weighed_at_s < watched.period_s * _EARLY
    ):
        return standing
    over = standing.over_limit + 1 if seen.memory_bytes > watched.memory_limit_bytes else 0
    return replace(standing, over_limit=over, weighed_at_s=seen.now_s)
