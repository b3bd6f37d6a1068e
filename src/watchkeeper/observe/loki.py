"""Loki's query API, spoken by Loki and by the embedded store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from watchkeeper.observe.answer import Asker, NoAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One entry with the labels of its stream."""

    timestamp_ns: int
    line: str
    labels: Mapping[str, str]


class Loki:
    """A client of one server, for one tenant where it has several."""

    def __init__(self, url: str, asker: Asker, tenant: str = "") -> None:
        self.url = url.rstrip("/")
        self._asker = asker
        self._headers = {"X-Scope-OrgID": tenant} if tenant else {}

    async def lines(
        self, expression: str, *, start_ns: int, end_ns: int, limit: int = 100, direction: str = "backward"
    ) -> tuple[LogLine, ...]:
        """Entries in [start, end), newest first unless ``direction`` is ``forward``. Raises NoAnswer."""
        parameters = {
            "query": expression,
            "start": str(start_ns),
            "end": str(end_ns),
            "limit": str(limit),
            "direction": direction,
        }
        url = f"{self.url}/loki/api/v1/query_range"
        body = await self._asker.json(url, parameters=parameters, headers=self._headers, timeout_s=30.0)
        try:
            entries = [
                LogLine(timestamp_ns=int(value[0]), line=value[1], labels=stream["stream"])
                for stream in body["data"]["result"]
                for value in stream["values"]
            ]
        except (KeyError, TypeError, IndexError, ValueError) as error:
            raise NoAnswer(f"cannot use the answer of {url}: {str(body)[:200]}") from error
        return tuple(sorted(entries, key=lambda entry: entry.timestamp_ns, reverse=direction != "forward"))

    async def number(self, expression: str) -> float | None:
        """The single number of an instant metric query; None where it gives no series. Raises NoAnswer."""
        url = f"{self.url}/loki/api/v1/query"
        body = await self._asker.json(url, parameters={"query": expression}, headers=self._headers, timeout_s=30.0)
        try:
            result = body["data"]["result"]
            return float(result[0]["value"][1]) if result else None
        except (KeyError, TypeError, IndexError, ValueError) as error:
            raise NoAnswer(f"cannot use the answer of {url}: {str(body)[:200]}") from error

    async def streams(self, selector: str, *, start_ns: int) -> tuple[Mapping[str, str], ...]:
        """Labels of every stream that matches and has had a line since ``start_ns``. Raises NoAnswer."""
        url = f"{self.url}/loki/api/v1/series"
        parameters = {"match[]": selector, "start": str(start_ns)}
        body = await self._asker.json(url, parameters=parameters, headers=self._headers, timeout_s=30.0)
        try:
            return tuple(dict(labels) for labels in body["data"])
        except (KeyError, TypeError, ValueError) as error:
            raise NoAnswer(f"cannot use the answer of {url}: {str(body)[:200]}") from error

    async def grammar_mistake(self, expression: str) -> str:
        """What the server says against the expression; empty if it can read it. Raises NoAnswer."""
        url = f"{self.url}/loki/api/v1/format_query"
        response = await self._asker.request("GET", url, parameters={"query": expression}, headers=self._headers)
        if response.status_code == httpx.codes.BAD_REQUEST:
            return response.text.strip()[:300]
        if response.status_code != httpx.codes.OK:
            raise NoAnswer(f"cannot use the answer of {url}: status {response.status_code}: {response.text[:200]}")
        return ""
