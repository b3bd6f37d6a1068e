"""The systemd journal, through ``journalctl --follow`` as a child that dies with us.

``read_entry`` is pure; `Journal` keeps the child, restarts it with backoff, and goes on behind the recorded cursor.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any

from watchkeeper_process.logfmt import say
from watchkeeper_shipper.batch import Labels, with_label
from watchkeeper_shipper.intake import Intake
from watchkeeper_shipper.lines import line_text
from watchkeeper_shipper.metrics import Metrics
from watchkeeper_shipper.positions import JournalMark, Positions
from watchkeeper_shipper.settings import MAX_LINE_BYTES, JournalSource
from watchkeeper_wire.loki_push import Entry

_FIELDS = "MESSAGE,PRIORITY,_SYSTEMD_UNIT,SYSLOG_IDENTIFIER"
_LEVELS = ("critical", "critical", "critical", "error", "warn", "info", "info", "debug")
_MAX_UNITS = 200
_READ_BYTES = 64 * 1024
_MAX_ENTRY_BYTES = 16 * 1024 * 1024
_FIRST_PAUSE_S = 1.0
_MAX_PAUSE_S = 60.0
_BAD_CURSOR_AFTER = 3


def read_entry(raw: bytes) -> dict[str, str] | None:
    """The wanted fields of one line of ``journalctl --output=json --all``, as text; None where it is no entry.

    A field is text, a list of byte values where it is no UTF-8, or a list of these where it is there more than once.
    """
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or not isinstance(fields.get("__CURSOR"), str):
        return None
    return {name: _text(value) for name, value in fields.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, list):
        if value and all(isinstance(byte, int) and 0 <= byte < 256 for byte in value):
            return bytes(value).decode("utf-8", "replace")
        return "\n".join(_text(item) for item in value)
    return str(value).encode("utf-8", "replace").decode()  # JSON can write halves of characters, UTF-8 cannot


class Journal:
    """One journald source. Used by the reading loop alone."""

    def __init__(self, source: JournalSource, positions: Positions, intake: Intake, metrics: Metrics) -> None:
        self._source = source
        self._positions = positions
        self._intake = intake
        self._up = metrics.journal_up.labels(source.name)
        self._read_bytes = metrics.read_bytes.labels(source.name)
        self._metrics = metrics
        self._labels: Labels = tuple(sorted(source.labels.items()))
        self._units: dict[str, None] = {}
        self._child: subprocess.Popen[bytes] | None = None
        self._held = b""
        self._start_at_s = 0.0
        self._failures = 0
        self._said_absent = False
        mark = positions.journal(source.name)
        self._cursor, self._last_ns = (mark.cursor, mark.last_ns) if mark else ("", 0)

    def descriptor(self) -> int | None:
        """What to wait for; None while no child runs."""
        return self._child.stdout.fileno() if self._child and self._child.stdout else None

    def wake_at_s(self) -> float:
        """When `start_if_due` may have something to do."""
        return self._start_at_s if self._child is None else float("inf")

    def start_if_due(self, now_s: float) -> None:
        """Start journalctl where it does not run and its pause is over."""
        if self._child is not None or now_s < self._start_at_s:
            return
        program = shutil.which("journalctl")
        if program is None:
            self._up.set(0)
            self._start_at_s = now_s + _MAX_PAUSE_S
            if not self._said_absent:
                say("info", "there is no journal here: journalctl is not installed", source=self._source.name)
            self._said_absent = True
            return
        try:
            self._child = subprocess.Popen(
                [*_dies_with_us(), program, *self._arguments()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
            )
        except OSError as failure:
            self._failed(now_s, str(failure))
            return
        assert self._child.stdout is not None  # noqa: S101 -- it was asked for above
        assert self._child.stderr is not None  # noqa: S101 -- see above
        os.set_blocking(self._child.stdout.fileno(), False)
        os.set_blocking(self._child.stderr.fileno(), False)
        self._held = b""
        self._up.set(1)

    def _arguments(self) -> list[str]:
        arguments = ["--follow", "--output=json", "--all", "--quiet", "--no-pager", f"--output-fields={_FIELDS}"]
        if self._cursor and self._failures < _BAD_CURSOR_AFTER:
            arguments += [f"--after-cursor={self._cursor}", "--no-tail"]
        elif self._last_ns:
            arguments += [f"--since=@{self._last_ns // 10**9}", "--no-tail"]
        else:
            arguments += ["--lines=0"] if self._source.from_end else ["--no-tail"]
        if self._source.directory is not None:
            arguments.append(f"--directory={self._source.directory}")
        return arguments + [f"--unit={unit}" for unit in self._source.units]

    def read(self, now_s: float) -> None:
        """Take what the child has written. Called when `descriptor` is readable and there is room."""
        descriptor = self.descriptor()
        if descriptor is None:
            return
        try:
            data = os.read(descriptor, _READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            self._ended(now_s)
            return
        self._read_bytes.inc(len(data))
        *lines, self._held = (self._held + data).split(b"\n")
        if len(self._held) > _MAX_ENTRY_BYTES:
            self._held = b""  # its end comes out as a line that is no entry, and is left out below
        for line in lines:
            self._take(line, now_s)

    def _take(self, line: bytes, now_s: float) -> None:
        fields = read_entry(line)
        if fields is None:
            self._metrics.dropped.labels("unreadable_journal_entry").inc()
            return
        self._failures = 0
        stamp = fields.get("__REALTIME_TIMESTAMP", "")
        # The journal's own order wins over a clock that was set back.
        self._last_ns = max(int(stamp) * 1000 if stamp.isdecimal() else 0, self._last_ns + 1)
        self._cursor = fields["__CURSOR"]
        priority = fields.get("PRIORITY", "")
        labels = with_label(self._labels, "unit", self._unit(fields))
        if priority.isdecimal() and int(priority) < len(_LEVELS):
            labels = with_label(labels, "level", _LEVELS[int(priority)])
        text, _ = line_text(fields.get("MESSAGE", "").encode("utf-8", "replace")[:MAX_LINE_BYTES])
        mark = JournalMark(cursor=self._cursor, last_ns=self._last_ns)
        self._intake.take_journal_entry(self._source.name, labels, Entry(self._last_ns, text), mark, now_s)

    def _unit(self, fields: dict[str, str]) -> str:
        unit = fields.get("_SYSTEMD_UNIT") or fields.get("SYSLOG_IDENTIFIER") or "unknown"
        if unit not in self._units:
            if len(self._units) >= _MAX_UNITS:
                return "other"  # names of sessions and transient units never end, label values must
            self._units[unit] = None
        return unit

    def _ended(self, now_s: float) -> None:
        child, self._child = self._child, None
        if child is None or child.stdout is None or child.stderr is None:
            return
        child.stdout.close()
        try:
            child.wait(1.0)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        words = (child.stderr.read() or b"").decode("utf-8", "replace").strip().partition("\n")[0]
        child.stderr.close()
        self._failed(now_s, words or f"it ended with {child.returncode}")

    def _failed(self, now_s: float, reason: str) -> None:
        if self._failures == 0:
            say("warn", "journalctl ended, it is started again", source=self._source.name, err=reason)
        self._failures += 1
        self._up.set(0)
        self._metrics.error("journal")
        self._start_at_s = now_s + min(_MAX_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(self._failures - 1, 10))

    def stop(self) -> None:
        """End the child; what it had not told yet comes again after the recorded cursor."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            for pipe in (self._child.stdout, self._child.stderr):
                if pipe is not None:
                    pipe.close()
            self._child = None


def _dies_with_us() -> list[str]:
    """A prefix that has the kernel kill the child when this process dies, however it dies.

    Without setpriv (part of util-linux) the child ends with the next entry, for which it finds no reader.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []
