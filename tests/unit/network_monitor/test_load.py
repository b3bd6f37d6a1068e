"""What the load script counts and tells."""

from __future__ import annotations

import pytest

from network_monitor.load import CACHED, COMPUTED, Bounds, Measured, percentiles


@pytest.mark.parametrize(
    ("rate", "duration", "most", "expected"), [(10.0, 30.0, 1_000, 300), (10.0, 30.0, 50, 50), (0.5, 3.0, 100, 1)]
)
def test_whichever_bound_is_reached_first_counts(rate: float, duration: float, most: int, expected: int) -> None:
    assert Bounds(rate_per_s=rate, duration_s=duration, most=most).requests() == expected


def test_percentiles_of_a_hundred_and_one_values_are_the_values() -> None:
    assert percentiles([float(value) for value in range(101)]) == (50.0, 95.0)


@pytest.mark.parametrize(("values", "expected"), [([], (0.0, 0.0)), ([3.0], (3.0, 3.0))])
def test_percentiles_of_next_to_nothing(values: list[float], expected: tuple[float, float]) -> None:
    assert percentiles(values) == expected


def test_the_speed_of_the_cache_is_a_ratio_of_medians() -> None:
    measured = Measured()
    for took_ms in (10.0, 20.0, 90.0):
        measured.add(COMPUTED, took_ms)
    for took_ms in (1.0, 2.0, 3.0):
        measured.add(CACHED, took_ms)
    assert measured.speedup() == 10.0
    assert measured.lines()[-1] == "a report from the cache came 10.0 times faster"


def test_failures_are_told_with_the_first_of_them() -> None:
    measured = Measured(failures=["cannot reach http://api: ConnectError", "another"])
    assert measured.speedup() == 0.0
    assert measured.lines()[-1] == "2 requests failed, the first: cannot reach http://api: ConnectError"
