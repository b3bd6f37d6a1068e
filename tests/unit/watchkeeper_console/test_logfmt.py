"""One log record is one line, whatever is in it."""

from __future__ import annotations

import logging

import pytest

from watchkeeper_console.logfmt import Formatter, quote


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("", '""'),
        ("two words", '"two words"'),
        ('a"b', '"a\\"b"'),
        ("a=b", '"a=b"'),
        ("a\nlevel=info msg=forged", '"a\\nlevel=info msg=forged"'),
        ("a\r\x1b[31m\u2028", '"a\\r\\u001b[31m\\u2028"'),
        ("back\\slash", '"back\\\\slash"'),
        (7, "7"),
    ],
)
def test_a_value_cannot_break_its_line(value: object, expected: str) -> None:
    assert quote(value) == expected


def test_a_record_carries_time_level_message_and_fields() -> None:
    record = logging.LogRecord("x", logging.WARNING, "f", 1, "it happened", None, None)
    record.created = 1_795_000_000.123
    record.fields = {"upstream": "logs", "reason": "a b"}
    assert Formatter().format(record) == ('ts=2026-11-18T11:06:40.123Z level=warn msg="it happened" upstream=logs reason="a b"')
