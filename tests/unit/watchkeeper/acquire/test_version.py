"""Versions: found, compared, bounded."""

import pytest

from watchkeeper.acquire.version import find, number, out_of_bounds


@pytest.mark.parametrize(
    ("older", "newer"),
    [("2.42.0", "2.45.0"), ("2.9.0", "2.10.0"), ("0.25.0", "1.0"), ("1.2", "1.2.1"), ("2.42.0+ds", "2.42.1+ds")],
)
def test_versions_are_compared_by_number(older: str, newer: str) -> None:
    assert number(older) < number(newer)


def test_missing_places_count_as_zero() -> None:
    assert number("2.0") == number("2.0.0") == number("2")


def test_the_version_is_the_first_group_of_the_pattern() -> None:
    assert find(r"version (\d+\.\d+\.\d+)", "prometheus, version 2.42.0+ds (branch: debian/sid)") == "2.42.0"
    assert find(r"version (\d+)", "no such thing") == ""


def test_the_lower_bound_is_inside_and_the_upper_one_is_not() -> None:
    assert out_of_bounds("2.42.0", at_least="2.42.0", below="3.0.0") == ""
    assert out_of_bounds("2.41.9", at_least="2.42.0", below="") == "version 2.41.9 is older than 2.42.0"
    assert out_of_bounds("3.0.0", at_least="", below="3.0.0") == "version 3.0.0 is not below 3.0.0"
    assert out_of_bounds("9.9", at_least="", below="") == ""
