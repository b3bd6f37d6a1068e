"""Numbers, durations and sizes in the spellings LogQL reads and prints. Durations are whole nanoseconds throughout.

Queries and log lines differ: a query may say `1d`, a label value may not. So there are two readers of durations.
"""

import math
import re
from decimal import Decimal

from watchkeeper_store.logql.quoting import quote, quote_octets

_GO_UNITS_NS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_GO_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?([^0-9.]*)")
_PROMETHEUS_PART = re.compile(r"([0-9]+)([^0-9]+)")
_PROMETHEUS_UNITS_MS = (
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
)
_MAX_INT64 = 2**63 - 1
_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_FLOAT = re.compile(
    rf"[+-]?(?:(?:{_DIGITS}\.?(?:{_DIGITS})?|\.{_DIGITS})(?:e[+-]?{_DIGITS})?|inf|infinity)|nan", re.IGNORECASE | re.ASCII
)
_HEX_DIGITS = "[0-9a-f]+(?:_[0-9a-f]+)*"
_HEX_FLOAT = re.compile(
    rf"[+-]?0x_?(?:{_HEX_DIGITS}\.?(?:{_HEX_DIGITS})?|\.{_HEX_DIGITS})p[+-]?{_DIGITS}", re.IGNORECASE | re.ASCII
)
_SIZE_UNITS = {"": 1, "b": 1}
for _power, _letter in enumerate("kmgtpe", start=1):
    _SIZE_UNITS |= {_letter: 1000**_power, f"{_letter}b": 1000**_power}
    _SIZE_UNITS |= {f"{_letter}i": 1024**_power, f"{_letter}ib": 1024**_power}
_SIZE_NUMBER = re.compile(r"[\d.,]*")


def parse_float(text: str) -> float:
    """Read a number as Go does: underscores may be between digits, hexadecimal needs an exponent. Raises ValueError."""
    if _FLOAT.fullmatch(text) is not None:
        number = float(text)
    elif _HEX_FLOAT.fullmatch(text) is not None:
        try:
            number = float.fromhex(text.replace("_", ""))
        except OverflowError:
            number = math.inf
    else:
        raise ValueError(f"strconv.ParseFloat: parsing {quote(text)}: invalid syntax")
    if math.isinf(number) and "n" not in text.lower():
        raise ValueError(f"strconv.ParseFloat: parsing {quote(text)}: value out of range")
    return number


def parse_go_duration(text: str) -> int:
    """Read a duration in a label value, such as `1h2m3.5s` or `-20ms`. Raises ValueError with Go's text."""
    body = text[1:] if text[:1] in ("-", "+") else text
    if body == "0":
        return 0
    invalid = ValueError(f"time: invalid duration {quote_octets(text)}")
    if not body:
        raise invalid
    total = position = 0
    while position < len(body):
        part = _GO_PART.match(body, position)
        if part is None or not (part[1] or part[2]):
            raise invalid
        if not part[3]:
            raise ValueError(f"time: missing unit in duration {quote_octets(text)}")
        unit_ns = _GO_UNITS_NS.get(part[3])
        if unit_ns is None:
            raise ValueError(f"time: unknown unit {quote_octets(part[3])} in duration {quote_octets(text)}")
        total += int(part[1] or 0) * unit_ns
        if part[2]:
            total += int(part[2]) * unit_ns // 10 ** len(part[2])
        position = part.end()
    if total > _MAX_INT64:
        raise invalid
    return -total if text[0] == "-" else total


def parse_prometheus_duration(text: str) -> int:
    """Read a duration of a query, such as `1d12h` or `5m`; units must fall. Raises ValueError with Prometheus' text."""
    if text == "0":
        return 0
    if text == "":
        raise ValueError("empty duration string")
    units = dict(_PROMETHEUS_UNITS_MS)
    total = position = 0
    last_unit_ms = math.inf
    while position < len(text):
        part = _PROMETHEUS_PART.match(text, position)
        if part is None:
            raise ValueError(f"not a valid duration string: {quote(text)}")
        unit_ms = units.get(part[2])
        if unit_ms is None:
            raise ValueError(f"unknown unit {quote(part[2])} in duration {quote(text)}")
        if unit_ms >= last_unit_ms:
            raise ValueError(f"not a valid duration string: {quote(text)}")
        last_unit_ms = unit_ms
        total += int(part[1]) * unit_ms * 1_000_000
        if total > _MAX_INT64:
            raise ValueError("duration out of range")
        position = part.end()
    return total


def parse_query_duration(text: str) -> int:
    """Read a duration literal: Prometheus' spelling first, Go's (fractions, signs, small units) second."""
    try:
        return parse_prometheus_duration(text)
    except ValueError:
        return parse_go_duration(text)


def prometheus_duration(duration_ns: int) -> str:
    """Print a duration of whole milliseconds the shortest way Prometheus would: `90m` is `1h30m`, `7d` is `1w`."""
    left = duration_ns // 1_000_000
    if left == 0:
        return "0s"
    parts = []
    for unit, unit_ms in _PROMETHEUS_UNITS_MS:
        if unit in ("y", "w") and left % unit_ms:
            continue
        count, left = divmod(left, unit_ms)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)


def go_duration(duration_ns: int) -> str:
    """Print a duration as Go does: `1h30m0s`, `25ms`, `1.5µs`."""
    sign = "-" if duration_ns < 0 else ""
    left = abs(duration_ns)
    if left == 0:
        return "0s"
    for unit, unit_ns, bound in (("ns", 1, 1_000), ("µs", 1_000, 1_000_000), ("ms", 1_000_000, 1_000_000_000)):
        if left < bound:
            return f"{sign}{_with_fraction(left, unit_ns)}{unit}"
    minutes, seconds_ns = divmod(left, 60_000_000_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{_with_fraction(seconds_ns, 1_000_000_000)}s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    if hours:
        text = f"{hours}h{text}"
    return sign + text


def _with_fraction(amount: int, unit: int) -> str:
    whole, rest = divmod(amount, unit)
    if rest == 0:
        return str(whole)
    return f"{whole}.{rest:0{len(str(unit)) - 1}d}".rstrip("0")


def parse_size(text: str) -> int:
    """Read a number of bytes such as `1.5MB`, `10 KiB` or `42`. Raises ValueError with the reference library's text."""
    number = _SIZE_NUMBER.match(text)
    digits = number[0] if number is not None else ""
    amount = parse_float(digits.replace(",", ""))
    unit = text[len(digits) :].strip().lower()
    factor = _SIZE_UNITS.get(unit)
    if factor is None:
        raise ValueError(f"unhandled size name: {unit}")
    amount *= factor
    if amount >= 2**64:
        raise ValueError(f"too large: {text}")
    return int(amount)


def size(size_bytes: int) -> str:
    """Print a size the reference way, `25kB`, where that loses nothing, else in plain bytes."""
    if size_bytes < 10:
        return f"{size_bytes}B"
    power = min(int(math.log(size_bytes) / math.log(1000)), 6)
    value = math.floor(size_bytes / 1000**power * 10 + 0.5) / 10
    text = f"{value:.1f}" if value < 10 else f"{value:.0f}"
    printed = text + ("B", "kB", "MB", "GB", "TB", "PB", "EB")[power]
    # "EB" cannot be read back in a query, and rounding would change the filter.
    return printed if power < 6 and parse_size(printed) == size_bytes else f"{size_bytes}B"


def plain_float(value: float) -> str:
    """Print with the fewest digits that read back as the same number, never with an exponent: samples, parameters."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == int(value) and abs(value) < 1e15:
        return "-0" if value == 0 and math.copysign(1, value) < 0 else str(int(value))
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0")


def literal_float(value: float) -> str:
    """Print as Go's `%v`: like `plain_float`, but below 0.0001 and from a million on with an exponent (`1.5e+06`)."""
    if value == 0 or math.isinf(value) or math.isnan(value) or 1e-4 <= abs(value) < 1e6:
        return plain_float(value)
    mantissa, exponent = f"{Decimal(repr(value)):e}".lower().split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    sign, digits = exponent[0], exponent.lstrip("+-")
    return f"{mantissa}e{sign}{digits.zfill(2)}"
