"""Numbers and durations as they stand in a query. A duration is written as in PromQL (``1d12h``) or as in Go (``1.5h``)."""

from __future__ import annotations

import math
import re

_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_RUN = re.compile(r"(?:\d+\.?\d*|\.\d+)[0-9.nsumhdwyµ]*")
_AS_IN_PROMQL = re.compile(r"(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?", re.ASCII)
_AS_IN_GO = re.compile(r"(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+", re.ASCII)
_UNIT = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h|d|w|y)", re.ASCII)
_UNIT_NS = {
    "ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
    "d": 86400 * 10**9, "w": 7 * 86400 * 10**9, "y": 365 * 86400 * 10**9,
}  # fmt: skip
_INTEGERS_END = 2**63
_LONGEST_INTEGER = 19


class TooLarge(ValueError):
    """It does not fit into 64 bits."""


def duration_at(text: str, at: int) -> tuple[str, int] | None:
    """(what is written, nanoseconds) of the duration that begins there, if one does. Raises TooLarge."""
    run = _RUN.match(text, at)
    if run is None or run[0].isdigit() or not (_AS_IN_PROMQL.fullmatch(run[0]) or _AS_IN_GO.fullmatch(run[0])):
        return None
    nanoseconds = sum(float(number) * _UNIT_NS[unit] for number, unit in _UNIT.findall(run[0]))
    if nanoseconds >= _INTEGERS_END:
        raise TooLarge("a duration does not fit into 64 bits of nanoseconds")
    return run[0], round(nanoseconds)


def number_at(text: str, at: int) -> tuple[str, int | float] | None:
    """(what is written, its value) of the number that begins there, if one does. Raises TooLarge."""
    number = _NUMBER.match(text, at)
    if number is None:
        return None
    written = number[0]
    if written.isdigit():
        digits = written.lstrip("0") or "0"
        # Python refuses to read thousands of digits with an error of its own, so their number is looked at first.
        if len(digits) > _LONGEST_INTEGER or int(digits) >= _INTEGERS_END:
            raise TooLarge("a number does not fit into 64 bits")
        return written, int(digits)
    value = float(written)
    if math.isinf(value):
        raise TooLarge("a number does not fit into 64 bits")
    return written, value
