"""Names of OTLP as Prometheus' OTLP receiver writes them with its usual settings. Pure.

The rules are those of ``UnderscoreEscapingWithSuffixes``, so that a query finds a metric under the same name whether the
application sends to Prometheus itself or here. Names of labels follow the rules that the log store has already
(`ingest.otlp.label_name`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["counter", "gauge", "other"]
"""``counter``: a sum that only rises; ``gauge``: a gauge, and not a sum that falls as well."""

_UNITS = {
    "d": "days",
    "h": "hours",
    "min": "minutes",
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
    "By": "bytes",
    "KiBy": "kibibytes",
    "MiBy": "mebibytes",
    "GiBy": "gibibytes",
    "TiBy": "tibibytes",
    "KBy": "kilobytes",
    "MBy": "megabytes",
    "GBy": "gigabytes",
    "TBy": "terabytes",
    "m": "meters",
    "V": "volts",
    "A": "amperes",
    "J": "joules",
    "W": "watts",
    "g": "grams",
    "Cel": "celsius",
    "Hz": "hertz",
    "1": "",
    "%": "percent",
}
_PER = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year"}
_APART = re.compile(r"[^A-Za-z0-9:]+")


@lru_cache(maxsize=4096)
def metric_name(name: str, unit: str, kind: Kind) -> str:
    """``http.server.duration`` in ``s`` → ``http_server_duration_seconds``; "" where nothing of the name can be kept."""
    words = [word for word in _APART.split(name) if word]
    if not words:
        return ""
    words += [word for word in _unit_words(unit) if word not in words]
    if kind == "counter":
        words = [*(word for word in words if word != "total"), "total"]
    elif kind == "gauge" and unit == "1":
        words = [*(word for word in words if word != "ratio"), "ratio"]
    joined = "_".join(words)
    return f"_{joined}" if joined[0].isdigit() else joined


def _unit_words(unit: str) -> list[str]:
    """``By/s`` → ``bytes``, ``per_second``; what stands in braces is a remark and no unit."""
    main, _, per = (part.strip() for part in unit.partition("/"))
    words = [_as_word(_UNITS.get(main, main))] if main and not _is_remark(main) else []
    if per and not _is_remark(per) and (word := _as_word(_PER.get(per, per))):
        words.append(f"per_{word}")
    return [word for word in words if word]


def _is_remark(unit: str) -> bool:
    return "{" in unit or "}" in unit


def _as_word(unit: str) -> str:
    return _APART.sub("_", unit).strip("_")
