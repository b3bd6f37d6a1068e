"""Which time and level a line gets: those it carries, or the time of reading. Pure: the clock's reading is an argument."""

from __future__ import annotations

import json
import re
from datetime import datetime

from watchkeeper_shipper.settings import Parse

_PAIR = re.compile(r'([^\s="]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))')
_TIME_KEYS = ("ts", "time", "timestamp", "@timestamp", "t")
_LEVEL_KEYS = ("level", "lvl", "severity", "levelname", "log.level")
_WANTED = frozenset((*_TIME_KEYS, *_LEVEL_KEYS))
_LEVELS = {
    "trace": "trace",
    "debug": "debug",
    "dbug": "debug",
    "info": "info",
    "information": "info",
    "informational": "info",
    "notice": "info",
    "warn": "warn",
    "warning": "warn",
    "err": "error",
    "error": "error",
    "eror": "error",
    "crit": "critical",
    "critical": "critical",
    "alert": "critical",
    "emerg": "critical",
    "emergency": "critical",
    "panic": "fatal",
    "fatal": "fatal",
}
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_SHORTEST_TIME = 10
"""Seconds since the epoch have ten digits; ``t=0.5`` is a duration."""
_FUTURE_NS = 60 * 10**9
_PAST_NS = 7 * 24 * 3600 * 10**9


def level_of(word: str) -> str | None:
    """One of trace, debug, info, warn, error, critical, fatal; None for a word that is no level."""
    return _LEVELS.get(word.lower())


def timestamp_ns(value: object) -> int | None:
    """Nanoseconds since the epoch of RFC 3339 text or a number of seconds, milli-, micro- or nanoseconds, else None.

    Text without an offset is local time: logs of this machine are written so.
    """
    if isinstance(value, str):
        if _RFC3339.match(value):
            return _text_ns(value)
        try:
            value = int(value) if value.isdecimal() else float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _number_ns(value)


def _text_ns(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text.replace(",", "."))
        seconds = int(moment.replace(microsecond=0).timestamp())
    except (ValueError, OverflowError, OSError):
        return None
    # datetime knows microseconds; the digits behind them keep the order of lines written within one.
    fraction = re.search(r"[.,](\d+)", text)
    return seconds * 10**9 + (int(fraction[1][:9].ljust(9, "0")) if fraction else 0)


def _number_ns(number: float) -> int | None:
    if not 10**8 <= number < 10**19:  # also keeps NaN and infinity out
        return None
    for limit, unit_ns in ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3)):
        if number < limit:
            # A float's digits end at about a microsecond; taken apart, the whole part stays exact.
            whole, fraction = divmod(number, 1)
            steps = min(unit_ns, 10**6)
            return int(whole) * unit_ns + round(fraction * steps) * (unit_ns // steps)
    return int(number)


def _logfmt_fields(line: str, *, level_too: bool) -> dict[str, object]:
    found: dict[str, object] = {}
    missing = {_TIME_KEYS, _LEVEL_KEYS} if level_too else {_TIME_KEYS}
    for pair in _PAIR.finditer(line):
        key = pair[1].lower()
        if key not in _WANTED:
            continue
        value = pair[2] if pair[2] is not None else pair[3]
        keys = _TIME_KEYS if key in _TIME_KEYS else _LEVEL_KEYS
        if keys in missing and (keys is _LEVEL_KEYS or len(value) >= _SHORTEST_TIME):
            found[key] = value
            missing.remove(keys)
            if not missing:
                break  # both usually come first, and lines may be long
    return found


def _json_fields(line: str) -> dict[str, object]:
    if not line.startswith("{"):
        return {}
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return {key.lower(): value for key, value in fields.items() if key.lower() in _WANTED} if isinstance(fields, dict) else {}


class Stamper:
    """Stamps the lines of one file: strictly increasing, so that their order survives any store.

    ``last_ns`` is kept across restarts with the file's position.
    """

    __slots__ = ("_parse", "last_ns")

    def __init__(self, parse: Parse, last_ns: int = 0) -> None:
        self._parse = parse
        self.last_ns = last_ns

    def stamp(self, line: str, now_ns: int) -> tuple[int, str | None]:
        """The line's timestamp, and its level where ``parse`` asks for one.

        A parsed time from the future, or so old that stores refuse it, gives way to the time of reading.
        """
        level = None
        at_ns = now_ns
        if self._parse.format != "none":
            fields = (
                _logfmt_fields(line, level_too=self._parse.level != "none")
                if self._parse.format == "logfmt"
                else _json_fields(line)
            )
            if self._parse.timestamp:
                at_ns = self._parsed_ns(fields, now_ns)
            if self._parse.level != "none":
                level = next((found for key in _LEVEL_KEYS if (found := level_of(str(fields.get(key, ""))))), None)
        self.last_ns = max(at_ns, self.last_ns + 1)
        return self.last_ns, level

    def _parsed_ns(self, fields: dict[str, object], now_ns: int) -> int:
        for key in _TIME_KEYS:
            if key in fields:
                parsed = timestamp_ns(fields[key])
                if parsed is not None and now_ns - _PAST_NS < parsed < now_ns + _FUTURE_NS:
                    return parsed
        return now_ns
