"""Numbers, durations and sizes: read and printed as Go and Prometheus do."""

import math

import pytest

from watchkeeper_store.logql import quantities

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "duration_ns"),
    [
        ("1h2m3.5s", 3723 * SECOND + SECOND // 2),
        ("-20ms", -20_000_000),
        ("+1s", SECOND),
        ("0", 0),
        (".5s", SECOND // 2),
        ("1us2µs3μs", 6_000),
        ("1.0000000001s", SECOND),
    ],
)
def test_go_durations_are_read(text: str, duration_ns: int) -> None:
    assert quantities.parse_go_duration(text) == duration_ns


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'time: invalid duration ""'),
        ("soon", 'time: invalid duration "soon"'),
        ('é"\n', r'time: invalid duration "\xc3\xa9\"\x0a"'),
        ("5é", r'time: unknown unit "\xc3\xa9" in duration "5\xc3\xa9"'),
        ("5", 'time: missing unit in duration "5"'),
        ("5d", 'time: unknown unit "d" in duration "5d"'),
        (".s", 'time: invalid duration ".s"'),
        ("9999999999h", 'time: invalid duration "9999999999h"'),
    ],
)
def test_what_is_no_go_duration_is_refused_in_its_words(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        quantities.parse_go_duration(text)
    assert str(refusal.value) == message


@pytest.mark.parametrize(("text", "days"), [("1d", 1), ("1w", 7), ("1y", 365), ("1w2d", 9)])
def test_queries_know_days_weeks_and_years(text: str, days: int) -> None:
    assert quantities.parse_prometheus_duration(text) == days * 86_400 * SECOND


@pytest.mark.parametrize("text", ["1m1h", "1m1m", "m", "1.5h", "-1m"])
def test_units_of_a_query_duration_have_to_fall(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a valid duration string|unknown unit"):
        quantities.parse_prometheus_duration(text)


@pytest.mark.parametrize(
    ("seconds", "short", "long"),
    [
        (0, "0s", "0s"),
        (90, "1m30s", "1m30s"),
        (3600, "1h", "1h0m0s"),
        (86_400, "1d", "24h0m0s"),
        (7 * 86_400, "1w", "168h0m0s"),
    ],
)
def test_durations_are_printed_both_ways(seconds: int, short: str, long: str) -> None:
    assert quantities.prometheus_duration(seconds * SECOND) == short
    assert quantities.go_duration(seconds * SECOND) == long


@pytest.mark.parametrize(
    ("duration_ns", "text"),
    [(1, "1ns"), (1_500, "1.5µs"), (25_000_000, "25ms"), (1_500_000_000, "1.5s"), (-60 * SECOND, "-1m0s")],
)
def test_short_durations_are_printed_like_go(duration_ns: int, text: str) -> None:
    assert quantities.go_duration(duration_ns) == text


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [("42", 42), ("1KB", 1000), ("1 KiB", 1024), ("1.5mb", 1_500_000), ("2G", 2 * 10**9), ("1,024B", 1024), ("1ki", 1024)],
)
def test_sizes_are_read(text: str, size_bytes: int) -> None:
    assert quantities.parse_size(text) == size_bytes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("big", 'strconv.ParseFloat: parsing "": invalid syntax'),
        ("5XB", "unhandled size name: xb"),
        ("99999EB", "too large: 99999EB"),
    ],
)
def test_what_is_no_size_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        quantities.parse_size(text)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("size_bytes", "text"), [(5, "5B"), (1000, "1.0kB"), (25_000, "25kB"), (1024, "1024B"), (2 * 10**6, "2.0MB")]
)
def test_a_size_is_printed_short_only_where_that_is_exact(size_bytes: int, text: str) -> None:
    assert quantities.size(size_bytes) == text
    assert quantities.parse_size(text) == size_bytes


@pytest.mark.parametrize(
    ("value", "plain", "literal"),
    [
        (1.0, "1", "1"),
        (0.1, "0.1", "0.1"),
        (999_999.5, "999999.5", "999999.5"),
        (1e6, "1000000", "1e+06"),
        (12_345_678.5, "12345678.5", "1.23456785e+07"),
        (-6e11, "-600000000000", "-6e+11"),
        (1e21, "1000000000000000000000", "1e+21"),
        (0.0001, "0.0001", "0.0001"),
        (5e-7, "0.0000005", "5e-07"),
        (-2.5, "-2.5", "-2.5"),
        (math.inf, "+Inf", "+Inf"),
        (math.nan, "NaN", "NaN"),
        (1.5e300, "15" + "0" * 299, "1.5e+300"),
    ],
)
def test_floats_are_printed_with_and_without_exponents(value: float, plain: str, literal: str) -> None:
    assert quantities.plain_float(value) == plain
    assert quantities.literal_float(value) == literal


@pytest.mark.parametrize(
    ("text", "number"), [("1_000.5", 1000.5), ("1e1_0", 1e10), ("0x1.8p-1", 0.75), ("0X_10P0", 16), ("-inf", -math.inf)]
)
def test_the_less_known_spellings_of_floats_are_read(text: str, number: float) -> None:
    assert quantities.parse_float(text) == number


@pytest.mark.parametrize(
    "text", ["", " 1", "1__0", "_1", "1_", "1_.5", "1._5", "0x10", "0x1_p1", "1e", "--1", "+nan", "one", "\u0663"]
)
def test_what_go_does_not_read_as_a_float_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"strconv\.ParseFloat: parsing .*: invalid syntax"):
        quantities.parse_float(text)


def test_a_float_out_of_range_is_refused_and_infinity_is_not() -> None:
    with pytest.raises(ValueError, match=r'strconv\.ParseFloat: parsing "1e999": value out of range'):
        quantities.parse_float("1e999")
    assert quantities.parse_float("-Inf") == -math.inf
