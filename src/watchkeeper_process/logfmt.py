"""Log lines as logfmt: ``ts=2026-11-21T10:00:00.123Z level=info msg="…" key=value``. Never hand a secret to it."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping

_BARE = re.compile(r"[^\s\"=\\\x00-\x1f\x7f-\x9f]+")
_AWKWARD = re.compile(r"[\"\\\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quote(value: object) -> str:
    """One value: bare where that is safe, else quoted with everything that could start a new line escaped."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if _BARE.fullmatch(text):
        return text
    return '"' + _AWKWARD.sub(lambda found: _SHORT.get(found[0], f"\\u{ord(found[0]):04x}"), text) + '"'


def pairs(fields: Mapping[str, object]) -> str:
    """Fields in their order, without a line's end. Keys are the program's own words and are not quoted."""
    return " ".join(f"{key}={quote(value)}" for key, value in fields.items())


def line(at_s: float, level: str, message: str, fields: Mapping[str, object]) -> str:
    """One line without its end; ``at_s`` is Unix time in seconds."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_s)) + f".{int(at_s * 1000) % 1000:03d}Z"
    return pairs({"ts": stamp, "level": level, "msg": message, **fields})


def say(level: str, message: str, /, **fields: object) -> None:
    """Write one line to standard output. ``level`` is debug, info, warn or error.

    Say changes of state, not each piece of work: the shipper may be tailing this very log.
    """
    try:
        # One write, so that the lines of several threads do not end up in each other.
        sys.stdout.write(line(time.time(), level, message, fields) + "\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        pass  # a log that nobody reads any more must not stop the work
