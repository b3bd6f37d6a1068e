"""Why a row or a stream is not taken, in the words of Loki, which agents show to their users. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from watchkeeper_store.model.limits import Limits
from watchkeeper_wire.loki_labels import LabelPairs

_MOST_MESSAGES = 10


class PushRefused(Exception):
    """The whole push is refused with an HTTP status; nothing of it was kept. ``lines`` are known for some reasons only."""

    def __init__(self, status: int, message: str, *, reason: str = "", lines: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.lines = lines


@dataclass(slots=True)
class Discarded:
    """Rows of one push that were not taken: the reasons by Loki's names, and the first messages."""

    lines: Counter[str] = field(default_factory=Counter)
    octets: Counter[str] = field(default_factory=Counter)
    messages: list[str] = field(default_factory=list)

    def add(self, reason: str, message: str, lines: int, octets: int) -> None:
        self.lines[reason] += lines
        self.octets[reason] += octets
        if len(self.messages) < _MOST_MESSAGES and message not in self.messages:
            self.messages.append(message)

    def text(self) -> str:
        return "\n".join(self.messages)


def go_time(timestamp_ns: int) -> str:
    """A time as Go's RFC 3339 prints it, in seconds: ``2026-11-21T10:00:00Z``."""
    try:
        return datetime.fromtimestamp(timestamp_ns // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return f"{timestamp_ns}ns"


def stream_fault(text: str, pairs: LabelPairs, limits: Limits) -> tuple[str, str] | None:
    """(reason, message) if a label set, as sent, is beyond the limits."""
    if not pairs:
        return "missing_labels", "error at least one label pair is required per stream"
    counted = len(pairs) - sum(1 for name, _ in pairs if name == "service_name")
    if counted > limits.max_label_names_per_series:
        message = f"entry for stream '{text}' has {counted} label names; limit {limits.max_label_names_per_series}"
        return "max_label_names_per_series", message
    for name, value in pairs:
        if len(name.encode()) > limits.max_label_name_length:
            return "label_name_too_long", f"stream '{text}' has label name too long: '{name}'"
        if len(value.encode()) > limits.max_label_value_length:
            return "label_value_too_long", f"stream '{text}' has label value too long: '{value}'"
    return None


def time_fault(text: str, timestamp_ns: int, oldest_ns: int | None, newest_ns: int) -> tuple[str, str] | None:
    """(reason, message) if a row is too old or too far ahead."""
    if oldest_ns is not None and timestamp_ns < oldest_ns:
        message = (
            f"entry for stream '{text}' has timestamp too old: {go_time(timestamp_ns)}, "
            f"oldest acceptable timestamp is: {go_time(oldest_ns)}"
        )
        return "greater_than_max_sample_age", message
    if timestamp_ns > newest_ns:
        return "too_far_in_future", f"entry for stream '{text}' has timestamp too new: {go_time(timestamp_ns)}"
    return None


def size_fault(text: str, size: int, limits: Limits) -> tuple[str, str] | None:
    """(reason, message) if a line is too long."""
    if limits.max_line_size and size > limits.max_line_size and not limits.max_line_size_truncate:
        message = (
            f"Max entry size '{limits.max_line_size}' bytes exceeded for stream '{text}' "
            f"while adding an entry with length '{size}' bytes"
        )
        return "line_too_long", message
    return None


def metadata_fault(text: str, pairs: LabelPairs, limits: Limits) -> tuple[str, str] | None:
    """(reason, message) if structured metadata is not allowed, too large or too many."""
    see = "Please see `limits_config.{}` or contact your Loki administrator to {} it."
    if not limits.allow_structured_metadata:
        message = f"stream '{text}' includes structured metadata, but this feature is disallowed. "
        return "disallowed_structured_metadata", message + see.format("allow_structured_metadata", "enable")
    size = sum(len(name.encode()) + len(value.encode()) for name, value in pairs)
    if limits.max_structured_metadata_size and size > limits.max_structured_metadata_size:
        message = (
            f"stream '{text}' has structured metadata too large: '{size}' bytes, "
            f"limit: '{limits.max_structured_metadata_size}' bytes. "
        )
        return "structured_metadata_too_large", message + see.format("max_structured_metadata_size", "increase")
    most = limits.max_structured_metadata_entries_count
    if most and len(pairs) > most:
        message = f"stream '{text}' has too many structured metadata labels: '{len(pairs)}', limit: '{most}'. "
        return "structured_metadata_too_many", message + see.format("max_structured_metadata_entries_count", "increase")
    return None
