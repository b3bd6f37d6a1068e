from __future__ import annotations

import json
from datetime import datetime

import pytest

from watchkeeper_shipper.settings import Parse
from watchkeeper_shipper.stamp import Stamper, level_of, timestamp_ns

NOON_NS = 1_795_262_400 * 10**9  # 2026-11-21T12:00:00Z
SECOND_NS = 10**9


def stamp(line: str, parse: Parse, now_ns: int = NOON_NS) -> tuple[int, str | None]:
    return Stamper(parse).stamp(line, now_ns)


def test_lines_read_at_once_keep_their_order() -> None:
    stamper = Stamper(Parse())
    assert [stamper.stamp("x", NOON_NS)[0] for _ in range(3)] == [NOON_NS, NOON_NS + 1, NOON_NS + 2]


def test_a_clock_set_back_does_not_turn_the_order_around() -> None:
    stamper = Stamper(Parse(), last_ns=NOON_NS)
    assert stamper.stamp("x", NOON_NS - SECOND_NS)[0] == NOON_NS + 1


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-21T12:00:00.000000007Z",
        "2026-11-21T13:00:00.000000007+01:00",
        "2026-11-21 12:00:00.000000007Z",
        "1795262400000000007",
        1_795_262_400_000_000_007,
    ],
)
def test_a_time_is_read_to_the_nanosecond(value: object) -> None:
    assert timestamp_ns(value) == NOON_NS + 7


@pytest.mark.parametrize(
    ("value", "expected_ns"),
    [
        (1_795_262_400, NOON_NS),
        ("1795262400", NOON_NS),
        ("1795262400.25", NOON_NS + SECOND_NS // 4),
        (1_795_262_400.25, NOON_NS + SECOND_NS // 4),
        (1_795_262_400_250, NOON_NS + SECOND_NS // 4),
        (1_795_262_400_250_000, NOON_NS + SECOND_NS // 4),
        (1_795_262_400_250.5, NOON_NS + SECOND_NS // 4 + 500_000),
    ],
)
def test_numbers_are_seconds_milli_micro_or_nanoseconds_by_their_size(value: object, expected_ns: int) -> None:
    assert timestamp_ns(value) == expected_ns


def test_a_time_without_an_offset_is_local() -> None:
    local = datetime.fromisoformat("2026-11-21T12:00:00").astimezone()
    assert timestamp_ns("2026-11-21T12:00:00,5") == int(local.timestamp()) * SECOND_NS + SECOND_NS // 2


@pytest.mark.parametrize(
    "value", ["", "yesterday", "12", 12, True, None, float("nan"), float("inf"), "2026-13-41T12:00", [1], 10**30]
)
def test_what_is_no_time_is_none(value: object) -> None:
    assert timestamp_ns(value) is None


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ('level=info ts=2026-11-21T11:59:00Z msg="a b"', -60),
        ('msg="not ts=2026-11-21T10:00:00Z" time=2026-11-21T11:59:00Z', -60),
        ("t=0.5 ts=2026-11-21T11:59:00Z", -60),
        ("no time at all", 0),
        ("ts=2026-11-21T12:02:00Z msg=future", 0),
        ("ts=2026-11-01T12:00:00Z msg=older-than-stores-take", 0),
    ],
)
def test_a_logfmt_line_brings_its_time_where_a_store_would_take_it(line: str, seconds: int) -> None:
    assert stamp(line, Parse(format="logfmt"))[0] == NOON_NS + seconds * SECOND_NS


def test_a_json_line_brings_its_time_and_level() -> None:
    line = json.dumps({"@timestamp": "2026-11-21T11:59:00Z", "Severity": "WARNING", "msg": "x"})
    assert stamp(line, Parse(format="json", level="label")) == (NOON_NS - 60 * SECOND_NS, "warn")


@pytest.mark.parametrize("line", ["{broken", "[1]", "plain", '{"level": {"a": 1}}', "{" * 100_000])
def test_what_is_no_json_object_is_sent_with_the_time_of_reading(line: str) -> None:
    assert stamp(line, Parse(format="json", level="label")) == (NOON_NS, None)


def test_time_and_level_are_taken_only_when_asked_for() -> None:
    line = "ts=2026-11-21T11:59:00Z level=error"
    assert stamp(line, Parse(format="logfmt", timestamp=False)) == (NOON_NS, None)
    assert stamp(line, Parse()) == (NOON_NS, None)
    assert stamp(line, Parse(format="logfmt", level="metadata")) == (NOON_NS - 60 * SECOND_NS, "error")


@pytest.mark.parametrize(
    ("word", "level"), [("WARNING", "warn"), ("Err", "error"), ("panic", "fatal"), ("loud", None), ("", None)]
)
def test_levels_are_few(word: str, level: str | None) -> None:
    assert level_of(word) == level
