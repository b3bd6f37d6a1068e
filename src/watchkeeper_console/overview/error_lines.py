"""The latest log lines that speak of errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from watchkeeper_console.settings import HttpUrl
from watchkeeper_console.upstreams.client import Client, UpstreamFailed

_WITHIN_S = 1.8
_AT_MOST = 30
_LOOK_BACK_S = 3600
_LONGEST_LINE = 2000
BY_LEVEL = '{service_name=~".+"} | detected_level=~"error|critical|fatal"'
# For a store that does not filter by labels inside the pipeline: the level as loggers write it.
BY_WORDS = (
    '{service_name=~".+"} |~ `'
    r'(?i)\b(?:level|lvl|severity)"?[=:]\s?"?(?:error|err|critical|fatal|panic)\b|(?-i)\b(?:ERROR|CRITICAL|FATAL|PANIC)\b'
    "`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """``at_ns`` is nanoseconds since 1970 as a string, as the API writes it."""

    at_ns: str
    labels: Mapping[str, str]
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorLines:
    """Newest first, of the last hour. ``query`` is what was asked, for a closer look."""

    query: str
    shown: tuple[LogLine, ...]


async def read_error_lines(client: Client, logs: HttpUrl | None, now: float) -> ErrorLines | None:
    """Raises UpstreamFailed. None: no log store in this stack."""
    if logs is None:
        return None
    try:
        return await _ask(client, logs, BY_LEVEL, now)
    except UpstreamFailed as error:
        if error.kind != "refused":
            raise
        return await _ask(client, logs, BY_WORDS, now)


async def _ask(client: Client, logs: HttpUrl, query: str, now: float) -> ErrorLines:
    parameters = {
        "query": query,
        "start": str(int((now - _LOOK_BACK_S) * 1e9)),
        "end": str(int((now + 60) * 1e9)),  # the shipper's clock may be a little ahead
        "limit": str(_AT_MOST),
        "direction": "backward",
    }
    answer = await client.get_json("logs", logs, "/loki/api/v1/query_range", parameters, within_s=_WITHIN_S)
    return ErrorLines(query=query, shown=parse_lines(answer))


def parse_lines(answer: Any) -> tuple[LogLine, ...]:
    """From ``query_range``'s streams, newest first."""
    lines = [
        LogLine(at_ns=str(value[0]), labels=stream["stream"], line=str(value[1])[:_LONGEST_LINE])
        for stream in answer["data"]["result"]
        for value in stream["values"]
    ]
    lines.sort(key=lambda line: int(line.at_ns), reverse=True)
    return tuple(lines[:_AT_MOST])
