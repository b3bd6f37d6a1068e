"""The level of a line is told as Loki tells it."""

from __future__ import annotations

import pytest

from watchkeeper_store.ingest.level import level_of_labels, level_of_line, level_of_severity_number


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("level=warn msg=x", "warn"),
        ('msg="a" LEVEL=ERR', "error"),
        ("lvl=Information x=y", "info"),
        ('severity="fatal" a=b', "fatal"),
        ("a=b lvl=debug level=error", "error"),  # the field that Loki asks for first decides, not the first in the line
        ('{"level":"ERROR","msg":"x"}', "error"),
        ('{"log":{"severity":"wrn"}}', "warn"),
        (' {"a":1} ', "unknown"),
        ('{"level":7} info', "info"),
        ("level=strange but an [error] is named", "error"),
        ("a plain INFO line with [ERROR]", "info"),  # Loki looks for info before anything else
        ("[WARN] disk is nearly full", "warn"),
        ("an error without brackets", "unknown"),
        ("err: no such file", "error"),
        ("critical: on fire", "critical"),
        ("DEBUG x", "debug"),
        ("", "unknown"),
        ("nothing to see", "unknown"),
    ],
)
def test_a_line_tells_its_level(line: str, level: str) -> None:
    assert level_of_line(line.encode()) == level


@pytest.mark.parametrize(
    ("number", "level"),
    [
        ("0", "unknown"),
        ("1", "trace"),
        ("4", "trace"),
        ("5", "debug"),
        ("9", "info"),
        ("13", "warn"),
        ("17", "error"),
        ("24", "fatal"),
        ("25", "unknown"),
        ("x", "info"),
    ],
)
def test_otlp_severity_numbers_are_levels(number: str, level: str) -> None:
    assert level_of_severity_number(number) == level


def test_labels_state_a_level_in_many_spellings() -> None:
    assert level_of_labels({"app": "a"}) == ""
    assert level_of_labels({"Severity": "WARNING"}) == "warn"
    assert level_of_labels({"lvl": "debug", "level": "Fatal"}) == "fatal"
    assert level_of_labels({"level": "notice"}) == "notice"
