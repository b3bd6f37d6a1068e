"""The shipper's own log lines, as logfmt on stdout. Never hand a secret to it."""

from __future__ import annotations

import re
import sys
import time

_BARE = re.compile(r"[^\s\"=\\\x00-\x1f\x7f-\x9f]+")
_AWKWARD = re.compile(r"[\"\\\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quote(value: object) -> str:
    """One logfmt value: bare where that is safe, else quoted with everything that could start a new line escaped."""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    if _BARE.fullmatch(text):
        return text
    return '"' + _AWKWARD.sub(lambda found: _SHORT.get(found[0], f"\\u{ord(found[0]):04x}"), text) + '"'


def line(at_s: float, level: str, message: str, fields: dict[str, object]) -> str:
    """``ts=2026-11-21T10:00:00.123Z level=info msg="…" key=value``."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_s)) + f".{int(at_s * 1000) % 1000:03d}Z"
    pairs = {"ts": stamp, "level": level, "msg": message, **fields}
    return " ".join(f"{key}={quote(value)}" for key, value in pairs.items())


def say(level: str, message: str, **fields: object) -> None:
    """Log one line. Say state changes, never each batch: a shipper that tails its own log would feed itself."""
    try:
        sys.stdout.write(line(time.time(), level, message, fields) + "\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        pass  # a log that nobody reads any more must not stop the shipping
