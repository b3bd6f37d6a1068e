"""Bytes into lines, lines into events. Pure: knows offsets, but no files and no clock.

A `Piece` is what one log line (or one multi-line event) is made of: its bytes without the line break, and the offset in the
file behind it, which is where reading may resume once it is delivered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from watchkeeper_shipper.settings import MAX_LINE_BYTES

Piece = tuple[bytes, int]


class LineCutter:
    """Cuts a file's bytes at line breaks; a line longer than ``max_line_bytes`` comes out in several pieces.

    ``read_offset`` is where the next bytes must come from. A last line without its line break is held back.
    """

    __slots__ = ("_held", "_max_line_bytes", "_splitting", "read_offset", "split_lines")

    def __init__(self, offset: int, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self.read_offset = offset
        self.split_lines = 0
        self._held = b""
        self._splitting = False
        self._max_line_bytes = max_line_bytes

    @property
    def holds(self) -> bool:
        """Whether a line without a line break is waiting."""
        return bool(self._held)

    def feed(self, data: bytes) -> list[Piece]:
        """The lines that ``data`` completes."""
        end = self.read_offset - len(self._held)
        self.read_offset += len(data)
        *lines, self._held = (self._held + data).split(b"\n")
        pieces: list[Piece] = []
        for line in lines:
            text = line
            if len(line) > self._max_line_bytes:
                text, end = self._split(line, end, pieces)
            end += len(text) + 1
            # The rest of a split line may be empty: its last piece ended exactly at the limit.
            if text or not self._splitting:
                pieces.append((text, end))
            self._splitting = False
        if len(self._held) > self._max_line_bytes:
            self._held, _ = self._split(self._held, end, pieces)
        return pieces

    def release(self) -> list[Piece]:
        """Stop waiting for the line break of the last line."""
        held, self._held = self._held, b""
        self._splitting = False
        return [(held, self.read_offset)] if held else []

    def _split(self, text: bytes, end: int, pieces: list[Piece]) -> tuple[bytes, int]:
        if not self._splitting:
            self.split_lines += 1
        self._splitting = True
        start = 0
        while len(text) - start > self._max_line_bytes:
            stop = _character_border(text, start + self._max_line_bytes)
            pieces.append((text[start:stop], end + stop))
            start = stop
        return text[start:], end + start


def _character_border(text: bytes, at: int) -> int:
    """The nearest position at or before ``at`` that does not cut a UTF-8 character."""
    for back in range(min(4, at)):
        if text[at - back] & 0xC0 != 0x80:
            return at - back
    return at


class EventJoiner:
    """Joins lines into events: a line that does not match ``first_line`` continues the event before it."""

    __slots__ = ("_bytes", "_end", "_first_line", "_held", "_max_bytes", "_max_lines")

    def __init__(self, first_line: re.Pattern[str], max_lines: int, max_bytes: int = MAX_LINE_BYTES) -> None:
        self._first_line = first_line
        self._max_lines = max_lines
        self._max_bytes = max_bytes
        self._held: list[bytes] = []
        self._bytes = 0
        self._end = 0

    @property
    def holds(self) -> bool:
        """Whether an event is waiting for more lines."""
        return bool(self._held)

    def feed(self, pieces: Iterable[Piece]) -> list[Piece]:
        """The events that ``pieces`` complete."""
        events: list[Piece] = []
        for text, end in pieces:
            begins = self._first_line.search(text.decode("utf-8", "replace")) is not None
            full = len(self._held) >= self._max_lines or self._bytes + len(text) + 1 > self._max_bytes
            if self._held and (begins or full):
                events += self.release()
            self._held.append(text)
            self._bytes += len(text) + 1
            self._end = end
        return events

    def release(self) -> list[Piece]:
        """Stop waiting for more lines of the last event."""
        if not self._held:
            return []
        event = (b"\n".join(text.removesuffix(b"\r") for text in self._held), self._end)
        self._held = []
        self._bytes = 0
        return [event]


def line_text(raw: bytes, max_line_bytes: int = MAX_LINE_BYTES) -> tuple[str, bool]:
    """The text to send, and whether bytes that are no UTF-8 were replaced by U+FFFD.

    NUL bytes at the front are what a truncated file holds when its writer does not append: they are no text.
    """
    if raw[:1] == b"\0":
        raw = raw.lstrip(b"\0")
    raw = raw.removesuffix(b"\r")
    try:
        return raw.decode(), False
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
        encoded = text.encode()
        if len(encoded) > max_line_bytes:  # one bad byte becomes three, and the store refuses lines over its limit
            text = encoded[:max_line_bytes].decode("utf-8", "ignore")
        return text, True
