"""The brake on guessing, by hand-computed waits."""

from __future__ import annotations

import pytest

from watchkeeper_console.identity.throttle import Brake, Subject, Throttle, address_subject

PAIR = Subject("pair", "10.0.0.1 admin")
ADDRESS = Subject("address", "10.0.0.1")
ACCOUNT = Subject("account", "admin")


def test_the_wait_doubles_up_to_its_bound() -> None:
    brake = Brake(free=3, longest_s=10)
    assert [brake.wait_s(failures) for failures in range(9)] == [0, 0, 0, 1, 2, 4, 8, 10, 10]
    assert brake.wait_s(10**6) == 10


def test_the_longest_wait_of_all_subjects_counts() -> None:
    throttle = Throttle()
    for _ in range(7):
        throttle.failed([PAIR], 5.0)
    assert throttle.wait_s([PAIR, ACCOUNT], 5.0) == 4
    assert throttle.wait_s([ACCOUNT, PAIR], 8.5) == 0.5
    assert throttle.wait_s([ACCOUNT], 5.0) == 0
    assert throttle.wait_s([PAIR], 100.0) == 0


def test_being_right_forgives_everything_but_the_address() -> None:
    throttle = Throttle()
    for _ in range(40):
        throttle.failed([PAIR, ADDRESS, ACCOUNT], 0)
    throttle.succeeded([PAIR, ADDRESS, ACCOUNT])
    assert throttle.wait_s([PAIR, ACCOUNT], 0) == 0
    assert throttle.wait_s([ADDRESS], 0) == 60


def test_one_failure_is_forgiven_a_minute() -> None:
    throttle = Throttle()
    for _ in range(9):
        throttle.failed([PAIR], 0)
    throttle.failed([PAIR], 240)  # 9 - 4 + 1: two beyond the free ones
    assert throttle.wait_s([PAIR], 240) == 2
    throttle.failed([PAIR], 240 + 3600)
    assert throttle.wait_s([PAIR], 240 + 3600) == 0


def test_the_pace_of_guessing_that_is_left_is_one_a_minute() -> None:
    throttle, now, heard = Throttle(), 0.0, 0
    while now < 86400:
        throttle.failed([PAIR], now)
        heard += 1
        now += throttle.wait_s([PAIR], now) + 0.001
    assert heard <= 1440 + 20


def test_a_program_that_checks_the_brake_now_and_then_is_not_caught_in_it() -> None:
    """Three wrong attempts and a right one, every five minutes, for a day."""
    throttle = Throttle()
    for now in range(0, 86400, 300):
        for _ in range(3):
            assert throttle.wait_s([PAIR, ADDRESS, ACCOUNT], now) == 0
            throttle.failed([PAIR, ADDRESS, ACCOUNT], now)
        assert throttle.wait_s([PAIR, ADDRESS, ACCOUNT], now) == 0
        throttle.succeeded([PAIR, ADDRESS, ACCOUNT])


def test_the_memory_of_failures_is_bounded() -> None:
    throttle = Throttle()
    for _ in range(6):
        throttle.failed([PAIR], 0)
    for number in range(10_000):
        throttle.failed([Subject("account", str(number))], 1)
    assert throttle.wait_s([PAIR], 1) == 0


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
