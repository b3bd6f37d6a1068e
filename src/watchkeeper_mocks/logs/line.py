"""One log line as data, and how it is spelled."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from watchkeeper_process.logfmt import pairs

SERVICES = ("api", "payment", "web", "worker")
_JSON_WHEN_MIXED = frozenset({"web", "worker"})


Fields = dict[str, str | int | float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one service says at one moment (Unix seconds)."""

    at_s: float
    service: str
    level: str
    message: str
    fields: Fields


def spelled(line: Line, log_format: str) -> str:
    """The line as text without its end; `log_format` is json, logfmt or mixed."""
    moment = datetime.fromtimestamp(line.at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    content: Fields = {"ts": moment, "level": line.level, "service": line.service, "msg": line.message, **line.fields}
    if log_format == "json" or (log_format == "mixed" and line.service in _JSON_WHEN_MIXED):
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return pairs(content)
