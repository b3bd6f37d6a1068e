"""Request parameters are read by Loki's rules."""

from __future__ import annotations

import pytest

from watchkeeper_store.api.http import HttpError, Request
from watchkeeper_store.api.parameters import parse_step_ns, parse_time_ns, range_parameters
from watchkeeper_store.logql.source import Direction

SECOND = 10**9
NOW = 1_800_000_000 * SECOND


def request(**parameters: str) -> Request:
    return Request("GET", "/", {}, {name: [value] for name, value in parameters.items()})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1800000000", NOW),
        ("4", 4 * SECOND),
        ("1800000000000000001", NOW + 1),
        ("1800000000.5", NOW + SECOND // 2),
        ("1800000000.123456789", NOW + 123_000_000),
        ("1800000000.9996", NOW + SECOND),
        ("-1.5", -3 * SECOND // 2),
        ("2027-01-15T08:00:00Z", NOW),
        ("2027-01-15T09:00:00.000000001+01:00", NOW + 1),
        ("1.8e9", 1_800_000_000 * SECOND),
    ],
)
def test_times_are_told_by_their_form(text: str, expected: int) -> None:
    assert parse_time_ns(text) == expected


@pytest.mark.parametrize("text", ["1.0e400", "now", "2027-13-01T00:00:00Z", "1800000000s", "2027-01-15"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(HttpError, match=f'strconv.ParseInt: parsing "{text}": invalid syntax'):
        parse_time_ns(text)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"start": "now"}, """could not parse 'start' parameter: strconv.ParseInt: parsing "now": invalid syntax"""),
        ({"end": "9" * 19}, f"""could not parse 'end' parameter: strconv.ParseInt: parsing "{"9" * 19}": value out of range"""),
        ({"since": "3600"}, """could not parse 'since' parameter: not a valid duration string: "3600\""""),
        ({"since": "5x"}, """could not parse 'since' parameter: unknown unit "x" in duration "5x\""""),
        ({"limit": "9" * 19}, f'strconv.Atoi: parsing "{"9" * 19}": value out of range'),
        ({"limit": "x", "step": "y"}, 'strconv.Atoi: parsing "x": invalid syntax'),
        ({"direction": "up", "step": "y"}, "invalid direction 'up'"),
        ({"step": "y", "interval": "z"}, 'cannot parse "y" to a valid duration'),
    ],
)
def test_a_parameter_that_cannot_be_read_is_refused_by_name(parameters: dict[str, str], message: str) -> None:
    with pytest.raises(HttpError) as refusal:
        range_parameters(request(**parameters), NOW)
    assert (refusal.value.status, str(refusal.value)) == (400, message)


@pytest.mark.parametrize(("text", "seconds"), [("30", 30), ("0.5", 0.5), ("1m30s", 90), ("1h", 3600), ("2d", 172_800)])
def test_steps_are_seconds_or_durations(text: str, seconds: float) -> None:
    assert parse_step_ns("step", text) == int(seconds * SECOND)


def test_nothing_given_means_the_last_hour_of_a_hundred_lines_backward() -> None:
    asked = range_parameters(request(query="q"), NOW)
    assert (asked.start_ns, asked.end_ns) == (NOW - 3600 * SECOND, NOW)
    assert (asked.limit, asked.direction, asked.step_ns) == (100, Direction.BACKWARD, 14 * SECOND)


def test_since_counts_back_from_the_end() -> None:
    asked = range_parameters(request(end="1800000000", since="10m", direction="FORWARD", limit="7"), NOW)
    assert (asked.start_ns, asked.direction, asked.limit) == (NOW - 600 * SECOND, Direction.FORWARD, 7)
    assert asked.step_ns == 2 * SECOND


def test_a_short_range_has_a_step_of_a_second() -> None:
    assert range_parameters(request(start="1799999990", end="1800000000"), NOW).step_ns == SECOND


def test_an_end_in_the_future_does_not_move_the_start() -> None:
    asked = range_parameters(request(end="1800007200"), NOW)
    assert asked.start_ns == NOW - 3600 * SECOND
