"""Log lines as logfmt on stdout: ``ts=… level=info msg="…" key=value``. Never hand a secret to it."""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime

_BARE = re.compile(r"[^\s\"=\\\x00-\x1f\x7f-\x9f]+")
_LEVELS = {logging.DEBUG: "debug", logging.INFO: "info", logging.WARNING: "warn", logging.ERROR: "error"}

LOG = logging.getLogger("watchkeeper_console")


def quote(value: object) -> str:
    """One logfmt value: bare where that is safe, else in quotes with line breaks and control characters escaped."""
    text = str(value)
    if _BARE.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    escaped = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", escaped)
    return f'"{escaped}"'


class Formatter(logging.Formatter):
    """Writes a record and its ``fields`` (given as ``extra={"fields": {…}}``) as one line."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        fields: dict[str, object] = {
            "ts": moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z",
            "level": _LEVELS.get(record.levelno, "error"),
            "msg": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            fields["trace"] = self.formatException(record.exc_info)
        return " ".join(f"{key}={quote(value)}" for key, value in fields.items())


def start_logging() -> None:
    """Send the records of every library to stdout, warnings and worse; our own from info on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Formatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    LOG.setLevel(logging.INFO)


def say(message: str, level: int = logging.INFO, **fields: object) -> None:
    """Log one line of our own."""
    LOG.log(level, message, extra={"fields": fields})
