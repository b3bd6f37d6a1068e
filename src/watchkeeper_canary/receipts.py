"""Receipts: what arrived at a receiver, when, kept on disk so that a restart forgets nothing."""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

KEPT = 5000
"""Receipts kept; older ones are dropped when the file is rewritten at start and at every ``KEPT`` arrivals."""


class Receipts:
    """Notifications in order of arrival. Safe to use from several threads.

    A receipt is ``{"sequence", "receiver", "received_at", "body"}`` with ``received_at`` in Unix seconds and ``body``
    exactly as the sender wrote it (Alertmanager's webhook payload).
    """

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._path = folder / "receipts.jsonl"
        self._clock = clock
        self._arrived = threading.Condition()
        self._kept: deque[dict[str, Any]] = deque(self._read(), maxlen=KEPT)
        self._sequence = self._kept[-1]["sequence"] if self._kept else 0
        self.received_total: dict[str, int] = {}
        self._rewrite()

    def add(self, receiver: str, body: Mapping[str, Any]) -> int:
        """Keep one notification; it is on disk when this returns. Gives its sequence number."""
        with self._arrived:
            self._sequence += 1
            receipt = {"sequence": self._sequence, "receiver": receiver, "received_at": self._clock(), "body": dict(body)}
            self._file.write(json.dumps(receipt, separators=(",", ":")) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            self._kept.append(receipt)
            self.received_total[receiver] = self.received_total.get(receiver, 0) + 1
            if self._sequence % KEPT == 0:
                self._file.close()
                self._rewrite()
            self._arrived.notify_all()
            return self._sequence

    def since(self, sequence: int, wait_s: float = 0.0) -> list[dict[str, Any]]:
        """Receipts after ``sequence``; waits up to ``wait_s`` for the first one."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._sequence > sequence, timeout=wait_s)
            return [receipt for receipt in self._kept if receipt["sequence"] > sequence]

    def latest(self) -> int:
        """The sequence number of the newest receipt; 0 before the first."""
        return self._sequence

    def close(self) -> None:
        """Close the file; everything in it is already durable."""
        self._file.close()

    def _read(self) -> list[dict[str, Any]]:
        receipts = []
        if self._path.exists():
            for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    receipts.append(json.loads(line))
                except ValueError:  # the torn last line of a crash: its sender got no answer and sends again
                    continue
        return receipts

    def _rewrite(self) -> None:
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(receipt, separators=(",", ":")) + "\n" for receipt in self._kept)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        self._file = self._path.open("a", encoding="utf-8")
