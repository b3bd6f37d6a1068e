"""Real applications of each framework, asked in process: route templates, statuses, ids and exemplars."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from flask import Flask, abort
from litestar import Litestar, get
from litestar.params import FromPath
from opentelemetry.trace import SpanKind
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from tests.unit.watchkeeper_instrument.bench import Bench, a_bench

from watchkeeper_instrument import CannotInstrument, asgi, trace_id, wsgi
from watchkeeper_instrument.instrument import put_in_front

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def count(bench: Bench, route: str, status: str, method: str = "GET") -> float | None:
    """How often the duration of such requests was observed."""
    return bench.value("http_request_duration_seconds_count", method=method, route=route, status_code=status)


async def ask(app: object, path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # type: ignore[arg-type]  # any ASGI application
    async with httpx.AsyncClient(transport=transport, base_url="http://orders.test") as client:
        return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def ask_wsgi(app: object, path: str, **headers: str) -> httpx.Response:
    transport = httpx.WSGITransport(app, raise_app_exceptions=False)  # type: ignore[arg-type]  # any WSGI application
    with httpx.Client(transport=transport, base_url="http://orders.test") as client:
        return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def test_fastapi_is_measured_by_template_and_not_by_path() -> None:
    bench, app = a_bench(), FastAPI()

    @app.get("/orders/{order}")
    async def read(order: int) -> dict[str, str]:
        if order == 3:
            raise HTTPException(404)
        return {"trace": trace_id()}

    put_in_front(app, bench.watch)
    answers = [await ask(app, f"/orders/{order}") for order in (1, 2, 3)]
    assert [one.status_code for one in answers] == [200, 200, 404]
    assert count(bench, "/orders/{order}", "200") == 2
    assert count(bench, "/orders/{order}", "404") == 1
    assert (await ask(app, "/../etc/passwd")).status_code == 404
    assert count(bench, "unmatched", "404") == 1


async def test_a_request_goes_on_with_the_callers_trace_and_says_so() -> None:
    bench, app = a_bench(), FastAPI()

    @app.get("/")
    async def root() -> str:
        return trace_id()

    put_in_front(app, bench.watch)
    answer = await ask(app, "/", traceparent=PARENT)
    assert answer.json() == TRACE
    assert answer.headers["x-correlation-id"] == TRACE
    (span,) = bench.spans()
    assert (span.name, span.kind) == ("GET /", SpanKind.SERVER)
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == "b7ad6b7169203331"
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == 200
    assert span.attributes["http.route"] == "/"


async def test_a_callers_correlation_id_is_kept_where_it_is_harmless() -> None:
    bench, app = a_bench(), FastAPI()
    put_in_front(app, bench.watch)
    assert (await ask(app, "/", x_correlation_id="order-17/a")).headers["x-correlation-id"] == "order-17/a"
    assert (await ask(app, "/", x_request_id="r-1")).headers["x-correlation-id"] == "r-1"
    forged = (await ask(app, "/", x_correlation_id='x" level="error')).headers["x-correlation-id"]
    assert len(forged) == 32
    assert set(forged) <= set("0123456789abcdef")


async def test_an_application_that_raises_is_counted_as_500_and_its_span_failed() -> None:
    bench, app = a_bench(), FastAPI()

    @app.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError

    put_in_front(app, bench.watch)
    assert (await ask(app, "/broken")).status_code == 500
    assert count(bench, "/broken", "500") == 1
    (span,) = bench.spans()
    assert not span.status.is_ok
    assert bench.value("http_requests_in_flight") == 0


async def test_starlette_names_a_mounted_route_with_its_mount() -> None:
    bench = a_bench()

    async def show(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.path_params["page"])

    app = Starlette(routes=[Mount("/docs", routes=[Route("/{page}", show)])])
    put_in_front(app, bench.watch)
    assert (await ask(app, "/docs/start")).text == "start"
    assert [span.name for span in bench.spans()] == ["GET /docs/{page}"]


async def test_litestar_tells_its_template() -> None:
    bench = a_bench()

    @get("/orders/{order:int}")
    async def read(order: FromPath[int]) -> str:
        return str(order)

    app = Litestar([read])
    put_in_front(app, bench.watch)
    assert (await ask(app, "/orders/5")).status_code == 200
    assert count(bench, "/orders/{order}", "200") == 1


def test_flask_is_measured_by_its_url_rule() -> None:
    bench, app = a_bench(), Flask("orders")

    @app.get("/orders/<int:order>")
    def read(order: int) -> str:
        if order == 2:
            abort(409)
        if order == 3:
            raise ZeroDivisionError
        return trace_id()

    put_in_front(app, bench.watch)
    assert ask_wsgi(app, "/orders/1", traceparent=PARENT).text == TRACE
    assert ask_wsgi(app, "/orders/2").status_code == 409
    assert ask_wsgi(app, "/orders/3").status_code == 500
    assert [count(bench, "/orders/<int:order>", code) for code in ("200", "409", "500")] == [1, 1, 1]
    assert ask_wsgi(app, "/nowhere").status_code == 404
    assert count(bench, "unmatched", "404") == 1
    assert bench.value("http_requests_in_flight") == 0


async def test_organisations_are_counted_and_bounded() -> None:
    bench, app = a_bench(most_label_values=2), FastAPI()
    put_in_front(app, bench.watch, lambda scope: scope["query_string"].decode())
    for organisation in ("a", "b", "c", "d", "a"):
        await ask(app, f"/?{organisation}")

    def requests(organisation: str) -> float | None:
        return bench.value("http_requests_total", method="GET", route="unmatched", status_code="404", organisation=organisation)

    assert (requests("a"), requests("b"), requests("c"), requests("other")) == (2, 1, None, 2)


async def test_an_invented_method_makes_no_series_of_its_own() -> None:
    bench, app = a_bench(), FastAPI()
    put_in_front(app, bench.watch)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://orders.test") as client:
        await client.request("BREW", "/")
    assert count(bench, "unmatched", "404", method="OTHER") == 1


async def test_metrics_hold_exemplars_for_a_scraper_that_asks_for_openmetrics() -> None:
    bench, app = a_bench(), FastAPI()
    put_in_front(app, bench.watch)
    await ask(app, "/", traceparent=PARENT)
    plain = await ask(app, "/api/metrics")
    assert plain.headers["content-type"].startswith("text/plain")
    assert TRACE not in plain.text
    exemplars = await ask(app, "/api/metrics", accept="application/openmetrics-text; version=1.0.0")
    assert f'# {{trace_id="{TRACE}"}}' in exemplars.text
    assert "process_resident_memory_bytes" in plain.text
    buckets = [
        line.split('le="')[1].split('"')[0]
        for line in plain.text.splitlines()
        if line.startswith("http_request_duration_seconds_bucket")
    ]
    assert buckets == ["0.1", "0.3", "0.5", "0.7", "1.0", "3.0", "5.0", "7.0", "10.0", "+Inf"]


@pytest.mark.parametrize("wrap", [asgi, wsgi])
def test_an_unknown_application_is_refused_with_the_way_to_wrap_it(wrap: object) -> None:
    bench = a_bench()

    async def asynchronous(scope: object, receive: object, send: object) -> None:
        """An ASGI application of no framework."""

    def plain(environ: object, start: object) -> list[bytes]:
        return []

    app = asynchronous if wrap is asgi else plain
    with pytest.raises(CannotInstrument, match=f"app = {getattr(wrap, '__name__', '')}\\(app, watch\\)"):
        put_in_front(app, bench.watch)
