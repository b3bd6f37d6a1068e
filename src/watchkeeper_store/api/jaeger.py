"""Spans over HTTP for clients of Jaeger: its v1 query API below ``/jaeger``, and its v3."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import orjson

from watchkeeper_store.api.http import HttpError, Request, Response
from watchkeeper_store.api.service import Service, tenant_of
from watchkeeper_store.api.traces import json_response, search_of

if TYPE_CHECKING:
    from watchkeeper_store.traces.search import Window
    from watchkeeper_store.traces.view import TraceView

Handler = Callable[[Service, Request], Coroutine[None, None, Response]]
_MOST_TRACES = 1500
_DEFAULT_LIMIT = 20
_DURATION = re.compile(r"\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h)")
_HEX = re.compile(r"[0-9a-fA-F]{1,32}")
_SCOPED = {"error": "status", "span.kind": "kind"}


def _answer(data: Any, total: int | None = None) -> Response:
    from watchkeeper_store.traces.jaeger import envelope

    return json_response(envelope(data, total))


async def services(service: Service, request: Request) -> Response:
    """GET /jaeger/api/services: every service that sent a span."""
    return _answer(await _services(service, request))


async def services_v3(service: Service, request: Request) -> Response:
    """GET /api/v3/services."""
    return json_response({"services": await _services(service, request)})


async def _services(service: Service, request: Request) -> list[str]:
    tenant = tenant_of(request)

    def find(_: object) -> list[str]:
        from watchkeeper_store.traces.tags import values

        with service.traces.get().tables(tenant) as tables:
            return [str(one) for one in values(tables, "resource.service.name", None)]

    return await service.query(tenant, find)


async def operations(service: Service, request: Request) -> Response:
    """GET /jaeger/api/services/{service}/operations: names of its spans."""
    found = await _operations(service, request, request.path_values["service"])
    return _answer(sorted({name for name, _ in found}))


async def operations_v3(service: Service, request: Request) -> Response:
    """GET /api/v3/operations: names and kinds of a service's spans."""
    from watchkeeper_store.traces.jaeger import operations as described

    wanted = request.one("service")
    if not wanted:
        raise HttpError(400, "malformed parameter service: it is required")
    return json_response({"operations": described(await _operations(service, request, wanted))})


async def _operations(service: Service, request: Request, wanted: str) -> list[tuple[str, int]]:
    tenant = tenant_of(request)

    def find(_: object) -> list[tuple[str, int]]:
        from watchkeeper_store.traces.tags import operations_of

        with service.traces.get().tables(tenant) as tables:
            return operations_of(tables, wanted)

    return await service.query(tenant, find)


async def traces(service: Service, request: Request) -> Response:
    """GET /jaeger/api/traces: by service, operation, tags, duration; or the traces whose ids are listed. Times in µs."""
    tenant = tenant_of(request)
    if listed := request.every("traceID"):
        ids = [_trace_id(written) for written in listed]
    else:
        if not request.one("service"):
            raise HttpError(400, "parameter 'service' is required")
        found = await _search(service, tenant, _condition(request), _window(request), _limit(request))
        ids = [one.trace_id for one in found]
    return _answer(await _whole(service, tenant, ids), 0)


async def one_trace(service: Service, request: Request) -> Response:
    """GET /jaeger/api/traces/{id}."""
    from watchkeeper_store.traces.jaeger import failure

    tenant = tenant_of(request)
    found = await _whole(service, tenant, [_trace_id(request.path_values["id"])])
    if not found:
        return Response(orjson.dumps(failure(404, "trace not found")), 404, "application/json")
    return _answer(found, 0)


async def _whole(service: Service, tenant: str, trace_ids: list[bytes]) -> list[Any]:
    """Those of the traces that are stored, in Jaeger's form."""

    def find(scope: Any) -> list[Any]:
        from watchkeeper_store.traces.jaeger import trace_json
        from watchkeeper_store.traces.search import trace_data_by_id

        made = []
        with service.traces.get().tables(tenant) as tables:
            for trace_id in trace_ids:
                scope.check()
                data = trace_data_by_id(tables, trace_id)
                if data is not None:
                    made.append(trace_json(data))
        return made

    return await service.query(tenant, find)


async def dependencies(service: Service, request: Request) -> Response:
    """GET /jaeger/api/dependencies: which service called which within ``lookback`` before ``endTs``, both in ms."""
    from watchkeeper_store.traces.jaeger import dependencies as counted
    from watchkeeper_store.traces.search import Window

    tenant = tenant_of(request)
    end_ns = _number(request, "endTs", service.now_ns() // 10**6) * 10**6
    window = Window(start_ns=end_ns - _number(request, "lookback", 86_400_000) * 10**6, end_ns=end_ns)
    found = await _search(service, tenant, "{ }", window, _MOST_TRACES)
    return _answer(counted(found))


async def trace_v3(service: Service, request: Request) -> Response:
    """GET /api/v3/traces/{id}: OTLP as JSON in ``result``."""
    tenant, trace_id = tenant_of(request), _trace_id(request.path_values["id"])

    def find(_: object) -> Any:
        from google.protobuf.json_format import MessageToDict

        from watchkeeper_store.traces.search import trace_data_by_id

        with service.traces.get().tables(tenant) as tables:
            data = trace_data_by_id(tables, trace_id)
        return None if data is None else MessageToDict(data)

    found = await service.query(tenant, find)
    if found is None:
        return Response(orjson.dumps({"error": {"httpCode": 404, "message": "No traces found"}}), 404, "application/json")
    return json_response({"result": found})


async def traces_v3(service: Service, request: Request) -> Response:
    """GET /api/v3/traces: by the parameters of a ``TraceQueryParameters``, times in RFC 3339."""
    from watchkeeper_store.api.parameters import parse_time_ns
    from watchkeeper_store.traces.search import Window

    tenant, asked = tenant_of(request), {name.rpartition(".")[2]: values for name, values in request.parameters.items()}
    plain = {name: values[0] for name, values in asked.items() if values and values[0]}
    if "start_time_min" not in plain or "start_time_max" not in plain:
        raise HttpError(400, "query.start_time_min and query.start_time_max are required")
    window = Window(start_ns=parse_time_ns(plain["start_time_min"]), end_ns=parse_time_ns(plain["start_time_max"]))
    parts = _parts(plain.get("service_name", ""), plain.get("operation_name", ""))
    parts += [
        f"duration {sign} {_duration(plain[name])}"
        for name, sign in (("duration_min", ">="), ("duration_max", "<="))
        if name in plain
    ]
    depth = plain.get("search_depth", plain.get("num_traces", str(_DEFAULT_LIMIT)))
    limit = min(int(depth), _MOST_TRACES) if depth.isdecimal() else _DEFAULT_LIMIT

    def find(scope: Any) -> Any:
        from google.protobuf.json_format import MessageToDict
        from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

        from watchkeeper_store.traces.search import search, trace_data_by_id

        made = TracesData()
        with service.traces.get().tables(tenant) as tables:
            for one in search(tables, search_of(f"{{ {' && '.join(parts)} }}"), window, limit, scope.check):
                data = trace_data_by_id(tables, one.trace.trace_id)
                if data is not None:
                    made.MergeFrom(data)
        return MessageToDict(made)

    return json_response({"result": await service.query(tenant, find)})


async def _search(service: Service, tenant: str, text: str, window: Window, limit: int) -> list[TraceView]:
    query = search_of(text)

    def find(scope: Any) -> list[TraceView]:
        from watchkeeper_store.traces.search import search

        with service.traces.get().tables(tenant, window.start_ns, window.end_ns) as tables:
            return [one.trace for one in search(tables, query, window, limit, scope.check)]

    return await service.query(tenant, find)


def _trace_id(written: str) -> bytes:
    if not _HEX.fullmatch(written):
        raise HttpError(400, f"cannot parse traceID: {written[:64]!r} is not hexadecimal")
    return bytes.fromhex(written.rjust(32, "0"))


def _parts(service_name: str, operation: str) -> list[str]:
    from watchkeeper_store.traceql.lexer import quoted

    parts = [f"resource.service.name = {quoted(service_name)}"] if service_name else []
    return parts + ([f"name = {quoted(operation)}"] if operation else [])


def _condition(request: Request) -> str:
    """Jaeger's search as TraceQL."""
    from watchkeeper_store.traceql.lexer import quoted

    parts = _parts(request.one("service"), request.one("operation"))
    try:
        tags = orjson.loads(request.one("tags") or "{}")
    except orjson.JSONDecodeError as failure:
        raise HttpError(400, f"malformed 'tags' parameter, expecting a JSON object: {failure}") from failure
    if not isinstance(tags, dict):
        raise HttpError(400, "malformed 'tags' parameter, expecting a JSON object")
    tags |= dict(pair.split(":", 1) for pair in request.every("tag") if ":" in pair)
    for name, value in tags.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if name == "error":
            parts.append("status = error" if text == "true" else "status != error")
        elif name == "span.kind" and text in {"internal", "server", "client", "producer", "consumer"}:
            parts.append(f"kind = {text}")
        else:
            key = f".{quoted(name)}"
            # Jaeger knows only text; a number or a truth value may have been sent as such.
            either = [f"{key} = {quoted(text)}"] + (
                [f"{key} = {text}"] if re.fullmatch(r"-?\d+(\.\d+)?|true|false", text) else []
            )
            parts.append(f"({' || '.join(either)})")
    for name, sign in (("minDuration", ">="), ("maxDuration", "<=")):
        if written := request.one(name):
            parts.append(f"duration {sign} {_duration(written)}")
    return f"{{ {' && '.join(parts)} }}"


def _duration(written: str) -> str:
    if not _DURATION.fullmatch(written):
        raise HttpError(400, f"cannot parse the duration {written!r}; write for example 100ms")
    return written


def _window(request: Request) -> Window:
    from watchkeeper_store.traces.search import Window

    return Window(start_ns=_number(request, "start", 0) * 1000, end_ns=_number(request, "end", (2**63 - 1) // 1000) * 1000)


def _limit(request: Request) -> int:
    return max(1, min(_number(request, "limit", _DEFAULT_LIMIT), _MOST_TRACES))


def _number(request: Request, name: str, default: int) -> int:
    text = request.one(name)
    if text and not text.isdecimal():
        raise HttpError(400, f"unable to parse param '{name}': {text!r} is no whole number")
    return int(text) if text else default


JAEGER_ROUTES: dict[str, tuple[tuple[str, ...], Handler]] = {
    "/jaeger/api/services": (("GET",), services),
    "/jaeger/api/traces": (("GET",), traces),
    "/jaeger/api/dependencies": (("GET",), dependencies),
    "/api/v3/services": (("GET",), services_v3),
    "/api/v3/operations": (("GET",), operations_v3),
    "/api/v3/traces": (("GET",), traces_v3),
}
JAEGER_PATTERNS: tuple[tuple[re.Pattern[str], str, Handler], ...] = (
    (re.compile(r"/jaeger/api/services/(?P<service>.+)/operations"), "/jaeger/api/services/{service}/operations", operations),
    (re.compile(r"/jaeger/api/traces/(?P<id>[^/]+)"), "/jaeger/api/traces/{id}", one_trace),
    (re.compile(r"/api/v3/traces/(?P<id>[^/]+)"), "/api/v3/traces/{id}", trace_v3),
)
