"""Group commit: one thread appends what all pushes brought in the meantime, syncs once, then acknowledges them all."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from watchkeeper_store.storage.wal import Record

_MOST_BYTES_PER_SYNC = 16 * 1024 * 1024
Rows = TypeVar("Rows")
"""What a push brings: lines or spans."""


class WriteRefused(RuntimeError):
    """The store cannot take rows at the moment; nothing of the push was kept, and it may be sent again."""


@dataclass(slots=True, eq=False)
class Commit(Generic[Rows]):
    """One push on its way: what to log, what to show once it is logged."""

    record: Record
    rows: Rows
    done: Future[None] = field(default_factory=Future)


class Committer(Generic[Rows]):
    """``write`` logs a group durably and publishes its rows, or raises; it is only ever called from this thread."""

    def __init__(self, write: Callable[[Sequence[Commit[Rows]]], None]) -> None:
        self._write = write
        self._queue: queue.SimpleQueue[Commit[Rows] | Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="commit", daemon=True)
        self._stopped = False

    def start(self) -> None:
        self._thread.start()

    def submit(self, commit: Commit[Rows]) -> Future[None]:
        """The future ends when the rows are durable and visible; it fails with WriteRefused."""
        if self._stopped:
            raise WriteRefused("cannot take rows: the store is stopping")
        self._queue.put(commit)
        return commit.done

    def call(self, action: Callable[[], None]) -> Future[None]:
        """Run something between two groups, in the commit thread."""
        done: Future[None] = Future()

        def run() -> None:
            try:
                action()
            except Exception as failure:  # noqa: BLE001  handed to the caller through the future
                done.set_exception(failure)
            else:
                done.set_result(None)

        self._queue.put(run)
        return done

    def stop(self) -> None:
        """End after everything submitted so far has been committed."""
        self._stopped = True
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            item = self._queue.get()
            group: list[Commit[Rows]] = []
            size = 0
            while isinstance(item, Commit):
                group.append(item)
                size += len(item.record.payload)
                if size >= _MOST_BYTES_PER_SYNC:
                    break
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
            if group:
                self._commit(group)
            if item is None:
                return
            if not isinstance(item, Commit):
                item()

    def _commit(self, group: list[Commit[Rows]]) -> None:
        try:
            self._write(group)
        except Exception as failure:  # noqa: BLE001  every sender must hear of it, whatever it is
            refusal = failure if isinstance(failure, WriteRefused) else WriteRefused(f"cannot write: {failure}")
            for commit in group:
                commit.done.set_exception(refusal)
        else:
            for commit in group:
                commit.done.set_result(None)
