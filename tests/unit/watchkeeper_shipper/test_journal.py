from __future__ import annotations

import json

import pytest

from watchkeeper_shipper.journal import read_entry


def test_an_entry_is_its_fields_as_text() -> None:
    raw = json.dumps({"__CURSOR": "c", "MESSAGE": "hello", "PRIORITY": "6", "_PID": None}).encode()
    assert read_entry(raw) == {"__CURSOR": "c", "MESSAGE": "hello", "PRIORITY": "6"}


@pytest.mark.parametrize(
    ("message", "text"),
    [([104, 105], "hi"), ([104, 255], "h�"), (["one", "two"], "one\ntwo"), ([[104], "two"], "h\ntwo"), ([], ""), (5, "5")],
)
def test_binary_and_repeated_fields_become_text(message: object, text: str) -> None:
    entry = read_entry(json.dumps({"__CURSOR": "c", "MESSAGE": message}).encode())
    assert entry is not None
    assert entry["MESSAGE"] == text


@pytest.mark.parametrize("raw", [b"", b"-- No entries --", b"[]", b"{}", b'{"__CURSOR": 5}', b'{"__CURSOR": "c"', b"\xff"])
def test_what_is_no_entry_is_none(raw: bytes) -> None:
    assert read_entry(raw) is None
