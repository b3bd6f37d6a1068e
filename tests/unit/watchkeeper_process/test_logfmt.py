"""One line stays one line, whatever is in it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from watchkeeper_process.logfmt import line, pairs, quote, say


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("plain", "plain"),
        ("ü", "ü"),
        ("", '""'),
        ("two words", '"two words"'),
        ('a"b', '"a\\"b"'),
        ("a=b", '"a=b"'),
        ("back\\slash", '"back\\\\slash"'),
        ('say "x"\\', '"say \\"x\\"\\\\"'),
        ("a\nlevel=info msg=forged", '"a\\nlevel=info msg=forged"'),
        ("a\r\x1b[31m\u2028", '"a\\r\\u001b[31m\\u2028"'),
        ("a\nlevel=error\tb\x1b[0m\u2028", '"a\\nlevel=error\\tb\\u001b[0m\\u2028"'),
        (True, "true"),
        (1.5, "1.5"),
        (7, "7"),
    ],
)
def test_a_value_never_leaves_its_place(value: object, quoted: str) -> None:
    assert quote(value) == quoted


def test_pairs_keep_their_order() -> None:
    assert pairs({"b": 1, "a": "x y"}) == 'b=1 a="x y"'


def test_a_line_has_its_time_in_milliseconds_first() -> None:
    assert line(1_795_262_400.25, "info", "it works", {"n": 1}) == 'ts=2026-11-21T12:00:00.250Z level=info msg="it works" n=1'


def test_a_log_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115 -- closing it is what fails
    monkeypatch.setattr(sys, "stdout", full)
    say("info", "lost")
    with pytest.raises(OSError, match="No space left"):  # so the line did fail
        full.close()
    say("info", "lost, too")
