"""The reading loop: looks at files and journals, hands batches to the sender, records positions."""

from __future__ import annotations

import contextlib
import os
import select
import time
from pathlib import Path

from watchkeeper_process.logfmt import say
from watchkeeper_shipper.batch import Outbox
from watchkeeper_shipper.buffer import DiskBuffer
from watchkeeper_shipper.follow import Follower
from watchkeeper_shipper.intake import Intake
from watchkeeper_shipper.journal import Journal
from watchkeeper_shipper.metrics import Metrics
from watchkeeper_shipper.positions import Positions, PositionsUnreadable
from watchkeeper_shipper.push import PushClient
from watchkeeper_shipper.send import Sender
from watchkeeper_shipper.serve import Answer, metrics_answer, text_answer
from watchkeeper_shipper.settings import Settings

_OUTBOX_BATCHES = 1
_SAVE_EVERY_S = 1.0
_LONGEST_SLEEP_S = 1.0
_NO_ROOM_SLEEP_S = 0.25
_FLUSH_WITHIN_S = 0.5
_STOP_WITHIN_S = 2.5
_HUNG_AFTER_S = 60.0


class Shipper:
    """Everything one process does. `run` blocks until `stop`."""

    def __init__(self, settings: Settings, data_folder: Path) -> None:
        """Raises OSError where the data folder cannot be used."""
        self._wake_reader, self._wake_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._positions = Positions(data_folder / "positions.json")
        try:
            self._positions.load()
        except PositionsUnreadable as failure:
            say("error", "cannot read the positions; every file is read again", kept_as=failure)
        self.metrics = Metrics()
        self.metrics.start_sources([source.name for source in settings.files] + [source.name for source in settings.journals])
        buffer = DiskBuffer(data_folder / "buffer", settings.buffer_max_bytes)
        self.metrics.buffer_is(buffer)
        outbox = Outbox(_OUTBOX_BATCHES, self._wake)
        self._intake = Intake(settings.batch, outbox, self.metrics)
        self._follower = Follower(settings.files, self._positions, self._intake, self.metrics)
        self.metrics.show_lags(self._follower.roster.lags)
        self._journals = [Journal(source, self._positions, self._intake, self.metrics) for source in settings.journals]
        self._sender = Sender(outbox, buffer, PushClient(settings.push_url, settings.tenant), self._positions, self.metrics)
        self._stopping = False
        self._beat_s = time.monotonic()
        self._save_at_s = 0.0

    # -- answers, from any thread --------------------------------------------------------------------------------------

    def alive_answer(self) -> Answer:
        """Whether the loop still turns."""
        silent_s = time.monotonic() - self._beat_s
        if silent_s > _HUNG_AFTER_S:
            return text_answer(503, f"the reading loop has been silent for {silent_s:.0f} s")
        return text_answer(200, "alive")

    def ready_answer(self) -> Answer:
        """Whether the first scan is done. The store's absence is no reason: waiting for it is the shipper's work."""
        return text_answer(200, "ready") if self._follower.scanned else text_answer(503, "the first scan is not done yet")

    def metrics_answer(self) -> Answer:
        """All series."""
        return metrics_answer(self.metrics.page())

    def stop(self) -> None:
        """End `run` soon. May be called from a signal handler."""
        self._stopping = True
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # the pipe is full of wakes already
            os.write(self._wake_writer, b"!")

    # -- the loop ------------------------------------------------------------------------------------------------------

    def run(self) -> int:
        """Ship until `stop`; the exit status."""
        self._sender.start()
        try:
            while not self._stopping:
                if not self._sender.alive:
                    say("error", "the sending thread has died; this is a bug")
                    return 3
                self._turn(time.monotonic())
        finally:
            self._finish()
        return 0

    def _turn(self, now_s: float) -> None:
        self._beat_s = now_s
        more = self._follower.work(now_s)
        for journal in self._journals:
            journal.start_if_due(now_s)
        self._intake.leave_if_due(now_s, self._sender.backlog)
        self._save_if_due(now_s)
        room = self._intake.room_bytes() > 0
        self.metrics.reading.set(room)
        for journal in self._wait(self._sleep_s(more, room), room):
            journal.read(time.monotonic())

    def _sleep_s(self, more: bool, room: bool) -> float:
        if more:
            return 0.0 if room else _NO_ROOM_SLEEP_S
        wakes = [self._follower.wake_at_s(), *(journal.wake_at_s() for journal in self._journals)]
        wakes.append(self._intake.due_at_s(self._sender.backlog))
        return max(0.0, min(min(wakes) - time.monotonic(), _LONGEST_SLEEP_S))

    def _wait(self, timeout_s: float, room: bool) -> list[Journal]:
        """Sleep; the journals that have something. Without room they are left waiting, and so is journalctl."""
        poll = select.poll()
        poll.register(self._wake_reader, select.POLLIN)
        watched: dict[int, Journal] = {}
        for journal in self._journals if room else ():
            descriptor = journal.descriptor()
            if descriptor is not None:
                watched[descriptor] = journal
                poll.register(descriptor, select.POLLIN)
        ready = [descriptor for descriptor, _ in poll.poll(timeout_s * 1000)]
        if self._wake_reader in ready:
            os.read(self._wake_reader, 4096)
        return [watched[descriptor] for descriptor in ready if descriptor in watched]

    def _save_if_due(self, now_s: float) -> None:
        if now_s < self._save_at_s:
            return
        self._save_at_s = now_s + _SAVE_EVERY_S
        self._save()

    def _save(self) -> None:
        try:
            self._positions.save(time.time())
        except OSError as failure:
            say("error", f"cannot record the positions: {failure}")
            self._save_at_s += 30.0  # say it rarely: this line may be shipped, too
            self.metrics.error("positions")

    def _finish(self) -> None:
        for journal in self._journals:
            journal.stop()
        until_s = time.monotonic() + _FLUSH_WITHIN_S
        while not self._intake.flush() and time.monotonic() < until_s:
            self._wait(0.05, room=False)
        self._sender.stop(_STOP_WITHIN_S)
        self._save()
        self._follower.close()
