from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.spec.quantities import (
    LARGEST_SIZE_BYTES,
    LONGEST_DURATION_S,
    format_duration,
    format_size,
    parse_duration,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("12h", 43_200),
        ("30d", 2_592_000),
        ("1w", 604_800),
        ("1y", 31_536_000),
        ("1h30m", 5_400),
        ("1d12h", 129_600),
        ("90s", 90),
        ("1y2w3d4h5m6s", 31_536_000 + 1_209_600 + 259_200 + 14_400 + 300 + 6),
    ],
)
def test_a_duration_is_read_as_seconds(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "write numbers with the units"),
        ("30", "add a unit, as in 30s, 30m or 30d"),
        ("500ms", "whole seconds are the smallest unit"),
        ("30m1h", "the largest first"),
        ("1h1h", "the largest first"),
        ("1.5h", "write numbers with the units"),
        ("-5m", "write numbers with the units"),
        ("5 m", "write numbers with the units"),
        ("5m\n", "write numbers with the units"),
        ("0s", "longer than 0s"),
        ("101y", "at most 100y"),
        ("9" * 12 + "s", "at most 100y"),
        ("9" * 5000 + "s", "write numbers with the units"),
    ],
)
def test_anything_else_is_refused_with_advice(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (30, "30s"),
        (60, "1m"),
        (90, "1m30s"),
        (5_400, "1h30m"),
        (2_592_000, "30d"),
        (604_800, "7d"),
        (129_600, "1d12h"),
        (0, "0s"),
    ],
)
def test_a_duration_is_written_short(seconds: int, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(1, LONGEST_DURATION_S))
def test_a_duration_that_is_written_is_read_back_the_same(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("400MB", 400_000_000),
        ("1GiB", 1_073_741_824),
        ("1.5GiB", 1_610_612_736),
        ("0.5kB", 500),
        ("512 MiB", 536_870_912),
        ("10gb", 10_000_000_000),
        ("1TiB", 1_099_511_627_776),
        ("7B", 7),
    ],
)
def test_a_size_is_read_as_bytes(text: str, size_bytes: int) -> None:
    assert parse_size(text) == size_bytes


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "write a number with a unit"),
        ("20", "add a unit, as in 20MB or 20MiB"),
        ("512M", r"write 512MB \(powers of 1000\) or 512MiB \(powers of 1024\)"),
        ("64k", r"write 64kB \(powers of 1000\) or 64KiB"),
        ("2Gi", "write 2GB"),
        ("-1MB", "write a number with a unit"),
        ("1e3MB", "write a number with a unit"),
        ("0.5B", "whole number of bytes"),
        ("0GB", "larger than 0B"),
        ("999999999999999TB", "at most 1024 PiB"),
    ],
)
def test_any_other_size_is_refused_with_advice(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        parse_size(text)


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (400_000_000, "400MB"),
        (419_430_400, "400MiB"),
        (1_073_741_824, "1GiB"),
        (1_610_612_736, "1536MiB"),
        (1_000_001, "1000001B"),
        (1_024, "1KiB"),
        (0, "0TiB"),
    ],
)
def test_a_size_is_written_exactly_with_the_smallest_number(size_bytes: int, text: str) -> None:
    assert format_size(size_bytes) == text


@given(st.integers(1, LARGEST_SIZE_BYTES))
def test_a_size_that_is_written_is_read_back_the_same(size_bytes: int) -> None:
    assert parse_size(format_size(size_bytes)) == size_bytes
