"""How long a query may run and whether anyone still waits for it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from watchkeeper_store.logql.errors import QueryError
from watchkeeper_store.model.quantities import size_text
from watchkeeper_store.storage.duck import Duck


class QueryTimedOut(RuntimeError):
    """The query ran longer than it may."""


class QueryCancelled(RuntimeError):
    """Nobody waits for the answer any more."""


class QueryTooHungry(QueryError):
    """The query would hold more memory than one may."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(
            f"the query needs more than {size_text(limit_bytes)} of memory, max_query_memory; narrow its time range or its "
            "selector, filter lines, or group by fewer labels; to allow more, raise limits.max_query_memory in the store's "
            "configuration, or that of the tenant in overrides"
        )


class NotInMemory(RuntimeError):
    """The query needs more than a look at a few rows in memory."""


@dataclass(slots=True, eq=False)
class Scope:
    """One running query. `cancel` may come from any thread; statements under way in DuckDB are interrupted.

    What it keeps until its end is told to `hold`, and may be ``most_bytes`` (0: without limit).
    """

    timeout_s: float
    most_bytes: int = 0
    memory_only: bool = False
    """Whether NotInMemory is to be raised rather than a file read or many rows looked at."""
    held_bytes: int = 0
    own_duck: Duck | None = None
    """A database of its own, for a query that found no room in the one that all share."""
    deadline: float = 0.0
    cancelled: bool = False
    scanned_rows: int = 0
    scanned_bytes: int = 0
    _cursors: list[Any] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.timeout_s

    def check(self) -> None:
        """Raise QueryCancelled or QueryTimedOut when the query must not go on."""
        if self.cancelled:
            raise QueryCancelled("context canceled")
        if time.monotonic() > self.deadline:
            raise QueryTimedOut(f"query timed out after {self.timeout_s:g}s (context deadline exceeded)")

    def hold(self, octets: int) -> None:
        """Count memory that the query is about to take. Raises QueryTooHungry."""
        self.held_bytes += octets
        if self.most_bytes and self.held_bytes > self.most_bytes:
            raise QueryTooHungry(self.most_bytes)

    def begin_again(self) -> None:
        """Whatever was found so far has been let go."""
        self.held_bytes = self.scanned_rows = self.scanned_bytes = 0

    @contextmanager
    def cursor(self, duck: Duck) -> Iterator[Any]:
        """A cursor of the query's own database, or of this one, whose statements can be interrupted."""
        with (self.own_duck or duck).cursor() as cursor, self.running(cursor):
            yield cursor

    def cancel(self) -> None:
        with self._lock:
            self.cancelled = True
            for cursor in self._cursors:
                cursor.interrupt()

    @contextmanager
    def running(self, cursor: Any) -> Iterator[None]:
        """Let statements on this cursor be interrupted by `cancel` and by the deadline."""
        with self._lock:
            self._cursors.append(cursor)
        try:
            self.check()
            with _ALARM.at(self.deadline, cursor.interrupt):
                yield
        except Exception:
            self.check()
            raise
        finally:
            with self._lock:
                self._cursors.remove(cursor)


class _Alarm:
    """Calls functions when their time has come, all from one thread: one for each statement would cost more than many answers.

    The thread is started when first needed and stays.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: dict[int, tuple[float, Callable[[], None]]] = {}
        self._numbers = count()
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    @contextmanager
    def at(self, time_s: float, ring: Callable[[], None]) -> Iterator[None]:
        """Call ``ring`` at a time of the monotonic clock, unless this context has ended; it must be quick and never raise."""
        with self._changed:
            number = next(self._numbers)
            self._due[number] = (time_s, ring)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="alarm", daemon=True)
                self._thread.start()
            elif time_s < self._wakes_at:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._due.pop(number, None)

    def _run(self) -> None:
        with self._changed:
            while True:
                now_s = time.monotonic()
                for number in [number for number, (time_s, _) in self._due.items() if time_s <= now_s]:
                    self._due.pop(number)[1]()
                self._wakes_at = min((time_s for time_s, _ in self._due.values()), default=math.inf)
                self._changed.wait(None if self._wakes_at == math.inf else self._wakes_at - now_s)


_ALARM = _Alarm()
