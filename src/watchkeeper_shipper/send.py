"""Delivers batches in order, one at a time: to the store, or into the disk buffer while the store is away.

The order is always: what lies in the buffer, then the batch held here, then the outbox. A batch's marks are recorded
when it is accepted, refused for good, or in the buffer, whichever comes first.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass

from watchkeeper_process.logfmt import say
from watchkeeper_shipper.batch import Batch, Outbox, Parcel
from watchkeeper_shipper.buffer import DiskBuffer, ParcelUnreadable
from watchkeeper_shipper.metrics import Metrics
from watchkeeper_shipper.positions import Positions
from watchkeeper_shipper.push import Accepted, PushClient, Refused, Unavailable

_FIRST_BACKOFF_S = 0.1
_MAX_BACKOFF_S = 5.0
_SAY_AGAIN_S = 60.0
_SAY_REFUSED_EVERY_S = 10.0
_DISK_RETRY_S = 5.0


def backoff_s(failures: int, chance: float) -> float:
    """Seconds to wait after the given number of failures in a row; ``chance`` in [0, 1) spreads many senders out."""
    return float(min(_MAX_BACKOFF_S, _FIRST_BACKOFF_S * 2 ** min(failures - 1, 10)) * (0.5 + chance / 2))


@dataclass(frozen=True, slots=True)
class _Held:
    batch: Batch
    parcel: Parcel


class Sender:
    """The sending thread."""

    def __init__(self, outbox: Outbox, buffer: DiskBuffer, client: PushClient, positions: Positions, metrics: Metrics) -> None:
        self._outbox = outbox
        self._buffer = buffer
        self._client = client
        self._positions = positions
        self._metrics = metrics
        self._held: _Held | None = None
        self._failures = 0
        self._retry_at_s = 0.0
        self._disk_retry_at_s = 0.0
        self._said_away = False
        self._say_away_at_s = 0.0
        self._say_refused_at_s = 0.0
        self._said_disk = False
        self._stop_at_s: float | None = None
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread runs; it ends only by `stop`, or by a bug."""
        return self._thread.is_alive()

    @property
    def backlog(self) -> bool:
        """Whether batches wait on disk or the store is away: small batches are then of no use to anybody."""
        return len(self._buffer) > 0 or self._failures > 0

    def stop(self, within_s: float) -> None:
        """Deliver what is in the outbox, or put it into the buffer, then end; what neither took is read again next time."""
        self._stop_at_s = time.monotonic() + within_s
        self._outbox.interrupt()
        self._thread.join(within_s)
        if self._thread.is_alive():
            self._client.abort()
            self._thread.join(1.0)

    def _run(self) -> None:
        while not self._finished():
            wait_s = self._step(time.monotonic())
            if wait_s is not None and self._stop_at_s is None:
                if self._held is None:
                    self._outbox.wait(wait_s)
                else:
                    # Nothing more can be taken: sleep through new batches, but not through the stop.
                    self._sleep(wait_s)

    def _sleep(self, wait_s: float) -> None:
        until_s = time.monotonic() + wait_s
        while self._stop_at_s is None and (left_s := until_s - time.monotonic()) > 0:
            time.sleep(min(left_s, 0.2))

    def _finished(self) -> bool:
        if self._stop_at_s is None:
            return False
        nothing_left = self._held is None and not self._outbox.has_batches()
        stuck = self._held is not None and self.backlog  # the buffer did not take it
        return nothing_left or stuck or time.monotonic() > self._stop_at_s

    def _step(self, now_s: float) -> float | None:
        """Do one thing; seconds to wait where nothing can be done now, at most, else None."""
        if self._held is None and (batch := self._outbox.take()) is not None:
            self._held = _Held(batch, batch.parcel()) if batch.lines else None
            if self._held is None:
                self._record(batch)
                return None
        if self._held is not None and self.backlog and self._put_aside(self._held, now_s):
            self._record(self._held.batch)
            self._held = None
        if now_s < self._retry_at_s:
            return self._retry_at_s - now_s
        if len(self._buffer):
            return self._deliver_oldest(now_s)
        if self._held is not None:
            self._deliver_held(self._held, now_s)
            return None
        return 60.0

    def _put_aside(self, held: _Held, now_s: float) -> bool:
        if now_s < self._disk_retry_at_s:
            return False
        try:
            stored = self._buffer.append(held.parcel)
        except OSError as failure:
            self._disk_retry_at_s = now_s + _DISK_RETRY_S
            self._metrics.error("buffer")
            self._say_disk(f"cannot write to the disk buffer: {failure}")
            return False
        self._metrics.buffer_is(self._buffer)
        if not stored:
            self._say_disk("the disk buffer is full: reading stops until the store is back")
        self._said_disk = self._said_disk and not stored
        return stored

    def _say_disk(self, message: str) -> None:
        if not self._said_disk:
            say("error", message, buffer_bytes=self._buffer.size_bytes, max_bytes=self._buffer.max_bytes)
        self._said_disk = True

    def _deliver_oldest(self, now_s: float) -> float | None:
        try:
            parcel = self._buffer.oldest()
        except ParcelUnreadable as failure:
            say("error", "a buffered batch is damaged and lost", err=failure)
            self._metrics.error("buffer")
            self._metrics.damaged.inc()
            self._buffer.drop_oldest()
            return None
        except OSError as failure:
            self._metrics.error("buffer")
            self._say_disk(f"cannot read the disk buffer: {failure}")
            return _DISK_RETRY_S
        if self._push(parcel, now_s):
            self._buffer.drop_oldest()
            self._metrics.buffer_is(self._buffer)
            if not len(self._buffer):
                say("info", "the disk buffer is empty again")
        return None

    def _deliver_held(self, held: _Held, now_s: float) -> None:
        if self._push(held.parcel, now_s):
            self._held = None
            self._record(held.batch)
            self._metrics.delivery_seconds.observe(time.monotonic() - held.batch.oldest_s)

    def _record(self, batch: Batch) -> None:
        self._positions.advance(batch.marks)

    def _push(self, parcel: Parcel, now_s: float) -> bool:
        """Whether the parcel is done with: accepted, or refused for good."""
        outcome = self._client.push(parcel.body)
        self._metrics.push_seconds.observe(time.monotonic() - now_s)
        if isinstance(outcome, Unavailable):
            self._failures += 1
            self._retry_at_s = time.monotonic() + max(backoff_s(self._failures, random.random()), outcome.retry_after_s)  # noqa: S311 -- jitter
            self._metrics.retry(outcome.kind)
            if now_s >= self._say_away_at_s:
                self._said_away = True
                self._say_away_at_s = now_s + _SAY_AGAIN_S
                say("warn", "the store is away", err=outcome.reason, buffered_batches=len(self._buffer))
            return False
        if self._said_away:
            say("info", "the store is back", retries=self._failures, buffered_batches=len(self._buffer))
        self._failures = 0
        self._said_away = False
        if isinstance(outcome, Refused):
            self._metrics.refused(outcome.status, parcel)
            if now_s >= self._say_refused_at_s:
                self._say_refused_at_s = now_s + _SAY_REFUSED_EVERY_S
                lines = sum(parcel.lines.values())
                say(
                    "error",
                    "the store refused a batch, its lines are dropped",
                    status=outcome.status,
                    err=outcome.reason,
                    lines=lines,
                )
        else:
            assert isinstance(outcome, Accepted)  # noqa: S101 -- the last of the three outcomes
            self._metrics.accepted(parcel)
        return True
