"""Durations and sizes as Loki's configuration writes them: ``30d``, ``1h30m``, ``64KB``."""

from __future__ import annotations

import re

_DURATION_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w|y)")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|[KMGT]i?B?)?", re.IGNORECASE)
_SIZE_POWERS = {"": 0, "B": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def parse_duration_s(text: str | float) -> float:
    """Seconds of ``1h30m``; a bare number is seconds. Raises ValueError."""
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return float(text)
    written = str(text).strip()
    if re.fullmatch(r"\d+(?:\.\d+)?", written):
        return float(written)
    parts = _DURATION.findall(written)
    if not parts or "".join(number + unit for number, unit in parts) != written:
        raise ValueError(f"cannot read {text!r} as a duration; write 30d, 12h or 1h30m")
    return sum(float(number) * _DURATION_UNITS_S[unit] for number, unit in parts)


def parse_size_bytes(text: str | int) -> int:
    """Bytes of ``64KB``; as in Loki each step is 1024, with or without the i. Raises ValueError."""
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    match = _SIZE.fullmatch(str(text).strip())
    if match is None:
        raise ValueError(f"cannot read {text!r} as a size; write 512MB or 64KB")
    unit = (match.group(2) or "").upper()[:1]
    return int(float(match.group(1)) * 1024 ** _SIZE_POWERS[unit])


def size_text(octets: int) -> str:
    """``96MB``: in the largest unit that divides it, as it would be written in the configuration."""
    for unit, power in (("GB", 3), ("MB", 2), ("KB", 1)):
        if octets and octets % 1024**power == 0:
            return f"{octets // 1024**power}{unit}"
    return f"{octets}B"


def duration_text(seconds: float) -> str:
    """``30d1h``: the largest units first, as Loki's messages write them."""
    rest = round(seconds)
    out = ""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            out += f"{count}{unit}"
    return out or "0s"
