from __future__ import annotations

import pytest

from watchkeeper_shipper.logfmt import line, quote


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("plain", "plain"),
        ("two words", '"two words"'),
        ("", '""'),
        ('say "x"\\', '"say \\"x\\"\\\\"'),
        ("a\nlevel=error\tb\x1b[0m\u2028", '"a\\nlevel=error\\tb\\u001b[0m\\u2028"'),
        (1.5, "1.5"),
        (7, "7"),
    ],
)
def test_a_value_never_leaves_its_place(value: object, quoted: str) -> None:
    assert quote(value) == quoted


def test_a_line_has_its_time_in_milliseconds_first() -> None:
    assert line(1_795_262_400.25, "info", "it works", {"n": 1}) == 'ts=2026-11-21T12:00:00.250Z level=info msg="it works" n=1'
