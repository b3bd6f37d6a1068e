"""The ASGI application: one table of routes, and what is common to all answers."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Coroutine

from watchkeeper_store.api import deletes, explore, read
from watchkeeper_store.api.backup import backup
from watchkeeper_store.api.http import (
    ASGI,
    TEXT,
    BodyTooLarge,
    ClientGone,
    HttpError,
    Receive,
    Request,
    Response,
    Send,
    add_parameters,
    read_body,
    request_of,
    send_response,
)
from watchkeeper_store.api.jaeger import JAEGER_PATTERNS, JAEGER_ROUTES
from watchkeeper_store.api.metrics_intake import take_metrics
from watchkeeper_store.api.push import otlp, otlp_of_loki, push
from watchkeeper_store.api.service import Service
from watchkeeper_store.api.tail import not_a_websocket, refuse, tail
from watchkeeper_store.api.traces import TRACE_PATTERNS, TRACE_ROUTES, take
from watchkeeper_store.journal import log

Handler = Callable[[Service, Request], Coroutine[None, None, Response]]
_READ = ("GET", "POST")
_FORM = "application/x-www-form-urlencoded"


async def healthy(service: Service, request: Request) -> Response:
    return Response(b"ok\n", content_type=TEXT)


async def metrics(service: Service, request: Request) -> Response:
    return Response(service.measures.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


async def flush(service: Service, request: Request) -> Response:
    """Write everything held in memory to segments, as Loki's /flush does."""
    await service.query("", lambda _: service.store.flush(), timeout_s=600.0)
    if (traces := service.traces.opened) is not None:
        await service.query("", lambda _: traces.flush(), timeout_s=600.0)
    return Response(status=204)


ROUTES: dict[str, tuple[tuple[str, ...], Handler]] = {
    "/-/healthy": (("GET",), healthy),
    "/-/ready": (("GET",), read.ready),
    "/ready": (("GET",), read.ready),
    "/-/backup": (("POST",), backup),
    "/metrics": (("GET",), metrics),
    "/flush": (_READ, flush),
    "/loki/api/v1/push": (("POST",), push),
    "/api/prom/push": (("POST",), push),
    "/otlp/v1/logs": (("POST",), otlp_of_loki),
    "/v1/logs": (("POST",), otlp),
    "/otlp/v1/metrics": (("POST",), take_metrics),
    "/v1/metrics": (("POST",), take_metrics),
    "/loki/api/v1/query": (_READ, read.query),
    "/loki/api/v1/query_range": (_READ, read.query_range),
    "/loki/api/v1/labels": (_READ, read.labels),
    "/loki/api/v1/label": (_READ, read.labels),
    "/api/prom/label": (_READ, read.labels),
    "/loki/api/v1/series": (_READ, read.series),
    "/api/prom/series": (_READ, read.series),
    "/loki/api/v1/index/stats": (_READ, read.index_stats),
    "/loki/api/v1/index/volume": (_READ, read.index_volume),
    "/loki/api/v1/index/volume_range": (_READ, read.index_volume_range),
    "/loki/api/v1/tail": (("GET",), not_a_websocket),
    "/api/prom/tail": (("GET",), not_a_websocket),
    "/loki/api/v1/delete": (("GET", "POST", "PUT", "DELETE"), deletes.delete),
    "/loki/api/v1/format_query": (_READ, read.format_query),
    "/loki/api/v1/status/buildinfo": (("GET",), read.build_info),
    "/loki/api/v1/drilldown-limits": (("GET",), explore.drilldown_limits),
    "/loki/api/v1/detected_fields": (_READ, explore.fields),
    "/loki/api/v1/detected_labels": (_READ, explore.labels),
    "/loki/api/v1/patterns": (_READ, explore.patterns),
    **TRACE_ROUTES,
    **JAEGER_ROUTES,
}
PATTERNS: tuple[tuple[re.Pattern[str], str, Handler], ...] = (
    (re.compile(r"/loki/api/v1/label/(?P<name>[^/]+)/values"), "/loki/api/v1/label/{name}/values", read.label_values),
    (
        re.compile(r"/loki/api/v1/detected_field/(?P<name>[^/]+)/values"),
        "/loki/api/v1/detected_field/{name}/values",
        explore.field_values,
    ),
    (re.compile(r"/api/prom/label/(?P<name>[^/]+)/values"), "/api/prom/label/{name}/values", read.label_values),
    *TRACE_PATTERNS,
    *JAEGER_PATTERNS,
)
_WRITES = (push, otlp_of_loki, otlp, take, take_metrics)  # a client that leaves does not undo what it has sent
TAIL_PATHS = ("/loki/api/v1/tail", "/api/prom/tail")


class Application:
    """What uvicorn calls."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: ASGI, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)

    async def _http(self, scope: ASGI, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        request = request_of(scope)
        route, methods, handler = find(request)
        try:
            response = await self._answer(request, route, methods, handler, receive)
        except ClientGone:
            return
        measures = self._service.measures
        measures.requests.labels(request.method, route, response.status).inc()
        measures.seconds.labels(route).observe(time.perf_counter() - began)
        with_body = request.method != "HEAD"
        if response.parts is None:
            await send_response(send, response, with_body=with_body)
            return
        leaving = asyncio.ensure_future(_until_disconnected(receive))
        try:
            await send_response(send, response, with_body=with_body, is_gone=leaving.done)
        finally:
            leaving.cancel()

    async def _answer(
        self, request: Request, route: str, methods: tuple[str, ...], handler: Handler | None, receive: Receive
    ) -> Response:
        if handler is None:
            return Response(b"404 page not found\n", 404, TEXT)
        if request.method not in methods and not (request.method == "HEAD" and "GET" in methods):
            return Response(b"405 method not allowed\n", 405, TEXT, (("allow", ", ".join(methods)),))
        most_bytes = self._service.limits.of(request.headers.get("x-scope-orgid", "")).max_body_size
        try:
            request.body = await read_body(receive, most_bytes)
            if request.method == "POST" and request.headers.get("content-type", "").startswith(_FORM):
                add_parameters(request, request.body.decode("latin-1"))
            if handler in _WRITES:
                return await handler(self._service, request)
            return await _while_client_waits(handler(self._service, request), receive)
        except BodyTooLarge:
            return Response(f"request body too large, limit: {most_bytes} bytes\n".encode(), 413, TEXT)
        except HttpError as failure:
            return Response(f"{failure}\n".encode(), failure.status, TEXT)
        except ClientGone:
            raise
        except RecursionError:
            return Response(b"cannot read the query: it is nested too deeply\n", 400, TEXT)
        except Exception as failure:  # noqa: BLE001  one request's bug must not end the process; it is logged
            log("error", "cannot answer a request", route=route, error=repr(failure))
            return Response(f"cannot answer: {failure}\n".encode(), 500, TEXT)

    async def _websocket(self, scope: ASGI, receive: Receive, send: Send) -> None:
        request = request_of({**scope, "method": "GET"})
        if request.path not in TAIL_PATHS:
            await receive()
            await refuse(send, 404, "404 page not found\n")
            return
        await tail(self._service, request, receive, send)


async def _while_client_waits(answer: Coroutine[None, None, Response], receive: Receive) -> Response:
    """The answer, unless the client goes away first: then the work for it is cancelled. Raises ClientGone.

    An answer that is there at once is not watched over: that would take as long as the answer.
    """
    task = asyncio.current_task()
    leaving: asyncio.Future[None] | None = None
    is_working = True

    def stop_working(_: asyncio.Future[None]) -> None:
        if is_working and task is not None:
            task.cancel()

    def begin_watching() -> None:
        nonlocal leaving
        leaving = asyncio.ensure_future(_until_disconnected(receive))
        leaving.add_done_callback(stop_working)

    beginning = asyncio.get_running_loop().call_soon(begin_watching)
    try:
        return await answer
    except asyncio.CancelledError:
        if task is None or leaving is None or not leaving.done():
            raise  # it was somebody else who cancelled
        task.uncancel()
        raise ClientGone from None
    finally:
        is_working = False
        beginning.cancel()
        if leaving is not None:
            leaving.cancel()


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def find(request: Request) -> tuple[str, tuple[str, ...], Handler | None]:
    """(route for metrics, its methods, its handler); fills in the values of a path with a pattern."""
    found = ROUTES.get(request.path)
    if found is not None:
        return request.path, *found
    for pattern, route, handler in PATTERNS:
        match = pattern.fullmatch(request.path)
        if match is not None:
            request.path_values = match.groupdict()
            return route, _READ, handler
    return "other", (), None
