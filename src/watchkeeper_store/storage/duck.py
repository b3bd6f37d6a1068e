"""The one DuckDB instance of the process: started when first needed, small by configuration, let go when long unused."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_IDLE_S = 30.0
_MOST_REMEMBERED_BYTES = 8 * 1024 * 1024
"""Of what DuckDB itself counts of remembered footers, which is about a third of what they take."""


class Duck:
    """An in-memory database that reads and writes Parquet; it holds no data of its own, so it can be closed at any pause."""

    def __init__(self, scratch: Path, *, memory_limit_bytes: int, threads: int) -> None:
        self._scratch = scratch
        self.memory_limit_bytes = memory_limit_bytes
        self._threads = threads
        self._lock = threading.Lock()
        self._connection: Any = None
        self._users = 0
        self._last_used = 0.0

    def another(self, memory_limit_bytes: int) -> Duck:
        """One that shares nothing with this one; 0 is as much memory as this one has. To be closed."""
        return Duck(self._scratch, memory_limit_bytes=memory_limit_bytes or self.memory_limit_bytes, threads=1)

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """A connection of its own to the database; safe in the thread that asked for it."""
        with self._lock:
            if self._connection is None:
                self._connection = self._open()
            cursor = self._connection.cursor()
            self._users += 1
        try:
            yield cursor
        finally:
            cursor.close()
            with self._lock:
                self._users -= 1
                self._last_used = time.monotonic()

    def _open(self) -> Any:
        import duckdb

        connection = duckdb.connect(
            ":memory:",
            config={
                "threads": self._threads,
                "memory_limit": f"{self.memory_limit_bytes // 1024}KiB",
                "temp_directory": str(self._scratch),
                "preserve_insertion_order": True,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
                "allocator_flush_threshold": "8MiB",
                "allocator_bulk_deallocation_flush_threshold": "16MiB",
            },
        )
        # of every cursor: without GLOBAL it would be a setting of this connection alone, on which no statement runs
        connection.execute("SET GLOBAL parquet_metadata_cache = true")
        return connection

    def close_if_unneeded(self) -> bool:
        """Give up the instance and its 40 MB when it was not used for a while, or remembers too much; whether it just did."""
        with self._lock:
            if self._connection is None or self._users:
                return False
            if time.monotonic() - self._last_used < _IDLE_S and self._remembered_bytes() < _MOST_REMEMBERED_BYTES:
                return False
            self._connection.close()
            self._connection = None
            return True

    def _remembered_bytes(self) -> int:
        told = self._connection.execute("SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'OBJECT_CACHE'").fetchone()
        return int(told[0]) if told else 0

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
