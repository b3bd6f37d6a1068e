"""The process's own log: logfmt lines on stdout. Never a secret, never a log line of a tenant."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

_lock = threading.Lock()


def quoted(value: Any) -> str:
    """A logfmt value: bare where that is unambiguous, else in double quotes."""
    text = str(value)
    if text and not any(character in ' "=\\' or not character.isprintable() for character in text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return f'"{escaped}"'


def log(level: str, message: str, **fields: Any) -> None:
    """Write one line: ``ts=2026-11-21T10:00:00.123Z level=info msg="…" key=value``."""
    now = time.time()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
    rest = "".join(f" {name}={quoted(value)}" for name, value in fields.items())
    line = f"ts={stamp} level={level} msg={quoted(message)}{rest}\n"
    with _lock:
        try:
            sys.stdout.write(line)
            sys.stdout.flush()
        except OSError:
            pass  # nobody reads our output any more; the store must go on
