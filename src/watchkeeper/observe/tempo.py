"""OTLP to send spans, and Tempo's query API to find them; spoken by Tempo and by the embedded store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from watchkeeper.observe.answer import Asker, NoAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class SentSpan:
    """A span to send. Ids are hexadecimal; times in ns; ``parent_id`` is empty for the first of a trace."""

    trace_id: str
    span_id: str
    parent_id: str = ""
    service: str
    name: str
    start_ns: int
    end_ns: int
    mark: str

    def resource_spans(self) -> dict[str, object]:
        """As OTLP's JSON writes it."""
        span = {
            "traceId": self.trace_id,
            "spanId": self.span_id,
            "parentSpanId": self.parent_id,
            "name": self.name,
            "kind": 3 if self.parent_id == "" else 2,
            "startTimeUnixNano": str(self.start_ns),
            "endTimeUnixNano": str(self.end_ns),
            "attributes": [_attribute("proof", self.mark)],
        }
        return {"resource": {"attributes": [_attribute("service.name", self.service)]}, "scopeSpans": [{"spans": [span]}]}


_SYSTEMS = frozenset({"db.system.name", "messaging.system"})


def _texts(holder: Mapping[str, Any], keys: Collection[str]) -> list[str]:
    """Values of these attributes, as OTLP's JSON writes them."""
    return [one["value"]["stringValue"] for one in holder.get("attributes", ()) if one["key"] in keys]


def _attribute(key: str, value: str) -> dict[str, object]:
    return {"key": key, "value": {"stringValue": value}}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSpan:
    """A span of a trace. ``systems``: what it says it asked, as OpenTelemetry names databases and queues."""

    service: str
    name: str
    systems: frozenset[str]


class Tempo:
    """A client of one server. ``push_url`` is where it takes OTLP over HTTP."""

    def __init__(self, url: str, push_url: str, asker: Asker) -> None:
        self.url = url.rstrip("/")
        self._push_url = push_url.rstrip("/")
        self._asker = asker

    async def send(self, spans: Sequence[SentSpan]) -> None:
        """Send spans in one request. Raises NoAnswer unless they were accepted."""
        url = f"{self._push_url}/v1/traces"
        response = await self._asker.request("POST", url, json={"resourceSpans": [span.resource_spans() for span in spans]})
        if not response.is_success:
            raise NoAnswer(f"{url} answered {response.status_code}: {response.text[:200]}")

    async def services_of(self, trace_id: str) -> tuple[str, ...]:
        """The services whose spans a trace has, sorted; empty where there is no such trace. Raises NoAnswer."""
        return tuple(sorted({span.service for span in await self.spans_of(trace_id)}))

    async def spans_of(self, trace_id: str) -> tuple[FoundSpan, ...]:
        """Every span of a trace; empty where there is no such trace. Raises NoAnswer."""
        url = f"{self.url}/api/v2/traces/{trace_id}"
        response = await self._asker.request("GET", url, headers={"Accept": "application/json"})
        if response.status_code == 404:
            return ()
        try:
            body = response.json()
            found = body.get("trace", body)["resourceSpans"]
            return tuple(
                FoundSpan(service=service, name=span.get("name", ""), systems=frozenset(_texts(span, _SYSTEMS)))
                for one in found
                for service in _texts(one["resource"], {"service.name"})
                for scope in one["scopeSpans"]
                for span in scope["spans"]
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NoAnswer(f"cannot use the answer of {url}: {response.text[:200]}") from error

    async def search(self, traceql: str) -> tuple[str, ...]:
        """Ids of matching traces as 32 digits. Raises NoAnswer."""
        url = f"{self.url}/api/search"
        body = await self._asker.json(url, parameters={"q": traceql, "limit": "20"})
        try:
            return tuple(one["traceID"].rjust(32, "0") for one in body.get("traces") or ())
        except (KeyError, TypeError, AttributeError) as error:
            raise NoAnswer(f"cannot use the answer of {url}: {str(body)[:200]}") from error
