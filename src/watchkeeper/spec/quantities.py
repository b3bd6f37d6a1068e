"""Durations and sizes as people write them, and back: ``1h30m`` ⇄ 5400 seconds, ``400MiB`` ⇄ 419430400 bytes."""

from __future__ import annotations

import re

_SECONDS = {"y": 365 * 86_400, "w": 7 * 86_400, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile("".join(rf"(?:(\d{{1,12}}){unit})?" for unit in _SECONDS), re.ASCII)
LONGEST_DURATION_S = 100 * _SECONDS["y"]

_BYTES = {"TiB": 2**40, "TB": 10**12, "GiB": 2**30, "GB": 10**9, "MiB": 2**20, "MB": 10**6, "KiB": 2**10, "kB": 10**3, "B": 1}
_SPELLINGS = {unit.lower(): size for unit, size in _BYTES.items()}
_SIZE = re.compile(r"(\d{1,20})(?:\.(\d{1,9}))? ?([A-Za-z]+)", re.ASCII)
LARGEST_SIZE_BYTES = 2**60

DURATION_PATTERN = r"^(?=\d)(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?$"
SIZE_PATTERN = r"^\d{1,20}(\.\d{1,9})? ?([kKmMgGtT][iI]?)?[bB]$"


def parse_duration(text: str) -> int:
    """Whole seconds of ``30s``, ``5m``, ``1h30m``, ``30d``, ``1w``, ``1y`` (365 d); units descend, each at most once.

    Raises ValueError with what is wrong, in words that fit behind a semicolon.
    """
    match = _DURATION.fullmatch(text)
    if not match or not any(match.groups()):
        raise ValueError(_duration_advice(text))
    numbers: tuple[str | None, ...] = match.groups()
    seconds = sum(int(number or 0) * factor for number, factor in zip(numbers, _SECONDS.values(), strict=True))
    if not 0 < seconds <= LONGEST_DURATION_S:
        raise ValueError("a duration is longer than 0s and at most 100y")
    return seconds


def _duration_advice(text: str) -> str:
    if text.strip().isdigit():
        return f"add a unit, as in {text.strip()}s, {text.strip()}m or {text.strip()}d"
    if re.fullmatch(r"\d+(ms|us|ns)", text):
        return "whole seconds are the smallest unit, as in 1s"
    return "write numbers with the units s, m, h, d, w or y, the largest first, as in 30s, 1h30m or 30d"


def format_duration(seconds: int) -> str:
    """The shortest common writing: ``30d``, ``1h30m``, ``90s`` as ``1m30s``. Prometheus and Loki read it as well."""
    parts = []
    for unit in ("d", "h", "m", "s"):
        number, seconds = divmod(seconds, _SECONDS[unit])
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"


def parse_size(text: str) -> int:
    """Bytes of ``400MB`` (10⁶), ``400MiB`` (2²⁰), ``1.5GiB``; a unit is needed, its case does not matter.

    Raises ValueError with what is wrong, in words that fit behind a semicolon.
    """
    match = _SIZE.fullmatch(text)
    factor = _SPELLINGS.get(match[3].lower()) if match else None
    if not match or factor is None:
        raise ValueError(_size_advice(text))
    decimals = match[2] or ""
    scale: int = 10 ** len(decimals)
    size, rest = divmod(int(match[1] + decimals) * factor, scale)
    if rest:
        raise ValueError("a size is a whole number of bytes")
    if not 0 < size <= LARGEST_SIZE_BYTES:
        raise ValueError("a size is larger than 0B and at most 1024 PiB")
    return size


def _size_advice(text: str) -> str:
    text = text.strip()
    if re.fullmatch(r"\d+", text):
        return f"add a unit, as in {text}MB or {text}MiB"
    if match := re.fullmatch(r"(\d+)([kKmMgGtT])i?", text):
        letter = match[2].upper()
        return f"write {match[1]}{letter.replace('K', 'k')}B (powers of 1000) or {match[1]}{letter}iB (powers of 1024)"
    return "write a number with a unit, as in 400MB, 512MiB or 1GiB"


def format_size(size_bytes: int) -> str:
    """The exact size with the unit that needs the smallest number: ``1GiB``, ``400MB``, ``1000001B``."""
    exact = [(size_bytes // factor, unit) for unit, factor in _BYTES.items() if size_bytes % factor == 0]
    number, unit = min(exact, key=lambda candidate: candidate[0])
    return f"{number}{unit}"
