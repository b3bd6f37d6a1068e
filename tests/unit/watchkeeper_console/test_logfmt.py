"""A log record is one line of logfmt."""

from __future__ import annotations

import logging

from watchkeeper_console.logfmt import Formatter


def test_a_record_carries_time_level_message_and_fields() -> None:
    record = logging.LogRecord("x", logging.WARNING, "f", 1, "it happened", None, None)
    record.created = 1_795_000_000.123
    record.fields = {"upstream": "logs", "reason": "a b"}
    assert Formatter().format(record) == ('ts=2026-11-18T11:06:40.123Z level=warn msg="it happened" upstream=logs reason="a b"')
