"""Template functions about numbers, sizes, durations and times."""

import math
import re
from collections.abc import Callable
from decimal import Context, Decimal, InvalidOperation
from functools import reduce
from time import time_ns

from watchkeeper_store.logql.quantities import parse_float, parse_go_duration, parse_size
from watchkeeper_store.logql.quoting import quote
from watchkeeper_store.logql.template.go_time import GoTime, known_zone, read_time
from watchkeeper_store.logql.template.signatures import Function, FunctionFailure
from watchkeeper_store.logql.template.values import Int64, Value

_DECIMAL = re.compile(r"[-+]?[0-9]*\.[0-9]*")
_EXACT = Context(prec=60)
_DIVISION_DIGITS = Decimal(1).scaleb(-16)


def _integer(value: Value) -> int:
    """sprig's reading of anything as an integer; what is none is 0."""
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, float):
        return int(value) if abs(value) < 2**63 else -(2**63)
    if isinstance(value, str):
        text = value
        if text != text.strip():
            return 0
        if _DECIMAL.fullmatch(text):
            whole = text.partition(".")[0]
            text = f"{whole}0" if whole in ("", "+", "-") else whole
        try:
            number = int(text, 0)
        except ValueError:
            number = int(text, 8) if text.lstrip("+-0") and set(text.lstrip("+-")) <= set("01234567") else 0
        return number if abs(number) < 2**63 else 0
    return 0


def _float(value: Value) -> float:
    if isinstance(value, bool | int | float):
        return float(value)
    if isinstance(value, str):
        try:
            return parse_float(value)
        except ValueError:
            return 0.0
    return 0.0


def _wrapped(number: int) -> Int64:
    """Integers go round at 64 bits."""
    return Int64((number + 2**63) % 2**64 - 2**63)


def _divide(left: Value, right: Value) -> Int64:
    divisor = _integer(right)
    if divisor == 0:
        raise FunctionFailure("runtime error: integer divide by zero")
    return _wrapped(abs(_integer(left)) // abs(divisor) * (1 if (_integer(left) < 0) == (divisor < 0) else -1))


def _remainder(left: Value, right: Value) -> Int64:
    divisor = _integer(right)
    if divisor == 0:
        raise FunctionFailure("runtime error: integer divide by zero")
    return _wrapped(int(math.copysign(abs(_integer(left)) % abs(divisor), _integer(left))))


def _decimal(value: Value) -> Decimal:
    try:
        return Decimal(repr(_float(value)))
    except InvalidOperation:
        return Decimal(0)


def _folded(combine: Callable[[Decimal, Decimal], Decimal]) -> Callable[..., float]:
    def fold(first: Value, *others: Value) -> float:
        return float(reduce(combine, (_decimal(other) for other in others), _decimal(first)))

    return fold


def _divide_decimals(left: Decimal, right: Decimal) -> Decimal:
    if right == 0:
        raise FunctionFailure("decimal division by 0")
    return _EXACT.divide(left, right).quantize(_DIVISION_DIGITS, context=_EXACT)


def _round(value: Value, places: Value, *round_on: Value) -> float:
    threshold = _float(round_on[0]) if round_on else 0.5
    power = 10.0 ** _integer(places)
    scaled = power * _float(value)
    fraction = math.modf(scaled)[0]
    return (math.ceil(scaled) if fraction >= threshold else math.floor(scaled)) / power


def _rounded(towards: Callable[[float], int]) -> Callable[[Value], float]:
    def round_one(value: Value) -> float:
        number = _float(value)
        return float(towards(number)) if math.isfinite(number) else number

    return round_one


def _bytes(text: str) -> float:
    try:
        return float(parse_size(text))
    except ValueError as mistake:
        raise FunctionFailure(str(mistake)) from None


def _seconds(text: str) -> float:
    try:
        return parse_go_duration(text) / 1e9
    except ValueError as mistake:
        raise FunctionFailure(str(mistake)) from None


_UNIT_OF_DIGITS = {5: 86_400_000_000_000, 10: 1_000_000_000, 13: 1_000_000, 16: 1_000, 19: 1}


def _unix_to_time(text: str) -> GoTime:
    unit = _UNIT_OF_DIGITS.get(len(text))
    try:
        number = int(text)
    except ValueError:
        reason = f"strconv.ParseInt: parsing {quote(text)}: invalid syntax"
        raise FunctionFailure(f"unable to parse time '{text}': {reason}") from None
    if unit is None:
        raise FunctionFailure(f"unable to parse time '{text}': %!w(<nil>)")
    return GoTime(number * unit)


def _date(layout: str, value: Value) -> str:
    if isinstance(value, GoTime):
        return GoTime(value.ns).format(layout)  # in the zone of the server, not its own
    seconds = int(value) if isinstance(value, int) else time_ns() // 1_000_000_000
    return GoTime(seconds * 1_000_000_000).format(layout)


def _to_date_in_zone(layout: str, zone: str, text: str) -> GoTime:
    return read_time(layout, text, known_zone(zone) or "UTC")


NUMBER_FUNCTIONS = (
    Function(name="bytes", parameters=("string",), summary="a size such as `2KB` as a number", call=_bytes),
    Function(name="duration", parameters=("string",), summary="a duration as seconds", call=_seconds),
    Function(name="duration_seconds", parameters=("string",), summary="a duration as seconds", call=_seconds),
    Function(name="int", parameters=("any",), summary="a value as an integer, 0 where it is none", call=_integer),
    Function(name="float64", parameters=("any",), summary="a value as a number, 0 where it is none", call=_float),
    Function(
        name="add",
        parameters=(),
        rest="any",
        summary="sum of integers",
        call=lambda *v: _wrapped(sum(_integer(one) for one in v)),
    ),
    Function(
        name="sub",
        parameters=("any", "any"),
        summary="difference of integers",
        call=lambda a, b: _wrapped(_integer(a) - _integer(b)),
    ),
    Function(
        name="mul",
        parameters=("any",),
        rest="any",
        summary="product of integers",
        call=lambda *v: _wrapped(math.prod(_integer(one) for one in v)),
    ),
    Function(name="div", parameters=("any", "any"), summary="quotient of integers", call=_divide),
    Function(name="mod", parameters=("any", "any"), summary="remainder of integers", call=_remainder),
    Function(name="addf", parameters=(), rest="any", summary="sum", call=lambda *v: _folded(_EXACT.add)(0.0, *v)),
    Function(name="subf", parameters=("any",), rest="any", summary="difference", call=_folded(_EXACT.subtract)),
    Function(name="mulf", parameters=("any",), rest="any", summary="product", call=_folded(_EXACT.multiply)),
    Function(name="divf", parameters=("any",), rest="any", summary="quotient", call=_folded(_divide_decimals)),
    Function(
        name="max",
        parameters=("any",),
        rest="any",
        summary="largest integer",
        call=lambda *v: _wrapped(max(_integer(one) for one in v)),
    ),
    Function(
        name="min",
        parameters=("any",),
        rest="any",
        summary="smallest integer",
        call=lambda *v: _wrapped(min(_integer(one) for one in v)),
    ),
    Function(
        name="maxf", parameters=("any",), rest="any", summary="largest number", call=lambda *v: max(_float(one) for one in v)
    ),
    Function(
        name="minf", parameters=("any",), rest="any", summary="smallest number", call=lambda *v: min(_float(one) for one in v)
    ),
    Function(name="ceil", parameters=("any",), summary="next integer above", call=_rounded(math.ceil)),
    Function(name="floor", parameters=("any",), summary="next integer below", call=_rounded(math.floor)),
    Function(name="round", parameters=("any", "int"), rest="any", summary="number rounded to so many places", call=_round),
    Function(
        name="unixEpoch", parameters=("time",), summary="seconds since 1970", call=lambda one: str(one.ns // 1_000_000_000)
    ),
    Function(
        name="unixEpochMillis",
        parameters=("time",),
        summary="milliseconds since 1970",
        call=lambda one: str(one.ns // 1_000_000),
    ),
    Function(
        name="unixEpochNanos",
        parameters=("time",),
        summary="nanoseconds since 1970",
        call=lambda one: str(int(_wrapped(one.ns))),
    ),
    Function(
        name="unixToTime", parameters=("string",), summary="time from days, s, ms, µs or ns since 1970", call=_unix_to_time
    ),
    Function(
        name="toDateInZone",
        parameters=("string", "string", "string"),
        summary="layout, zone, text: a time",
        call=_to_date_in_zone,
    ),
    Function(
        name="toDate",
        parameters=("string", "string"),
        summary="layout, text: a time",
        call=lambda layout, text: read_time(layout, text, "UTC"),
    ),
    Function(name="date", parameters=("string", "any"), summary="a time written by a layout such as `2006-01-02`", call=_date),
    Function(name="now", parameters=(), summary="the time now", call=lambda: GoTime(time_ns())),
)
