"""The standard library's log records, ours and the libraries', as logfmt on stdout. Never hand a secret to it."""

from __future__ import annotations

import logging
import sys

from watchkeeper_process.logfmt import line

_LEVELS = {logging.DEBUG: "debug", logging.INFO: "info", logging.WARNING: "warn", logging.ERROR: "error"}

LOG = logging.getLogger("watchkeeper_console")


class Formatter(logging.Formatter):
    """Writes a record and its ``fields`` (given as ``extra={"fields": {…}}``) as one line."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = dict(getattr(record, "fields", {}))
        if record.exc_info:
            fields["trace"] = self.formatException(record.exc_info)
        return line(record.created, _LEVELS.get(record.levelno, "error"), record.getMessage(), fields)


def start_logging() -> None:
    """Send the records of every library to stdout, warnings and worse; our own from info on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Formatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    LOG.setLevel(logging.INFO)


def say(message: str, level: int = logging.INFO, **fields: object) -> None:
    """Log one line of our own."""
    LOG.log(level, message, extra={"fields": fields})
