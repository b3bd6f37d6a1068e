"""query, query_range, labels, label values, series, index statistics and volume, format_query."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterator
from itertools import chain
from typing import Any

import orjson

from watchkeeper_store.api import render
from watchkeeper_store.api.gathered import GatheredLines
from watchkeeper_store.api.http import HttpError, Request, Response
from watchkeeper_store.api.parameters import (
    check_entries_limit,
    check_query_length,
    direction_of,
    limit_of,
    parse_time_ns,
    range_parameters,
    time_bounds,
)
from watchkeeper_store.api.service import Service, expression_of, selector_of, tenants_of
from watchkeeper_store.logql import formatted
from watchkeeper_store.logql.errors import ParseError
from watchkeeper_store.logql.source import Direction
from watchkeeper_store.logql.tree import LogQuery
from watchkeeper_store.query import catalogue
from watchkeeper_store.query.engine import RangeQuestion, cost_of
from watchkeeper_store.query.scope import Scope

_FEW_LINES = 500
_FLAGS_HEADER = "x-loki-response-encoding-flags"


def _categorizes(request: Request) -> bool:
    flags = request.headers.get(_FLAGS_HEADER, "")
    return render.CATEGORIZE in (flag.strip() for flag in flags.split(","))


async def query_range(service: Service, request: Request) -> Response:
    asked = range_parameters(request, service.now_ns())
    tenant = tenants_of(service, request)
    expression = expression_of(asked.query)
    check_query_length(asked.start_ns, asked.end_ns, service.limits.of(tenant))
    if isinstance(expression, LogQuery):
        check_entries_limit(asked.limit, service.limits.of(tenant))
    question = RangeQuestion(
        start_ns=asked.start_ns,
        end_ns=asked.end_ns,
        step_ns=asked.step_ns,
        interval_ns=asked.interval_ns,
        limit=asked.limit,
        direction=asked.direction,
    )
    if isinstance(expression, LogQuery):
        return await _lines(service, tenant, expression, question, categorize=_categorizes(request))

    def run(scope: Scope) -> bytes:
        return render.query_answer(service.engine.over_range(tenant, expression, question, scope), asked.end_ns)

    return Response(await service.query(tenant, run))


async def _lines(service: Service, tenant: str, query: LogQuery, question: RangeQuestion, *, categorize: bool) -> Response:
    """The answer to a log query: made while it is sent where it is large."""

    def run(scope: Scope) -> Iterator[bytes] | bytes:
        began = time.perf_counter()
        lines = GatheredLines(service.store.layout.scratch, scope.hold, categorize=categorize)
        try:
            for entry in service.engine.entries(tenant, query, question, scope):
                lines.add(entry)
        except OSError as failure:
            raise HttpError(503, f"cannot keep so large an answer on the disk: {failure}; ask for fewer lines") from failure
        cost, warnings = cost_of(scope, began), service.engine.warnings(tenant)
        before, behind = render.around_streams(cost, lines.entries, warnings, categorize=categorize)
        pieces = chain((before,), lines.pieces(), (behind,))
        return pieces if lines.is_large else b"".join(pieces)

    at_hand = not query.stages and question.direction is Direction.BACKWARD and question.limit <= _FEW_LINES
    found = await service.query(tenant, run, at_hand=at_hand)
    return Response(found) if isinstance(found, bytes) else Response(parts=_sent(found))


async def _sent(pieces: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
    for piece in pieces:
        yield piece


async def query(service: Service, request: Request) -> Response:
    text = request.one("time")
    at_ns = parse_time_ns(text) if text else service.now_ns()
    limit_of(request), direction_of(request)  # checked although an instant query has no use for them
    tenant = tenants_of(service, request)
    expression = expression_of(request.one("query"))

    def run(scope: Scope) -> bytes:
        return render.query_answer(service.engine.at_instant(tenant, expression, at_ns, scope), at_ns)

    return Response(await service.query(tenant, run))


async def labels(service: Service, request: Request) -> Response:
    start_ns, end_ns = _catalogue_bounds(service, request)
    tenant, selector = tenants_of(service, request), selector_of(request.one("query"))
    found = await service.look_up(tenant, lambda: catalogue.label_names(service.store, tenant, selector, start_ns, end_ns))
    return Response(render.success(found))


async def label_values(service: Service, request: Request) -> Response:
    start_ns, end_ns = _catalogue_bounds(service, request)
    tenant, selector = tenants_of(service, request), selector_of(request.one("query"))
    name = request.path_values["name"]
    found = await service.look_up(
        tenant, lambda: catalogue.label_values(service.store, tenant, selector, start_ns, end_ns, name)
    )
    return Response(render.success(found))


async def series(service: Service, request: Request) -> Response:
    start_ns, end_ns = _catalogue_bounds(service, request)
    tenant = tenants_of(service, request)
    written = request.every("match[]", "match")
    selectors = [selector_of(text) for text in written]
    found = await service.look_up(tenant, lambda: catalogue.series(service.store, tenant, selectors, start_ns, end_ns))
    return Response(render.success([dict(one) for one in sorted(found)]))


def _catalogue_bounds(service: Service, request: Request) -> tuple[int, int]:
    """Both ends count here; Loki's default is the last six hours for these."""
    if not request.one("start") and not request.one("since"):
        request.parameters["since"] = ["6h"]
    start_ns, end_ns = time_bounds(request, service.now_ns())
    return start_ns, end_ns + 1


async def index_stats(service: Service, request: Request) -> Response:
    start_ns, end_ns = time_bounds(request, service.now_ns())
    tenant, selector = tenants_of(service, request), selector_of(request.one("query"))
    sizes, chunks = await service.query(
        tenant, lambda _: catalogue.stream_sizes(service.store, tenant, [selector], start_ns, end_ns)
    )
    body = {
        "streams": len(sizes),
        "chunks": chunks,
        "bytes": round(sum(size.octets for size in sizes.values())),
        "entries": round(sum(size.rows for size in sizes.values())),
    }
    return Response(orjson.dumps(body))


async def index_volume(service: Service, request: Request) -> Response:
    """An instant vector of bytes per label set."""
    start_ns, end_ns = time_bounds(request, service.now_ns())
    volumes = await _volumes(service, request, start_ns, end_ns)
    result = [{"metric": dict(key), "value": [render.seconds_of(end_ns), str(size)]} for key, size in volumes]
    return Response(render.success({"resultType": "vector", "result": result, "stats": {}}))


async def index_volume_range(service: Service, request: Request) -> Response:
    """The same per step."""
    asked = range_parameters(request, service.now_ns())
    found: dict[tuple[tuple[str, str], ...], list[list[Any]]] = {}
    for start_ns in range(asked.start_ns, max(asked.end_ns, asked.start_ns + 1), asked.step_ns):
        end_ns = min(start_ns + asked.step_ns, asked.end_ns)
        for key, size in await _volumes(service, request, start_ns, end_ns):
            found.setdefault(key, []).append([render.seconds_of(start_ns), str(size)])
    result = [{"metric": dict(key), "values": values} for key, values in found.items()]
    return Response(render.success({"resultType": "matrix", "result": result, "stats": {}}))


async def _volumes(
    service: Service, request: Request, start_ns: int, end_ns: int
) -> list[tuple[tuple[tuple[str, str], ...], int]]:
    """(labels, bytes), largest first. Grouped by ``targetLabels``, else by the labels that the selector names."""
    by_label = _is_volume_by_label(request)
    tenant, selector = tenants_of(service, request), selector_of(request.one("query"))
    sizes, _ = await service.query(
        tenant, lambda _: catalogue.stream_sizes(service.store, tenant, [selector], start_ns, end_ns)
    )
    targets = [name for name in request.one("targetLabels").split(",") if name]
    names = set(targets or (matcher.name for matcher in selector))
    volumes: dict[tuple[tuple[str, str], ...], float] = {}
    for stream, size in sizes.items():
        if by_label:
            for name, _value in stream:
                if not targets or name in names:
                    volumes[((name, ""),)] = volumes.get(((name, ""),), 0.0) + size.octets
            continue
        key = tuple(pair for pair in stream if not names or pair[0] in names)
        if targets and len(key) < len(names):
            continue
        volumes[key] = volumes.get(key, 0.0) + size.octets
    ordered = sorted(((key, round(size)) for key, size in volumes.items()), key=lambda one: (-one[1], one[0]))
    return ordered[: limit_of(request)]


def _is_volume_by_label(request: Request) -> bool:
    """``aggregateBy``: whether volumes are added up per label instead of per series. Raises HttpError 400."""
    asked = request.one("aggregateBy", "series")
    if asked not in ("series", "labels"):
        raise HttpError(400, "invalid aggregation option")
    return asked == "labels"


async def format_query(service: Service, request: Request) -> Response:
    try:
        return Response(render.success(formatted(request.one("query"))))
    except ParseError as failure:
        body = {"status": "invalid-query", "error": str(failure)}
        return Response(orjson.dumps(body), status=400)


async def build_info(service: Service, request: Request) -> Response:
    body = {
        "version": render.LOKI_VERSION,
        "revision": "watchkeeper",
        "branch": "watchkeeper",
        "buildDate": "",
        "buildUser": "",
        "goVersion": "",
    }
    return Response(orjson.dumps(body))


async def ready(service: Service, request: Request) -> Response:
    """200 only while rows can be taken and queries answered."""
    reason = service.ready()
    if reason is not None:
        raise HttpError(503, reason)
    warnings = "".join(f"warning: {text}\n" for text in service.store.unreadable)
    return Response(f"ready\n{warnings}".encode(), content_type="text/plain; charset=utf-8")
