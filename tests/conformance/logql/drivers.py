"""Ways to run a check: the evaluator on lines in memory, and any server that speaks Loki's HTTP API.

A server has to add nothing of its own to what it is given: run it with discovery of service names and levels switched off.
"""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from tests.conformance.logql.memory import MemorySource
from tests.conformance.logql.script import Check, LoadedLine

from watchkeeper_store.logql import (
    Instants,
    LogOptions,
    QueryError,
    ScalarResult,
    Span,
    evaluate_instant,
    evaluate_log,
    evaluate_range,
    formatted,
    is_log_query,
    line_by_line,
    merged_labels,
    parse,
)
from watchkeeper_store.logql.labels import Labels, labels_of
from watchkeeper_store.logql.source import Direction

SECOND_NS = 1_000_000_000


class Refused(Exception):
    """The query was refused with this text."""


SeriesAnswer = list[tuple[Labels, list[float | None]]]
EntryAnswer = list[tuple[int, Labels, str]]


class Driver(Protocol):
    """Answers are relative to the start of the script. Every call raises Refused where the query is refused."""

    def load(self, lines: Sequence[LoadedLine]) -> None: ...

    def instant(self, check: Check) -> SeriesAnswer: ...

    def range(self, check: Check) -> SeriesAnswer: ...

    def log(self, check: Check) -> EntryAnswer: ...

    def printed(self, query: str) -> str: ...


class MemoryDriver:
    BASE_NS = 1_700_000_000 * SECOND_NS

    def __init__(self) -> None:
        self.source = MemorySource()
        self.leaves = line_by_line(self.source, "fake")

    def load(self, lines: Sequence[LoadedLine]) -> None:
        for line in lines:
            self.source.add(dict(line.labels), self.BASE_NS + line.time_ns, line.line, dict(line.metadata))

    def instant(self, check: Check) -> SeriesAnswer:
        try:
            result = evaluate_instant(parse(check.query), self.leaves, self.BASE_NS + check.start_ns)
        except QueryError as refusal:
            raise Refused(str(refusal)) from None
        if isinstance(result, ScalarResult):
            return [((), [result.value])]
        return [(sample.labels, [sample.value]) for sample in result]

    def range(self, check: Check) -> SeriesAnswer:
        instants = Instants(start_ns=self.BASE_NS + check.start_ns, end_ns=self.BASE_NS + check.end_ns, step_ns=check.step_ns)
        try:
            series = evaluate_range(parse(check.query), self.leaves, instants)
        except QueryError as refusal:
            raise Refused(str(refusal)) from None
        return [(one.labels, [dict(one.points).get(at) for at in instants.times_ns()]) for one in series]

    def log(self, check: Check) -> EntryAnswer:
        span = Span(tenant="fake", start_ns=self.BASE_NS + check.start_ns, end_ns=self.BASE_NS + check.end_ns)
        options = LogOptions(limit=check.limit, direction=Direction.BACKWARD if check.backward else Direction.FORWARD)
        try:
            query = parse(check.query)
            assert is_log_query(query), "a log query was expected"
            entries = list(evaluate_log(query, self.source, span, options))  # type: ignore[arg-type]  # checked above
        except QueryError as refusal:
            raise Refused(str(refusal)) from None
        return [(entry.timestamp_ns - self.BASE_NS, merged_labels(entry), entry.line) for entry in entries]

    def printed(self, query: str) -> str:
        try:
            return formatted(query)
        except QueryError as refusal:
            raise Refused(str(refusal)) from None


@dataclass
class HttpDriver:
    """Each driver writes as a tenant of its own, an hour before now, so that scripts do not see each other."""

    url: str

    def __post_init__(self) -> None:
        self.base_ns = (int(time.time()) - 3600) // 3600 * 3600 * SECOND_NS
        self.client = httpx.Client(
            base_url=self.url, headers={"X-Scope-OrgID": f"conformance-{uuid.uuid4().hex[:12]}"}, timeout=30
        )

    def load(self, lines: Sequence[LoadedLine]) -> None:
        streams: dict[Labels, list[list[Any]]] = {}
        for line in lines:
            value: list[Any] = [str(self.base_ns + line.time_ns), line.line]
            streams.setdefault(line.labels, []).append([*value, dict(line.metadata)] if line.metadata else value)
        body = {"streams": [{"stream": dict(labels), "values": values} for labels, values in streams.items()]}
        if streams:
            self.client.post("/loki/api/v1/push", json=body).raise_for_status()

    def _get(self, path: str, **parameters: object) -> Any:
        answer = self.client.get(f"/loki/api/v1/{path}", params={key: str(value) for key, value in parameters.items()})
        if answer.status_code != 200:
            raise Refused(answer.text)
        return answer.json()["data"]

    def instant(self, check: Check) -> SeriesAnswer:
        data = self._get("query", query=check.query, time=self.base_ns + check.start_ns)
        if data["resultType"] == "scalar":
            return [((), [float(data["result"][1])])]
        return [(labels_of(one["metric"]), [float(one["value"][1])]) for one in data["result"]]

    def range(self, check: Check) -> SeriesAnswer:
        start, end, step = self.base_ns + check.start_ns, self.base_ns + check.end_ns, check.step_ns
        data = self._get("query_range", query=check.query, start=start, end=end, step=f"{step // 1_000_000}ms")
        times = [at / SECOND_NS for at in range(start, end + 1, step)]
        answer: SeriesAnswer = []
        for one in data["result"]:
            values = {float(at): float(value) for at, value in one["values"]}
            answer.append((labels_of(one["metric"]), [values.get(at) for at in times]))
        return answer

    def log(self, check: Check) -> EntryAnswer:
        direction = "backward" if check.backward else "forward"
        start, end = self.base_ns + check.start_ns, self.base_ns + check.end_ns
        limit = check.limit or 1000
        data = self._get("query_range", query=check.query, start=start, end=end, limit=limit, direction=direction)
        found = [
            (int(value[0]) - self.base_ns, labels_of(stream["stream"]), value[1])
            for stream in data["result"]
            for value in stream["values"]
        ]
        return sorted(found, key=lambda entry: entry[0], reverse=check.backward)

    def printed(self, query: str) -> str:
        answer = self.client.get("/loki/api/v1/format_query", params={"query": query})
        if answer.status_code != 200:
            body = answer.json()
            raise Refused(body.get("error") or body.get("data", ""))
        return str(answer.json()["data"])
