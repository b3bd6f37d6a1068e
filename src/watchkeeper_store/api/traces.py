"""Spans over HTTP: OTLP to take them, Tempo's API to find them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeGuard

import orjson

from watchkeeper_store.api.http import TEXT, HttpError, Request, Response
from watchkeeper_store.api.otlp_answers import otlp_failure
from watchkeeper_store.api.parameters import parse_step_ns, parse_time_ns
from watchkeeper_store.api.service import Service, tenant_of
from watchkeeper_store.ingest.otlp import JSON_TYPE, PROTOBUF_TYPE, media_type_of, unpacked
from watchkeeper_store.ingest.verdict import PushRefused
from watchkeeper_store.storage.committer import WriteRefused
from watchkeeper_wire.loki_push import varint

if TYPE_CHECKING:
    from watchkeeper_store.traceql.tree import Pipeline, Query
    from watchkeeper_store.traces.search import Window

Handler = Callable[[Service, Request], Coroutine[None, None, Response]]
SECOND_NS = 10**9
_DEFAULT_RANGE_S = 3600
_HEX = re.compile(r"[0-9a-fA-F]{1,32}")
_READ = ("GET", "POST")


def json_response(answer: Any) -> Response:
    """An answer as JSON."""
    return Response(orjson.dumps(answer), content_type="application/json")


async def take(service: Service, request: Request) -> Response:
    """POST /v1/traces: 200 once the spans are durable and every search finds them."""
    tenant = tenant_of(request)
    is_json = media_type_of(request.headers.get("content-type", "")) == JSON_TYPE
    try:
        await _taken(service, tenant, request, is_json=is_json)
    except HttpError as failure:
        return otlp_failure(failure, is_json=is_json)
    return Response(b"{}" if is_json else b"", content_type=JSON_TYPE if is_json else PROTOBUF_TYPE)


async def _taken(service: Service, tenant: str, request: Request, *, is_json: bool) -> None:
    from watchkeeper_store.traces.requests import RequestUnreadable, read_request

    kind = media_type_of(request.headers.get("content-type", ""))
    if kind not in {JSON_TYPE, PROTOBUF_TYPE, ""}:
        raise HttpError(415, f"Content-Type {kind} not supported, use {PROTOBUF_TYPE} or {JSON_TYPE}")
    most_bytes = service.limits.of(tenant).max_body_size

    def read_and_submit() -> Any:
        payload = unpacked(request.body, request.headers.get("content-encoding", ""), most_bytes)
        message, payload = read_request(payload, is_json=is_json)
        return service.traces.get().submit(tenant, message, payload) if message.resource_spans else None

    try:
        done = await asyncio.get_running_loop().run_in_executor(service.intake_threads, read_and_submit)
        if done is not None:
            await asyncio.wrap_future(done)
    except PushRefused as refusal:
        raise HttpError(refusal.status, str(refusal)) from refusal
    except RequestUnreadable as failure:
        raise HttpError(400, str(failure)) from failure
    except WriteRefused as refusal:
        raise HttpError(503, str(refusal)) from refusal


async def echo(service: Service, request: Request) -> Response:
    """GET /api/echo, Grafana's health check."""
    return Response(b"echo", content_type=TEXT)


async def by_id(service: Service, request: Request) -> Response:
    """GET /api/traces/{id}: OTLP with Tempo's older name for its list."""
    found = await _trace_data(service, request)
    if found is None:
        return Response(b"", 404, TEXT)
    if _wants_protobuf(request):
        return Response(found.SerializeToString(), content_type="application/protobuf")
    return json_response({"batches": _as_dict(found).get("resourceSpans", [])})


async def by_id_v2(service: Service, request: Request) -> Response:
    """GET /api/v2/traces/{id}."""
    found = await _trace_data(service, request)
    if found is None:
        return Response(b"", 404, TEXT)
    if _wants_protobuf(request):
        trace = found.SerializeToString()
        return Response(b"\x0a" + varint(len(trace)) + trace, content_type="application/protobuf")
    return json_response({"trace": _as_dict(found), "metrics": {}})


async def _trace_data(service: Service, request: Request) -> Any:
    tenant, written = tenant_of(request), request.path_values["id"]
    if not _HEX.fullmatch(written):
        raise HttpError(400, f"trace IDs can only contain hex characters: invalid character in {written[:64]!r}")
    trace_id = bytes.fromhex(written.rjust(32, "0"))

    def find(_: object) -> Any:
        from watchkeeper_store.traces.search import trace_data_by_id

        with service.traces.get().tables(tenant) as tables:
            return trace_data_by_id(tables, trace_id)

    return await service.query(tenant, find)


def _wants_protobuf(request: Request) -> bool:
    return "application/protobuf" in request.headers.get("accept", "")


def _as_dict(message: Any) -> Any:
    from google.protobuf.json_format import MessageToDict

    return MessageToDict(message)


def query_of(text: str) -> Query:
    """A TraceQL query of either kind. Raises HttpError 400 with the place of the mistake."""
    from watchkeeper_store.traceql import QueryMistaken, parse

    try:
        return parse(text)
    except QueryMistaken as mistake:
        raise HttpError(400, f"invalid TraceQL query: {mistake}") from mistake


def search_of(text: str) -> Pipeline:
    """What finds spans; a metrics query gives, as in Tempo, the spans that it computes from. Raises HttpError 400."""
    from watchkeeper_store.traceql.tree import spans_behind

    return spans_behind(query_of(text))


def is_search(query: Query) -> TypeGuard[Pipeline]:
    """Whether a query finds spans, and computes no series."""
    from watchkeeper_store.traceql.tree import Pipeline

    return isinstance(query, Pipeline) and query.metric is None


def window_of(service: Service, request: Request) -> Window:
    """``start`` and ``end``; without both, everything. Raises HttpError 400."""
    from watchkeeper_store.traces.search import Window

    start, end = request.one("start"), request.one("end")
    if not start and not end:
        return Window()
    start_ns = parse_time_ns(start) if start else 0
    end_ns = parse_time_ns(end) if end else service.now_ns()
    if end_ns < start_ns:
        raise HttpError(400, f"http parameter start must be before end. received start={start} end={end}")
    return Window(start_ns=start_ns, end_ns=end_ns + (SECOND_NS - 1 if end_ns % SECOND_NS == 0 else 0))


async def search(service: Service, request: Request) -> Response:
    """GET /api/search: by TraceQL, or by Tempo's older ``tags`` with minimal and maximal duration."""
    tenant, query = tenant_of(request), search_of(request.one("q") or _from_tags(request))
    window = window_of(service, request)
    limit, spans = _whole(request, "limit", 20), _whole(request, "spss", 3)

    def find(scope: Any) -> Response:
        from watchkeeper_store.traces.search import search as find_traces
        from watchkeeper_store.traces.tempo import search_answer

        with service.traces.get().tables(tenant, window.start_ns, window.end_ns) as tables:
            answer = search_answer(find_traces(tables, query, window, limit, scope.check), query, spans)
            return Response(answer, content_type="application/json")

    return await service.query(tenant, find)


def _whole(request: Request, name: str, default: int) -> int:
    text = request.one(name)
    if not text:
        return default
    if not text.isdecimal() or int(text) < 1:
        raise HttpError(400, f"invalid {name}: must be a positive number, got {text!r}")
    return int(text)


_TAG = re.compile(r'([^\s=]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))')


def _from_tags(request: Request) -> str:
    """The older search parameters as TraceQL."""
    from watchkeeper_store.traceql.lexer import quoted

    conditions = []
    for name, in_quotes, plain in _TAG.findall(request.one("tags")):
        value = in_quotes or plain
        key = {"service.name": "resource.service.name", "name": "name", "error": "status"}.get(name, f'."{name}"')
        conditions.append("status = error" if name == "error" and value == "true" else f"{key} = {quoted(value)}")
    for name, operator in (("minDuration", ">="), ("maxDuration", "<=")):
        if text := request.one(name):
            conditions.append(f"duration {operator} {text}")
    return f"{{ {' && '.join(conditions)} }}"


async def series(service: Service, request: Request) -> Response:
    """GET /api/metrics/query_range."""
    return await _series(service, request, is_instant=False)


async def instant(service: Service, request: Request) -> Response:
    """GET /api/metrics/query: the whole range as one step."""
    return await _series(service, request, is_instant=True)


async def _series(service: Service, request: Request, *, is_instant: bool) -> Response:
    tenant, query = tenant_of(request), query_of(request.one("q") or request.one("query"))
    if is_search(query):
        raise HttpError(400, "this is no metrics query; add a function such as | rate()")
    end_ns = parse_time_ns(request.one("end")) if request.one("end") else service.now_ns()
    since_ns = parse_step_ns("since", request.one("since")) if request.one("since") else _DEFAULT_RANGE_S * SECOND_NS
    start_ns = parse_time_ns(request.one("start")) if request.one("start") else end_ns - since_ns
    if end_ns < start_ns:
        raise HttpError(400, "http parameter start must be before end")
    step_ns = parse_step_ns("step", request.one("step")) if request.one("step") else _step(end_ns - start_ns)

    def compute(scope: Any) -> Response:
        from watchkeeper_store.traces.series import series as computed
        from watchkeeper_store.traces.steps import Steps, TooManySteps, steps_of
        from watchkeeper_store.traces.tempo import instant_answer, series_answer

        try:
            steps = Steps(end_ns, end_ns, max(1, end_ns - start_ns)) if is_instant else steps_of(start_ns, end_ns, step_ns)
        except TooManySteps as failure:
            raise HttpError(400, str(failure)) from failure
        with service.traces.get().tables(tenant, steps.start_ns - steps.step_ns, end_ns) as tables:
            made = computed(tables, query, steps, scope.check)
        return json_response(instant_answer(made) if is_instant else series_answer(made, steps))

    return await service.query(tenant, compute)


def _step(range_ns: int) -> int:
    """About a hundred steps, of whole seconds."""
    return max(1, range_ns // (100 * SECOND_NS)) * SECOND_NS


async def tags(service: Service, request: Request) -> Response:
    """GET /api/search/tags: all names in one list."""
    found = await _names(service, request)
    flat = sorted({name for scope, members in found.items() if scope != "intrinsic" for name in members})
    return json_response({"tagNames": flat, "metrics": {}})


async def tags_v2(service: Service, request: Request) -> Response:
    """GET /api/v2/search/tags: names by scope."""
    found = await _names(service, request)
    scopes = [{"name": scope, "tags": members} for scope, members in found.items() if members]
    return json_response({"scopes": scopes, "metrics": {}})


async def _names(service: Service, request: Request) -> dict[str, list[str]]:
    tenant, window, scope = tenant_of(request), window_of(service, request), request.one("scope")
    if scope not in {"", "none", "span", "resource", "event", "link", "instrumentation", "intrinsic"}:
        raise HttpError(400, f"invalid scope: {scope}")

    def find(_: object) -> dict[str, list[str]]:
        from watchkeeper_store.traces.tags import names

        with service.traces.get().tables(tenant, window.start_ns, window.end_ns) as tables:
            return names(tables, "" if scope == "none" else scope)

    return await service.query(tenant, find)


async def tag_values(service: Service, request: Request) -> Response:
    """GET /api/search/tag/{name}/values: as text."""
    found = await _values(service, request)
    return json_response(
        {"tagValues": [str(value).lower() if isinstance(value, bool) else str(value) for value in found], "metrics": {}}
    )


async def tag_values_v2(service: Service, request: Request) -> Response:
    """GET /api/v2/search/tag/{name}/values: with types."""
    tag = request.path_values["name"]
    found = await _values(service, request)
    keyword = tag in {"status", "span:status", "kind", "span:kind"}
    kinds = {bool: "bool", int: "int", float: "float"}
    made = [
        {
            "type": "keyword" if keyword else kinds.get(type(value), "string"),
            "value": str(value).lower() if isinstance(value, bool) else str(value),
        }
        for value in found
    ]
    return json_response({"tagValues": made, "metrics": {}})


async def _values(service: Service, request: Request) -> list[Any]:
    tenant, window, tag = tenant_of(request), window_of(service, request), request.path_values["name"]
    query = search_of(request.one("q")) if request.one("q").strip() not in {"", "{}"} else None

    def find(_: object) -> list[Any]:
        from watchkeeper_store.traces.tags import values

        with service.traces.get().tables(tenant, window.start_ns, window.end_ns) as tables:
            return values(tables, tag, query)

    return await service.query(tenant, find)


async def span_metrics(service: Service, request: Request) -> Response:
    """GET /metrics/spans: metrics made of a tenant's spans, as OpenMetrics with exemplars."""
    held = service.traces.opened.metrics.get(tenant_of(request)) if service.traces.opened is not None else None
    body = b"# EOF\n" if held is None else await service.query(tenant_of(request), lambda _: held.exposition())
    return Response(body, content_type="application/openmetrics-text; version=1.0.0; charset=utf-8")


TRACE_ROUTES: dict[str, tuple[tuple[str, ...], Handler]] = {
    "/v1/traces": (("POST",), take),
    "/otlp/v1/traces": (("POST",), take),
    "/metrics/spans": (("GET",), span_metrics),
    "/api/echo": (("GET",), echo),
    "/api/search": (_READ, search),
    "/api/search/tags": (_READ, tags),
    "/api/v2/search/tags": (_READ, tags_v2),
    "/api/metrics/query_range": (_READ, series),
    "/api/metrics/query": (_READ, instant),
}
TRACE_PATTERNS: tuple[tuple[re.Pattern[str], str, Handler], ...] = (
    (re.compile(r"/api/traces/(?P<id>[^/]+)"), "/api/traces/{id}", by_id),
    (re.compile(r"/api/v2/traces/(?P<id>[^/]+)"), "/api/v2/traces/{id}", by_id_v2),
    (re.compile(r"/api/search/tag/(?P<name>.+)/values"), "/api/search/tag/{name}/values", tag_values),
    (re.compile(r"/api/v2/search/tag/(?P<name>.+)/values"), "/api/v2/search/tag/{name}/values", tag_values_v2),
)
