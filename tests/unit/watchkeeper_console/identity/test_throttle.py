"""The brake on guessing, by hand-computed waits."""

from __future__ import annotations

import pytest

from watchkeeper_console.identity.throttle import Brake, Subject, Throttle, address_subject

ADDRESS = Subject("address", "10.0.0.1")
ACCOUNT = Subject("account", "admin")


def test_the_wait_doubles_up_to_its_bound() -> None:
    brake = Brake(free=3, longest_s=10)
    assert [brake.wait_s(failures) for failures in range(9)] == [0, 0, 0, 1, 2, 4, 8, 10, 10]
    assert brake.wait_s(10**6) == 10


def test_the_longest_wait_of_all_subjects_counts() -> None:
    throttle = Throttle()
    for second in range(6):
        throttle.failed([ADDRESS], second)
    assert throttle.wait_s([ADDRESS, ACCOUNT], 5.0) == 2
    assert throttle.wait_s([ADDRESS, ACCOUNT], 6.5) == 0.5
    assert throttle.wait_s([ACCOUNT], 5.0) == 0


def test_being_right_forgives_the_account_but_not_the_address() -> None:
    throttle = Throttle()
    for _ in range(11):
        throttle.failed([ADDRESS, ACCOUNT], 0)
    throttle.succeeded([ADDRESS, ACCOUNT])
    assert throttle.wait_s([ACCOUNT], 0) == 0
    assert throttle.wait_s([ADDRESS], 0) == 60


def test_failures_are_forgotten_after_a_quarter_of_an_hour() -> None:
    throttle = Throttle()
    for _ in range(9):
        throttle.failed([ADDRESS], 0)
    throttle.failed([ADDRESS], 899)
    assert throttle.wait_s([ADDRESS], 900) == 31
    assert throttle.wait_s([ADDRESS], 899 + 900) == 0


def test_the_memory_of_failures_is_bounded() -> None:
    throttle = Throttle()
    for _ in range(6):
        throttle.failed([ADDRESS], 0)
    for number in range(10_000):
        throttle.failed([Subject("account", str(number))], 1)
    assert throttle.wait_s([ADDRESS], 1) == 0


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_an_address_counts_as_what_one_person_owns(address: str, expected: str) -> None:
    assert address_subject(address) == Subject("address", expected)
