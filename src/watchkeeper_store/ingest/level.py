"""``detected_level``: how serious a line is, told as Loki tells it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

LEVEL_FIELDS = (
    "level",
    "LEVEL",
    "Level",
    "log.level",
    "severity",
    "SEVERITY",
    "Severity",
    "SeverityText",
    "lvl",
    "LVL",
    "Lvl",
    "severity_text",
    "Severity_Text",
    "SEVERITY_TEXT",
)
UNKNOWN = "unknown"
_KNOWN = {
    "trace": "trace",
    "trc": "trace",
    "debug": "debug",
    "dbg": "debug",
    "info": "info",
    "inf": "info",
    "information": "info",
    "warn": "warn",
    "wrn": "warn",
    "warning": "warn",
    "error": "error",
    "err": "error",
    "critical": "critical",
    "fatal": "fatal",
}
_OTLP_HIGHEST = ((4, "trace"), (8, "debug"), (12, "info"), (16, "warn"), (20, "error"), (24, "fatal"))
_RANKS = {field.lower(): rank for rank, field in reversed(list(enumerate(LEVEL_FIELDS)))}
_LONGEST_FIRST = sorted(_RANKS, key=len, reverse=True)
_LOGFMT_FIELD = re.compile(
    rb'(?:^|(?<=[\s"]))(' + "|".join(map(re.escape, _LONGEST_FIRST)).encode() + rb')=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))',
    re.IGNORECASE,
)
_JSON_HINT = re.compile(rb'"(?:' + b"|".join(re.escape(field).encode() for field in LEVEL_FIELDS) + rb')"\s*:')
# the order is Loki's: a line that has both words is of the first
_WORDS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("info", re.compile(rb"info|INFO")),
    ("error", re.compile(rb"err:|ERR:|\[err\]|\[ERR\]|\[error\]|\[ERROR\]")),
    ("warn", re.compile(rb"warn:|WARN:|\[warn\]|\[WARN\]|warning|WARNING")),
    ("critical", re.compile(rb"critical:|CRITICAL:|\[critical\]|\[CRITICAL\]")),
    ("debug", re.compile(rb"debug|DEBUG")),
)


def known_level(value: str) -> str:
    """The usual spelling of a level; a value that is no known level stays as it is."""
    return _KNOWN.get(value.lower(), value)


def level_of_labels(labels: Mapping[str, str]) -> str:
    """The level that labels or metadata state; empty where they state none."""
    for name in LEVEL_FIELDS:
        if name in labels:
            return known_level(labels[name])
    return ""


def level_of_severity_number(text: str) -> str:
    """The level of an OTLP severity number; a text that is no number counts as info."""
    try:
        number = int(text)
    except ValueError:
        return "info"
    if number == 0:
        return UNKNOWN
    return next((level for highest, level in _OTLP_HIGHEST if number <= highest), UNKNOWN)


def level_of_line(line: bytes) -> str:
    """The level that the line itself tells: a JSON or logfmt field, else a word in it, else ``unknown``."""
    stripped = line.strip()
    stated = b""
    if stripped.startswith(b"{") and stripped.endswith(b"}"):
        if _JSON_HINT.search(stripped):
            stated = _level_in_json(stripped)
    elif b"=" in line:
        stated = _level_in_logfmt(line)
    level = _KNOWN.get(stated.decode("utf-8", "replace").lower(), "") if stated else ""
    if level:
        return level
    return next((name for name, words in _WORDS if words.search(line)), UNKNOWN)


def _level_in_logfmt(line: bytes) -> bytes:
    best = len(LEVEL_FIELDS)
    value = b""
    for found in _LOGFMT_FIELD.finditer(line):
        rank = _RANKS[found.group(1).lower().decode()]
        if rank < best:
            best, value = rank, found.group(2) if found.group(2) is not None else found.group(3)
    return value


def _level_in_json(line: bytes) -> bytes:
    import orjson

    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        return b""
    return next((value.encode() for value in _stated(document, 0)), b"")


def _stated(document: Any, depth: int) -> Iterator[str]:
    if not isinstance(document, dict) or depth > 2:
        return
    for name, value in document.items():
        if isinstance(value, str) and name in LEVEL_FIELDS:
            yield value
        elif isinstance(value, dict):
            yield from _stated(value, depth + 1)
