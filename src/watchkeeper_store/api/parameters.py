"""Loki's rules for request parameters: times, steps, limits, directions. Pure: the present time is an argument."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from watchkeeper_store.api.http import HttpError, Request
from watchkeeper_store.logql.quantities import parse_prometheus_duration
from watchkeeper_store.logql.quoting import quote
from watchkeeper_store.logql.source import Direction
from watchkeeper_store.model.limits import Limits
from watchkeeper_store.model.quantities import duration_text

SECOND_NS = 1_000_000_000
_HOUR_NS = 3600 * SECOND_NS
_MOST_POINTS = 11_000
_RFC3339 = re.compile(r"(\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2})(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d{2}:\d{2})")
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeParameters:
    """A range query's parameters, times in ns."""

    query: str
    start_ns: int
    end_ns: int
    step_ns: int
    interval_ns: int
    limit: int
    direction: Direction


def parse_time_ns(text: str) -> int:
    """With a point: seconds, to the millisecond. Up to ten digits: seconds. Longer: ns. Else RFC 3339. Raises HttpError 400."""
    if "." in text and _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        fraction, whole = math.modf(float(text))
        rounded = math.copysign(math.floor(abs(fraction) * 1000 + 0.5) / 1000, fraction)
        return int(whole) * SECOND_NS + int(rounded * SECOND_NS)
    if re.fullmatch(r"[-+]?[0-9]+", text):
        number = int(text)
        if not -(2**63) <= number < 2**63:
            raise HttpError(400, f"strconv.ParseInt: parsing {quote(text)}: value out of range")
        return number * SECOND_NS if len(text) <= 10 else number
    # what is no time at all is said to be no number, as Loki's clients know it
    mistake = f"strconv.ParseInt: parsing {quote(text)}: invalid syntax"
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise HttpError(400, mistake)
    day, digits, zone = match.groups()
    try:
        moment = datetime.fromisoformat(day.upper().replace(" ", "T") + ("+00:00" if zone in "Zz" else zone))
    except ValueError as failure:
        raise HttpError(400, mistake) from failure
    return int(moment.timestamp()) * SECOND_NS + int((digits or "").ljust(9, "0") or 0)


def parse_step_ns(name: str, text: str) -> int:
    """Float seconds or a duration such as ``1m30s``. Raises HttpError 400."""
    if _FLOAT.fullmatch(text):
        seconds = float(text)
        if abs(seconds) > 2**63 / SECOND_NS:
            raise HttpError(400, f'cannot parse "{text}" to a valid duration. It overflows int64')
        return int(seconds * SECOND_NS)
    try:
        return parse_prometheus_duration(text)
    except ValueError as failure:
        raise HttpError(400, f'cannot parse "{text}" to a valid duration') from failure


def time_bounds(request: Request, now_ns: int) -> tuple[int, int]:
    """(start, end) in ns: ``end`` defaults to now, ``start`` to ``since`` (one hour) before the end or now, the earlier one."""
    since_ns = _named(request, "since", _since_ns, _HOUR_NS)
    end_ns = _named(request, "end", parse_time_ns, now_ns)
    start_ns = _named(request, "start", parse_time_ns, min(end_ns, now_ns) - since_ns)
    if start_ns > end_ns:
        raise HttpError(400, "end timestamp must not be before or equal to start time")
    return start_ns, end_ns


def _named(request: Request, name: str, read: Callable[[str], int], default: int) -> int:
    """A parameter whose name is said where it cannot be read."""
    text = request.one(name)
    if not text:
        return default
    try:
        return read(text)
    except HttpError as failure:
        raise HttpError(failure.status, f"could not parse '{name}' parameter: {failure}") from failure


def _since_ns(text: str) -> int:
    try:
        return parse_prometheus_duration(text)
    except ValueError as failure:
        raise HttpError(400, str(failure)) from failure


def limit_of(request: Request, *names: str, default: int = 100) -> int:
    """The first of these parameters that is given, ``limit`` where none is named. Raises HttpError 400."""
    text = next((value for name in names or ("limit",) if (value := request.one(name))), "")
    if not text:
        return default
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise HttpError(400, f"strconv.Atoi: parsing {quote(text)}: invalid syntax")
    limit = int(text)
    if not -(2**63) <= limit < 2**63:
        raise HttpError(400, f"strconv.Atoi: parsing {quote(text)}: value out of range")
    if limit <= 0:
        raise HttpError(400, "limit must be a positive value")
    return limit


def direction_of(request: Request) -> Direction:
    text = request.one("direction", "backward")
    try:
        return Direction(text.lower())
    except ValueError as failure:
        raise HttpError(400, f"invalid direction '{text}'") from failure


def range_parameters(request: Request, now_ns: int) -> RangeParameters:
    """All parameters of query_range. Raises HttpError 400."""
    start_ns, end_ns = time_bounds(request, now_ns)
    limit, direction = limit_of(request), direction_of(request)
    step_text = request.one("step")
    seconds = (end_ns - start_ns) / SECOND_NS
    step_ns = parse_step_ns("step", step_text) if step_text else max(math.floor(seconds / 250), 1) * SECOND_NS
    if step_ns <= 0:
        raise HttpError(400, "zero or negative query resolution step widths are not accepted. Try a positive integer")
    if (end_ns - start_ns) // step_ns > _MOST_POINTS:
        raise HttpError(
            400,
            "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter",
        )
    interval_text = request.one("interval")
    interval_ns = parse_step_ns("interval", interval_text) if interval_text else 0
    if interval_ns < 0:
        raise HttpError(400, "interval must be >= 0")
    return RangeParameters(
        query=request.one("query"),
        start_ns=start_ns,
        end_ns=end_ns,
        step_ns=step_ns,
        interval_ns=interval_ns,
        limit=limit,
        direction=direction,
    )


def check_entries_limit(limit: int, limits: Limits) -> None:
    """Log queries may not ask for more entries than allowed."""
    most = limits.max_entries_limit_per_query
    if most and limit > most:
        raise HttpError(400, f"max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {most})")


def check_query_length(start_ns: int, end_ns: int, limits: Limits) -> None:
    """The time a query spans may not be longer than allowed."""
    seconds = (end_ns - start_ns) / SECOND_NS
    if limits.max_query_length and seconds > limits.max_query_length:
        raise HttpError(
            400,
            "the query time range exceeds the limit "
            f"(query length: {duration_text(seconds)}, limit: {duration_text(limits.max_query_length)})",
        )
