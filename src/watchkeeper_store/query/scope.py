"""How long a query may run and whether anyone still waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


class QueryTimedOut(RuntimeError):
    """The query ran longer than it may."""


class QueryCancelled(RuntimeError):
    """Nobody waits for the answer any more."""


@dataclass(slots=True, eq=False)
class Scope:
    """One running query. `cancel` may come from any thread; statements under way in DuckDB are interrupted."""

    timeout_s: float
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

    def cancel(self) -> None:
        with self._lock:
            self.cancelled = True
            for cursor in self._cursors:
                cursor.interrupt()

    @contextmanager
    def running(self, cursor: Any) -> Iterator[None]:
        """Let statements on this cursor be interrupted by `cancel` and by the deadline."""
        watch = threading.Timer(max(0.001, self.deadline - time.monotonic()), cursor.interrupt)
        watch.daemon = True
        with self._lock:
            self._cursors.append(cursor)
        self.check()
        watch.start()
        try:
            yield
        except Exception:
            self.check()
            raise
        finally:
            watch.cancel()
            with self._lock:
                self._cursors.remove(cursor)
