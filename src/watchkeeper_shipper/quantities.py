"""Durations and sizes as people write them in the configuration file."""

from __future__ import annotations

import re

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|KiB|MiB|GiB)?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {"B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


def duration_s(text: str) -> float:
    """Seconds of ``200ms``, ``1.5s``, ``1m``, ``2h``. Raises ValueError."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no duration")
    return float(found[1]) * _SECONDS[found[2]]


def size_bytes(text: str) -> int:
    """Bytes of ``1048576``, ``1MiB``, ``64 KB``. Raises ValueError."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no size")
    return int(float(found[1]) * _BYTES[found[2] or "B"])
