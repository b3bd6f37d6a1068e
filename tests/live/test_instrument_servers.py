"""The application library under real servers: several gunicorn workers, Django, uvicorn; and spans sent over real OTLP."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

pytestmark = pytest.mark.live


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextlib.contextmanager
def served(
    command: list[str], folder: Path, port: int, *, stdout: Path = Path(os.devnull), **environment: str
) -> Iterator[httpx.Client]:
    """Run a server in ``folder`` until the block ends; it must answer health within 20 seconds."""
    with stdout.open("wb") as told:
        process = subprocess.Popen([sys.executable, "-m", *command], cwd=folder, env={**os.environ, **environment}, stdout=told)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
            deadline_s = time.monotonic() + 20
            while True:
                with contextlib.suppress(httpx.TransportError):
                    client.get("/api/health")
                    break
                assert process.poll() is None, "the server ended"
                assert time.monotonic() < deadline_s, "the server does not answer"
                time.sleep(0.05)
            yield client
    finally:
        process.terminate()
        process.wait(20)


def sample(page: str, pattern: str) -> float:
    """The value of the one sample whose name and labels match."""
    (found,) = re.findall(rf"^{pattern} (\S+)$", page, re.MULTILINE)
    return float(found)


def test_several_workers_count_together_and_forget_none(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(
        dedent("""
        import os
        from flask import Flask
        from watchkeeper_instrument import instrument
        app = Flask("shop")
        watch = instrument(app, service="shop")
        @app.get("/pid/<int:number>")
        def pid(number):
            watch.business("asked", number)
            return str(os.getpid())
    """)
    )
    shared, port = tmp_path / "metrics", free_port()
    shared.mkdir()
    command = ["gunicorn", "--workers=3", f"--bind=127.0.0.1:{port}", "--log-level=error", "shop:app"]
    with served(command, tmp_path, port, PROMETHEUS_MULTIPROC_DIR=str(shared)) as client:
        workers: set[str] = set()
        asked, deadline_s = 0, time.monotonic() + 20
        while len(workers) < 3:
            assert time.monotonic() < deadline_s, f"only {workers} ever answered"
            with httpx.Client(base_url=client.base_url) as fresh:
                workers.add(fresh.get(f"/pid/{asked}").text)
            asked += 1
        pages = [client.get("/api/metrics").text for _ in range(6)]
        counted = r'http_request_duration_seconds_count\{method="GET",route="/pid/<int:number>",status_code="200"\}'
        assert {sample(page, counted) for page in pages} == {asked}
        one = sum(int(line.split()[1]) for line in Path(f"/proc/{next(iter(workers))}/smaps_rollup").read_text().splitlines()
                  if line.startswith("Rss")) * 1024  # fmt: skip
        # The master and one worker fork from one another, so three workers hold about three times what one holds.
        assert 2 * one < sample(pages[0], "process_resident_memory_bytes") < 6 * one


def test_django_is_measured_by_its_pattern(tmp_path: Path) -> None:
    (tmp_path / "site_of.py").write_text(
        dedent("""
        from django.conf import settings
        from django.core.wsgi import get_wsgi_application
        from django.http import HttpResponse
        from django.urls import path
        from watchkeeper_instrument import instrument, wsgi
        settings.configure(
            ROOT_URLCONF="site_of", ALLOWED_HOSTS=["*"], SECRET_KEY="for a test",
            MIDDLEWARE=["watchkeeper_instrument.django.RouteMiddleware"],
        )
        urlpatterns = [path("orders/<int:order>/", lambda request, order: HttpResponse(str(order)))]
        watch = instrument(service="site")
        application = wsgi(get_wsgi_application(), watch)
    """)
    )
    port = free_port()
    with served(["gunicorn", f"--bind=127.0.0.1:{port}", "--log-level=error", "site_of:application"], tmp_path, port) as client:
        assert [client.get(f"/orders/{order}/").text for order in (4, 5)] == ["4", "5"]
        assert client.get("/nothing/").status_code == 404
        page = client.get("/api/metrics").text
        name = "http_request_duration_seconds_count"
        assert sample(page, rf'{name}\{{method="GET",route="/orders/<int:order>/",status_code="200"\}}') == 2
        assert sample(page, rf'{name}\{{method="GET",route="unmatched",status_code="404"\}}') == 1


def test_spans_arrive_at_an_otlp_receiver_with_their_parent_and_service(tmp_path: Path) -> None:
    arrived: list[ExportTraceServiceRequest] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            arrived.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *ignored: object) -> None:
            """Tests read what arrived."""

    (tmp_path / "shop.py").write_text(
        dedent("""
        from fastapi import FastAPI
        from watchkeeper_instrument import instrument
        app = FastAPI()
        watch = instrument(app, service="shop", version="3")
        @app.get("/orders/{order}")
        async def read(order: int) -> int:
            with watch.query("select", "orders"):
                return order
    """)
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        port = free_port()
        command = ["uvicorn", f"--port={port}", "--log-level=error", "shop:app"]
        address = f"http://127.0.0.1:{receiver.server_port}"
        with served(command, tmp_path, port, WATCHKEEPER_TRACES_URL=address) as client:
            parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            assert client.get("/orders/7", headers={"traceparent": parent}).json() == 7
            deadline_s = time.monotonic() + 10
            while not arrived:
                assert time.monotonic() < deadline_s, "no span arrived"
                time.sleep(0.02)
        receiver.shutdown()
    (resource,) = arrived[0].resource_spans
    attributes = {one.key: one.value.string_value for one in resource.resource.attributes}
    assert (attributes["service.name"], attributes["service.version"]) == ("shop", "3")
    spans = {span.name: span for scope in resource.scope_spans for span in scope.spans}
    server, query = spans["GET /orders/{order}"], spans["select orders"]
    assert server.trace_id.hex() == query.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert server.parent_span_id.hex() == "b7ad6b7169203331"
    # Health was asked for before, and left no span. FastAPI begins the request's span itself: there must be no second one.
    assert [span.name for span in spans.values() if span.kind == span.SPAN_KIND_SERVER] == ["GET /orders/{order}"]
    by_id = {span.span_id: span for span in spans.values()}
    step = query
    while step.parent_span_id in by_id:
        step = by_id[step.parent_span_id]
    assert step is server
