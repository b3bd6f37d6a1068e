"""Whether the application can do its work: checks of what it depends on, run at the same time, each within its time."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from watchkeeper_instrument.failure import CannotInstrument
from watchkeeper_instrument.metrics import Metrics
from watchkeeper_instrument.settings import Settings

Check: TypeAlias = Callable[[], object] | Callable[[], Awaitable[object]]
"""Passes by returning; False or an exception is a failure. May be ``async``."""

Word = Literal["healthy", "degraded", "unhealthy"]

LONGEST_CHECK_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one check said. ``error`` is empty where it passed; it names the kind of failure, never an address or a password."""

    name: str
    critical: bool
    passed: bool
    took_s: float
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``degraded``: only what is not critical fails, so the application still answers 200."""

    status: Word
    at: datetime
    outcomes: tuple[Outcome, ...]

    @property
    def http_status(self) -> int:
        """200 while the application can work, else 503."""
        return 503 if self.status == "unhealthy" else 200

    def body(self, settings: Settings) -> dict[str, object]:
        """What ``/api/health`` answers, for JSON."""
        return {
            "status": self.status,
            "timestamp": self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "version": settings.version,
            "environment": settings.environment,
            "checks": {one.name: "ok" if one.passed else "error" for one in self.outcomes},
            "details": {
                one.name: {"critical": one.critical, "took_ms": round(one.took_s * 1000, 2)}
                | ({"error": one.error} if one.error else {})
                for one in self.outcomes
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Registered:
    check: Check
    critical: bool
    timeout_s: float


class Health:
    """The application's checks. Plain functions run in threads of their own, coroutines in the loop that asks."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._checks: dict[str, _Registered] = {}
        self._latest: tuple[float, Report] | None = None
        self._asking: tuple[asyncio.AbstractEventLoop, asyncio.Task[Report]] | None = None
        self._one_at_a_time = threading.Lock()
        self._unanswered: dict[str, Future[object]] = {}

    def add(self, name: str, check: Check, *, critical: bool = True, timeout_s: float | None = None) -> None:
        """Ask ``check`` whenever health is asked for. Raises CannotInstrument for a name used twice or a time that is none."""
        limit_s = self._settings.health_timeout_s if timeout_s is None else timeout_s
        if name in self._checks:
            raise CannotInstrument(f"cannot add a second check named {name}", hint="give each dependency a name of its own")
        if not 0 < limit_s <= LONGEST_CHECK_S:
            raise CannotInstrument(
                f"cannot wait {limit_s} s for the check {name}", hint=f"timeout_s is above 0 and at most {LONGEST_CHECK_S:g}"
            )
        self._checks[name] = _Registered(check=check, critical=critical, timeout_s=limit_s)

    async def report(self) -> Report:
        """A report not older than ``health_cache_s``. Callers at the same time share one run of the checks."""
        if (recent := self._recent()) is not None:
            return recent
        loop = asyncio.get_running_loop()
        if self._asking is None or self._asking[0] is not loop or self._asking[1].done():
            self._asking = (loop, loop.create_task(self._run()))
        # Shielded: a caller that goes away must not take the answer from the others.
        return await asyncio.shield(self._asking[1])

    def report_from_thread(self) -> Report:
        """The same for a server without an event loop."""
        with self._one_at_a_time:
            return self._recent() or asyncio.run(self._run())

    def _recent(self) -> Report | None:
        if self._latest is None or time.monotonic() - self._latest[0] >= self._settings.health_cache_s:
            return None
        return self._latest[1]

    async def _run(self) -> Report:
        outcomes = await asyncio.gather(*(self._run_one(name, one) for name, one in self._checks.items()))
        failed = [one for one in outcomes if not one.passed]
        word: Word = "unhealthy" if any(one.critical for one in failed) else "degraded" if failed else "healthy"
        report = Report(status=word, at=datetime.now(UTC), outcomes=tuple(outcomes))
        self._latest = (time.monotonic(), report)
        return report

    async def _run_one(self, name: str, registered: _Registered) -> Outcome:
        started_s = time.perf_counter()
        call = asyncio.ensure_future(self._call(name, registered.check))
        # Not asyncio.timeout: it waits for a check that ignores its cancellation.
        await asyncio.wait({call}, timeout=registered.timeout_s)
        if not call.done():
            call.cancel()
            error = f"no answer within {registered.timeout_s:g} s"
        elif failure := call.exception():
            error = type(failure).__name__
        else:
            error = "said no" if call.result() is False else ""
        took_s = time.perf_counter() - started_s
        self._metrics.check_up.labels(name, str(registered.critical).lower()).set(0 if error else 1)
        self._metrics.check_duration.labels(name).observe(took_s)
        return Outcome(name=name, critical=registered.critical, passed=not error, took_s=took_s, error=error)

    async def _call(self, name: str, check: Check) -> object:
        if inspect.iscoroutinefunction(check) or inspect.iscoroutinefunction(getattr(check, "__call__", None)):  # noqa: B004
            return await check()  # type: ignore[misc]  # it is a coroutine function, which the type cannot tell
        # A plain function cannot be interrupted. While an earlier call of it hangs no second one starts: threads stay bounded.
        call = self._unanswered.get(name)
        if call is None or call.done():
            call = self._unanswered[name] = _in_thread(check)
        result = await asyncio.shield(asyncio.wrap_future(call))
        return await result if inspect.isawaitable(result) else result


def _in_thread(check: Check) -> Future[object]:
    """Run it in a thread that does not keep the program from ending."""
    answer: Future[object] = Future()

    def run() -> None:
        try:
            answer.set_result(check())
        except BaseException as failure:  # noqa: BLE001 - handed to whoever waits for the answer
            answer.set_exception(failure)

    threading.Thread(target=run, name="health check", daemon=True).start()
    return answer
